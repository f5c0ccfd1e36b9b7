"""The judgement of files for Klipper machines: its own commands, and the macros that a profile names."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.gcode import Flavour, MachineLimits, Macro, MacroRole, Verdict, judge_bytes, material_limits
from printers.gcode.klipper import parse_extended
from printers.gcode.words import NotUnderstood

MACROS = (
    Macro("PRINT_START", MacroRole.START, nozzle="EXTRUDER", bed="BED"),
    Macro("PRINT_END", MacroRole.END),
    Macro("LINE_PURGE", MacroRole.OTHER),
)
MARLIN = MachineLimits.for_bed(200, 180, 160, max_nozzle_c=280, max_bed_c=110, max_feed_mm_s=250)
BED = replace(MARLIN, flavour=Flavour.KLIPPER, macros=MACROS)
PLA = material_limits("PLA")
START = ["G90", "G21", "M83", "M190 S60", "M109 S210", "G28"]
PRINT = ["G1 Z0.2 F1200", "G1 X50 Y50 F9000", "G1 X60 Y50 E0.5 F1800"]
END = ["M104 S0", "M140 S0", "M107", "M84"]


def judged(*lines: str, start: list[str] = START, end: list[str] = END, limits: MachineLimits = BED) -> Verdict:
    return judge_bytes("\n".join([*start, *lines, *end]).encode(), limits, PLA)


@pytest.mark.parametrize(
    "line",
    [
        "SET_VELOCITY_LIMIT VELOCITY=200 ACCEL=3000 SQUARE_CORNER_VELOCITY=5",
        "SET_PRESSURE_ADVANCE ADVANCE=0.035 SMOOTH_TIME=0.04",
        "SET_PRINT_STATS_INFO TOTAL_LAYER=120 CURRENT_LAYER=3",
        "EXCLUDE_OBJECT_DEFINE NAME=part_1 CENTER=100.5,90 POLYGON=[[90,80],[110,80],[110,100],[90,100]]",
        "EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[" + ",".join(f"[{n}.123,{n}.456]" for n in range(200)) + "]",
        "EXCLUDE_OBJECT_START NAME=part_1 ; begins",
        "EXCLUDE_OBJECT_END NAME=part_1",
        "BED_MESH_CLEAR",
        "BED_MESH_PROFILE LOAD=default",
        "BED_MESH_CALIBRATE ADAPTIVE=1",
        "QUAD_GANTRY_LEVEL",
        "Z_TILT_ADJUST",
        "M117 Layer 3",
        "M73 P10",
        "G4 P500",
        "G17",
    ],
)
def test_accepts_what_slicers_write_for_klipper(line: str) -> None:
    assert judged(line, *PRINT).explain() == ""
    assert not judged(line, *PRINT, limits=MARLIN).accepted or line[0] in "MG", "a Marlin machine knows no such command"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("SAVE_CONFIG", "it changes settings that the printer keeps"),
        ("FIRMWARE_RESTART", "restarts the firmware"),
        ("RUN_SHELL_COMMAND CMD=reboot", "it runs programs on the print server"),
        ("SET_PIN PIN=fan VALUE=1", "pins"),
        ("FORCE_MOVE STEPPER=stepper_x DISTANCE=100 VELOCITY=10", "past the limits"),
        ("SET_KINEMATIC_POSITION X=0", "believe that it is elsewhere"),
        ("SET_GCODE_OFFSET Z=-5", "shifts the coordinates"),
        ("SAVE_GCODE_STATE NAME=a", "hides which coordinates"),
        ("RESTORE_GCODE_STATE NAME=a MOVE=1", "moves to a place"),
        ("EXCLUDE_OBJECT NAME=part_1", "the operator does that"),
        ("PAUSE", "steers the print"),
        ("MY_MACRO", "neither a command that a print needs nor a macro that the profile names"),
        ("CANCEL_PRINT", "steers the print"),
        ("SET_VELOCITY_LIMIT VELOCITY=300", "VELOCITY=300 is out of range: 1 to 250 is allowed"),
        ("SET_VELOCITY_LIMIT ACCEL=900000", "out of range"),
        ("SET_PRESSURE_ADVANCE ADVANCE=9", "out of range"),
        ("SET_PRESSURE_ADVANCE EXTRUDER=extruder1", "may not carry EXTRUDER=extruder1"),
        ("SET_VELOCITY_LIMIT VELOCITY=fast", "is no number"),
        ("SET_VELOCITY_LIMIT COLOUR=1", "may not carry COLOUR"),
        ('EXCLUDE_OBJECT_START NAME="a b"', "without quotes"),
        ("EXCLUDE_OBJECT_START NAME=a NAME=b", "given twice"),
        ("exclude_object_start NAME=a", "name of a macro"),
        ("Save_Config", "name of a macro"),
        ("EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[" + "[1,2]," * 2000 + "]", "at most 8192"),
        ("SET_HEATER_TEMPERATURE HEATER=chamber TARGET=90", "HEATER=chamber"),
        ("SET_HEATER_TEMPERATURE HEATER=extruder TARGET=260", "PLA may go to 235"),
        ("SET_HEATER_TEMPERATURE TARGET=200", "without HEATER="),
        ("M201 X1000", "Klipper does not know it"),
        ("G29", "Klipper does not know it"),
        ("G20", "Klipper knows no inches"),
        ("G2 X70 Y50 R5", "may not carry R5"),
        ("M109 R200", "may not carry R200"),
        ("T1", "it changes the tool"),
        ("ACTIVATE_EXTRUDER EXTRUDER=extruder1", "changes the tool"),
        ("PRINT_START EXTRUDER=210 BED=60 FORCE=1", "may not carry FORCE"),
        ("PRINT_START EXTRUDER=hot BED=60", "is no number"),
        ("PRINT_START BED=60", "without EXTRUDER="),
        ("PRINT_START EXTRUDER=290 BED=60", "this machine may go to 280"),
    ],
)
def test_refuses_with_line_command_and_reason(line: str, says: str) -> None:
    verdict = judged(*PRINT, line)
    text = verdict.explain()
    assert says in text
    assert f"line {len(START) + len(PRINT) + 1} ({line[:40]}" in text


def test_macros_take_the_place_of_the_start_and_the_end() -> None:
    start = ["PRINT_START EXTRUDER=215 BED=60", "LINE_PURGE", "G90", "G21", "M83"]
    verdict = judged(*PRINT, start=start, end=["PRINT_END"])
    assert verdict.explain() == ""
    assert (verdict.figures.max_nozzle_c, verdict.figures.max_bed_c) == (215, 60)


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (["PRINT_START EXTRUDER=215 BED=60", "G21", "M83"], "without G90 or G91"),
        (["PRINT_START EXTRUDER=215 BED=60", "G90", "G21"], "without M82 or M83"),
        (["PRINT_START EXTRUDER=215 BED=60", "G90", "G21", "M82"], "without G92 E0"),
        (["LINE_PURGE", "G90", "G21", "M83", "M109 S210"], "before it was homed"),
        (["G90", "G21", "M83", "G28", "PRINT_END", "G90", "M83", "M109 S210"], "before it was homed"),
        (["PRINT_START EXTRUDER=150 BED=60", "G90", "G21", "M83"], "told to be at 150"),
        (["QUAD_GANTRY_LEVEL", *START], "before X, Y, Z was homed"),
    ],
)
def test_after_a_macro_the_file_says_anew_what_it_means(start: list[str], says: str) -> None:
    assert says in judged(*PRINT, start=start).explain()


def test_material_is_not_laid_from_wherever_a_macro_ended() -> None:
    verdict = judged("LINE_PURGE", "G90", "M83", "G1 X70 E0.5", *PRINT)
    assert [(reason.line, reason.code) for reason in verdict.reasons] == [(len(START) + 4, "unhomed")]


def test_klipper_waits_and_heats_by_its_own_commands() -> None:
    start = [
        "G90", "G21", "M83", "G28", "SET_HEATER_TEMPERATURE HEATER=heater_bed TARGET=60",
        "SET_HEATER_TEMPERATURE HEATER=extruder TARGET=210", "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=200",
    ]  # fmt: skip
    assert judged(*PRINT, start=start, end=["TURN_OFF_HEATERS"]).explain() == ""
    assert "before the nozzle was waited for" in judged(*PRINT, start=start[:-1]).explain()
    low = [*start[:-1], "TEMPERATURE_WAIT SENSOR=extruder MINIMUM=100"]
    assert "before the nozzle was waited for" in judged(*PRINT, start=low).explain()


@pytest.mark.parametrize("line", ["M84 S60", "M84 E", "M18 X"])
def test_klipper_lets_go_of_all_motors_at_once(line: str) -> None:
    assert "moves Y before it was homed" in judged(*PRINT, line, "G1 X70 Y60 E0.5").explain()
    assert judged(*PRINT, "M84 S60", "G1 X70 Y60 E0.5", limits=MARLIN).explain() == ""


def test_a_relative_arc_is_refused() -> None:
    assert "which Klipper does not draw" in judged(*PRINT, "G91", "M83", "G2 X5 Y5 I5 J0", "G90", "M83").explain()


@given(st.binary(max_size=120) | st.from_regex(rb"[A-Z_]{1,8}( [A-Z]+=[ -~]{0,9}){0,3}", fullmatch=True))
def test_any_bytes_are_read_refused_or_left_to_the_other_grammar(raw: bytes) -> None:
    try:
        command = parse_extended(raw)
    except NotUnderstood:
        return
    assert command is None or command.name.encode() == raw.split(b" ")[0].split(b";")[0].strip()
