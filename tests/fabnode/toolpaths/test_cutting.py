"""Cutting settings are complete and within reason, or refused."""

import subprocess
import sys

import pytest

from fabnode.protocol import PrintHints
from fabnode.toolpaths.cutting import LaserCut, RouterCut, asked, on_sheet, parse_cut
from fabnode.toolpaths.errors import ToolpathError
from fabnode.toolpaths.tabs import around, perimeter, tab_spans

GOOD = """[laser]
material = card
thickness_mm = 1
kerf_mm = 0.2
feed_mm_min = 600
power_percent = 50
passes = 2
tab_width_mm = 0
tab_spacing_mm = 100
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[laser]", "[plasma]", r"one section, \[laser\] or \[router\]"),
        ("kerf_mm = 0.2\n", "", "missing or unknown: kerf_mm"),
        ("kerf_mm", "kerf", "missing or unknown: kerf, kerf_mm"),
        ("material = card\n", "", "missing or unknown: material"),
        ("600", "fast", "feed_mm_min must be from 10 to 30000, not 'fast'"),
        ("600", "nan", "feed_mm_min must be"),
        ("= 50", "= 150", "power_percent must be from 1 to 100, not '150'"),
        ("passes = 2", "passes = 1.5", "passes must be a whole number"),
        ("tab_width_mm = 0", "tab_width_mm = 30\ntab_width_mm = 2", "already exists"),
    ],
)
def test_a_wrong_setting_is_named(old: str, new: str, says: str) -> None:
    with pytest.raises(ToolpathError, match=says):
        parse_cut(GOOD.replace(old, new), "card.ini")


def test_the_material_lies_over_the_machine() -> None:
    partial = GOOD.replace("tab_spacing_mm = 100\n", "")
    cut = parse_cut(partial, "card.ini", {"tab_spacing_mm": "70", "tab_width_mm": "1.5"})
    assert (cut.tab_spacing_mm, cut.tab_width_mm) == (70, 0)
    with pytest.raises(ToolpathError, match="missing or unknown: tab_spacing_mm"):
        parse_cut(partial, "card.ini")


def test_the_designer_asks_for_tabs_or_for_none() -> None:
    laser = LaserCut("card", 1, 0.2, 600, 50, 2, 0, 100)
    router = RouterCut("plywood", 6, 3, 1000, 300, 2, 0.3, 16_000, 2, 5, 4, 1.5, 60)
    assert asked(laser, PrintHints(tabs=True)).tab_width_mm == 0.8
    assert asked(router, PrintHints(tabs=False)).tab_width_mm == 0
    assert asked(router, PrintHints(tabs=True)) is router
    assert asked(laser, PrintHints()) is laser
    assert on_sheet(router, 5.8).thickness_mm == 5.8


def test_tabs_are_spread_and_none_begins_the_way() -> None:
    square = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
    spans = tab_spans(square, 4, 60)
    assert len(spans) == 4
    assert spans[0] == (23, 27)
    steps = around(square, spans)
    assert steps[-1] == ((0.0, 0.0), False)
    assert [point for point, in_tab in steps if in_tab] == [(27, 0), (50, 27), (23, 50), (0, 23)]
    assert perimeter(square) == 200


def test_a_part_smaller_than_its_tabs_gets_none() -> None:
    assert tab_spans(((0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0)), 4, 60) == []


def test_the_agent_starts_without_the_libraries_of_toolpaths() -> None:
    heavy = "('pyclipper', 'numpy', 'ezdxf')"
    code = f"import sys, fabnode.agent; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
