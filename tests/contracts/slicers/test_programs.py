"""What every slicer says when its program is missing, another one, stuck, without room or dead."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fabnode.slicers.curaengine import CuraEngine
from fabnode.slicers.interface import SliceError, SliceProblem, Slicer
from fabnode.slicers.prusaslicer import PrusaSlicer
from tests.contracts.slicers.conftest import PROGRAMS, wanted
from tests.fabnode.conftest import box_stl

Make = Callable[[str], Slicer]


def program(folder: Path, kind: str, script: str) -> str:
    """A program that says its version as the real one does, and does something else when it is to slice."""
    versions = {"prusaslicer": "PrusaSlicer-2.5.0", "curaengine": "Cura_SteamEngine version 4.13.0"}
    path = folder / "bin" / PROGRAMS[kind]
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\ncase "$1" in help|--help) echo "{versions[kind]}";;\n*) {script};; esac\n')
    path.chmod(0o755)
    return str(path)


async def test_one_that_is_not_there_says_how_to_get_it(kind: str, make: Make) -> None:
    package = {"prusaslicer": "prusa-slicer", "curaengine": "cura-engine"}[kind]
    with pytest.raises(SliceError, match=f"no-such-slicer is not installed.*apt install {package}") as failed:
        await make("no-such-slicer").version()
    assert failed.value.problem is SliceProblem.MISSING
    assert failed.value.here_only


async def test_another_program_is_not_taken_for_it(make: Make) -> None:
    with pytest.raises(SliceError, match="does not say that it is") as failed:
        await make("true").version()
    assert failed.value.problem is SliceProblem.MISSING


@pytest.mark.parametrize(
    ("script", "problem", "words"),
    [
        ('echo "write error: No space left on device" >&2; exit 1', SliceProblem.DISK, "is the disk full"),
        ("kill -SEGV $$", SliceProblem.CRASHED, "ended with 139: it said nothing"),
        ("kill -XFSZ $$", SliceProblem.DISK, "is the disk full"),
        ('echo "[12:00:00] [error] the mesher gave up"; exit 3', SliceProblem.CRASHED, "ended with 3: the mesher gave"),
        ("exit 0", SliceProblem.CRASHED, "ended with 0: it said nothing"),
    ],
)
async def test_its_end_is_told(
    tmp_path: Path, kind: str, make: Make, script: str, problem: SliceProblem, words: str
) -> None:
    slicer = make(program(tmp_path, kind, script))
    with pytest.raises(SliceError, match=words.replace("(", r"\(")) as failed:
        await slicer.slice(wanted(tmp_path, box_stl(1, 1, 1)))
    assert failed.value.problem is problem
    assert failed.value.here_only


async def test_one_that_takes_too_long_is_ended(tmp_path: Path, kind: str) -> None:
    stuck = program(tmp_path, kind, "exec sleep 60")
    slicer = {"prusaslicer": PrusaSlicer, "curaengine": CuraEngine}[kind](stuck, seconds=0.3)
    with pytest.raises(SliceError, match=r"took longer than 0.3 s and was ended") as failed:
        await slicer.slice(wanted(tmp_path, box_stl(1, 1, 1)))
    assert failed.value.problem is SliceProblem.TIME
