"""What is cut is the part: right in size, never cut into, holes before outlines, held by tabs, and judged."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin, tau
from pathlib import Path

import pyclipper
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fabnode.protocol import PrintHints
from fabnode.toolpaths.contours import area, encloses
from fabnode.toolpaths.cut_files import find_cut
from fabnode.toolpaths.cutters import MARGIN_MM, load_cutter
from fabnode.toolpaths.cutting import LaserCut, RouterCut
from fabnode.toolpaths.errors import ToolpathError
from fabnode.toolpaths.program import Bed, make_program
from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings
from printers.machine import Outcome
from testbed.grbl_simulator import GrblSimulator
from tests.fabnode.toolpaths.drawing import Cut, Point, circle, cuts_of, distance, drawing, polygon, rectangle

BED = Bed(400, 300, 6000, 1000)
ROUTER_BED = Bed(400, 300, 6000, 24_000)
LASER = LaserCut("card", 1, 0.2, 1200, 60, 1, 0, 100)
ROUTER = RouterCut("plywood", 6, 3, 1000, 300, 2, 0.3, 16_000, 2, 5, 4, 1.5, 60)
FINE_MM = 0.008
"""Chords of the drawing and of the offset, and three decimals."""


def program(folder: Path, cut: LaserCut | RouterCut, *outlines: Sequence[Point], bed: Bed | None = None) -> Path:
    into = folder / "out.gcode"
    dxf = drawing(folder, *(polygon(outline) for outline in outlines))
    make_program(dxf, cut, bed or (BED if isinstance(cut, LaserCut) else ROUTER_BED), into)
    return into


def moved_back(cuts: Sequence[Cut], outline: Sequence[Point], width: float) -> list[list[Point]]:
    """The cuts in the drawing's coordinates: the outline's corner came to lie at the margin and the cut's width."""
    left = min(x for x, _ in outline) - MARGIN_MM - width
    near = min(y for _, y in outline) - MARGIN_MM - width
    return [[(x + left, y + near) for x, y in cut.points] for cut in cuts]


