"""Undersides: how far they span, what holds them, and that turning about the upright changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis.overhangs import Patch, hanging_area, patches
from designs.mesh import Floats, Mesh
from tests.designs.analysis.meshes import box, moved, turned
from tests.designs.solids import cq, mesh_of


def about_z(degrees: float) -> Floats:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def gate(width: float) -> Mesh:
    """Two posts and a lintel, 20 deep."""
    return mesh_of(cq.Workplane().box(width + 20, 20, 30).cut(cq.Workplane().box(width, 20, 20).translate((0, 0, -5))))


def one(mesh: Mesh) -> Patch:
    (found,) = patches(mesh)
    return found


@settings(deadline=None, max_examples=15)
@given(st.floats(12, 59), st.floats(0, 360))
def test_the_span_of_a_bridge(width: float, degrees: float) -> None:
    found = one(turned(gate(width), about_z(degrees)))
    assert found.area == pytest.approx(width * 20)
    assert found.centre == pytest.approx([0, 0, 5], abs=1e-6)
    assert (found.sagging, found.island) == (0.0, False)
    assert found.span == pytest.approx(width)


def test_a_wide_gate_sags_in_the_middle_of_nowhere() -> None:
    found = one(gate(90))
    assert found.sagging == pytest.approx(90 * 20, rel=0.1)
    assert found.span == 0.0


def test_a_ceiling_is_bridged_the_short_way() -> None:
    hollow = mesh_of(cq.Workplane().box(120, 40, 30).cut(cq.Workplane().box(100, 20, 20)))
    assert one(hollow).span == pytest.approx(20, rel=0.02)


def test_a_round_hole_lying_down_is_a_short_bridge() -> None:
    plate = mesh_of(cq.Workplane("XZ").rect(40, 30).circle(5).extrude(10))
    found = one(plate)
    assert found.sagging == 0.0
    assert found.span <= 10 / np.sqrt(2) + 0.5


@pytest.mark.parametrize(("reach", "sags"), [(1.0, False), (3.0, True)])
def test_how_far_a_ledge_may_reach(reach: float, sags: bool) -> None:
    found = patches(mesh_of(cq.Workplane().box(40, 40, 20).faces(">Z").workplane().rect(40 + 2 * reach, 40).extrude(5)))
    assert len(found) == 2
    assert all((patch.sagging > 0) == sags for patch in found)


def test_what_nothing_holds_is_an_island() -> None:
    mesh = mesh_of(
        cq.Workplane()
        .box(10, 10, 60, centered=(True, True, False))
        .union(cq.Workplane().box(50, 10, 10, centered=(False, True, False)).translate((0, 0, 50)))
        .union(cq.Workplane().box(8, 8, 25, centered=(True, True, False)).translate((45, 0, 30)))
    )
    assert [patch.island for patch in patches(mesh)] == [False, True]


@given(st.tuples(*[st.floats(-100, 100)] * 3))
def test_the_bed_is_where_the_lowest_point_is(away: tuple[float, float, float]) -> None:
    assert patches(moved(box(10, 10, 10), away)) == []
    assert hanging_area(moved(box(10, 10, 10), away)) == 0.0
