"""Findings on parts whose faults are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.checks import BadFinding, Finding, Making, Severity, check
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
def test_walls_thinner_than_the_nozzle(thickness: float) -> None:
    mesh = mesh_of(cq.Workplane().box(40, 30, 20).faces(">Z").shell(-thickness))
    found = [finding for finding in check([("box", mesh)], Making()) if finding.code == "too_thin"]
    if abs(thickness - 0.35) > 0.001:
        assert bool(found) == (thickness < 0.35)
    for finding in found:
        assert finding.data["thickness_mm"] == pytest.approx(thickness, abs=1e-3)
        assert finding.data["area_mm2"] > 0.9 * 2 * (40 * 30 + 2 * 70 * 20)
        assert 0 < len(finding.data["points"]) == len(finding.data["thicknesses_mm"]) <= 64


def test_a_small_thin_rib_on_a_large_body_is_found() -> None:
    """Less than a thousandth of the surface."""
    plate = cq.Workplane().box(200, 200, 20).faces(">Z").workplane().rect(6, 0.3).extrude(5)
    finding = next(f for f in check([("plate", mesh_of(plate))], Making()) if f.code == "too_thin")
    assert finding.data["thickness_mm"] == pytest.approx(0.3)
    assert finding.data["area_mm2"] == pytest.approx(60, rel=0.1)
    assert finding.data["at"] == pytest.approx([0, 0, 12.5], abs=3)


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
    assert (finding.code, finding.severity, finding.data["open_edges"]) == ("not_watertight", Severity.ERROR, 3)
    missing = {tuple(corner) for corner in box.corners[0].tolist()}
    assert {tuple(end) for segment in finding.data["segments"] for end in segment} == missing
    assert "no_volume" in codes(with_smooth_normals(box.nodes, box.triangles[:, ::-1], box.faces))


def test_a_slot_is_bridged() -> None:
    """A gate of 30 mm is told; one of 10 mm needs no attention; one of 80 mm sags."""
    for width, expected in ((10, set()), (30, {"bridges"}), (80, {"overhangs"})):
        gate = cq.Workplane().box(width + 20, 20, 30).cut(cq.Workplane().box(width, 20, 20).translate((0, 0, -5)))
        found = check([("gate", mesh_of(gate))], Making())
        assert {finding.code for finding in found} == expected
        for finding in found:
            assert finding.data["area_mm2"] == pytest.approx(width * 20)
            assert finding.data.get("span_mm", width) == pytest.approx(width)


def test_a_ledge_of_a_few_threads_does_not_fall() -> None:
    for reach, falls in ((1.4, False), (4, True)):
        ledge = cq.Workplane().box(40, 40, 20).faces(">Z").workplane().rect(40 + 2 * reach, 40).extrude(5)
        assert ("overhangs" in codes(mesh_of(ledge))) == falls


def test_what_begins_in_the_air() -> None:
    gallows = (
        cq.Workplane()
        .box(10, 10, 60, centered=(True, True, False))
        .union(cq.Workplane().box(50, 10, 10, centered=(False, True, False)).translate((0, 0, 50)))
        .union(cq.Workplane().box(8, 8, 25, centered=(True, True, False)).translate((45, 0, 30)))
    )
    finding = next(f for f in check([("gallows", mesh_of(gallows))], Making()) if f.code == "island")
    assert finding.data["points"] == [pytest.approx([45, 0, 30], abs=1.5)]
    assert finding.data["areas_mm2"] == [pytest.approx(64)]


def test_little_on_the_bed() -> None:
    assert "poor_hold" in codes(mesh_of(cq.Workplane().sphere(20)))
    assert "poor_hold" in codes(mesh_of(cq.Workplane(obj=cq.Solid.makeCone(1, 8, 40))))
    assert "poor_hold" not in codes(mesh_of(cq.Workplane(obj=cq.Solid.makeCone(8, 1, 40))))


def test_bodies_above_the_others_are_told() -> None:
    box, lid = cq.Workplane().box(10, 10, 10), cq.Workplane().box(10, 10, 2).translate((20, 0, 8))
    found = check([("box", mesh_of(box)), ("lid", mesh_of(lid))], Making())
    assert [(f.code, f.data["body"], f.data["height_mm"]) for f in found] == [("floating", "lid", 12.0)]


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([(20, 20, 230)], "lay it on another side"),
        ([(200, 100, 100), (200, 100, 100), (200, 100, 100)], "each of its bodies alone does"),
        ([(300, 300, 300)], "as it lies"),
    ],
)
def test_what_to_do_when_it_does_not_fit(sizes: list[tuple[float, float, float]], words: str) -> None:
    bodies = [
        (f"body_{number}", mesh_of(cq.Workplane().box(*size).translate((0, 110 * number, 0))))
        for number, size in enumerate(sizes)
    ]
    finding = next(f for f in check(bodies, Making()) if f.code == "does_not_fit")
    assert finding.message.endswith(words)


def test_worst_first() -> None:
    box = mesh_of(SHAPES["box"])
    holed = with_smooth_normals(box.nodes + np.array([900.0, 900.0, 0.0]), box.triangles[1:], box.faces[1:])
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