def shrunk(points: Sequence[Point], by_mm: float) -> float:
    """Area of what a tool leaves within its way."""
    engine = pyclipper.PyclipperOffset(2.0, 50.0)
    path = [(round(x * 1e4), round(y * 1e4)) for x, y in points]
    engine.AddPath(path, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return sum(abs(pyclipper.Area(path)) for path in engine.Execute(-by_mm * 1e4)) / 1e8


@st.composite
def parts(draw: st.DrawFn) -> tuple[list[Point], list[Point]]:
    """A convex outline, as points on an ellipse, and a round hole in it."""
    count = draw(st.integers(3, 24))
    wide, deep = draw(st.floats(30, 80)), draw(st.floats(30, 80))
    turn = draw(st.floats(0, tau))
    outline = [(wide * cos(turn + tau * i / count), deep * sin(turn + tau * i / count)) for i in range(count)]
    radius = draw(st.floats(2.5, 8))
    hole = [(radius * cos(tau * i / 48), radius * sin(tau * i / 48)) for i in range(48)]
    return outline, hole


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(part=parts(), cut=st.sampled_from([LASER, ROUTER]))
def test_the_part_has_its_size_and_is_never_cut_into(
    tmp_path: Path, part: tuple[list[Point], list[Point]], cut: LaserCut | RouterCut
) -> None:
    outline, hole = part
    radius = cut.cut_width_mm / 2
    inner, outer = [], []
    for points in moved_back(cuts_of(program(tmp_path, cut, outline, hole)), outline, cut.cut_width_mm):
        middles = [((x0 + x1) / 2, (y0 + y1) / 2) for (x0, y0), (x1, y1) in pairwise(points)]
        for point in (*points[::5], *middles):
            in_material = encloses(tuple(outline), point) and not encloses(tuple(hole), point)
            assert not in_material
            assert min(distance(point, outline), distance(point, hole)) >= radius - FINE_MM
        (inner if encloses(tuple(outline), points[0]) else outer).append(points)
    assert inner
    assert outer
    assert shrunk(outer[0], radius) == pytest.approx(abs(area(tuple(outline))), rel=2e-3)
    grown_hole = area(tuple(hole))
    within = [hypot(x, y) for x, y in inner[0]]
    assert max(within) + radius == pytest.approx(max(hypot(x, y) for x, y in hole), abs=2 * FINE_MM)
    assert pi * (max(within) + radius) ** 2 == pytest.approx(grown_hole, rel=2e-2)


def test_holes_come_before_the_outline_and_inner_parts_before_their_hole(tmp_path: Path) -> None:
    into = program(
        tmp_path, LASER, rectangle(0, 0, 100, 100), rectangle(20, 20, 60, 60), rectangle(40, 40, 20, 20),
        circle_points((50, 50), 4),
    )  # fmt: skip
    widths = [max(x for x, _ in cut.points) - min(x for x, _ in cut.points) for cut in cuts_of(into)]
    assert widths == sorted(widths)
    assert len(widths) == 4


def circle_points(centre: Point, radius: float) -> list[Point]:
    return [(centre[0] + radius * cos(tau * i / 60), centre[1] + radius * sin(tau * i / 60)) for i in range(60)]


def test_a_router_goes_down_in_passes_and_over_its_tabs(tmp_path: Path) -> None:
    (cut,) = cuts_of(program(tmp_path, ROUTER, rectangle(0, 0, 80, 40)))
    assert sorted(set(cut.heights)) == [-6.3, -4.725, -4.5, -3.15, -1.575]
    lengths = dict.fromkeys(cut.heights, 0.0)
    for begin, end, height in zip(cut.points, cut.points[1:], cut.heights, strict=False):
        lengths[height] += hypot(end[0] - begin[0], end[1] - begin[1])
    around = lengths[-1.575]
    tabs = -(-around // ROUTER.tab_spacing_mm)
    tab_way = ROUTER.tab_width_mm + ROUTER.tool_diameter_mm
    assert lengths[-6.3] == pytest.approx(around - tabs * tab_way, abs=0.05)
    assert lengths[-4.5] == pytest.approx(2 * tabs * tab_way, abs=0.05)


def test_a_laser_leaves_its_tabs_dark_and_repeats_its_passes(tmp_path: Path) -> None:
    cut = LaserCut("card", 1, 0.2, 1200, 60, 3, 1.0, 50)
    rounds = cuts_of(program(tmp_path, cut, rectangle(0, 0, 60, 40)))
    assert len(rounds) == 3
    for way in rounds:
        pieces = zip(way.points, way.points[1:], way.dark, strict=False)
        dark = sum(hypot(end[0] - begin[0], end[1] - begin[1]) for begin, end, off in pieces if off)
        assert dark == pytest.approx(5 * 1.0, abs=0.02)


def test_outlines_are_cut_clockwise_and_holes_against_it(tmp_path: Path) -> None:
    hole, outline = cuts_of(program(tmp_path, LASER, rectangle(0, 0, 60, 40), rectangle(20, 10, 20, 20)))
    assert area(tuple(hole.points)) > 0
    assert area(tuple(outline.points)) < 0


def test_what_was_made_is_told_in_figures(tmp_path: Path) -> None:
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 60, 40)), circle((30, 20), 10))
    made = make_program(dxf, LASER, BED, tmp_path / "out.gcode")
    assert (made.holes, made.outlines) == (1, 1)
    assert made.cut_mm == pytest.approx(200 + tau * 0.1 + tau * 9.9, rel=1e-3)
    assert made.seconds == pytest.approx(made.cut_mm / 1200 * 60, rel=0.1)


def test_every_program_ends_with_the_tool_off(tmp_path: Path) -> None:
    for cut in (LASER, ROUTER):
        rows = program(tmp_path, cut, rectangle(0, 0, 60, 40)).read_text().splitlines()
        assert rows[-3:] == ["M5", "G0 X0 Y0", "M2"]


