"""Counts, shells and holes; what is found about bodies: cavities, overlaps, narrow gaps, a better way to lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.analysis import analyse
from designs.analysis.analysing import MAX_BODIES
from designs.analysis.shells import shells
from designs.analysis.topology import Topology, topology_of
from designs.finding import Finding, Severity
from designs.making import Making
from designs.mesh import Mesh, concatenate, with_smooth_normals
from tests.designs.analysis.meshes import box, fine_ball, inside_out, moved, rotation, turned
from tests.designs.solids import SHAPES, cq, mesh_of


def findings(*bodies: Mesh, making: Making | None = None) -> dict[str, Finding]:
    named = [(f"body_{number}", mesh) for number, mesh in enumerate(bodies)]
    return {finding.code: finding for finding in analyse(named, making or Making(), "PLA").findings}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("box", Topology(1, 2, 0)),
        ("sphere", Topology(1, 2, 0)),
        ("tube", Topology(1, 0, 1)),
        ("torus", Topology(1, 0, 1)),
        ("hollow", Topology(2, 4, 0)),
        ("shelled", Topology(1, 2, 0)),
    ],
)
def test_holes_and_shells(name: str, expected: Topology) -> None:
    assert topology_of([mesh_of(SHAPES[name])]) == expected


@pytest.mark.parametrize("holes", [1, 4, 9])
def test_every_hole_counts(holes: int) -> None:
    plate = cq.Workplane().box(100, 20, 5)
    places = [(10 * number - 45, 0) for number in range(holes)]
    mesh = mesh_of(plate.faces(">Z").workplane().pushPoints(places).hole(4))
    assert topology_of([mesh]) == Topology(1, 2 - 2 * holes, holes)


def test_of_several_bodies() -> None:
    assert topology_of([mesh_of(SHAPES["tube"]), box(1, 1, 1)]) == Topology(2, 2, 1)


def test_open_or_touching_surfaces_have_no_genus() -> None:
    whole = box(1, 1, 1)
    holed = with_smooth_normals(whole.nodes, whole.triangles[1:], whole.faces[1:])
    assert topology_of([holed]).genus is None
    at_an_edge = concatenate([whole, moved(whole, (1, 1, 0))])
    assert topology_of([at_an_edge]).genus is None
    at_a_corner = concatenate([whole, moved(whole, (1, 1, 1))])
    assert topology_of([at_a_corner]) == Topology(2, 4, 0)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_holes_in_any_direction_and_any_number(seed: int, count: int) -> None:
    rings = [moved(mesh_of(SHAPES["tube"]), (30 * number, 0, 0)) for number in range(count)]
    assert topology_of([turned(concatenate(rings), rotation(seed))]) == Topology(count, 0, count)


def test_shells_of_a_hollow_box() -> None:
    outer, inner = shells(mesh_of(SHAPES["hollow"]))
    assert (outer.volume, outer.inside) == (pytest.approx(8000), 0)
    assert (inner.volume, inner.inside) == (pytest.approx(-1000), 1)
    assert inner.middle == pytest.approx(np.zeros(3), abs=1e-9)


def test_a_cavity_is_told() -> None:
    finding = findings(mesh_of(SHAPES["hollow"]))["cavity"]
    assert (finding.severity, finding.data["volume_mm3"]) == (Severity.INFO, pytest.approx(1000))
    assert finding.data["points"] == [pytest.approx([0, 0, 0], abs=1e-6)]


def test_a_shell_inside_out_and_one_inside_another() -> None:
    beside = concatenate([box(10, 10, 10), moved(inside_out(box(4, 4, 4)), (20, 0, 0))])
    assert findings(beside)["inside_out"].data["points"] == [[22.0, 2.0, 2.0]]
    within = concatenate([box(10, 10, 10), moved(box(4, 4, 4), (3, 3, 3))])
    assert findings(within)["nested"].data["volume_mm3"] == pytest.approx(64)
    assert not findings(concatenate([box(10, 10, 10), moved(box(4, 4, 4), (20, 0, 0))]))


def test_bodies_drawn_into_each_other() -> None:
    finding = findings(box(10, 10, 10), moved(box(10, 10, 10), (5, 0, 0)))["overlapping"]
    assert finding.data["volume_mm3"] == pytest.approx(500, rel=0.03)
    assert finding.data["at"] == pytest.approx([7.5, 5, 5], abs=0.1)
    assert (finding.data["body"], finding.data["other"]) == ("body_0", "body_1")


def test_a_pin_in_its_hole_and_touching_bodies_are_none() -> None:
    plate = mesh_of(cq.Workplane().box(20, 20, 10).faces(">Z").workplane().hole(5))
    pin = mesh_of(cq.Workplane().circle(2.5).extrude(10).translate((0, 0, -5)))
    assert "overlapping" not in findings(plate, pin)
    assert "overlapping" not in findings(box(10, 10, 10), moved(box(10, 10, 10), (10, 0, 0)))


@pytest.mark.parametrize(("gap", "closes"), [(0.1, True), (0.15, True), (0.3, False), (1.0, False)])
def test_gaps_that_close(gap: float, closes: bool) -> None:
    """A hinge's play of 0.3 mm stays."""
    slit = mesh_of(cq.Workplane().box(20, 20, 10).faces(">Z").workplane().rect(gap, 15).cutBlind(-6))
    found = findings(slit)
    assert ("narrow_gap" in found) == closes
    if closes:
        finding = found["narrow_gap"]
        assert finding.data["thickness_mm"] == pytest.approx(gap, abs=1e-3)
        assert finding.data["area_mm2"] == pytest.approx(2 * 15 * 6, rel=0.05)


