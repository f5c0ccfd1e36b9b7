"""Ways to lie on the bed: contact, overhang, supports and standing, against formulas; and the proposal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis.columns import shared_volume
from designs.analysis.hulls import hull_of
from designs.analysis.mass import mass_properties
from designs.analysis.poses import (
    MAX_COLUMN_TRIANGLES,
    Pose,
    Surface,
    coarse_corners,
    fits,
    pose_of,
    poses,
    quaternion,
    turn_up,
)
from designs.analysis.proposing import figures_of, propose
from designs.mesh import Mesh, area_vectors, concatenate
from tests.designs.analysis.meshes import box, fine_ball, moved, rotation, turned
from tests.designs.solids import SHAPES, cq, mesh_of

ROOM = (250.0, 210.0, 210.0)
UP, DOWN = np.array([0.0, 0, 1]), np.array([0.0, 0, -1])


def posed(mesh: Mesh, up: np.ndarray) -> Pose:
    return pose_of(Surface.of(mesh, hull_of(mesh.nodes)), mass_properties(mesh).centre, "so", up)


def all_poses(mesh: Mesh) -> list[Pose]:
    hull = hull_of(mesh.nodes)
    return poses(Surface.of(mesh, hull), mass_properties(mesh).centre, hull)


@given(st.integers(0, 10_000))
def test_turning_up(seed: int) -> None:
    up = rotation(seed)[0]
    matrix = turn_up(up)
    assert matrix @ up == pytest.approx(UP, abs=1e-9)
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1)
    w, x, y, z = quaternion(matrix)
    assert w * w + x * x + y * y + z * z == pytest.approx(1)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    assert np.eye(3) + 2 * w * cross + 2 * cross @ cross == pytest.approx(matrix, abs=1e-7)


def test_turning_over() -> None:
    assert turn_up(DOWN) @ DOWN == pytest.approx(UP)
    assert quaternion(turn_up(DOWN)) == (0.0, 1.0, 0.0, 0.0)


def table() -> Mesh:
    """A leg of 10 × 10 × 40 under a plate of 60 × 60 × 3."""
    return concatenate([box(10, 10, 40, at=(-5, -5, 0)), box(60, 60, 3, at=(-30, -30, 40))])


def test_a_table() -> None:
    """Air under the plate: 3,500 mm² × 40 mm. Upside down nothing hangs."""
    upright, turned_over = posed(table(), UP), posed(table(), DOWN)
    assert upright.support_mm3 == pytest.approx(3500 * 40, rel=0.02)
    assert upright.contact_mm2 == pytest.approx(100)
    assert upright.height_mm == pytest.approx(43)
    assert upright.footprint_mm == pytest.approx((60, 60))
    assert (turned_over.support_mm3, turned_over.contact_mm2) == (pytest.approx(0, abs=1e-6), pytest.approx(3600))
    centre = (10_800 * 1.5 + 4_000 * 23) / 14_800
    assert turned_over.tip_degrees == pytest.approx(np.degrees(np.arctan2(30, centre)), abs=0.1)


def test_supports_stand_on_the_part_where_it_is_beneath() -> None:
    """A C of 40 wide: its upper arm stands 10 above the lower one."""
    mesh = mesh_of(cq.Workplane().box(40, 20, 30).cut(cq.Workplane().box(30, 20, 10).translate((5, 0, 0))))
    assert posed(mesh, UP).support_mm3 == pytest.approx(30 * 20 * 10, rel=0.02)
    assert posed(mesh, UP).overhang_mm2 == pytest.approx(600)


def test_a_ball() -> None:
    """Flatter than 45° is a cap of 2πR²(1 - cos 45°); beneath it lies the air between it and the plane."""
    radius, rim = 20.0, 20.0 / np.sqrt(2)
    cap = 2 * np.pi * radius**2 * (1 - np.cos(np.pi / 4))
    air = np.pi * rim**2 * radius - 2 / 3 * np.pi * (radius**3 - rim**3)
    found = posed(fine_ball(radius, 48), UP)
    assert found.overhang_mm2 == pytest.approx(cap, rel=0.05)
    assert found.support_mm3 == pytest.approx(air, rel=0.06)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.tuples(*[st.floats(5, 40)] * 3))
def test_any_side_of_any_box_needs_nothing(seed: int, size: tuple[float, float, float]) -> None:
    matrix = rotation(seed)
    mesh = turned(box(*size), matrix)
    for axis, area in ((0, size[1] * size[2]), (1, size[0] * size[2]), (2, size[0] * size[1])):
        found = posed(mesh, matrix[:, axis])
        assert (found.overhang_mm2, found.support_mm3) == (0.0, 0.0)
        assert found.contact_mm2 == pytest.approx(area)
        assert found.height_mm == pytest.approx(size[axis])
        reach = min(extent for other, extent in enumerate(size) if other != axis) / 2
        assert found.tip_degrees == pytest.approx(np.degrees(np.arctan2(reach, size[axis] / 2)), abs=0.1)


def test_what_falls_over() -> None:
    """A plate that leans out over a small foot."""
    leaning = concatenate([box(4, 4, 30), box(40, 4, 4, at=(4, 0, 26))])
    assert posed(leaning, UP).tip_degrees < 0
    assert posed(box(4, 4, 30), UP).tip_degrees == pytest.approx(np.degrees(np.arctan2(2, 15)), abs=0.1)


def test_it_rests_on_the_sides_of_its_hull() -> None:
    """A prism of three sides as drawn upright lies on each of the three."""
    prism = mesh_of(cq.Workplane().polygon(3, 20).extrude(30))
    resting = all_poses(prism)[6:]
    side = 20 * np.sqrt(3) / 2 * 30
    assert [pose.contact_mm2 for pose in resting] == pytest.approx([side, side], rel=1e-6)  # the third is an axis
    assert all(pose.tip_degrees > 0 for pose in resting)


def test_the_table_is_turned_over() -> None:
    mesh = table()
    mass = mass_properties(mesh)
    ways = figures_of(all_poses(mesh), mass.volume, mass.area, ROOM)
    proposal = propose(ways)
    assert (ways[proposal.pose].name, proposal.as_drawn) == ("upside down", False)
    assert proposal.reasons[0].startswith("needs no supports (as drawn 1")
    assert np.array(ways[proposal.pose].matrix) @ DOWN == pytest.approx(UP)


@pytest.mark.parametrize("name", ["tube", "shelled", "cone"])
def test_what_needs_nothing_stays_as_drawn(name: str) -> None:
    mesh = mesh_of(SHAPES[name])
    mass = mass_properties(mesh)
    assert propose(figures_of(all_poses(mesh), mass.volume, mass.area, ROOM)).as_drawn


def test_a_box_on_end_is_laid_flat() -> None:
    mesh = mesh_of(SHAPES["box"])
    mass = mass_properties(mesh)
    ways = figures_of(all_poses(mesh), mass.volume, mass.area, ROOM)
    assert ways[propose(ways).pose].contact_mm2 == pytest.approx(600)


def test_what_is_too_tall_is_laid_down() -> None:
    mesh = box(30, 30, 230)
    mass = mass_properties(mesh)
    ways = figures_of(all_poses(mesh), mass.volume, mass.area, ROOM)
    proposal = propose(ways)
    assert (ways[0].fits, ways[proposal.pose].fits) == (False, True)
    assert "fits the machine, which it does not as drawn" in proposal.reasons


def test_a_quarter_turn_may_be_needed_to_fit() -> None:
    pose = posed(box(210, 250, 10), UP)
    assert fits(pose, (250, 210, 210))
    assert not fits(pose, (249, 210, 210))


def test_a_fine_mesh_is_made_coarser() -> None:
    """The ball stays one: closed, of nearly the same volume and supports."""
    fine = fine_ball(20.0, 180)
    assert len(fine.triangles) > 2 * MAX_COLUMN_TRIANGLES
    coarse = coarse_corners(fine)
    assert len(coarse) < 1.2 * MAX_COLUMN_TRIANGLES
    vectors = area_vectors(coarse)
    assert vectors.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    assert np.einsum("ij,ij->", coarse[:, 0], vectors) / 3 == pytest.approx(fine.volume, rel=0.01)
    assert posed(fine, UP).support_mm3 == pytest.approx(posed(fine_ball(20.0, 48), UP).support_mm3, rel=0.05)


@settings(deadline=None, max_examples=20)
@given(st.tuples(*[st.floats(-12, 12)] * 3))
def test_what_two_boxes_share(away: tuple[float, float, float]) -> None:
    first, second = box(10, 10, 10), moved(box(10, 10, 10), away)
    volume, middle = shared_volume(first, second)
    expected = float(np.prod(np.maximum(10 - np.abs(away), 0)))
    assert volume == pytest.approx(expected, rel=0.05, abs=0.05)
    if expected > 20:
        assert middle == pytest.approx(5 + np.array(away) / 2, abs=0.2)
