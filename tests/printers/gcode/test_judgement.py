"""The judgement of whole files: what a node lets through, what it refuses, and which line it names."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers.gcode import Box, MachineLimits, Verdict, judge, judge_bytes, judge_stream, material_limits
from printers.gcode.verdict import MAX_REASONS

BED = MachineLimits.for_bed(
    200, 180, 160, max_nozzle_c=280, max_bed_c=110, reach_mm=4, purge=Box(0, -4, 0, 120, 0, 1), max_feed_mm_s=250
)
PLA = material_limits("PLA")
START = ["G90", "G21", "M83", "M190 S60", "M109 S210", "G28"]
PRINT = ["G1 Z0.2 F1200", "G1 X50 Y50 F9000", "G1 X60 Y50 E0.5 F1800"]
END = ["M104 S0", "M140 S0", "M107", "M84"]


def judged(*lines: str, start: list[str] = START, end: list[str] = END) -> Verdict:
    return judge_bytes("\n".join([*start, *lines, *end]).encode(), BED, PLA)


def reasons(verdict: Verdict) -> list[tuple[int, str]]:
    return [(reason.line, reason.code) for reason in verdict.reasons]


def test_accepts_a_plain_print_and_tells_its_figures() -> None:
    verdict = judged(*PRINT, "G1 X60 Y60 E0.5", "G1 E-0.8 F2100", "G1 Z0.4 F1200", "G1 E0.8", "G1 X50 Y60 E0.5 F1800")
    assert verdict.explain() == ""
    figures = verdict.figures
    assert figures.extrusion_box == Box(50, 50, 0.2, 60, 60, 0.4)
    assert figures.motion_box == Box(0, 0, 0.2, 60, 60, 0.4)
    assert figures.layers == 2
    assert figures.filament_mm == pytest.approx(1.5)
    assert (figures.max_nozzle_c, figures.max_bed_c) == (210, 60)
    assert figures.lines == len(START) + 8 + len(END) == figures.commands
    assert figures.filament_g(diameter_mm=1.75, density_g_cm3=1.24) == pytest.approx(0.004474, rel=1e-3)


@pytest.mark.parametrize(
    "line",
    [
        *("M500", "M501", "M502", "M92 X80", "M206 X5", "M211 S0", "M301 P20", "M303 E0 S200", "M304 P1", "M302 P1"),
        *("M997", "M28 a.gco", "M29", "M30 a.gco", "M928 log.txt", "M112", "M118 //action:cancel", "M42 P4 S255"),
        *("M0", "M600", "M80", "M81", "M999", "M851 Z-1", "M907 E538", "G10", "G18", "G53", "G5 I0 J3", "G33", "M593"),
        *("T1", "T?", "G28.1", "M104.5 S200", "G29 S1", "M84 P1", "M106 S256", "M221 S300", "M220 S200", "G4 S7200"),
    ],
)
def test_refuses_commands_that_a_print_does_not_need(line: str) -> None:
    verdict = judged(*PRINT, line)
    assert not verdict.accepted
    assert verdict.reasons[0].line == len(START) + len(PRINT) + 1


@pytest.mark.parametrize("line", ["SAVE_CONFIG", "RESTART", "FIRMWARE_RESTART", "SET_PIN PIN=fan VALUE=1", "@cancel"])
def test_refuses_macros_and_host_commands(line: str) -> None:
    assert reasons(judged(*PRINT, line)) == [(len(START) + len(PRINT) + 1, "not_understood")]


@pytest.mark.parametrize(
    "line",
    [
        *("M201 X1000 Y1000 Z200 E5000", "M203 X200 Y200 Z12 E120", "M204 P1250 R1250 T1250", "M205 X8 Y8 Z0.4 E4.5"),
        *("M205 S0 T0", "M73 P5 R12", "M73 Q5 S12", "M115 U3.13.2", 'M862.3 P "MK3S"', "M862.1 P0.4", "G80", "G29"),
        *("M900 K0.05", "M221 S95", "M106 S127.5", "M107", "G92 E0", "G4 P500", "M84 E", "M572 S0.04", "T0", "G17"),
        *(
            "M486 S0",
            "M486 T3",
            "M555 X10 Y10 W50 H50",
            "M117 Layer 3",
            "M400",
            "M420 S1 Z10",
            "M413 S0",
            "M300 S440 P200",
            "M220 S100",
            "G29 P1",
            "G29 A",
        ),
    ],
)
def test_accepts_what_slicers_write_around_a_print(line: str) -> None:
    assert judged(line, *PRINT).explain() == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("G1 X205 Y50", "X205.00; the machine reaches X204 at most"),
        ("G1 X-5", "X-5.00; the machine reaches X-4 at least"),
        ("G1 Y190", "Y190.00"),
        ("G1 Z161", "Z161.00"),
        ("G1 Z-0.5", "Z-0.50"),
        ("G1 X202 Y50 E1", "outside the printable area"),
        ("G2 X70 Y50 I100 J0 E1", "centre"),
        ("G2 X60 Y50 I0 J180 E1", "the machine reaches"),
        ("G3 X180 Y50 I60 J0 E1", "Y-10.00; the machine reaches Y-4 at least"),
        ("G91\nG1 X200\nG90\nM83", "X260.00"),
        ("G92 X0\nG1 X190", "X250.00"),
        ("G20\nG1 X9\nG21", "X228.60"),
    ],
)
def test_refuses_to_leave_the_machine(line: str, says: str) -> None:
    verdict = judged(*PRINT, *line.split("\n"))
    assert says in verdict.explain()


def test_material_may_lie_in_the_purge_zone_only_where_it_is() -> None:
    purged = judged("G1 Z0.3 F1200", "G1 X0 Y-3", "G1 X60 E9 F1000", *PRINT)
    assert purged.explain() == ""
    assert purged.figures.layers == 1
    high = judged("G1 Z0.2 F1200", "G1 X0 Y-3", "G1 X60 E9 F1000", "G1 X110 Y50 Z20", "G1 Y-2 E1")
    assert reasons(high) == [(len(START) + 5, "outside")]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["M104 S281"], "too_hot"),
        (["M104 S240"], "too_hot"),
        (["M140 S120"], "too_hot"),
        (["M109 R240"], "too_hot"),
        (["M104 S-5"], "too_hot"),
        (["G1 X60 F20000"], "too_fast"),
        (["G1 X60 F0"], "out_of_range"),
        (["G1 X70 E500"], "out_of_range"),
        (["M104 S0", "G1 X70 E0.5"], "cold"),
        (["M104 S150", "G1 X70 E0.5"], "cold"),
        (["M104"], "not_understood"),
        (["M109 S200 R200"], "not_understood"),
        (["G92"], "not_understood"),
        (["G90", "G1 X70 E0.5"], "not_understood"),
        (["G2 X60 Y60 E1"], "not_understood"),
        (["G1 X"], "not_allowed"),
        (["G1 X5 M112"], "not_allowed"),
    ],
)
def test_refuses_at_the_line_that_goes_wrong(lines: list[str], code: str) -> None:
    verdict = judged(*PRINT, *lines)
    assert (len(START) + len(PRINT) + len(lines), code) in reasons(verdict)


def test_refuses_to_extrude_before_the_nozzle_was_waited_for() -> None:
    start = ["G90", "G21", "M83", "M104 S210", "G28"]
    assert reasons(judged(*PRINT, start=start)) == [(8, "cold")]


def test_a_retraction_after_the_heater_was_switched_off_is_no_cold_extrusion() -> None:
    assert judged(*PRINT, "M104 S0", "G1 E-2 F2100").accepted


def test_refuses_to_move_before_homing() -> None:
    start = ["G90", "G21", "M83", "M109 S210"]
    assert [code for _, code in reasons(judged(*PRINT, start=start))] == ["unhomed"] * 3
    assert reasons(judged("G28 X Y", *PRINT, start=start)) == [(6, "unhomed")]


def test_a_relative_move_from_wherever_probing_ended_is_refused() -> None:
    assert reasons(judged("G29", "G91", "G1 X5 F3000", "G90", "M83", *PRINT)) == [(len(START) + 3, "unhomed")]
    assert judged("G29", "G1 X5 F3000", "G91", "G1 X5", "G90", "M83", *PRINT).accepted


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["M84", "G1 X50"], "moves X before it was homed"),
        (["M84 X", "G1 X50"], "moves X before it was homed"),
        (["M18", "G1 Z50"], "moves Z before it was homed"),
        (["G28", "G91", "G1 X5", "G90", "M83"], "moves X relatively from wherever homing or probing left it"),
        (["G28", "G92 X0"], "names X wherever homing or probing left it"),
        (["G28", "G1 X60 E1"], "lays material or draws an arc from wherever homing"),
        (["G28", "G2 X60 Y60 I5 J5"], "lays material or draws an arc from wherever homing"),
        (["G29", "G3 I5 J5"], "lays material or draws an arc from wherever homing"),
        (["M104 S0", "M104 S210", "G1 X70 E0.5"], "before the nozzle was waited for"),
        (["G1 E-500"], "draws back 500 mm"),
        (["T1"], "it changes the tool"),
        (["M141 S60"], "it heats the chamber"),
        (["G1 X 70"], "a space between a letter and its number"),
        (["G 1 X70"], "a space between a letter and its number"),
        (["G2 X60.004 Y50 R60"], "reaches"),
        (["G2 X70 Y50 I100000 J0"], "at most 10000 mm is drawn exactly"),
        (["; packed \xff\xff\xfb"], "control character"),
    ],
)
def test_refuses_what_depends_on_where_the_machine_happens_to_be(lines: list[str], says: str) -> None:
    data = "\n".join([*START, *PRINT, *lines, *END]).encode("latin-1")
    verdict = judge_bytes(data, BED, PLA)
    assert says in verdict.explain()
    assert verdict.reasons[0].line == len(START) + len(PRINT) + (len(lines) if "G90" not in lines else 3)


def test_motors_that_only_time_out_or_drive_the_extruder_hold_the_axes() -> None:
    assert judged(*PRINT, "M84 E", "M84 S600", "M18 E", "G1 X50").accepted


def test_material_is_not_laid_between_the_purge_zone_and_the_bed() -> None:
    way = judged("G1 Z0.9 F1200", "G1 X50 Y-3", "G1 X60 Y50 Z80 E5 F1000", *PRINT)
    assert reasons(way) == [(len(START) + 3, "outside")]
    assert judged("G1 Z0.9 F1200", "G1 X50 Y-3", "G1 X60 Y0 E1 F1000", *PRINT).accepted
    bow = judged("G1 Z0.9 F1200", "G1 X50 Y-3", "G3 X50 Y30 I0 J16.5 E5 F1000", *PRINT)
    assert reasons(bow) == [(len(START) + 3, "outside")]


def test_a_machine_that_knows_where_its_switches_are_may_move_from_there() -> None:
    from_home = [*START, "G91", "G1 X5 Z1 F3000", "G90", "M83"]
    assert not judged(*PRINT, start=from_home).accepted
    known = replace(BED, home=(0.0, 0.0, 0.0))
    assert judge_bytes("\n".join([*from_home, *PRINT, *END]).encode(), known, PLA).accepted


def test_a_reason_names_the_line_and_what_stands_there() -> None:
    verdict = judged(*PRINT, "G1 X205 Y50 ; too far\x07")
    assert str(verdict.reasons[0]).startswith("line 10 (G1 X205 Y50): ")
    assert "(\\x9b31m" in judge_bytes(b"\x9b31m;", BED, PLA).explain(), "no terminal is steered by it"


def test_refuses_to_leave_heaters_on_or_coordinates_relative() -> None:
    assert reasons(judged(*PRINT, end=["M140 S0"])) == [(len(START) + len(PRINT) + 1, "heaters_on")]
    assert reasons(judged(*PRINT, end=["M104 S0"])) == [(len(START) + len(PRINT) + 1, "heaters_on")]
    assert [code for _, code in reasons(judged(*PRINT, "G91"))] == ["not_reset"]


def test_refuses_a_file_that_prints_nothing() -> None:
    assert reasons(judged("G1 X50 Y50 F3000")) == [(0, "empty")]
    assert {code for _, code in reasons(judge_bytes(b"", BED, PLA))} == {"empty"}


def test_extruder_modes_give_the_same_figures() -> None:
    relative = judged(*PRINT, "G1 X70 E0.5")
    absolute = judged("M82", "G92 E0", *PRINT, "G1 X70 E1.0")
    assert absolute.accepted
    assert absolute.figures.filament_mm == pytest.approx(relative.figures.filament_mm)


@pytest.mark.parametrize("moves", [["G1 X1 E5", "G1 X1 E5"], ["G1 E5"]])
def test_m82_under_g91_holds_for_some_printers_only(moves: list[str]) -> None:
    """Klipper feeds relatively as long as G91 holds: what feeds nothing elsewhere feeds 5 mm, cold or outside."""
    assert "under G91 and M82" in judged(*PRINT, "G91", "M82", *moves, "G90").explain()
    assert judged(*PRINT, "G91", "M82", "G1 Z1", "G90", "G92 E0", "G1 X60 Y60 E0.5").explain() == ""
    assert judged(*PRINT, "G91", "M82", "M83", "G1 X1 E0.1", "G90").explain() == ""


def test_inches_and_shifted_coordinates_are_the_same_places() -> None:
    shifted = judged("G1 X50 Y50 Z0.2 F1200", "G92 X0 Y0", "G1 X10 Y10 E0.5")
    inches = judged("G20", "G1 X1.968504 Y1.968504 Z0.007874 F47.2", "G1 X2.362205 Y2.362205 E0.019685", "G21")
    assert shifted.explain() == inches.explain() == ""
    assert shifted.figures.extrusion_box == Box(50, 50, 0.2, 60, 60, 0.2)
    assert inches.figures.extrusion_box is not None
    assert inches.figures.extrusion_box.max_x == pytest.approx(60, abs=1e-3)
    assert inches.figures.filament_mm == pytest.approx(0.5, abs=1e-3)


def test_time_is_distance_by_feed_with_dwells_and_feed_factor() -> None:
    verdict = judged("G1 X60 F600", "G4 S2", "M220 S50", "G1 X120", "G1 Z0.2 E1")
    assert verdict.figures.moving_seconds == pytest.approx(6 + 2 + 12 + 0.2 / 5)


def test_reasons_are_bounded_however_bad_the_file_is() -> None:
    verdict = judge_bytes(b"M112\n" * 100_000, BED, PLA)
    assert len(verdict.reasons) == MAX_REASONS
    assert verdict.more_reasons == 100_000 - MAX_REASONS + 1
    assert "more" in verdict.explain()


def test_an_endless_line_is_refused_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "endless.gcode"
    path.write_bytes(b"G1 X1 " * 200_000)
    assert "bytes" in judge(path, BED, PLA).explain()


@given(st.binary(max_size=600))
@settings(max_examples=300)
def test_any_bytes_are_judged_and_the_same_in_pieces(data: bytes) -> None:
    whole = judge_bytes(data, BED, PLA)
    assert judge_stream(io.BytesIO(data), BED, PLA) == whole
    assert not whole.accepted


WORDS = st.sampled_from(["X", "Y", "Z", "E", "F", "S", "I", "J", "R", "P", "W", ""])
NAMES = st.sampled_from(
    [
        *(f"G{n}" for n in (0, 1, 2, 3, 4, 20, 21, 28, 29, 80, 90, 91, 92)),
        *("M82", "M83", "M104", "M109", "M140", "M220"),
    ]
)
LINES = st.builds(
    lambda name, words: name + "".join(f" {letter}{number}" for letter, number in words.items()),
    NAMES,
    st.dictionaries(WORDS, st.one_of(st.integers(-400, 400), st.just("")), max_size=5),
)


@given(st.lists(LINES, max_size=40))
@settings(max_examples=300)
def test_any_sequence_of_real_commands_is_judged(lines: list[str]) -> None:
    verdict = judge_bytes("\n".join(lines).encode(), BED, PLA)
    assert verdict.figures.lines == max(1, len(lines))
    box = verdict.figures.extrusion_box
    if verdict.accepted:
        assert box is not None
        assert BED.motion.contains(box.min_x, box.min_y, box.min_z)
