"""What is said of a part that is to be cut from a sheet."""

from typing import Any

import pytest

from designs.finding import Finding, Severity
from designs.formats.figures import findings
from designs.formats.order import Order
from designs.formats.workpiece import Clock, Workpiece
from designs.making import Making, made_from
from tests.designs.solids import SHAPES, cq, part

PLATE = cq.Workplane().box(60, 40, 3, centered=False)


def found(*bodies: Any, thickness_mm: float | None = None, process: str = "laser") -> dict[str, Finding]:
    making = Making(envelope_mm=(400, 300, 60), process=process, thickness_mm=thickness_mm)
    parts = [part(body, name=f"body {number}") for number, body in enumerate(bodies, 1)]
    order = Order("Thing", {}, "plywood", 0.05, 0.2, making)
    return {finding.code: finding for finding in findings(Workpiece(parts, order, Clock()))}


@pytest.mark.parametrize("turn", [0, 90])
def test_a_plate_tells_its_sheet_however_it_stands(turn: float) -> None:
    told = found(PLATE.rotate((0, 0, 0), (1, 0, 0), turn))
    assert told.keys() == {"sheet"}
    assert told["sheet"].severity is Severity.INFO
    assert told["sheet"].data == {"thickness_mm": 3.0, "size_mm": [60.0, 40.0]}
    assert "60 × 40 mm of a sheet of 3 mm" in told["sheet"].message


def test_several_bodies_lie_in_one_sheet() -> None:
    told = found(PLATE, PLATE.translate((70, 10, 0)))
    assert told["sheet"].data == {"thickness_mm": 3.0, "size_mm": [130.0, 50.0]}


@pytest.mark.parametrize("name", ["sphere", "torus", "shelled", "cone"])
def test_what_is_not_flat_cannot_be_made(name: str) -> None:
    told = found(SHAPES[name], process="cnc")
    assert told["not_flat"].severity is Severity.ERROR
    assert "cannot be cut from a sheet: not flat" in told["not_flat"].message
    assert "sheet" not in told


def test_plates_in_different_planes_are_not_flat() -> None:
    told = found(PLATE, PLATE.rotate((0, 0, 0), (1, 0, 0), 90).translate((0, 100, 0)))
    assert "lie in different planes" in told["not_flat"].message


def test_several_thicknesses_are_named() -> None:
    told = found(PLATE, cq.Workplane().box(20, 20, 6, centered=False).translate((0, 60, 0)))
    assert told.keys() == {"several_thicknesses"}
    assert "body 1 is 3 mm thick and body 2 6 mm" in told["several_thicknesses"].message


def test_bodies_above_each_other_are_not_side_by_side() -> None:
    told = found(PLATE, PLATE.translate((0, 0, 10)))
    assert told.keys() == {"not_side_by_side"}
    assert "body 2 lies 10 mm above body 1" in told["not_side_by_side"].message


def test_the_manifests_thickness_is_the_parts() -> None:
    assert found(PLATE, thickness_mm=3.0).keys() == {"sheet"}
    told = found(PLATE, thickness_mm=4.0)
    assert told.keys() == {"other_thickness"}
    assert "3 mm thick, and the manifest says thickness_mm = 4" in told["other_thickness"].message


def test_a_large_part_may_need_a_large_machine() -> None:
    told = found(cq.Workplane().box(290, 500, 3))
    assert told["does_not_fit"].severity is Severity.WARNING
    assert "290 × 500 mm is more than a machine of 400 × 300 mm takes" in told["does_not_fit"].message
    assert "does_not_fit" not in found(cq.Workplane().box(290, 390, 3))


def test_nothing_is_said_of_layers_and_beds() -> None:
    thin = cq.Workplane().box(60, 0.3, 3)
    assert found(thin).keys() == {"sheet"}
    assert "too_thin" in found(thin, process="fdm")


def test_each_process_has_its_file() -> None:
    assert [made_from(process) for process in ("fdm", "laser", "cnc")] == ["model.3mf", "model.dxf", "model.dxf"]
