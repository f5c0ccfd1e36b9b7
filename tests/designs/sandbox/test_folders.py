"""Folders for temporary files: swept when their owner died, whatever is in them; everything else is left alone."""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.sandbox import folders
from designs.sandbox.folders import JAIL, SUFFIX, OwnedFolder, fits, owned_folder, remove, sweep

DIE = """
import os, sys
from designs.sandbox.folders import JAIL, OwnedFolder
print(OwnedFolder(JAIL).path, flush=True)
os.kill(os.getpid(), 9)
"""


def later() -> float:
    return time.time() + 10 * folders.GRACE_SECONDS


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's folder for temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tempfile.tempdir = None
    yield tmp_path
    tempfile.tempdir = None


def test_what_a_killed_process_left_is_swept(temporary: Path) -> None:
    environment = {"PYTHONPATH": str(Path(folders.__file__).parents[2]), "TMPDIR": str(temporary)}
    done = subprocess.run([sys.executable, "-c", DIE], capture_output=True, text=True, env=environment, check=False)
    left = Path(done.stdout.strip())
    assert left.is_dir()
    (left / "deep" / "er").mkdir(parents=True)
    (left / "deep" / "file").write_text("x")
    assert sweep(now=time.time()) == [], "its owner may be about to lock it"
    assert sweep(now=later()) == [left.name]
    assert not left.exists()


def test_what_is_owned_stays(temporary: Path) -> None:
    with owned_folder("cofab-build-") as folder:
        (folder / "file").write_text("x")
        assert sweep(now=later()) == []
        assert (folder / "file").exists()
    assert not folder.exists()
    assert list(temporary.iterdir()) == []


def test_an_owner_that_forked_is_not_dead(temporary: Path) -> None:
    """The lock is the folder's as long as any process has it open."""
    owned = OwnedFolder(JAIL)
    second = os.open(owned.path, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(second)
    owned.remove()


def test_links_and_strangers_are_left_alone(temporary: Path) -> None:
    precious = temporary / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (temporary / f"{JAIL}link{SUFFIX}").symlink_to(precious)
    (temporary / f"{JAIL}file{SUFFIX}").write_text("x")
    (temporary / "other").mkdir()
    (temporary / "cofab-build-unlocked").mkdir()
    inside = temporary / f"cofab-build-dead{SUFFIX}"
    inside.mkdir()
    (inside / "link").symlink_to(precious)
    (inside / "file").symlink_to(precious / "file")
    assert sweep(now=later()) == [inside.name]
    assert (precious / "file").read_text() == "x"
    assert (temporary / f"{JAIL}link{SUFFIX}").is_symlink()
    assert (temporary / f"{JAIL}file{SUFFIX}").exists()
    assert (temporary / "other").exists()
    assert (temporary / "cofab-build-unlocked").exists(), "nobody promised to lock it"


def test_a_folder_of_another_user_stays(temporary: Path) -> None:
    foreign = temporary / f"{JAIL}foreign{SUFFIX}"
    foreign.mkdir()
    if os.geteuid() != 0:  # then none can be made, and the one rule that is left is tested by the names
        assert sweep(now=later()) == [foreign.name]
        return
    os.chown(foreign, 12345, 12345)
    assert sweep(now=later()) == []
    assert foreign.exists()


def test_depth_is_no_defence(tmp_path: Path) -> None:
    """Deeper than a path can be long, and than Python may recurse."""
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("deeper", dir_fd=here)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    assert not fits(top, 1 << 40, 1 << 20)
    remove(top)
    assert not top.exists()


def test_folders_without_rights_are_no_defence(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "closed" / "inner" / "file").write_text("x")
    (top / "closed" / "inner").chmod(0)
    (top / "closed").chmod(0)
    remove(top)
    assert not top.exists()


def test_removing_what_is_not_there_is_no_fault(tmp_path: Path) -> None:
    remove(tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    remove(tmp_path / "file")
    assert (tmp_path / "file").exists()


@given(st.lists(st.integers(0, 20_000), max_size=12), st.integers(0, 60_000), st.integers(0, 15))
def test_bounds(sizes: list[int], most: int, files: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sub").mkdir()
        for number, size in enumerate(sizes):
            (folder / ("sub" if number % 2 else ".") / str(number)).write_bytes(b"x" * size)
        stored = sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
        assert fits(folder, most, files) == (stored <= most and len(sizes) + 1 <= files)
