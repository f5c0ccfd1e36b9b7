"""Outlines are read from the entities that flat parts hold, exactly or not at all."""

from itertools import pairwise
from math import hypot, pi
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.formats.dxf import write_dxf
from designs.formats.flat import ArcTo, Contour, LineTo, Plate, PolylineTo
from fabnode.toolpaths.contours import area, join
from fabnode.toolpaths.dxf import CHORD_MM, read_dxf
from fabnode.toolpaths.errors import ToolpathError
from tests.fabnode.toolpaths.drawing import arc, circle, drawing, line, polygon, polyline, rectangle


def test_an_outline_of_loose_lines_and_arcs_is_joined(tmp_path: Path) -> None:
    path = drawing(
        tmp_path, line((0, 0), (40, 0)), line((0, 20), (0, 0)), arc((20, 20), 20, 0, 180), line((40, 20), (40, 0))
    )
    (outline,) = join(read_dxf(path))
    assert abs(area(outline)) == pytest.approx(40 * 20 + pi * 200, rel=1e-3)


def test_a_circle_leaves_its_true_shape_by_less_than_a_chord(tmp_path: Path) -> None:
    (points,) = read_dxf(drawing(tmp_path, circle((5, 6), 8)))
    assert points[0] == points[-1]
    for (x0, y0), (x1, y1) in pairwise(points):
        assert hypot(x0 - 5, y0 - 6) == pytest.approx(8)
        assert hypot((x0 + x1) / 2 - 5, (y0 + y1) / 2 - 6) >= 8 - CHORD_MM - 1e-9


@pytest.mark.parametrize("bulge", [1.0, -1.0])
def test_bulges_are_arcs_on_the_side_that_their_sign_says(tmp_path: Path, bulge: float) -> None:
    path = drawing(tmp_path, polyline([(0, 0, bulge), (10, 0, 0), (10, 30, 0), (0, 30, 0)]))
    (outline,) = join(read_dxf(path))
    assert abs(area(outline)) == pytest.approx(300 + bulge * pi * 12.5, rel=1e-3)


@pytest.mark.parametrize(("unit", "mm"), [(1, 25.4), (4, 1.0), (5, 10.0)])
def test_lengths_come_in_the_drawings_unit(tmp_path: Path, unit: int, mm: float) -> None:
    (outline,) = join(read_dxf(drawing(tmp_path, polygon(rectangle(0, 0, 2, 3)), unit=unit)))
    assert abs(area(outline)) == pytest.approx(6 * mm * mm)


def test_what_the_design_house_writes_is_read_as_it_was_meant(tmp_path: Path) -> None:
    ellipse = tuple((30 + 4 * x, 15 + 3 * y) for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)))
    outline = [(0.0, 0.0), (60.0, 0.0), (60.0, 30.0), (0.0, 30.0)]
    sides = tuple(LineTo(begin, end) for begin, end in zip(outline, [*outline[1:], outline[0]], strict=True))
    plate = Plate(
        3.0,
        (
            Contour(outer=True, cuts=sides),
            Contour(outer=False, cuts=(ArcTo((10, 15), 5, 0, 360),)),
            Contour(outer=False, cuts=(PolylineTo(ellipse),)),
            Contour(outer=False, cuts=(ArcTo((50, 15), 4, 0, 180), ArcTo((50, 15), 4, 180, 360))),
        ),
        low=0.0,
        corners=((0.0, 0.0), (60.0, 30.0)),
    )
    write_dxf([plate], tmp_path / "model.dxf")
    areas = sorted(abs(area(polygon)) for polygon in join(read_dxf(tmp_path / "model.dxf")))
    assert areas == pytest.approx([24, pi * 16, pi * 25, 1800], rel=2e-3)


@pytest.mark.parametrize(
    ("entities", "says"),
    [
        ([line((0, 0), (10, 0)), line((10, 0), (10, 10))], r"open at X10\.00 Y10\.00"),
        ([line((0, 0), (9, 0)), line((9, 0), (9, 9)), line((9, 0), (5, 5))], r"touch or branch at X9\.00 Y0\.00"),
        ([polygon([(0, 0), (10, 0), (0, 0.0001)])], "encloses nothing"),
        (["0\nSPLINE\n8\n0\n"], "holds a SPLINE; explode it"),
        (["0\nTEXT\n8\n0\n1\nhello\n"], "holds a TEXT"),
        (["0\nCIRCLE\n8\n0\n10\n1\n20\n1\n"], "CIRCLE of the DXF lacks its group 40"),
        (["0\nCIRCLE\n8\n0\n10\n1\n20\n1\n40\n-3\n"], "an arc of the DXF has the radius -3"),
        (["0\nCIRCLE\n8\n0\n10\n1\n20\n1\n40\nnan\n"], "'nan' where a length in reach should be"),
        (["0\nCIRCLE\n8\n0\n10\n1\n20\n1\n40\n2\n230\n-1\n"], "does not lie flat"),
        (["0\nLWPOLYLINE\n8\n0\n70\n1\n10\n1\n20\n1\n"], "fewer than two points"),
        ([], "holds no outline"),
    ],
)
def test_a_drawing_that_cannot_be_cut_says_where_and_why(tmp_path: Path, entities: list[str], says: str) -> None:
    with pytest.raises(ToolpathError, match=says):
        join(read_dxf(drawing(tmp_path, *entities)))


def test_a_drawing_without_end_is_refused(tmp_path: Path) -> None:
    holes = (circle((3 * column, 3 * row), 1) for column in range(72) for row in range(70))
    with pytest.raises(ToolpathError, match="5040 outlines; at most 5000"):
        join(read_dxf(drawing(tmp_path, *holes)))


@pytest.mark.parametrize("unit", [None, 0, 99])
def test_a_drawing_without_a_unit_is_not_guessed_at(tmp_path: Path, unit: int | None) -> None:
    with pytest.raises(ToolpathError, match="set its units to millimetres"):
        read_dxf(drawing(tmp_path, circle((0, 0), 5), unit=unit))


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_noise_is_refused_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.dxf"
    for data in (noise, b"0\nSECTION\n2\nHEADER\n9\n$INSUNITS\n70\n4\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\n" + noise):
        path.write_bytes(data)
        with pytest.raises(ToolpathError):
            read_dxf(path)
