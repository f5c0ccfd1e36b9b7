"""The bodies at work, and what several artifacts are made of: each made once, when it is first needed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from designs.analysis.mass import mass_properties
from designs.engines.interface import EngineError, Geometry
from designs.formats import brep
from designs.formats.brep import Part, Properties
from designs.formats.colours import Colour, colour_of
from designs.formats.order import Order
from designs.formats.tessellation import tessellate
from designs.formats.twins import Movement, twins
from designs.measure import Vector
from designs.mesh import Mesh

FINE_SHARE = 0.25
"""Of the order's tolerances, for a mesh that is looked at closely."""
_NO_EXACT = "the design is a mesh: it has no exact geometry"

Named = list[tuple[str, Colour | None, Mesh]]


class Withheld(Exception):
    """An artifact cannot be made of this geometry. The message says why."""


class Clock:
    """How long each step took by itself, without the steps inside of it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            whole = time.perf_counter() - began
            self.seconds[name] = round(self.seconds.get(name, 0.0) + whole - self._inner.pop(), 4)
            self._inner[-1] += whole


class Workpiece:
    """The parts that one build is made of."""

    def __init__(self, parts: list[Part], order: Order, clock: Clock) -> None:
        self.parts = parts
        self.order = order
        self.clock = clock

    @property
    def exact(self) -> bool:
        """Whether every body has an exact shape."""
        return all(part.shape is not None for part in self.parts)

    @cached_property
    def whole(self) -> Any:
        """All exact shapes as one; raises Withheld where a body has none."""
        if not self.exact:
            raise Withheld(_NO_EXACT)
        return brep.compound(self.parts)

    @cached_property
    def part_properties(self) -> list[Properties]:
        """Of each body: exact where its shape is, otherwise by its mesh; open meshes have no proper volume."""
        with self.clock.step("properties"):
            found: list[Properties] = []
            for part, twin in zip(self.parts, self.twins, strict=True):
                if twin is not None:
                    found.append(twin[1].properties(found[twin[0]]))
                elif part.mesh is not None:
                    found.append(mesh_properties(part.mesh))
                else:
                    found.append(brep.properties(part.shape))
            return found

    @cached_property
    def twins(self) -> list[tuple[int, Movement] | None]:
        """Which bodies are an earlier one in another place: what is known of that is known of them."""
        return twins(self.parts)

    @property
    def properties(self) -> Properties:
        """Of all bodies together."""
        return brep.together(self.part_properties)

    @cached_property
    def meshes(self) -> list[Mesh]:
        """One a body, at the order's tolerances; raises EngineError where a body has no triangles."""
        return self._tessellated(1.0, "mesh")

    @cached_property
    def fine_meshes(self) -> list[Mesh]:
        return self._tessellated(FINE_SHARE, "fine mesh")

    @cached_property
    def box(self) -> tuple[Vector, Vector]:
        """Least and greatest corner of all bodies, mm; exact where that can be believed.

        The kernel's box may be far too large on bad surfaces; a good one holds the mesh and little more.
        """
        least = [min(float(mesh.bounds[0][axis]) for mesh in self.meshes) for axis in range(3)]
        greatest = [max(float(mesh.bounds[1][axis]) for mesh in self.meshes) for axis in range(3)]
        meshed = ((least[0], least[1], least[2]), (greatest[0], greatest[1], greatest[2]))
        if not self.exact:
            return meshed
        exact = brep.bounding_box(self.whole)
        slack = 4 * self.order.tolerance_mm
        agree = all(
            abs(mine - other) <= slack
            for corner, other_corner in zip(exact, meshed, strict=True)
            for mine, other in zip(corner, other_corner, strict=True)
        )
        return exact if agree else meshed

    @property
    def named(self) -> Named:
        return self._with(self.meshes)

    @property
    def named_fine(self) -> Named:
        return self._with(self.fine_meshes)

    @property
    def coloured(self) -> list[tuple[Colour, Mesh]]:
        return [(colour_of(number, colour), mesh) for number, (_, colour, mesh) in enumerate(self.named)]

    def _with(self, meshes: list[Mesh]) -> Named:
        return [(part.name, part.colour, mesh) for part, mesh in zip(self.parts, meshes, strict=True)]

    def _tessellated(self, share: float, step: str) -> list[Mesh]:
        tolerance, angle = self.order.tolerance_mm * share, self.order.angular_tolerance_rad * share
        with self.clock.step(step):
            made: list[Mesh] = []
            for part, found, twin in zip(self.parts, self.part_properties, self.twins, strict=True):
                if twin is not None:
                    made.append(twin[1].mesh(made[twin[0]]))
                elif part.mesh is not None:
                    made.append(part.mesh)
                else:
                    made.append(tessellate(part, tolerance, angle, found.volume))
            return made


def read_parts(geometry: Geometry) -> list[Part]:
    """The bodies of what a script made, which may be hostile; raises EngineError."""
    if geometry.form == "brep":
        return brep.read_parts(geometry.data, [(body.name, body.colour) for body in geometry.bodies])
    from designs.formats.mesh_form import read_mesh_form

    meshes = read_mesh_form(geometry.data)
    if len(meshes) != len(geometry.bodies):
        raise EngineError("bad_geometry", f"{len(meshes)} meshes came back for {len(geometry.bodies)} bodies")
    return [Part(body.name, body.colour, None, mesh) for body, mesh in zip(geometry.bodies, meshes, strict=True)]


def mesh_properties(mesh: Mesh) -> Properties:
    """By integration over the triangles."""
    return brep.plain_properties(mass_properties(mesh))
