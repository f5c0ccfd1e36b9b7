"""The grammar of one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.gcode.words import MAX_COMMAND_BYTES, Command, NotUnderstood, parse_line


@pytest.mark.parametrize(
    ("raw", "name", "words"),
    [
        (b"G1 X1.5 Y-2 E.25 F1800", "G1", {"X": 1.5, "Y": -2.0, "E": 0.25, "F": 1800.0}),
        (b"G1X1.5Y-2", "G1", {"X": 1.5, "Y": -2.0}),
        (b"  G28 W ; home all without mesh", "G28", {"W": None}),
        (b"M104 S215\r", "M104", {"S": 215.0}),
        (b'M862.3 P "MK3S" ; printer model check', "M862.3", {}),
        (b'M862.6 P"Input shaper"', "M862.6", {}),
        (b"M862.1 P0.4", "M862.1", {}),
        (b"M115 U6.0.0+14794", "M115", {}),
        (b"M117 Printing 12%", "M117", {}),
        (b"T0", "T0", {}),
        (b"G92 E0.0", "G92", {"E": 0.0}),
    ],
)
def test_reads_what_slicers_write(raw: bytes, name: str, words: dict[str, float | None]) -> None:
    assert parse_line(raw) == Command(name, words)


@pytest.mark.parametrize("raw", [b"", b"   ", b"\t", b"; comment", b";@pause", b" ; caf\xc3\xa9", b"\r"])
def test_empty_lines_and_comments_are_no_commands(raw: bytes) -> None:
    assert parse_line(raw) is None


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"@pause", "print server"),
        (b" @sleep 1", "print server"),
        (b"N12 G1 X5", "line number"),
        (b"G1 X5*71", "checksum"),
        (b"g1 x5", "lower case"),
        (b"G1 x5", "lower case"),
        (b"SAVE_CONFIG", "macro"),
        (b"RUN_SHELL_COMMAND CMD=reboot", "macro"),
        (b"G1 X5 (go)", "parentheses"),
        (b"G1 X\xef\xbc\x95", "ASCII"),
        ("Ｇ1 X5".encode(), "ASCII"),
        (b"G1 X1e999", "lower case"),
        (b"G1 XNaN", "lower case"),
        (b"G1 X+5", "form"),
        (b"G1 X1 X2", "twice"),
        (b"G1 X1\rM112", "control"),
        (b"; comment\rM112", "control"),
        (b"G1 X1\x00", "control"),
        (b"GCDE\x01\x00\x00\x00\x01\x00", "binary G-code"),
        (b"\xef\xbb\xbfG28", "ASCII"),
        ("G28".encode("utf-16"), "control"),
        (b"G1 X 5", "space between"),
        (b"% 10", "form"),
        (b"/G1 X5", "form"),
        (b"G1 X1 \\; M112", "form"),
        (b'G1 X1 "; M112', "form"),
        (b"G1 X123456789", "form"),
        (b"G1 X--5", "form"),
        (b"G1 X1.2.3", "form"),
        (b"G", "form"),
        (b"G1 " + b"X1 " * 60, "bytes"),
        (b";" + b"x" * 70_000, "bytes"),
        (b"M117 //action:cancel", "message"),
    ],
)
def test_refuses_what_two_readers_could_take_differently(raw: bytes, says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        parse_line(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        command = parse_line(raw)
    except NotUnderstood:
        return
    assert command is None or command.name[0] in "GMT"


@given(
    st.dictionaries(
        st.sampled_from("XYZEF"), st.decimals(min_value=-9999, max_value=9999, places=3), min_size=1, max_size=5
    )
)
def test_numbers_come_back_as_they_were_written(words: dict[str, object]) -> None:
    line = "G1 " + " ".join(f"{letter}{number}" for letter, number in words.items())
    assert len(line) <= MAX_COMMAND_BYTES
    command = parse_line(line.encode())
    assert command is not None
    assert command.words == {letter: float(str(number)) for letter, number in words.items()}
