"""Which job of the queue goes to which claim. Pure: a look at the queue and the claim itself judge alike.

A machine asks the queue by probes, one for each material that lies in it and each place whose jobs it may take; the
store answers each with the first jobs that fit. What SQL cannot judge (`Queued.asks`) is judged here, machine by
machine.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from registry.core.asking import Asks, refusals
from registry.core.attempts import Job, JobState
from registry.core.capability import Access, Capability, Loaded, normal

ANYWHERE = ""
"""The place of jobs that name no facility."""
MARGIN = 1.25
"""How many more jobs than expected are looked at first."""
Rank = tuple[int, int, str]
"""Lower comes first: priority (negative), turn, id."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the first jobs of the queue are asked for. Equal machines ask equal probes."""

    process: str
    material: str
    """In its normal form, as is the colour."""
    colour: str | None
    thickness_mm: float | None
    narrow_mm: float
    wide_mm: float
    high_mm: float
    nozzle_mm: float | None
    tolerance_mm: float | None
    place: str
    """A facility, for the jobs that name it; ANYWHERE for those that name none."""
    members: tuple[str, ...] | None
    """Whose jobs; None: everybody's."""

    @property
    def queue(self) -> "Queue":
        return Queue(self.process, self.material, self.place)


@dataclass(frozen=True, slots=True)
class Queue:
    """What competes: jobs of one process and material that name the same facility, or none."""

    process: str
    material: str
    place: str


class Queued(NamedTuple):
    """A job that waits for a machine. A row of the queue as it is: for each claim several are looked at and left."""

    id: str
    order: str
    copy: int
    member: str
    priority: int
    turn: int
    process: str
    material: str
    facility: str | None
    short_mm: float
    """On the bed, its brim included: shorter side, longer side, height."""
    long_mm: float
    high_mm: float
    epoch: int
    attempt: str | None
    cancelling: bool
    failures: int
    losses: int
    asks: Asks | None = None
    """What its order asks beyond the probes' conditions."""

    @property
    def rank(self) -> Rank:
        return -self.priority, self.turn, self.id

    @property
    def queue(self) -> Queue:
        return Queue(self.process, self.material, self.facility or ANYWHERE)

    @property
    def size(self) -> tuple[float, float, float]:
        """mm on the bed, its brim included: shorter side, longer side, height."""
        return self.short_mm, self.long_mm, self.high_mm

    @property
    def job(self) -> Job:
        """For the transition table."""
        return Job(self.id, JobState.QUEUED, self.epoch, self.attempt, self.cancelling, self.failures, self.losses)


@dataclass(frozen=True, slots=True)
class Offer:
    """A free machine in a claim."""

    machine: str
    key: str
    """The agent's name of it."""
    can: Capability
    probes: tuple[Probe, ...]


@lru_cache(4096)
def probes_of(machine: Capability) -> tuple[Probe, ...]:
    """What a machine asks the queue: by each material that lies in it, for its own facility and for no certain one."""
    narrow, wide = sorted((machine.envelope.x, machine.envelope.y))
    members = None if machine.access is Access.PUBLIC else tuple(sorted(machine.runners))

    def probe(loaded: Loaded, place: str) -> Probe:
        return Probe(
            process=machine.process,
            material=normal(loaded.material),
            colour=None if loaded.colour is None else normal(loaded.colour),
            thickness_mm=loaded.thickness_mm,
            narrow_mm=narrow,
            wide_mm=wide,
            high_mm=machine.envelope.z,
            nozzle_mm=machine.nozzle_mm,
            tolerance_mm=machine.tolerance_mm,
            place=place,
            members=members,
        )

    every = (probe(loaded, place) for loaded in machine.materials for place in (machine.facility, ANYWHERE))
    return tuple(dict.fromkeys(every))


def expected(claims: Sequence[Sequence[Offer]]) -> dict[Probe, tuple[int, int]]:
    """For each probe of these claims how many of its jobs are worth looking at first, and how many at most.

    A claim takes one job, however many probes it asks by: most of what all of them together could take is left. (How
    many name a certain place nobody knows: it may be all, or none.)
    """
    most: Counter[Probe] = Counter()
    share: dict[Probe, float] = {}
    for offers in claims:
        probes = {probe for offer in offers for probe in offer.probes}
        most.update(probes)
        rivals = Counter(probe.place for probe in probes)
        for probe in probes:
            share[probe] = share.get(probe, 0) + 1 / rivals[probe.place]
    return {probe: (min(number, ceil(MARGIN * share[probe]) + 1), number) for probe, number in most.items()}


def run_dry(
    asked: Mapping[Probe, tuple[int, int]], found: Mapping[Probe, Sequence[Queued]], taken: Collection[str]
) -> set[Probe]:
    """The probes that may have more jobs than were looked at, and all of whose jobs that suit every machine are taken:
    somebody may have missed one.
    """
    return {
        probe
        for probe, (first, most) in asked.items()
        if first < most
        and len(plain := [job.id for job in found.get(probe, ()) if job.asks is None]) >= first
        and all(job in taken for job in plain)
    }


def assign(
    claims: Sequence[Sequence[Offer]], found: Mapping[Probe, Sequence[Queued]]
) -> list[tuple[Offer, Queued] | None]:
    """For each claim in its order the first job of the queue that one of its machines can make, and that machine.

    `found` has the first jobs of each probe, each list in the order of the queue. No job and no machine is given
    twice.
    """
    jobs: set[str] = set()
    machines: set[str] = set()
    given: list[tuple[Offer, Queued] | None] = []
    for offers in claims:
        best: tuple[Offer, Queued] | None = None
        for offer in offers:
            if offer.machine in machines:
                continue
            job = _first(offer, found, jobs)
            if job is not None and (best is None or job.rank < best[1].rank):
                best = offer, job
        if best is not None:
            machines.add(best[0].machine)
            jobs.add(best[1].id)
        given.append(best)
    return given


def may_have(job: Queued, machine: Capability) -> bool:
    """Whether a job that one of the machine's probes has found may go to this very machine."""
    return job.asks is None or not refusals(job.asks, machine, job.member)


def _first(offer: Offer, found: Mapping[Probe, Sequence[Queued]], gone: Collection[str]) -> Queued | None:
    best: Queued | None = None
    for probe in offer.probes:
        for job in found.get(probe, ()):
            if best is not None and job.rank >= best.rank:
                break
            if job.id not in gone and may_have(job, offer.can):
                best = job
                break
    return best