def test_thin_walls_come_with_their_places() -> None:
    fin = mesh_of(cq.Workplane().box(30, 30, 5).faces(">Z").workplane().rect(20, 0.3).extrude(8))
    finding = findings(fin)["too_thin"]
    points = np.array(finding.data["points"])
    assert 10 <= len(points) <= 64
    assert len(finding.data["thicknesses_mm"]) == len(points)
    assert np.abs(points[:, 1]) == pytest.approx(0.15, abs=1e-6)


def test_a_table_would_better_lie_upside_down() -> None:
    table = mesh_of(cq.Workplane().box(10, 10, 40).faces(">Z").workplane().rect(60, 60).extrude(3))
    finding = findings(table)["lay_otherwise"]
    assert (finding.severity, finding.data["up"]) == (Severity.INFO, [0, 0, -1])
    assert "upside down" in finding.message
    assert finding.data["support_as_drawn_mm3"] == pytest.approx(140_000, rel=0.02)


def test_what_is_too_tall_is_told_to_lie_down() -> None:
    assert "would fit" in findings(box(30, 30, 230))["lay_otherwise"].message


def test_an_open_body_is_not_judged() -> None:
    whole = box(10, 10, 10)
    holed = with_smooth_normals(whole.nodes, whole.triangles[1:], whole.faces[1:])
    told = analyse([("lid", holed)], Making(), "PLA")
    (body,) = told.bodies
    assert (body.walls, body.poses, body.proposal, body.hull_fill) == (None, (), None, None)
    assert body.hull_mm3 == pytest.approx(1000)
    assert told.notes == ("lid is not watertight: walls and ways to lie are not analysed",)
    assert told.findings == ()


def test_of_many_bodies_the_largest_are_looked_into() -> None:
    many = [(f"b{number}", moved(box(1 + number % 7, 1, 1), (10 * number, 0, 0))) for number in range(60)]
    told = analyse(many, Making(), "PLA")
    assert len(told.bodies) == MAX_BODIES
    assert {body.triangles for body in told.bodies} == {12}
    assert told.notes == (f"only the {MAX_BODIES} largest of 60 bodies are analysed",)
    assert told.box is not None
    assert told.box.size[0] == pytest.approx(590 + 60 % 7 - 1, abs=8)


def test_the_same_again() -> None:
    mesh = mesh_of(SHAPES["shelled"])
    again = Mesh(mesh.nodes.copy(), mesh.normals.copy(), mesh.triangles.copy(), mesh.faces.copy())
    assert analyse([("a", mesh)], Making(), "PLA") == analyse([("a", again)], Making(), "PLA")


def test_a_large_mesh_is_estimated() -> None:
    told = analyse([("ball", fine_ball(20, 120))], Making(), "PLA")
    assert told.notes == ("supports of ball are estimated from a coarser mesh: it has 57120 triangles",)
    (body,) = told.bodies
    assert body.walls is not None
    assert body.walls.median_mm == pytest.approx(40, abs=0.1)
    assert body.hull_fill == pytest.approx(1, abs=1e-3)
