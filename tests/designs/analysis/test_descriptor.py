"""Ten numbers: of shapes whose figures are known, whatever their size and direction, and whether like finds like."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis import analyse
from designs.analysis.boxes import smallest_box
from designs.analysis.descriptor import Descriptor, describe
from designs.analysis.hulls import hull_of
from designs.analysis.mass import mass_properties
from designs.analysis.topology import topology_of
from designs.making import Making
from designs.mesh import Mesh, with_smooth_normals
from tests.designs.analysis.meshes import box, fine_ball, moved, rotation, scaled, turned
from tests.designs.solids import SHAPES, cq, mesh_of


def described(mesh: Mesh) -> Descriptor:
    hull = hull_of(mesh.nodes)
    assert hull is not None
    longest, middle, shortest = smallest_box(hull).size
    found = describe(mass_properties(mesh), hull, (longest, middle, shortest), topology_of([mesh]))
    assert found is not None
    return found


def test_a_ball() -> None:
    found = described(fine_ball(7, 32))
    assert found.vector()[:6] == pytest.approx([1, 1, np.pi / 6, 1, 1, 1], rel=0.02)
    assert found.vector()[6:] == pytest.approx([1, 1, 1, 0], abs=0.01)


def test_a_box() -> None:
    found = described(box(1, 2, 4))
    sphericity = np.cbrt(np.pi) * 48 ** (2 / 3) / 28
    spread = 8 * (1 + 4 + 16) / 12 / 8 ** (5 / 3)
    ball = 0.6 * (3 / (4 * np.pi)) ** (2 / 3)
    assert found.vector()[:6] == pytest.approx([sphericity, 1, 1, 1, sphericity, ball / spread])
    assert found.vector()[6:] == pytest.approx([0.5, 0.5, 17 / 20, 0])


def test_a_ring_has_a_hole() -> None:
    found = described(mesh_of(SHAPES["tube"]))
    assert found.holes == pytest.approx(np.log(2) / 5)
    assert found.hull_fill == pytest.approx(0.36, rel=0.05)
    assert found.roundness == pytest.approx(1, abs=0.01)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.floats(0.05, 50))
def test_size_place_and_direction_do_not_matter(seed: int, scale: float) -> None:
    mesh = mesh_of(SHAPES["mirrored"])
    other = moved(turned(scaled(mesh, scale), rotation(seed)), (seed % 100, 5, -seed % 70))
    assert described(other).vector() == pytest.approx(described(mesh).vector(), rel=1e-4, abs=1e-6)


def test_like_finds_like() -> None:
    """Each of twelve parts finds the other of its kind among them, which has other proportions."""

    def plate(x: float, y: float, holes: int) -> Mesh:
        places = [((number + 0.5) * x / holes - x / 2, 0) for number in range(holes)]
        return mesh_of(cq.Workplane().box(x, y, 4).faces(">Z").workplane().pushPoints(places).hole(3))

    def bracket(a: float, b: float) -> Mesh:
        outline = [(0, 0), (a, 0), (a, 5), (5, 5), (5, b), (0, b)]
        return mesh_of(cq.Workplane().polyline(outline).close().extrude(20))

    kinds = {
        "plate": (plate(60, 40, 4), plate(66, 40, 4)),
        "bracket": (bracket(40, 50), bracket(44, 50)),
        "tube": tuple(mesh_of(cq.Workplane().circle(r).circle(r - 2).extrude(60)) for r in (10, 11)),
        "ring": tuple(mesh_of(cq.Workplane(obj=cq.Solid.makeTorus(r, 5))) for r in (20, 22)),
        "tray": tuple(mesh_of(cq.Workplane().box(x, 40, 20).faces(">Z").shell(-2)) for x in (60, 66)),
        "rod": tuple(mesh_of(cq.Workplane().circle(4).extrude(length)) for length in (90, 100)),
    }
    vectors = [(kind, np.array(described(mesh).vector())) for kind, pair in kinds.items() for mesh in pair]
    for number, (kind, vector) in enumerate(vectors):
        others = [(float(np.linalg.norm(vector - v)), k) for at, (k, v) in enumerate(vectors) if at != number]
        assert min(others)[1] == kind


def test_an_analysis_has_it_of_all_bodies_together() -> None:
    """Two cubes beside each other are a box."""
    pair = [("a", box(1, 1, 1)), ("b", moved(box(1, 1, 1), (1, 0, 0)))]
    found = analyse(pair, Making(), "PLA").descriptor
    assert found is not None
    assert (found.hull_fill, found.box_fill, found.elongation) == pytest.approx((1, 1, 0.5))
    assert found.hull_smoothness == pytest.approx(10 / 12)


def test_an_open_surface_has_none() -> None:
    whole = box(1, 1, 1)
    holed = with_smooth_normals(whole.nodes, whole.triangles[1:], whole.faces[1:])
    assert analyse([("lid", holed)], Making(), "PLA").descriptor is None
