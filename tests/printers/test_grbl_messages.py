"""What GRBL says is read strictly and told in words; what is sent to it is G-code and nothing else."""

import asyncio
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.drivers import BadSettings, find_driver
from printers.grbl_messages import ALARMS, ERRORS, Report, in_words, is_banner, read_firmware, read_report
from printers.grbl_program import MAX_BLOCK_BYTES, read_program
from printers.grbl_record import History, Record, interrupted, load_record, save_record
from printers.machine import MachineConfused, MachineRefused, MachineState, Outcome

REALTIME = {0x18, *b"?!~", *range(0x80, 0x100)}


def test_a_full_report_is_read_with_all_its_parts() -> None:
    report = read_report(
        "<Hold:1|MPos:0.000,-10.500,5.000|WCO:0.000,1.551,5.664|Bf:15,128|FS:500,8000|Pn:PZ|Ov:100,50,120|A:SF>"
    )
    assert report == Report(
        "Hold", 1, (0.0, -10.5, 5.0), None, (0.0, 1.551, 5.664), 15, 128, (100, 50, 120), 500, 8000, "PZ", "SF"
    )
    assert report.moving
    assert not report.held
    assert report.remarks() == [
        "probe triggered",
        "limit switch Z triggered",
        "overrides: feed 100 %, rapid 50 %, tool 120 %",
    ]


def test_a_bare_report_is_read_too() -> None:
    report = read_report("<Idle|WPos:1.000,2.000,3.000|F:0>")
    assert (report.work_position, report.feed, report.speed, report.overrides_percent) == ((1, 2, 3), 0, None, None)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("<Idle|F:0>", MachineState.IDLE),
        ("<Run|F:0>", MachineState.PRINTING),
        ("<Hold:0|F:0>", MachineState.PAUSED),
        ("<Hold:1|F:0>", MachineState.BUSY),
        ("<Door:1|F:0>", MachineState.PAUSED),
        ("<Home|F:0>", MachineState.BUSY),
        ("<Check|F:0>", MachineState.BUSY),
        ("<Alarm|F:0>", MachineState.ERROR),
        ("<Sleep|F:0>", MachineState.ERROR),
    ],
)
def test_states_are_told_in_the_machines_terms(text: str, state: MachineState) -> None:
    assert read_report(text).machine_state is state


@pytest.mark.parametrize(
    "text", ["<>", "<Idle", "<Dancing|MPos:0,0,0>", "<Idle|MPos:a,b,c>", "<Idle|Ov:1,2>", "<Idle|Bf:1,2,3>", "Idle"]
)
def test_a_report_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MachineConfused):
        read_report(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=60))
def test_noise_on_the_line_is_read_or_refused_and_nothing_else(noise: str) -> None:
    for text in (noise, f"<{noise}>", f"<Idle|{noise}>"):
        try:
            assert isinstance(read_report(text), Report)
        except MachineConfused:
            continue


def test_codes_are_told_in_words_with_their_number() -> None:
    assert in_words(ERRORS, 22) == "no feed rate was given yet (error:22)"
    assert in_words(ALARMS, 1).endswith("then home (ALARM:1)")
    assert in_words(ALARMS, 77) == "a code that is not in the manual (ALARM:77)"


@pytest.mark.parametrize("banner", ["Grbl 1.1h ['$' for help]", "GrblHAL 1.1f ['$' or '$HELP' for help]"])
def test_banners_are_known(banner: str) -> None:
    assert is_banner(banner)
    assert not is_banner("[MSG:Grbl]")


def test_version_and_settings_are_read() -> None:
    firmware = read_firmware(["[VER:1.1h.20190825:My laser]", "[OPT:V,15,128]"], ["$22=1", "$32=0", "$130=200.000"])
    assert (firmware.version, firmware.name) == ((1, 1), "1.1h.20190825")
    assert firmware.on(22)
    assert not firmware.on(32)
    with pytest.raises(MachineConfused):
        read_firmware(["Marlin 2.1"], ["$22=1"])


