"""A drawing sheet: views apart and inside of the frame, true sizes, and the words of the title block."""

import xml.etree.ElementTree as ET
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.checks import Making
from designs.formats.holes import find_holes
from designs.formats.order import Order
from designs.formats.sheet import write_sheet
from designs.formats.sheet_layout import BORDER, LEFT, TITLE_BLOCK, Placed, lay_out
from tests.designs.solids import SHAPES, cq, mesh_of

METADATA = {"Designer": "Ada & <Co>", "LicenseTerms": "CERN-OHL-S-2.0", "recipe": "0123456789abcdef" * 4}
SVG = "{http://www.w3.org/2000/svg}"
EXTENT = st.floats(0.05, 3000)


def order(title: str = "A <part>") -> Order:
    return Order(title, METADATA, "PETG", 0.1, 0.3, Making())


def words_of(path: Path) -> list[str | None]:
    return [element.text for element in ET.parse(path).getroot().iter(f"{SVG}text")]


@given(st.tuples(EXTENT, EXTENT, EXTENT), st.tuples(EXTENT, EXTENT))
def test_views_stand_apart_and_inside(size: tuple[float, float, float], isometric: tuple[float, float]) -> None:
    layout = lay_out(size, isometric)
    x, y, z = (extent * float(layout.scale) for extent in size)
    views = [layout.front, layout.top, layout.right]
    sizes = [extent for view in views for extent in (view.width, view.height)]
    assert sizes == pytest.approx([x, z, x, y, y, z])
    assert layout.top.x == layout.front.x
    assert layout.right.y == layout.front.y
    width, height = layout.size
    for view in views:
        assert view.x >= LEFT
        assert view.y >= BORDER
        assert view.x + view.width <= width - BORDER
        assert view.y + view.height <= height - BORDER - TITLE_BLOCK[1]
    assert not any(overlap(one, other) for one, other in combinations([*views, layout.isometric], 2))


def overlap(one: Placed, other: Placed) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (beside or one.y + one.height <= other.y or other.y + other.height <= one.y)


@pytest.mark.parametrize(
    ("size", "sheet", "scale"),
    [((30, 20, 10), "A4", Fraction(2)), ((100, 80, 20), "A4", Fraction(1)), ((150, 120, 60), "A3", Fraction(1))],
)
def test_sheet_and_scale(size: tuple[float, float, float], sheet: str, scale: Fraction) -> None:
    layout = lay_out(size, (10, 10))
    assert (layout.sheet, layout.scale) == (sheet, scale)


def test_what_stands_on_the_sheet(tmp_path: Path) -> None:
    drilled = cq.Workplane().box(60, 40, 12.5).faces(">Z").workplane().rarray(20, 20, 2, 1).hole(5.25)
    holes = find_holes([drilled.val().wrapped])
    write_sheet([mesh_of(drilled)], (60, 40, 12.5), holes, order(), tmp_path / "a.svg")
    words = words_of(tmp_path / "a.svg")
    assert {"60", "40", "12.5", "2× ⌀5.25"} <= set(words)
    assert {"A <part>", "Ada & <Co>", "CERN-OHL-S-2.0", "0123456789ab", "PETG", "2:1", "mm", "A4"} <= set(words)
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert (root.get("width"), root.get("height")) == ("297mm", "210mm")
    dashed = [element for element in root.iter(f"{SVG}path") if element.get("stroke-dasharray")]
    assert len(dashed) > 3


def test_a_mesh_has_a_sheet_without_diameters(tmp_path: Path) -> None:
    write_sheet([mesh_of(SHAPES["tube"])], (20, 20, 20), [], order(), tmp_path / "a.svg")
    assert "20" in words_of(tmp_path / "a.svg")
    assert not any("⌀" in (word or "") for word in words_of(tmp_path / "a.svg"))


def test_holes_are_concave_and_round() -> None:
    plate = cq.Workplane().box(50, 50, 4).edges("|Z").fillet(5).faces(">Z").workplane()
    counterbored = plate.cboreHole(4, 8, 2).union(cq.Workplane().center(15, 0).circle(3).extrude(9))
    found = find_holes([counterbored.val().wrapped])
    assert sorted(hole.diameter for hole in found) == [4, 8], "neither the fillets nor the boss"
    assert all(abs(hole.direction[2]) == pytest.approx(1) for hole in found)
