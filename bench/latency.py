"""How long one parameter change takes, way beside way: every round builds the same new values in each of them."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.figures import Spread, paired_difference, paired_ratio, spread
from bench.subjects import Subject, Values
from bench.ways.interface import Sample, Way
from bench.ways.jailed import Jailed
from bench.ways.plain import Plain

SMALL_SECONDS = 0.3
"""A model that costs the plain process less of a processor is a small one, also on a machine that has other work."""
WARMING = 2
"""Rounds that do not count: the first finds caches cold."""
ROUNDS = range(7, 31)
"""At least and at most of jail and floor; in between, as many as the time allows."""
PAIR_SECONDS = 10.0
"""For the rounds of jail and floor over one subject."""


@dataclass
class Timing:
    """All samples of one subject by way; those of one round stand at the same place in the lists."""

    subject: str
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    crossing: list[float] = field(default_factory=list)
    """Seconds that the floor needs to read the B-rep between its two steps: a plain program would not."""

    def seconds(self, way: str) -> list[float]:
        return [sample.seconds for sample in self.samples.get(way, [])]

    def cpu_seconds(self, way: str) -> list[float]:
        return [sample.cpu_seconds for sample in self.samples.get(way, []) if sample.cpu_seconds is not None]

    def spread(self, way: str) -> Spread:
        return spread(self.seconds(way))

    def middle(self, way: str) -> float:
        return median(self.seconds(way))

    @property
    def small(self) -> bool:
        return median(self.cpu_seconds(Plain.name)) < SMALL_SECONDS

    @property
    def overhead(self) -> float:
        """The jail over the floor, as a ratio of samples taken one right after the other."""
        return paired_ratio(self.seconds(Jailed.name), self.seconds(Plain.name))

    @property
    def overhead_seconds(self) -> float:
        return paired_difference(self.seconds(Jailed.name), self.seconds(Plain.name))

    @property
    def cpu_overhead(self) -> float:
        """The same by processor time, which other load does not stretch; counts what is done off the path too."""
        return paired_ratio(self.cpu_seconds(Jailed.name), self.cpu_seconds(Plain.name))

    def add(self, way: str, sample: Sample) -> None:
        self.samples.setdefault(way, []).append(sample)


def time_subject(subject: Subject, jailed: Jailed, others: Sequence[tuple[Way, int]]) -> Timing:
    """Jail and floor in turns, each first in every other round; between their rounds the others, so often each."""
    timing = Timing(subject.name)
    variations = _endless(subject)
    with contextlib.closing(Plain()) as plain:
        for _ in range(WARMING):
            values = next(variations)
            for cold in (jailed, plain):
                cold.once(subject, values)
        until = time.monotonic() + PAIR_SECONDS
        for turn in range(ROUNDS.stop - 1):
            if turn >= ROUNDS.start and time.monotonic() > until:
                break
            began = time.monotonic()
            values = next(variations)
            ways: list[Way] = [jailed, plain] if turn % 2 else [plain, jailed]
            for way in ways:
                timing.add(way.name, way.once(subject, values))
            timing.crossing.append(plain.parts["read"])
            pair_took = time.monotonic() - began
            _others(timing, subject, values, [way for way, rounds in others if turn < rounds])
            until += time.monotonic() - began - pair_took
    return timing


def _others(timing: Timing, subject: Subject, values: Values, ways: Sequence[Way]) -> None:
    for way in ways:
        timing.add(way.name, way.once(subject, values))


def _endless(subject: Subject) -> Iterator[Values]:
    """The variations, and again from the beginning where they are few: nothing on these ways keeps results, but the
    peer that does is asked for the first few only."""
    while True:
        yield from subject.variations()
