"""Looks at a worker's processes from outside, and waits for them with a bound."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from designs.sandbox.jail import Jail

Seen = TypeVar("Seen")
SECONDS = 60.0


def until(look: Callable[[], Seen], holds: Callable[[Seen], bool]) -> Seen:
    """What is seen once it holds; fails when it does not within a minute."""
    end = time.monotonic() + SECONDS
    while not holds(seen := look()):
        assert time.monotonic() < end, seen
        time.sleep(0.01)
    return seen


def tasks_of(jail: Jail) -> set[int]:
    """The processes that its worker forked: those that run tasks and the one in waiting. They have no children."""
    found, pending = set(), [jail.worker_pid()]
    first = pending[0]
    for pid in pending:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pending += map(int, children)
        if not children and pid != first and pid is not None:
            found.add(pid)
    return found


def niceness(pid: int) -> int:
    """Of a process, from 0 to 19."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[16])
