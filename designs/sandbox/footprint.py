"""What a warm worker costs while it waits: memory, processes, descriptors; and whether that grows with its tasks."""

import contextlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SETTLE_SECONDS = 10.0
_MEMORY = re.compile(rb"^(Pss|Pss_Anon):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Footprint:
    """Of a process and all that descend from it. What pages they share is counted once."""

    processes: int
    memory_kib: int
    """Proportional set size: a page that is shared, by anybody, counts in parts."""
    own_kib: int
    """Of these, what stands in no file: what may grow."""
    descriptors: int


@dataclass(frozen=True)
class Growth:
    """What became of a worker and its parent over many tasks."""

    tasks: int
    before: Footprint
    after: Footprint
    parent_kib: int
    """By how much the resident memory of this process grew."""

    @property
    def worker_kib(self) -> int:
        """By how much the worker's memory grew, that of its process in waiting included."""
        return self.after.own_kib - self.before.own_kib


def footprint(pid: int) -> Footprint:
    """Look at it now. Processes that end meanwhile, or that may not be looked into, count as far as was seen."""
    pids = [pid]
    memory = own = descriptors = 0
    for one in pids:
        folder = Path(f"/proc/{one}")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            pids += map(int, (folder / "task" / str(one) / "children").read_text().split())
            found = dict(_MEMORY.findall((folder / "smaps_rollup").read_bytes()))
            memory += int(found.get(b"Pss", 0))
            own += int(found.get(b"Pss_Anon", 0))
            descriptors += len(os.listdir(folder / "fd"))
    return Footprint(len(pids), memory, own, descriptors)


def measure_growth(pid: int, task: Callable[[], object], *, first: int, count: int) -> Growth:
    """Do the task `first` times, look at the worker `pid`, do it `count` times more, and look again."""
    for _ in range(first):
        task()
    resting = _settled(pid, None)
    own = _resident_kib()
    for _ in range(count):
        task()
    return Growth(count, resting, _settled(pid, resting), _resident_kib() - own)


def _settled(pid: int, like: Footprint | None) -> Footprint:
    """Once the last task is gone and its successor waits: when it looks as before, or twice the same."""
    until = time.monotonic() + SETTLE_SECONDS
    last = footprint(pid)
    while time.monotonic() < until:
        time.sleep(0.1)
        now = footprint(pid)
        known = last if like is None else like
        if (now.processes, now.descriptors) == (known.processes, known.descriptors):
            return now
        last = now
    return last


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * (os.sysconf("SC_PAGE_SIZE") >> 10)
