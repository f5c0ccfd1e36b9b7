"""How many builds a second two processors do, jailed and in plain processes; and what the processes hold meanwhile."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import processes
from bench.processes import Memory
from bench.subjects import Subject, Values
from bench.ways.interface import Way
from bench.ways.jailed import Jailed
from bench.ways.plain import Plain
from designs.sandbox.jail import Jail

AT_ONCE = 2
LARGE = 100 * processes.MIB
"""A process that holds more has the kernel imported."""


class _Shared:
    """Values that no two threads get."""

    def __init__(self, subject: Subject) -> None:
        self._values = itertools.cycle(subject.variations())
        self._lock = threading.Lock()

    def next(self) -> Values:
        with self._lock:
            return next(self._values)


def builds_per_second(subject: Subject, ways: Sequence[Way], seconds: float) -> float:
    """Every way works in a thread of its own, for so long; what is under way at the end counts as far as it is done
    only."""
    values, counts = _Shared(subject), [0] * len(ways)
    began = time.monotonic()

    def work(index: int) -> None:
        while time.monotonic() - began < seconds:
            ways[index].once(subject, values.next())
            counts[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(ways))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def compare(subject: Subject, jail: Jail, seconds: float) -> tuple[float, float]:
    """Builds a second of two jailed threads, and of two plain processes, in turns of a quarter of the time."""
    jailed: list[float] = []
    plain: list[float] = []
    with contextlib.ExitStack() as stack:
        floors = [stack.enter_context(contextlib.closing(Plain())) for _ in range(AT_ONCE)]
        ours = [Jailed(jail) for _ in range(AT_ONCE)]
        for _ in range(2):
            jailed.append(builds_per_second(subject, ours, seconds / 4))
            plain.append(builds_per_second(subject, floors, seconds / 4))
    return sum(jailed) / len(jailed), sum(plain) / len(plain)


@dataclass(frozen=True)
class Held:
    """The most that was seen, bytes."""

    worker: Memory
    child: Memory


def memory_while_building(subject: Subject, jailed: Jailed, builds: int) -> Held | None:
    """Of the worker alone and of a child at work; None where the kernel does not let us look."""
    worker = worker_process(jailed.jail)
    seen: list[Memory] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            seen.extend(memory for pid in processes.children(worker) if (memory := processes.memory(pid)))

    alone = processes.memory(worker)
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for values in itertools.islice(subject.variations(), builds):
            jailed.once(subject, values)
    finally:
        done.set()
        watcher.join()
    if alone is None or not seen:
        return None
    return Held(alone, max(seen, key=lambda memory: memory.private))


def worker_process(jail: Jail) -> int:
    """The process that has the kernel imported and forks: below the one that launched it."""
    jail.confinement()
    launcher = jail.worker_pid()
    if launcher is None:
        raise LookupError("the jail's worker does not run")
    return next(_large(launcher), launcher)


def _large(pid: int) -> Iterator[int]:
    for process in processes.descendants(pid):
        memory = processes.memory(process)
        if memory is not None and memory.resident > LARGE:
            yield process
