"""`cofab build`: in the jail, with the parameters that were chosen, and clear words when it does not go."""

import signal
import subprocess
import sys
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


def test_the_first_design_builds_and_its_results_are_not_part_of_it(terminal: Terminal, hook: Path):
    built = terminal.well("build", hook, "--preset", "coat", "-p", "width=24", "--out", hook / "build")
    assert "Size 24.0 × 53.5 × 80.0 mm" in built.out
    assert (hook / "build" / "model.step").read_text().startswith("ISO-10303-21")
    files = [file["path"] for file in terminal.well("check", hook, "--json").json["files"]]
    assert files == ["README.md", "design.toml", "hook.py"]


def test_an_unmodified_script_is_built_with_a_changed_parameter(terminal: Terminal, script: Path, tmp_path: Path):
    built = terminal.well("build", script, "-p", "width=12.5", "--out", tmp_path / "out", "--json").json
    assert built["measurements"]["volume_mm3"] == pytest.approx(12.5 * 5 * 4)
    assert built["parameters"] == {"width": "12.5", "depth": "5"}
    names = {each["name"] for each in built["artifacts"]}
    assert {"model.step", "model.3mf", "model.stl", "model.glb"} <= names
    assert all(Path(each["path"]).stat().st_size == each["size"] for each in built["artifacts"])
    again = terminal.well("build", script, "-p", "width=12.50", "--out", tmp_path / "again", "--json").json
    assert again["recipe"] == built["recipe"]


def test_check_with_build_judges_the_geometry(terminal: Terminal, script: Path):
    checked = terminal.well("check", script, "--build", "--json").json
    assert checked["build"]["measurements"]["watertight"] is True
    assert "path" not in checked["build"]["artifacts"][0]
    assert "give its licence when you publish it" in terminal.well("check", script).out


def test_a_script_that_fails_leaves_no_results(terminal: Terminal, script: Path, tmp_path: Path):
    script.write_text(SCRIPT.replace("4))", "height))"))
    ended = terminal.cofab("build", script, "--out", tmp_path / "out")
    assert ended.status == 1
    assert "height" in ended.err
    assert "Traceback (most recent call last)" not in ended.err
    assert not (tmp_path / "out").exists()


def test_a_parameter_out_of_range_is_told_before_anything_is_built(terminal: Terminal, hook: Path):
    ended = terminal.cofab("build", hook, "-p", "width=5")
    assert ended.status == 1
    assert "is less than 10 mm" in ended.err
    assert "script" not in ended.err


def test_ctrl_c_ends_a_build_cleanly(script: Path, tmp_path: Path):
    script.write_text(SCRIPT + "while True: pass\n")
    code = "from registry.cli import main; main()"
    arguments = [sys.executable, "-c", code, "build", str(script), "--out", str(tmp_path / "out")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as build:
        assert build.stderr is not None
        assert build.stderr.readline() == "block: script\n"
        build.send_signal(signal.SIGINT)
        _, said = build.communicate(timeout=20)
    assert build.returncode == 130
    assert said.strip() == "Stopped."
    assert not (tmp_path / "out").exists()


def test_odd_values_of_a_script_do_not_keep_it_from_being_read(terminal: Terminal, script: Path):
    odd = 'tiny = 1e-300\nbig = 1e300\nratio = 3.141592653589793\nneg = -2.5\nlabel = "a\\u202eb"\npoints = (1, 2)\n'
    script.write_text(odd + SCRIPT + 'describe_parameter(width, "x\\u202e\\x07y")\n')
    read = terminal.well("check", script, "--json").json
    assert read["parameters"] == {"ratio": "3.141592653589793", "neg": "-2.5", "width": "10", "depth": "5"}


def test_only_the_wanted_files_are_made(terminal: Terminal, script: Path, tmp_path: Path):
    built = terminal.well("build", script, "--only", "model.stl", "--out", tmp_path / "out", "--json").json
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "findings.json",
        "measurements.json",
        "model.stl",
    ]
    assert [artifact["name"] for artifact in built["artifacts"]] == ["model.stl", "measurements.json", "findings.json"]
    refused = terminal.cofab("build", script, "--only", "model.iges", "--out", tmp_path / "other")
    assert refused.status == 1
    assert "there is no artifact 'model.iges'" in refused.err
    assert not (tmp_path / "other").exists()


def test_a_file_of_geometry_is_built(terminal: Terminal, tmp_path: Path):
    cube = tmp_path / "cube.scad"
    cube.write_text("side = 10; // [5:20]\ncube(side);\n")
    terminal.well("build", cube, "-p", "side=12", "--only", "model.stl", "--out", tmp_path / "out")
    again = terminal.well("build", tmp_path / "out" / "model.stl", "--out", tmp_path / "second", "--json").json
    assert again["measurements"]["volume_mm3"] == 1728
    assert again["withheld"]["model.step"]
    terminal.well("check", cube, "--build")
