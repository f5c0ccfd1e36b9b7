"""`cofab compare` of what lies on this machine: words for people, JSON for programs, a model to look at."""

import struct
from pathlib import Path

import pytest

from tests.registry.cli.terminal import Terminal

SCRIPT = """\
import cadquery as cq

width = 10
depth = 5.0
show_object(cq.Workplane().box(width, depth, 4))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "block.py"
    path.write_text(SCRIPT)
    return path


def test_two_choices_of_one_script_are_told_apart_in_words_and_shape(terminal: Terminal, script: Path, tmp_path: Path):
    glb = tmp_path / "out" / "wider.glb"
    told = terminal.well("compare", script, script, "--b", "width=14", "--glb", glb).out
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "Shape: different" in lines
    assert "added 80.0 mm³" in lines
    assert "removed 0.0 mm³" in lines
    assert "kept 200.0 mm³ 71.4 % of both together" in lines
    assert "width 10 → 14 (+4, +40.0 %)" in lines
    assert "volume_mm3 200 → 280 mm³ (+80, +40.0 %)" in lines
    assert "Files:" not in lines
    assert struct.unpack("<4sII", glb.read_bytes()[:12]) == (b"glTF", 2, glb.stat().st_size)


def test_the_lines_of_the_source_that_changed_are_shown_on_request(terminal: Terminal, script: Path, tmp_path: Path):
    other = tmp_path / "block2.py"
    other.write_text(SCRIPT.replace("depth, 4", "depth, 4 + 0.0") + "print('\x1b[2J')\n")
    short = terminal.well("compare", script, other).out
    assert "2 lines added, 1 removed" in short
    assert "show_object" not in short
    long = terminal.well("compare", script, other, "--source").out
    assert "-show_object(cq.Workplane().box(width, depth, 4))" in long
    assert "+show_object(cq.Workplane().box(width, depth, 4 + 0.0))" in long
    assert "\x1b[2J" not in long
    assert "Shape: identical" in long


def test_programs_get_everything_as_json(terminal: Terminal, script: Path, hook: Path):
    told = terminal.well("compare", script, hook, "--json").json
    assert set(told) == {
        "before", "after", "shape", "manifest", "parameters", "files", "texts", "measurements"
    }  # fmt: skip
    assert told["shape"]["verdict"] == "different"
    assert told["before"]["parameters"] == {"width": "10", "depth": "5"}
    assert [each["name"] for each in told["parameters"] if each["presence"] == "removed"] == ["depth"]


def test_nothing_to_see_gives_no_model(terminal: Terminal, script: Path, tmp_path: Path):
    ended = terminal.well("compare", script, script, "--glb", tmp_path / "none.glb")
    assert "Shape: identical" in ended.out
    assert "there is nothing to show" in ended.err
    assert not (tmp_path / "none.glb").exists()


def test_what_is_neither_here_nor_a_version_is_said(terminal: Terminal, script: Path):
    for wrong in ("nowhere", "./nowhere/hook"):
        ended = terminal.cofab("compare", script, wrong)
        assert ended.status == 2
        assert f"'{wrong}' is neither here on this machine nor the name of a version" in ended.err
