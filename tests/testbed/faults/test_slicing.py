"""What the real slicer gave once is given again; another model or other settings are sliced anew."""

import os
import subprocess
from pathlib import Path

import pytest

from testbed.faults import slicing

REAL = """#!/bin/sh
echo sliced >> "$COUNT"
while [ $# -gt 1 ]; do [ "$1" = --output ] && out="$2"; shift; done
cat "$1" settings.ini > "$out"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder of programs in which the real slicer is one that counts."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / slicing.REAL).write_text(REAL)
    (programs / slicing.REAL).chmod(0o755)
    return programs


def test_each_model_is_sliced_once_with_each_settings(tmp_path: Path, path: Path) -> None:
    program = slicing.install(tmp_path / "kept")
    env = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}", "COUNT": str(tmp_path / "count")}

    def slice_(model: str, settings: str) -> str:
        (tmp_path / "model.stl").write_text(model)
        (tmp_path / "settings.ini").write_text(settings)
        arguments = ["--export-gcode", "--load", "settings.ini", "--output", "out.gcode", "model.stl"]
        subprocess.run([program, *arguments], check=True, cwd=tmp_path, env=env)
        return (tmp_path / "out.gcode").read_text()

    assert [slice_("a", "1"), slice_("a", "1"), slice_("b", "1"), slice_("a", "2")] == ["a1", "a1", "b1", "a2"]
    assert (tmp_path / "count").read_text().count("sliced") == 3


def test_other_questions_go_to_the_real_program(tmp_path: Path, path: Path) -> None:
    (path / slicing.REAL).write_text("#!/bin/sh\necho real $1\n")
    env = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
    program = slicing.install(tmp_path / "kept")
    assert (
        subprocess.run([program, "--help"], env=env, capture_output=True, text=True, check=True).stdout
        == "real --help\n"
    )
