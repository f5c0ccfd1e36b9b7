"""From an outline to G-code for GRBL 1.1: holes before outlines, passes by depth, tabs, tool off at the end.

The sheet's near left corner is X0 Y0 and its top is Z0. The program uses few words (G0, G1, G4, M2 to M5) and is
judged by printers.grbl_judgement, which knows nothing of how it was made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from fabnode.protocol import Envelope
from fabnode.toolpaths.contours import Way, in_order, join, offset
from fabnode.toolpaths.cutters import MARGIN_MM
from fabnode.toolpaths.cutting import Cut, LaserCut, RouterCut
from fabnode.toolpaths.dxf import Line, Point, read_dxf
from fabnode.toolpaths.errors import ToolpathError
from fabnode.toolpaths.layout import lay_out
from fabnode.toolpaths.tabs import around, tab_spans
from printers.gcode import Box
from printers.grbl_judgement import CutterLimits, judge_cut

SHOWN_REASONS = 5


@dataclass(frozen=True)
class Bed:
    """What the machine can do, in the coordinates of the sheet."""

    x_mm: float
    y_mm: float
    max_feed_mm_min: float
    max_s: float = 1000.0
    """The value of S at full power ($30), or the highest speed of the spindle."""


@dataclass(frozen=True)
class Toolpath:
    """A program that was written and judged."""

    gcode: Path
    cut_mm: float
    """Way of the tool at work."""
    seconds: float
    """At full feed: a lower bound."""
    holes: int
    outlines: int


def make_program(dxf: Path, cut: Cut, bed: Bed, into: Path, copies: int = 1) -> Toolpath:
    """Write the G-code for so many copies of a flat part. Raises ToolpathError and OSError."""
    edge = 2 * (MARGIN_MM + cut.cut_width_mm)
    if min(bed.x_mm, bed.y_mm) <= edge:
        raise ToolpathError(f"a sheet of {bed.x_mm:g} × {bed.y_mm:g} mm leaves nothing within its margins")
    room = Envelope(x=bed.x_mm - edge, y=bed.y_mm - edge, z=cut.thickness_mm)
    ways = place(lay_out(join(read_dxf(dxf)), copies, room), cut)
    lines = list(laser_lines(ways, cut, bed) if isinstance(cut, LaserCut) else router_lines(ways, cut))
    into.write_text("\n".join(lines) + "\n")
    verdict = judge_cut(into, limits_of(cut, bed))
    if reasons := verdict.reasons:
        hidden = f"; and {len(reasons) - SHOWN_REASONS} more" if len(reasons) > SHOWN_REASONS else ""
        raise ToolpathError("the part cannot be cut here: " + "; ".join(map(str, reasons[:SHOWN_REASONS])) + hidden)
    holes = sum(way.inner for way in ways)
    return Toolpath(into, verdict.cut_mm, verdict.seconds, holes, len(ways) - holes)


def limits_of(cut: Cut, bed: Bed) -> CutterLimits:
    laser = isinstance(cut, LaserCut)
    floor = 0.0 if isinstance(cut, LaserCut) else -(cut.thickness_mm + cut.through_mm)
    ceiling = 0.0 if isinstance(cut, LaserCut) else cut.safe_height_mm
    return CutterLimits(Box(0, 0, floor, bed.x_mm, bed.y_mm, ceiling), bed.max_feed_mm_min, bed.max_s, laser=laser)


def place(polygons: Sequence[Line], cut: Cut) -> list[Way]:
    """The ways in the order of cutting, moved so that what is cut away begins at the margin from the sheet's corner."""
    ways = offset(polygons, cut.cut_width_mm / 2)
    left = min(x for polygon in polygons for x, _ in polygon) - MARGIN_MM - cut.cut_width_mm
    near = min(y for polygon in polygons for _, y in polygon) - MARGIN_MM - cut.cut_width_mm
    moved = [Way(tuple((x - left, y - near) for x, y in way.points), way.inner, way.depth) for way in ways]
    return in_order(moved)


def laser_lines(ways: Sequence[Way], cut: LaserCut, bed: Bed) -> Iterator[str]:
    """M4: the power follows the speed, and the beam is off whenever the head stands still or moves by G0."""
    power = f"{bed.max_s * cut.power_percent / 100:.0f}"
    yield from ("G21", "G90", "G17", "G94", "M4 S0")
    for way in ways:
        spans = [] if way.inner else tab_spans(way.points, cut.tab_width_mm, cut.tab_spacing_mm)
        steps = around(way.points, spans)
        for _ in range(int(cut.passes)):
            yield f"G0 {_xy(way.points[0])}"
            feed = f" F{cut.feed_mm_min:.0f}"
            for point, in_tab in steps:
                yield f"G1 {_xy(point)} S{0 if in_tab else power}{feed}"
                feed = ""
    yield from ("M5", "G0 X0 Y0", "M2")


def router_lines(ways: Sequence[Way], cut: RouterCut) -> Iterator[str]:
    """Down by passes of equal depth; on the last ones the tool climbs over the tabs."""
    safe = f"G0 Z{_number(cut.safe_height_mm)}"
    yield from ("G21", "G90", "G17", "G94", safe, f"M3 S{cut.spindle_rpm:.0f}", f"G4 P{cut.spin_up_seconds:g}")
    whole = cut.thickness_mm + cut.through_mm
    passes = ceil(whole / cut.pass_depth_mm)
    tab_top = -(cut.thickness_mm - cut.tab_height_mm)
    for way in ways:
        width = cut.tab_width_mm + cut.tool_diameter_mm if cut.tab_width_mm else 0.0
        spans = [] if way.inner else tab_spans(way.points, width, cut.tab_spacing_mm)
        yield f"G0 {_xy(way.points[0])}"
        for number in range(1, passes + 1):
            depth = -whole * number / passes
            bridged = spans if depth < tab_top else []
            yield f"G1 Z{_number(depth)} F{cut.plunge_mm_min:.0f}"
            yield from _round(way, bridged, depth, tab_top, cut)
        yield safe
    yield from ("M5", "G0 X0 Y0", "M2")


def _round(way: Way, spans: list[tuple[float, float]], depth: float, tab_top: float, cut: RouterCut) -> Iterator[str]:
    high = False
    feed = f" F{cut.feed_mm_min:.0f}"
    for point, in_tab in around(way.points, spans):
        if in_tab != high:
            high = in_tab
            yield f"G1 Z{_number(tab_top if high else depth)} F{cut.plunge_mm_min:.0f}"
            feed = f" F{cut.feed_mm_min:.0f}"
        yield f"G1 {_xy(point)}{feed}"
        feed = ""


def _xy(point: Point) -> str:
    return f"X{_number(point[0])} Y{_number(point[1])}"


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