@pytest.mark.parametrize(
    ("outlines", "says"),
    [
        ([rectangle(0, 0, 50, 50), rectangle(20, 20, 2, 10)], "1 of 1 holes are narrower than the cut of 3 mm"),
        ([rectangle(0, 0, 20, 20), rectangle(22, 0, 20, 20)], "closer together than the cut of 3 mm"),
        ([rectangle(0, 0, 20, 20), rectangle(10, 10, 20, 20)], "outlines cross or touch"),
        (
            [[(0, 0), (50, 0), (50, 30), (26, 30), (26, 10), (24, 10), (24, 30), (0, 30)]],
            "a notch at .* is too narrow for the cut of 3 mm",
        ),
        (
            [
                rectangle(-10, -10, 80, 40),
                [(0, 0), (20, 0), (20, 9), (40, 9), (40, 0), (60, 0), (60, 20), (40, 20), (40, 11), (20, 11), (20, 20)],
            ],
            "narrow place",
        ),
        ([rectangle(0, 0, 500, 50)], "the part is 500 × 50 mm, and .* there is room for 390 × 290 mm"),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused_with_the_reason(tmp_path: Path, outlines: list[list[Point]], says: str) -> None:
    with pytest.raises(ToolpathError, match=says):
        program(tmp_path, ROUTER, *outlines)


def test_a_material_that_asks_too_much_of_the_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolpathError, match=r"the feed 1200 mm/min is not from 0 to 800"):
        program(tmp_path, LASER, rectangle(0, 0, 50, 50), bed=Bed(400, 300, 800))
    with pytest.raises(ToolpathError, match=r"S16000 is not from 0 to 12000"):
        program(tmp_path, ROUTER, rectangle(0, 0, 50, 50), bed=Bed(400, 300, 6000, 12_000))


def bounds(cuts: Sequence[Cut]) -> tuple[float, float, float, float]:
    points = [point for cut in cuts for point in cut.points]
    return (
        min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points),
    )  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wide=st.floats(5, 60), deep=st.floats(5, 60), copies=st.integers(1, 9), cut=st.sampled_from([LASER, ROUTER]))
def test_copies_lie_apart_on_the_sheet(
    tmp_path: Path, wide: float, deep: float, copies: int, cut: LaserCut | RouterCut
) -> None:
    into = tmp_path / "out.gcode"
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, wide, deep)), circle((wide / 2, deep / 2), 1.9))
    made = make_program(dxf, cut, BED if cut is LASER else ROUTER_BED, into, copies)
    assert (made.outlines, made.holes) == (copies, copies)
    outers = [box for box in (bounds([one]) for one in cuts_of(into)) if box[2] - box[0] > 4]
    assert len(outers) == copies
    for index, (left, near, right, far) in enumerate(outers):
        size = sorted((wide + cut.cut_width_mm, deep + cut.cut_width_mm))
        assert sorted((right - left, far - near)) == pytest.approx(size, abs=0.01)
        for x0, y0, x1, y1 in outers[index + 1 :]:
            assert x0 >= right + 2 or left >= x1 + 2 or y0 >= far + 2 or near >= y1 + 2


def test_a_part_is_turned_where_it_fits_only_so(tmp_path: Path) -> None:
    into = program(tmp_path, LASER, rectangle(0, 0, 50, 350))
    left, near, right, far = bounds(cuts_of(into))
    assert (right - left, far - near) == (pytest.approx(350.2, abs=0.01), pytest.approx(50.2, abs=0.01))


def test_more_copies_than_fit_are_refused_with_how_many_do(tmp_path: Path) -> None:
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 150, 100)))
    with pytest.raises(ToolpathError, match=r"5 copies of 150 × 100 mm do not lie side by side .*: 4 do"):
        make_program(dxf, LASER, BED, tmp_path / "out.gcode", 5)


async def test_a_program_goes_through_a_controller(tmp_path: Path) -> None:
    into = tmp_path / "out.gcode"
    dxf = drawing(tmp_path, polygon(rectangle(0, 0, 30, 20)), circle((15, 10), 5))
    cut = find_cut(load_cutter("diode-laser-400", tmp_path), "birch plywood", 3, tmp_path, PrintHints())
    make_program(dxf, cut, BED, into)
    async with GrblSimulator(tmp_path, speed=200) as simulator:
        machine = GrblMachine(GrblSettings(simulator.path, tmp_path / "machine", "laser"))
        machine.operator.give()
        await machine.upload("part.gcode", into)
        await machine.start("part.gcode")
        async for event in machine.events():
            if event.file == "part.gcode" and event.outcome:
                break
        assert event.outcome is Outcome.DONE
        sent = [row.replace(" ", "") for row in into.read_text().splitlines()]
        assert simulator.witness.executed[:-1] == sent
        await machine.close()
