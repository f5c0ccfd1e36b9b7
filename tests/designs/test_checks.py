"""Findings on parts whose faults are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.checks import BadFinding, Finding, Making, Severity, check, walls
from designs.mesh import Mesh, with_smooth_normals
from tests.designs.solids import SHAPES, cq, mesh_of


def codes(mesh: Mesh, making: Making | None = None) -> set[str]:
    return {finding.code for finding in check([("part", mesh)], making or Making())}


SOUND = ("box", "cone", "shelled")


@pytest.mark.parametrize("name", SOUND)
def test_nothing_to_say(name: str) -> None:
    assert codes(mesh_of(SHAPES[name])) == set()


@settings(deadline=None, max_examples=12)
@given(st.floats(0.1, 3.0))
def test_walls_are_measured(thickness: float) -> None:
    """A box open at the top with walls of one thickness, seen along every axis."""
    mesh = mesh_of(cq.Workplane().box(40, 30, 20).faces(">Z").shell(-thickness))
    for axis in range(3):
        found, area, _ = walls(mesh, axis)
        assert found.min() == pytest.approx(thickness, rel=1e-3)
        assert area.sum() > 100
    if abs(thickness - 0.35) > 0.001:
        assert ("too_thin" in codes(mesh)) == (thickness < 0.35)


@pytest.mark.parametrize("axis", range(3))
def test_the_area_of_a_wall(axis: int) -> None:
    box = mesh_of(SHAPES["box"])
    thickness, area, place = walls(box, axis)
    sides = [10, 20, 30]
    assert thickness == pytest.approx(sides[axis])
    assert area.sum() == pytest.approx(6000 / sides[axis], rel=0.02)
    assert (np.abs(place) <= np.array([5, 10, 15]) + 1e-9).all()


def test_a_slanted_wall_is_measured_square() -> None:
    slanted = cq.Workplane().box(40, 40, 0.3).rotate((0, 0, 0), (1, 0, 0), 40)
    finding = next(f for f in check([("sheet", mesh_of(slanted))], Making()) if f.code == "too_thin")
    assert finding.data["thickness_mm"] == pytest.approx(0.3, abs=0.01)
    assert finding.severity is Severity.WARNING
    assert "0.30 mm" in finding.message


def test_a_wedge_is_not_a_thin_wall() -> None:
    wedge = cq.Workplane().polyline([(0, 0), (30, 0), (0, 10)]).close().extrude(20)
    assert "too_thin" not in codes(mesh_of(wedge))


def test_overhang() -> None:
    table = mesh_of(cq.Workplane().box(10, 10, 40).faces(">Z").workplane().rect(60, 60).extrude(3))
    finding = next(f for f in check([("table", table)], Making()) if f.code == "overhangs")
    assert finding.data["area_mm2"] == pytest.approx(3600 - 100, rel=1e-3)
    assert finding.data["at"] == pytest.approx([0, 0, 20], abs=0.01)
    with_supports = check([("table", table)], Making(supports=True))
    assert next(f for f in with_supports if f.code == "overhangs").severity is Severity.INFO


@settings(deadline=None, max_examples=15)
@given(st.floats(20, 80))
def test_overhangs_begin_at_45_degrees(degrees: float) -> None:
    """A cone on its tip whose sides lean outward by this much."""
    radius = 2 + 20 * float(np.tan(np.radians(degrees)))
    funnel = mesh_of(cq.Workplane(obj=cq.Solid.makeCone(2, radius, 20)))
    if abs(degrees - 45) > 2:
        assert ("overhangs" in codes(funnel, Making(envelope_mm=(1e4, 1e4, 1e4)))) == (degrees > 45)


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((250, 210, 210), True),
        ((210, 250, 210), True),
        ((251, 10, 10), False),
        ((10, 10, 211), False),
        ((211, 211, 1), False),
    ],
)
def test_envelope(size: tuple[float, float, float], fits: bool) -> None:
    assert ("does_not_fit" not in codes(mesh_of(cq.Workplane().box(*size)))) == fits


def test_wrong_unit() -> None:
    assert "tiny" in codes(mesh_of(cq.Workplane().box(0.01, 0.02, 0.03)))


def test_not_watertight_and_inside_out() -> None:
    box = mesh_of(SHAPES["box"])
    holed = with_smooth_normals(box.nodes, box.triangles[1:], box.faces[1:])
    finding = check([("lid", holed)], Making())[0]
    assert (finding.code, finding.severity, finding.data) == (
        "not_watertight",
        Severity.ERROR,
        {"body": "lid", "open_edges": 3},
    )
    assert "no_volume" in codes(with_smooth_normals(box.nodes, box.triangles[:, ::-1], box.faces))


def test_worst_first() -> None:
    box = mesh_of(SHAPES["box"])
    holed = with_smooth_normals(box.nodes + 900, box.triangles[1:], box.faces[1:])
    order = [finding.severity for finding in check([("a", box), ("b", holed)], Making())]
    assert order == [Severity.ERROR, Severity.WARNING]


def test_json_both_ways() -> None:
    finding = Finding("overhangs", Severity.WARNING, "words", {"area_mm2": 1.5})
    assert Finding.from_json(finding.to_json()) == finding


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"code": 1, "severity": "info", "message": "", "data": {}},
        {"code": "a", "severity": "fatal", "message": "", "data": {}},
    ],
)
def test_bad_json(value: object) -> None:
    with pytest.raises(BadFinding):
        Finding.from_json(value)
