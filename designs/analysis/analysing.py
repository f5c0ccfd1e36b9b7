"""The whole analysis of a part: boxes, walls, ways to lie on the bed, and what a maker should know of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designs.analysis.boxes import OrientedBox, smallest_box
from designs.analysis.hulls import Hull, hull_of
from designs.analysis.mass import mass_properties
from designs.analysis.poses import MAX_POSES, poses
from designs.analysis.proposing import figures_of, propose
from designs.analysis.report import Analysis, BodyAnalysis, BoxFigures
from designs.analysis.walls import feel_walls, wall_figures
from designs.making import Making
from designs.measure import Vector
from designs.mesh import Floats, Mesh

MAX_BODIES = 24
"""That are looked into, the largest ones; a part of more is an assembly, whose parts are looked into by themselves."""
WALL_SAMPLES = 3000
"""Over all bodies."""
MIN_WALL_SAMPLES = 200
"""Of each body."""


@dataclass(frozen=True)
class Effort:
    """How much is spent on one body."""

    wall_samples: int
    more_poses: int
    """Beside the six axes."""


def analyse(bodies: Sequence[tuple[str, Mesh]], making: Making, material: str) -> Analysis:
    """Of the named bodies as they lie in the model. The same bodies give the same analysis: nothing is drawn by lot."""
    del material  # the findings that depend on it come from `check`
    chosen = _largest(bodies)
    share = max(WALL_SAMPLES // max(len(chosen), 1), MIN_WALL_SAMPLES)
    hulls = [hull_of(mesh.welded[0]) for _, mesh in chosen]
    analysed = [
        _analyse_body(name, mesh, hull, effort=Effort(share, MAX_POSES if len(chosen) <= 4 else 2), making=making)
        for (name, mesh), hull in zip(chosen, hulls, strict=True)
    ]
    whole = hulls[0] if len(bodies) == 1 else hull_of(_outline(bodies))
    notes = (
        () if len(chosen) == len(bodies) else (f"only the {MAX_BODIES} largest of {len(bodies)} bodies are analysed",)
    )
    return Analysis(
        bodies=tuple(analysed),
        box=_box(whole),
        hull_mm3=None if whole is None else whole.volume,
        notes=notes,
    )


def _largest(bodies: Sequence[tuple[str, Mesh]]) -> list[tuple[str, Mesh]]:
    if len(bodies) <= MAX_BODIES:
        return list(bodies)
    sizes = np.array([float(np.linalg.norm(np.subtract(*mesh.bounds))) for _, mesh in bodies])
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MAX_BODIES])
    return [bodies[number] for number in kept]


def _outline(bodies: Sequence[tuple[str, Mesh]]) -> Floats:
    return np.concatenate([mesh.nodes for _, mesh in bodies])


def _analyse_body(name: str, mesh: Mesh, hull: Hull | None, *, effort: Effort, making: Making) -> BodyAnalysis:
    mass = mass_properties(mesh)
    closed = mesh.open_edges == 0 and mass.volume > 0
    ways = figures_of(poses(mesh, mass.centre, hull, effort.more_poses), mass.volume, mass.area, making.envelope_mm)
    box = _box(hull)
    return BodyAnalysis(
        name=name,
        triangles=len(mesh.triangles),
        box=box,
        hull_mm3=None if hull is None else hull.volume,
        hull_fill=mass.volume / hull.volume if closed and hull is not None else None,
        box_fill=mass.volume / box.volume_mm3 if closed and box is not None else None,
        walls=wall_figures(feel_walls(mesh, effort.wall_samples)) if closed else None,
        poses=tuple(ways) if closed else (),
        proposal=propose(ways) if closed else None,
    )


def _box(hull: Hull | None) -> BoxFigures | None:
    if hull is None:
        return None
    found: OrientedBox = smallest_box(hull)
    first, second, third = (_vector(axis) for axis in found.axes)
    return BoxFigures(_vector(found.centre), (first, second, third), _vector(found.size), found.volume)


def _vector(values: Floats) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
