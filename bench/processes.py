"""What processes cost, as the kernel counts it in /proc."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
KIB = 1024
MIB = KIB * 1024


@dataclass(frozen=True)
class Memory:
    """Of one process, bytes."""

    resident: int
    proportional: int
    """PSS: what it shares is divided among those that share it."""
    private: int
    """USS: what would be free if it ended."""


def descendants(pid: int) -> Iterator[int]:
    """The process itself, its children, and theirs."""
    yield pid
    for child in children(pid):
        yield from descendants(child)


def children(pid: int) -> list[int]:
    """Of a process with one thread, or of its first one; none where it is gone."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word) for word in text.split()]


def cpu_seconds(pid: int) -> float:
    """Used by a process, by what runs below it, and by those of them that have ended and were waited for."""
    return sum(map(_used, descendants(pid)))


def memory(pid: int) -> Memory | None:
    """None where the process is gone, or may not be looked into."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    sizes = {
        line.split(":")[0]: int(line.split()[1]) * KIB for line in text.splitlines() if line.rstrip().endswith(" kB")
    }
    return Memory(sizes["Rss"], sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"])


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK
