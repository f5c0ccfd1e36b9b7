"""The process in waiting: used, replaced, never held to the wrong limits, gone at the end."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.build_error import BuildError
from designs.sandbox.cancel import Cancel
from designs.sandbox.confine import Floor
from designs.sandbox.environment import CAD, Environment
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import MIB, Limits
from designs.sandbox.server import LONG_NICE, MOST_NICE
from designs.sandbox.slices import SLICE_SECONDS
from tests.designs.sandbox.hostile import SMALL, run
from tests.designs.sandbox.waiting import niceness, tasks_of, until

GIVING_WAY = min(MOST_NICE, os.nice(0) + LONG_NICE)
SPIN = b"while True: pass\n"
REQUEST = {"engine": "cadquery", "source": "model.py", "parameters": {}, "seed": ""}


@pytest.fixture(scope="module")
def own() -> Iterator[Jail]:
    """A worker whose processes nobody else uses."""
    with Jail() as jail:
        jail.confinement()
        yield jail


class Spinning:
    """A task that goes on until the block ends."""

    def __init__(self, jail: Jail, into: Path, limits: Limits = SMALL) -> None:
        self._cancel = Cancel()
        into.mkdir()
        self._thread = threading.Thread(target=self._run, args=(jail, into, limits))

    def _run(self, jail: Jail, into: Path, limits: Limits) -> None:
        with pytest.raises(BuildError, match="cancelled"):
            jail.run("run_script", REQUEST, {"model.py": SPIN}, into=into, limits=limits, cancel=self._cancel)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._cancel.cancel()
        self._thread.join()


def the_spare(jail: Jail) -> int:
    (pid,) = until(lambda: tasks_of(jail), lambda pids: len(pids) == 1)
    return pid


def test_it_does_the_next_task_and_is_replaced(own: Jail, tmp_path: Path) -> None:
    run(own, "", tmp_path)  # from now on it waits for a task with these limits
    waiting = the_spare(own)
    with Spinning(own, tmp_path / "spin"):
        running = until(lambda: tasks_of(own), lambda pids: len(pids) == 2)
        assert waiting in running
        assert set(os.sched_getaffinity(waiting)) == set(os.sched_getaffinity(0))
    until(lambda: tasks_of(own), lambda pids: len(pids) == 1 and waiting not in pids)


def test_one_that_dies_is_replaced(own: Jail, tmp_path: Path) -> None:
    for number in range(3):
        dead = the_spare(own)
        os.kill(dead, signal.SIGKILL)
        if number:  # and a task may come before that is noticed
            until(lambda: tasks_of(own), lambda pids, dead=dead: len(pids) == 1 and dead not in pids)
        (tmp_path / str(number)).mkdir()
        assert isinstance(run(own, "", tmp_path / str(number)), Finished)


def test_limits_are_those_of_the_task(own: Jail, tmp_path: Path) -> None:
    """Whether it waits for less, for more, or for the same."""
    body = "import resource, shutil\nprint('has', resource.getrlimit(resource.RLIMIT_FSIZE)[0] >> 20, "
    body += "shutil.disk_usage('.').total >> 20, resource.getrlimit(resource.RLIMIT_CPU)[0])"
    sizes = [(8, 16, 20), (4, 16, 20), (8, 16, 20), (8, 32, 10), (64, 32, 20)]
    for number, (file, scratch, cpu) in enumerate(sizes):
        asked = replace(SMALL, file_bytes=file * MIB, scratch_bytes=scratch * MIB, cpu_seconds=cpu)
        (tmp_path / str(number)).mkdir()
        outcome = run(own, body, tmp_path / str(number), asked)
        told = outcome.log.split("has ")[1].split()[:3]
        bounded = own.confinement().namespaces
        assert told == [str(file), str(scratch) if bounded else told[1], str(cpu)]


def test_it_goes_with_the_worker(tmp_path: Path) -> None:
    with Jail() as jail:
        run(jail, "", tmp_path)
        spare = the_spare(jail)
    until(lambda: Path(f"/proc/{spare}").exists(), lambda there: not there)


def test_a_task_that_runs_for_long_gives_way(own: Jail, tmp_path: Path) -> None:
    """Beside it another member's build finds a processor at once."""
    run(own, "", tmp_path)
    spinning = the_spare(own)
    with Spinning(own, tmp_path / "spin", replace(SMALL, wall_seconds=10 * SLICE_SECONDS)):
        until(lambda: niceness(spinning), lambda nice: nice == GIVING_WAY)
        assert all(niceness(pid) < GIVING_WAY for pid in tasks_of(own) - {spinning})


def test_who_used_up_a_slice_is_not_young_again_with_the_next_task(own: Jail, tmp_path: Path) -> None:
    """Cutting an attack into short tasks, or running many side by side, wins nothing."""
    limits = replace(SMALL, wall_seconds=10 * SLICE_SECONDS, owner="mallory")
    run(own, "", tmp_path)
    first = the_spare(own)
    with Spinning(own, tmp_path / "first", limits):
        until(lambda: niceness(first), lambda nice: nice == GIVING_WAY)
        (second,) = until(lambda: tasks_of(own) - {first}, lambda others: len(others) == 1)
        with Spinning(own, tmp_path / "second", limits):
            until(lambda: niceness(second), lambda nice: nice == GIVING_WAY)
            (third,) = until(lambda: tasks_of(own) - {first, second}, lambda others: len(others) == 1)
            with Spinning(own, tmp_path / "third", replace(limits, owner="ada")):
                until(lambda: tasks_of(own) - {first, second, third}, lambda others: len(others) == 1)
                assert niceness(third) < GIVING_WAY


def test_one_that_cannot_lock_itself_in_says_so(tmp_path: Path) -> None:
    """A program of the environment was removed while the worker ran."""
    program = tmp_path / "program"
    program.write_text("x")
    environment = Environment("gone", CAD.python, (), programs=(program,))
    with Jail(environment, without=frozenset({"namespaces"}), floor=Floor.ANY) as jail:
        landlock = jail.confinement().landlock_abi
        program.unlink()
        (tmp_path / "out").mkdir()
        limits = replace(SMALL, scratch_bytes=SMALL.scratch_bytes - 1)  # not those that the spare is ready for
        outcome = run(jail, "", tmp_path / "out", limits)
    assert isinstance(outcome, BuildError) == bool(landlock)
    if isinstance(outcome, BuildError):
        assert outcome.kind == "worker"
        assert "could not lock itself in" in outcome.message


SOME_LIMITS = st.builds(
    Limits, cpu_seconds=st.integers(1, 3), memory_bytes=st.integers(1, 3), threads=st.integers(1, 2)
)


@given(SOME_LIMITS, SOME_LIMITS)
def test_limits_are_only_lowered(waiting: Limits, asked: Limits) -> None:
    lower = asked.cpu_seconds <= waiting.cpu_seconds and asked.memory_bytes <= waiting.memory_bytes
    assert waiting.can_become(asked) == (lower and asked.threads == waiting.threads)
    assert waiting.can_become(waiting)
