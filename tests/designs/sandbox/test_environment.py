"""Other interpreters, what they may read, and the programs that a task may start."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from designs.sandbox.environment import CAD, Environment
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.shared import shared_jail
from tests.designs.sandbox.hostile import SMALL, run

START = """
import subprocess
def start(*words):
    try: print('started', words[0], subprocess.run(words, capture_output=True, text=True).stdout)
    except OSError as error: print('refused', words[0], error)
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter without a single package."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def with_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Jail, Path, Path]]:
    """A jail whose tasks may start `echo` and read one file."""
    echo = shutil.which("echo")
    assert echo
    shared = tmp_path_factory.mktemp("shared") / "data.txt"
    shared.write_text("shared")
    environment = Environment("echo", CAD.python, CAD.engines, readable=(shared,), programs=(Path(echo),))
    with Jail(environment) as jail:
        yield jail, Path(echo), shared


def test_a_worker_needs_no_cofab_in_its_interpreter(bare: Path, tmp_path: Path) -> None:
    """And a task there sees neither the folder around the package nor Cofab's own libraries."""
    with Jail(Environment("bare", bare, ())) as jail:
        assert jail.confinement().sufficient
        done = jail.run(
            "read_parameters",
            {"engine": "cadquery", "source": "model.py"},
            {"model.py": b"width = 3.5\n"},
            into=tmp_path,
            limits=SMALL,
        )
    assert isinstance(done.result, dict)
    assert "width" in str(done.result["parameters"])


def test_the_program_of_an_environment_can_be_started(with_program: tuple[Jail, Path, Path], tmp_path: Path) -> None:
    jail, echo, shared = with_program
    body = f"{START}start({str(echo)!r}, 'hello')\nprint('read', open({str(shared)!r}).read())"
    outcome = run(jail, body, tmp_path)
    assert isinstance(outcome, Finished), outcome
    assert f"started {echo} hello" in outcome.log
    assert "read shared" in outcome.log


def test_no_other_program_can(with_program: tuple[Jail, Path, Path], tmp_path: Path) -> None:
    """Not the interpreter either, nor a copy of the one that can, nor a script."""
    jail, echo, _ = with_program
    others = [sys.executable, str(Path(sys.executable).resolve()), "/bin/sh", "/usr/bin/env", "./copy", "./script"]
    body = (
        f"{START}import shutil\nshutil.copyfile({str(echo)!r}, 'copy')\nopen('script', 'w').write('#!{echo}')\n"
        f"for one in {others!r}: start(one)"
    )
    outcome = run(jail, body, tmp_path)
    assert "started" not in outcome.log
    assert outcome.log.count("refused") == len(others)


def test_what_it_starts_ends_with_the_task(with_program: tuple[Jail, Path, Path], tmp_path: Path) -> None:
    jail, _, _ = with_program
    outcome = run(jail, "if os.fork() == 0:\n    while True: pass\nprint('forked')", tmp_path)
    assert "forked" in outcome.log
    before = run(jail, "", _new(tmp_path / "after"))
    assert isinstance(before, Finished)


def test_each_environment_has_its_worker() -> None:
    other = Environment("other", CAD.python, ())
    assert shared_jail() is shared_jail(CAD)
    assert shared_jail(other) is not shared_jail(CAD)


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder
