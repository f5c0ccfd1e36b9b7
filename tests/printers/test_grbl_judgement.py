"""A cutting program is judged by what it would do, whoever made it."""

from math import hypot, pi
from pathlib import Path

import pytest

from printers.gcode import Box
from printers.grbl_judgement import CutterLimits, judge_cut

LASER = CutterLimits(Box(0, 0, 0, 100, 40, 0), 3000, 1000, laser=True)
ROUTER = CutterLimits(Box(0, 0, -6.5, 100, 80, 10), 3000, 24_000, laser=False)
GOOD_LASER = ["G21", "G90", "M4 S0", "G0 X10 Y10", "G1 X20 S500 F600", "G2 X30 Y10 I5 J0", "M5", "G0 X0 Y0", "M2"]
GOOD_ROUTER = ["G21", "G90", "G0 Z5", "M3 S12000", "G4 P2", "G0 X10 Y10", "G1 Z-2 F300", "G1 X50 F900", "G0 Z5", "M5"]


def judged(folder: Path, limits: CutterLimits, lines: list[str]) -> list[str]:
    path = folder / "a.gcode"
    path.write_text("\n".join(lines) + "\n")
    return [str(reason) for reason in judge_cut(path, limits).reasons]


def test_good_programs_pass(tmp_path: Path) -> None:
    assert judged(tmp_path, LASER, GOOD_LASER) == []
    assert judged(tmp_path, ROUTER, GOOD_ROUTER) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("G1 X20 S500 F600", "G1 X120 S500 F600", "line 5 (G1 X120 S500 F600): it moves to X120.00, outside of 0"),
        ("G2 X30 Y10 I5 J0", "G2 X100 Y10 I40 J0", "line 6 (G2 X100 Y10 I40 J0): it moves to Y50.00, outside"),
        ("G1 X20 S500 F600", "G1 X20 S500 F9000", "the feed 9000 mm/min is not from 0 to 3000"),
        ("G1 X20 S500 F600", "G1 X20 S500", "G1 before any feed rate"),
        ("G1 X20 S500 F600", "G1 X20 S1500 F600", "S1500 is not from 0 to 1000"),
        ("G1 X20 S500 F600", "G1 X20 Z-1 F600", "it moves to Z-1.00, outside of 0 to 0 mm"),
        ("G21", "G20", "G20 is not allowed: inches"),
        ("G90", "G91", "G91 is not allowed: relative moves"),
        ("G90", "G92 X0", "G92 is not allowed: it shifts"),
        ("G90", "G10 L2 P1 X5", "G10 is not allowed"),
        ("G90", "$X", "not a command of the form"),
        ("G90", "G38.2 Z-5", "G38.2 is not allowed: it is not among"),
        ("M4 S0", "M3 S0", "line 3 (M3 S0): M3 is not allowed: the beam would burn"),
        ("G90", "G4 P900", "a dwell must be from 0 to 60 s"),
        ("G90", "G90 X5", "G90 does not go with X"),
        ("G2 X30 Y10 I5 J0", "G2 X30 Y10 I50 J0", "an arc that starts"),
    ],
)  # fmt: skip
def test_a_laser_program_is_refused_with_the_line_and_the_reason(tmp_path: Path, old: str, new: str, says: str) -> None:
    reasons = judged(tmp_path, LASER, [new if line == old else line for line in GOOD_LASER])
    assert any(says in reason for reason in reasons), reasons


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("G0 Z5", "", "it moves sideways before it has lifted the tool"),
        ("M3 S12000", "M4 S12000", "M4 is not allowed: it turns the spindle backwards"),
        ("M3 S12000", "", "into the sheet (Z-2) with the spindle off"),
        ("G1 Z-2 F300", "G0 Z-2", "a rapid move inside the sheet"),
        ("G1 Z-2 F300", "G1 Z-8 F300", "it moves to Z-8.00, outside of -6.5 to 10 mm"),
        ("G1 X50 F900", "G0 X50", "a rapid move inside the sheet"),
        ("M5", "", "the tool is still on at the end"),
    ],
)
def test_a_router_program_is_refused_with_the_reason(tmp_path: Path, old: str, new: str, says: str) -> None:
    lines = list(GOOD_ROUTER)
    lines[lines.index(old)] = new
    reasons = judged(tmp_path, ROUTER, lines)
    assert any(says in reason for reason in reasons), reasons


def test_way_and_time_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text("\n".join(GOOD_LASER) + "\n")
    verdict = judge_cut(path, LASER)
    assert verdict.accepted
    assert verdict.cut_mm == pytest.approx(10 + pi * 5)
    rapid = hypot(10, 10) + hypot(30, 10)
    assert verdict.seconds == pytest.approx((10 + pi * 5) / 600 * 60 + rapid / 3000 * 60)


def test_a_program_that_cuts_nothing_is_none(tmp_path: Path) -> None:
    assert judged(tmp_path, LASER, ["G21", "G0 X5", "M5"]) == ["the program cuts nothing"]