def test_a_program_is_sent_without_what_the_controller_throws_away(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text("%\n; made by hand\ng1 x 1.5 (to the right) Y2 ; go\n\n(only a remark)\nM5\n%\n")
    assert [(block.line, block.text) for block in read_program(path)] == [(3, "G1X1.5Y2"), (6, "M5")]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("$X", "command to the controller itself"),
        ("  $H", "command to the controller itself"),
        ("$RST=*", "command to the controller itself"),
        ("G1 X1 ?", "is not G-code"),
        ("G0 X1 ! ~", "is not G-code"),
        ("G1 X1 \x18", "is not G-code"),
        ("G1 X1 \x84", "is not G-code"),
        ("G1 Xé", "is not G-code"),
        ("SET_PIN PIN=x", "is not G-code"),
        ("/G1 X1", "is not G-code"),
        ("G1 " + "X1.00000000" * 8, "90 characters"),
        ("G1 X1 (a (b) c)", "is not G-code"),
    ],
)
def test_what_is_no_job_is_not_sent(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "a.gcode"
    path.write_text(f"G21\n{line}\n")
    with pytest.raises(MachineRefused, match=r"line 2: .*" + says.replace("(", r"\(")):
        read_program(path)


def test_an_empty_file_is_no_job(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text("; nothing\n\n")
    with pytest.raises(MachineRefused, match="holds no commands"):
        read_program(path)


@given(st.binary(max_size=300) | st.text(alphabet=string.printable, max_size=300).map(str.encode))
def test_nothing_that_acts_at_once_or_overflows_is_ever_sent(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.gcode"
    path.write_bytes(raw)
    try:
        blocks = read_program(path)
    except MachineRefused:
        return
    for block in blocks:
        assert not set(block.data) & REALTIME
        assert block.data.count(b"\n") == 1
        assert len(block.data) <= MAX_BLOCK_BYTES + 1
        assert "$" not in block.text


def test_a_record_survives_and_counts_every_start(tmp_path: Path) -> None:
    record = Record().begun("a", 1.0).begun("b", 2.0).begun("a", 3.0).with_check("a", "f1").with_check("a", "f2")
    save_record(tmp_path, record)
    assert load_record(tmp_path) == record
    assert [run.number for run in record.of("a")] == [1, 3]
    assert record.checked == (("a", "f2"),)


def test_an_interrupted_run_failed_unless_everything_was_sent() -> None:
    record = Record().begun("a", 1.0)
    cut = interrupted(record.runs[0])
    assert (cut.over, cut.outcome) == (True, Outcome.FAILED)
    assert interrupted(cut) == cut


async def test_changes_of_the_record_do_not_overwrite_each_other(tmp_path: Path) -> None:
    history = History(tmp_path)
    await asyncio.gather(*(history.change(lambda record, n=n: record.begun(f"f{n}", n)) for n in range(8)))
    assert sorted(run.file for run in load_record(tmp_path).runs) == [f"f{n}" for n in range(8)]


GOOD = {"port": "/dev/null", "folder": "machine", "tool": "laser"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"port": ""}, "`port` is missing"),
        ({"folder": ""}, "`folder` is missing"),
        ({"tool": "plasma"}, "tool must be 'laser' or 'spindle', not 'plasma'"),
        ({"baud": "1200"}, "baud must be one of 9600"),
        ({"baud": "fast"}, "baud must be one of"),
        ({"present_minutes": "0"}, "present_minutes must be"),
        ({"present_minutes": "600"}, "present_minutes must be"),
        ({"present_minutes": "nan"}, "present_minutes must be"),
    ],
)
def test_bad_settings_name_the_setting(change: dict[str, str], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        find_driver("grbl").from_settings("laser-1", GOOD | change)


def test_good_settings_touch_nothing(tmp_path: Path) -> None:
    machine = find_driver("grbl").from_settings("laser-1", GOOD | {"folder": str(tmp_path / "new")})
    assert machine.kind == "grbl"
    assert not (tmp_path / "new").exists()
