"""Whether memory grows with the number of builds: `python -m bench.growth [COUNT]`."""

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.figures import Row, slope, write_rows
from bench.subjects import TINY, model
from bench.throughput import worker_process
from bench.ways.jailed import Jailed

COUNT = 10_000
WARMING = 100
"""Builds before the first look: arenas and caches find their size."""
LOOKS = 20
OUT = Path(__file__).parent / "out" / "build.json"


@dataclass(frozen=True)
class Look:
    """What is held after so many builds, bytes."""

    builds: int
    worker: int
    """Resident. What it shares with a child that waits counts whole, so that the child's coming and going does not."""
    parent: int
    """Resident: of the process that asks."""


def grow(count: int) -> list[Look]:
    """Build a tiny model so often, always with another size, and look now and then."""
    subject = model(TINY)
    values = subject.variations()
    with contextlib.closing(Jailed()) as jailed:
        worker = worker_process(jailed.jail)
        looks: list[Look] = []
        for number in range(WARMING + count + 1):
            if number >= WARMING and (number - WARMING) % max(1, count // LOOKS) == 0:
                looks.append(_look(number - WARMING, worker))
            jailed.once(subject, next(values))
    return looks


def rows(looks: Sequence[Look]) -> list[Row]:
    """Growth from the first look to the last, and by the slope through all of them."""
    first, last = looks[0], looks[-1]
    counts = [look.builds for look in looks]
    over = f"MiB over {last.builds - first.builds} builds"
    found = []
    for name, sizes in (("worker", [look.worker for look in looks]), ("parent", [look.parent for look in looks])):
        steady = slope(counts, sizes) * (last.builds - first.builds)
        found.append(Row(f"growth_{name}_mib", steady / processes.MIB, over, sizes[0] / processes.MIB, None))
    grown = (last.worker + last.parent - first.worker - first.parent) / processes.MIB
    return [Row("growth_mib", grown, over, (first.worker + first.parent) / processes.MIB, None), *found]


def _look(builds: int, worker: int) -> Look:
    held, own = processes.memory(worker), processes.memory(os.getpid())
    if held is None or own is None:
        raise PermissionError("the kernel does not let us look at the worker's memory: run as its user, or as root")
    return Look(builds, held.resident, own.resident)


def main() -> None:
    """Print and write the rows."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    began = time.monotonic()
    looks = grow(count)
    for look in looks:
        worker, parent = look.worker / processes.MIB, look.parent / processes.MIB
        print(f"{look.builds:6} builds   worker {worker:7.2f} MiB   parent {parent:7.2f} MiB")
    found = rows(looks)
    write_rows(found, OUT)
    print(f"{found[0].value:.2f} {found[0].unit}, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
