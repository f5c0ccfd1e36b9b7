"""The worker itself: many tasks at once, its death, its growth."""

import contextlib
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.sandbox.footprint import measure_growth
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import Limits
from designs.sandbox.worker import NO_HOME
from testbed.process import wait_until
from tests.designs.sandbox.hostile import SMALL, run


def test_many_at_once_do_not_mix(jail: Jail, tmp_path: Path) -> None:
    def one(number: int) -> str:
        into = tmp_path / str(number)
        into.mkdir()
        outcome = run(jail, f"print('number', {number})", into)
        assert isinstance(outcome, Finished)
        assert outcome.files["geometry"].stat().st_size > 100
        return outcome.log.split("\n")[1]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(18))) == [f"number {number}" for number in range(18)]


def processor_time_below(process: int) -> int:
    """Clock ticks that the living processes below this one have used."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # gone meanwhile
            words = entry.read_text().rpartition(")")[2].split()
            parents[int(entry.parent.name)], used[int(entry.parent.name)] = int(words[1]), int(words[11])
    below, found = {process}, 0
    while len(below) > found:
        found = len(below)
        below |= {child for child, parent in parents.items() if parent in below}
    return sum(used.get(other, 0) for other in below - {process})


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with Jail() as jail:
        assert jail.confinement().sufficient
        worker = jail.worker_pid()
        assert worker is not None
        outcomes: list[Finished | BuildError] = []
        idle = processor_time_below(worker)
        busy = threading.Thread(target=lambda: outcomes.append(run(jail, "while True: pass", tmp_path)))
        busy.start()
        enough = idle + os.sysconf("SC_CLK_TCK") // 4
        wait_until(lambda: processor_time_below(worker) > enough, seconds=15, what="the script to run")
        os.kill(worker, signal.SIGKILL)
        busy.join(30)
        assert not busy.is_alive()
        assert isinstance(outcomes[0], BuildError)
        assert outcomes[0].kind in ("worker", "crashed")
        (tmp_path / "after").mkdir()
        assert isinstance(run(jail, "", tmp_path / "after"), Finished)
        assert jail.worker_pid() != worker


def test_the_worker_need_not_ask_the_host_who_it_is(jail: Jail) -> None:
    """A small container's libc knows nobody when the list of users is out of sight, and imports would fail."""
    assert jail.confinement().sufficient
    environment = Path(f"/proc/{jail.worker_pid()}/environ").read_bytes().split(b"\0")
    homes = [entry.partition(b"=")[2] for entry in environment if entry.startswith(b"HOME=")]
    assert homes == [NO_HOME.encode()]


def test_nothing_is_left_when_it_closes(tmp_path: Path) -> None:
    jail = Jail()
    assert isinstance(run(jail, "", tmp_path), Finished)
    worker = jail.worker_pid()
    assert worker is not None
    jail.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert jail.worker_pid() is None


def test_neither_the_worker_nor_its_parent_grows(tmp_path: Path) -> None:
    """Each task's memory goes with its process; nobody keeps descriptors of one that is over."""
    with Jail() as jail:
        jail.confinement()

        def one() -> None:
            run(jail, "x = bytearray(1 << 24)", tmp_path)
            (tmp_path / "geometry").unlink()

        grown = measure_growth(jail.worker_pid() or 0, one, first=20, count=100)
    assert grown.after.processes == grown.before.processes
    assert grown.after.descriptors == grown.before.descriptors
    assert grown.worker_kib < 2000
    assert grown.parent_kib < 2000


def test_request_of_an_unknown_task(jail: Jail, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        jail.run("no such task", {}, {}, into=tmp_path, limits=Limits())
    assert caught.value.kind == "crashed"


def test_input_too_large_for_the_scratch(jail: Jail, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "big").write_bytes(b"x" * (9 << 20))
    with pytest.raises(BuildError) as caught:
        jail.run("run_script", {}, {"big": tmp_path / "big"}, into=tmp_path / "out", limits=SMALL)
    assert caught.value.kind == "crashed"
