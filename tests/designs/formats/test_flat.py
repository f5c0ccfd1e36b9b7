"""Flat parts as DXF, as another program reads them."""

import math
from pathlib import Path
from typing import Any

import ezdxf
import pytest
from ezdxf.document import Drawing

from designs.formats.brep import Part
from designs.formats.creases import with_creases
from designs.formats.dxf import INSIDE, OUTSIDE, write_dxf
from designs.formats.flat import plates
from designs.formats.workpiece import Withheld
from designs.mesh import Mesh
from tests.designs.solids import SHAPES, cq, mesh_of, part

PLATE = cq.Workplane().box(60, 40, 3).edges("|Z").fillet(8).faces(">Z").workplane().rarray(20, 1, 2, 1).hole(6)


def written(parts: list[Part], meshes: list[Mesh], path: Path) -> Drawing:
    write_dxf(plates(parts, meshes), path)
    document = ezdxf.readfile(path)
    assert not document.audit().errors
    assert document.units == ezdxf.units.MM
    return document


def kinds(document: Drawing) -> list[tuple[str, str]]:
    return sorted((entity.dxftype(), entity.dxf.layer) for entity in document.modelspace())


@pytest.mark.parametrize("turn", [(0, 0, 0), (90, 0, 0), (0, 90, 0), (30, 20, 10)])
def test_lines_arcs_and_circles(turn: tuple[float, float, float], tmp_path: Path) -> None:
    plate: Any = PLATE
    for axis, angle in zip(((1, 0, 0), (0, 1, 0), (0, 0, 1)), turn, strict=True):
        plate = plate.rotate((0, 0, 0), axis, angle)
    document = written([part(plate)], [mesh_of(plate)], tmp_path / "a.dxf")
    assert kinds(document) == [("ARC", OUTSIDE)] * 4 + [("CIRCLE", INSIDE)] * 2 + [("LINE", OUTSIDE)] * 4
    entities = list(document.modelspace())
    assert all(entity.dxf.radius == pytest.approx(3) for entity in entities if entity.dxftype() == "CIRCLE")
    straight = sum(entity.dxf.start.distance(entity.dxf.end) for entity in entities if entity.dxftype() == "LINE")
    assert straight == pytest.approx(2 * (44 + 24))
    for arc in (entity for entity in entities if entity.dxftype() == "ARC"):
        assert (arc.dxf.end_angle - arc.dxf.start_angle) % 360 == pytest.approx(90)


def test_the_outline_is_closed(tmp_path: Path) -> None:
    """Every end is another cut's beginning or end."""
    document = written([part(PLATE)], [mesh_of(PLATE)], tmp_path / "a.dxf")
    ends: dict[tuple[float, float], int] = {}
    for entity in document.modelspace():
        if entity.dxftype() == "LINE":
            points = [entity.dxf.start, entity.dxf.end]
        elif entity.dxftype() == "ARC":
            points = [entity.start_point, entity.end_point]
        else:
            continue
        for point in points:
            key = (round(point.x, 3) + 0.0, round(point.y, 3) + 0.0)
            ends[key] = ends.get(key, 0) + 1
    assert set(ends.values()) == {2}


def test_a_curve_is_a_polyline_near_it(tmp_path: Path) -> None:
    oval = cq.Workplane().ellipse(20, 10).extrude(2)
    document = written([part(oval)], [mesh_of(oval)], tmp_path / "a.dxf")
    points = [point for entity in document.modelspace() for point in entity.get_points("xy")]
    assert len(points) > 20
    assert all(math.hypot(x / 20, y / 10) == pytest.approx(1, abs=1e-6) for x, y in points)


def test_a_mesh_is_cut_along_polylines(tmp_path: Path) -> None:
    alone = with_creases(*mesh_of(PLATE).welded)
    document = written([Part("a", None, None, alone)], [alone], tmp_path / "a.dxf")
    assert kinds(document) == [("LWPOLYLINE", INSIDE)] * 2 + [("LWPOLYLINE", OUTSIDE)]
    assert all(entity.closed for entity in document.modelspace())


def test_several_plates_in_one_plane(tmp_path: Path) -> None:
    both = [PLATE, cq.Workplane().box(10, 10, 5).translate((60, 0, 0))]
    document = written([part(each) for each in both], [mesh_of(each) for each in both], tmp_path / "a.dxf")
    assert kinds(document).count(("LINE", OUTSIDE)) == 8


NOT_FLAT: dict[str, list[Any]] = {
    "a ball": [SHAPES["sphere"]],
    "a cone": [SHAPES["cone"]],
    "a pocket": [cq.Workplane().box(20, 20, 3).faces(">Z").workplane().rect(5, 5).cutBlind(-1)],
    "a slanted wall": [cq.Workplane().rect(20, 20).workplane(offset=3).center(1, 0).rect(20, 20).loft()],
    "a chamfer": [cq.Workplane().box(20, 20, 3).faces(">Z").edges().chamfer(0.5)],
    "two planes": [PLATE, PLATE.rotate((0, 0, 0), (1, 0, 0), 90)],
}


@pytest.mark.parametrize("what", NOT_FLAT)
def test_what_is_not_flat(what: str) -> None:
    with pytest.raises(Withheld, match="not flat"):
        plates([part(each) for each in NOT_FLAT[what]], [mesh_of(each) for each in NOT_FLAT[what]])
