"""Outlines of DXF drawings as another program writes them."""

from collections.abc import Callable
from math import pi
from pathlib import Path

import ezdxf
import pytest
from ezdxf.document import Drawing
from ezdxf.layouts import Modelspace

from designs.engines.interface import EngineError
from designs.outlines.curves import Arc, area, polygon
from designs.outlines.dxf import read_dxf
from designs.outlines.joining import Part, parts_of

Draw = Callable[[Modelspace], object]


def written(folder: Path, draw: Draw, units: int = 4) -> Path:
    document = ezdxf.new("R2000", units=units)
    draw(document.modelspace())
    path = folder / "drawing.dxf"
    document.saveas(path)
    return path


def parts(folder: Path, draw: Draw, units: int = 4) -> list[Part]:
    return parts_of(read_dxf(written(folder, draw, units)))


def size(part: Part) -> float:
    return sum(area(polygon(loop)) for loop in (part.outline, *part.holes))


def slot(space: Modelspace) -> None:
    space.add_line((0, 0), (40, 0))
    space.add_arc((40, 10), 10, -90, 90)
    space.add_line((40, 20), (0, 20))
    space.add_arc((0, 10), 10, 90, 270)
    space.add_circle((0, 10), 4)


def test_lines_arcs_and_circles(tmp_path: Path) -> None:
    (part,) = parts(tmp_path, slot)
    assert size(part) == pytest.approx(800 + pi * 100 - pi * 16, rel=1e-3)
    assert [type(curve) for curve in part.holes[0]] == [Arc]
    assert sum(isinstance(curve, Arc) for curve in part.outline) == 2


@pytest.mark.parametrize(("units", "millimetres"), [(1, 25.4), (5, 10.0), (6, 1000.0), (0, 1.0)])
def test_units(tmp_path: Path, units: int, millimetres: float) -> None:
    (part,) = parts(tmp_path, lambda space: space.add_lwpolyline([(0, 0), (2, 0), (2, 3)], close=True), units)
    assert size(part) == pytest.approx(3 * millimetres**2)


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda space: space.add_lwpolyline([(0, 0, 0), (20, 0, 1), (20, 10, 0), (0, 10, 0)], "xyb", close=True),
         200 + pi * 25 / 2),
        (lambda space: space.add_ellipse((5, 5), (20, 0), 0.5), pi * 200),
        (lambda space: space.add_open_spline([(0, 0), (0, 40), (40, 40), (40, 0)]) and space.add_line((40, 0), (0, 0)),
         960),
        (lambda space: space.add_circle((3, 4), 5, dxfattribs={"extrusion": (0, 0, -1)}), pi * 25),
    ],
)  # fmt: skip
def test_other_curves(tmp_path: Path, draw: Draw, expected: float) -> None:
    (part,) = parts(tmp_path, draw)
    assert size(part) == pytest.approx(expected, rel=5e-3)


def test_an_arc_seen_from_below_closes_its_outline(tmp_path: Path) -> None:
    def draw(space: Modelspace) -> None:
        space.add_line((-10, 0), (10, 0))
        space.add_arc((0, 0), 10, 0, 180, dxfattribs={"extrusion": (0, 0, -1)})

    (part,) = parts(tmp_path, draw)
    assert size(part) == pytest.approx(pi * 50, rel=3e-3)


def test_blocks_are_taken_apart_and_hidden_layers_passed_over(tmp_path: Path) -> None:
    def draw(space: Modelspace) -> None:
        document = space.doc
        assert isinstance(document, Drawing)
        block = document.blocks.new("hole")
        block.add_circle((0, 0), 2)
        slot(space)
        space.add_blockref("hole", (20, 10), dxfattribs={"xscale": 2, "yscale": 2})
        document.layers.add("notes").off()
        space.add_text("cut me", dxfattribs={"layer": "notes"})

    (part,) = parts(tmp_path, draw)
    assert len(part.holes) == 2
    assert size(part) == pytest.approx(800 + pi * 100 - 2 * pi * 16, rel=1e-3)


@pytest.mark.parametrize(
    ("draw", "units", "says"),
    [
        (lambda space: space.add_text("no"), 4, "holds a TEXT, which cannot be cut as it is"),
        (lambda space: space.add_circle((0, 0), 3, dxfattribs={"extrusion": (0, 1, 0)}), 4, "does not lie flat"),
        (slot, 3, r"unit that is not read \(\$INSUNITS 3\)"),
    ],
)
def test_what_cannot_be_cut_is_named(tmp_path: Path, draw: Draw, units: int, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        parts(tmp_path, draw, units)


def test_what_is_no_dxf_says_so(tmp_path: Path) -> None:
    (tmp_path / "drawing.dxf").write_text("0\nSECTION\nnonsense")
    with pytest.raises(EngineError, match=r"drawing\.dxf is no DXF that can be read"):
        read_dxf(tmp_path / "drawing.dxf")
