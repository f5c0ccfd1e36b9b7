"""Claims: many agents' at once, in one transaction, so that what a transaction costs is shared by all who wait.

A look without locks tells whether there is anything to take, so that waiting costs no writes. The claim itself reads
everything again under locks; the decisions are in registry.core.handing_out and registry.core.attempts. Agents and
jobs that others hold locked are passed over: nobody stands in line behind a lock.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import sqlalchemy as sa

from registry.actions.handed_out import HandedOut, handed_out
from registry.actions.machines import capability
from registry.actions.nodes import NodeIdentity
from registry.actions.story import Story, queue_topic
from registry.core import attempts as rules
from registry.core.attempts import Attempt, Job, Outcome
from registry.core.dispatch import Timing
from registry.core.handing_out import ANYWHERE, Offer, Probe, Queue, Queued, assign, expected, probes_of, run_dry
from registry.core.lying import way_that_fits
from registry.core.matching import Access
from registry.core.plates import capacity
from registry.errors import Invalid
from registry.ids import AttemptId
from registry.store import facilities as facility_store
from registry.store import handout, job_queue
from registry.store import nodes as node_store
from registry.store import plates as plate_store

FEW_JUDGED, MANY_JUDGED = 32, 1024
"""Jobs of one probe whose further wishes are judged at first, and orders when all of these were refused."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An agent's wish for work for these of its machines, under its idempotency key."""

    node: NodeIdentity
    key: str
    machines: tuple[str, ...]


class Open(Enum):
    """What became of a claim that is not answered."""

    NOTHING = "nothing"
    """There is no work for it now."""
    LATER = "later"
    """Something else is just being done for its agent: it must be tried again at once."""


Answer = HandedOut | Open | Invalid


@dataclass(frozen=True)
class Seen:
    """A look at the queue for one claim."""

    answered: bool
    """It was answered before."""
    offers: tuple[Offer, ...] = ()
    """Its free machines."""
    job: str | None = None
    """What it would be given now."""
    refused: Invalid | None = None


def look(connection: sa.Connection, claims: Sequence[Claim]) -> list[Seen]:
    """Which of these claims would be answered now, each as if those before it had been answered already."""
    answered = _answered(connection, claims)
    offers = _offers(connection, claims)
    free = [[] if isinstance(one, Invalid) else one for one in offers]
    given = assign(free, _find(connection, free, take=False))
    return [
        Seen(
            claim in answered,
            tuple(machines),
            None if got is None else got[1].id,
            offered if isinstance(offered, Invalid) else None,
        )
        for claim, offered, machines, got in zip(claims, offers, free, given, strict=True)
    ]


def waiting_jobs(connection: sa.Connection, wanted: Mapping[Probe, int]) -> dict[Probe, list[Queued]]:
    """The first jobs in the queue that each of these probes finds, at most so many, as they are now."""
    return job_queue.first_jobs(connection, wanted, judged=MANY_JUDGED, take=False)


def answer(
    connection: sa.Connection,
    claims: Sequence[Claim],
    *,
    make_id: Callable[[], AttemptId],
    timing: Timing,
    now: datetime,
) -> tuple[list[Answer], frozenset[str]]:
    """Hand out to each claim, in their order, the first job that one of its free machines can make; with the topics to
    notify.

    The same idempotency key gets the same attempt again, and its lease is prolonged if it still has one. The first
    lease is short: the agent's heartbeat makes it a whole one.
    """
    present = node_store.lock_free_nodes(connection, {claim.node.id for claim in claims})
    asked = list(dict.fromkeys(claim for claim in claims if claim.node.id in present))
    before = _answered(connection, asked)
    offers = dict(zip(asked, _offers(connection, asked), strict=True))
    free = {
        claim: offered for claim, offered in offers.items() if claim not in before and not isinstance(offered, Invalid)
    }
    found = _find(connection, list(free.values()), take=True)
    given = dict(zip(free, assign(list(free.values()), found), strict=True))
    story = Story(connection, now)
    hands = _Hands(story, make_id, timing)
    hands.take({claim: got for claim, got in given.items() if got is not None})
    _tell_of_the_rest(story, found, hands.jobs)
    _prolong(connection, before, timing, now)
    made = handed_out(connection, {**before, **hands.primaries}.values(), timing)
    answers: list[Answer] = []
    for claim in claims:
        offered = offers.get(claim)
        attempt = before.get(claim) or hands.primaries.get(claim)
        if attempt is not None:
            answers.append(made[attempt])
        elif isinstance(offered, Invalid):
            answers.append(offered)
        else:
            answers.append(Open.LATER if offered is None else Open.NOTHING)
    return answers, story.finish()


class _Hands:
    """Takes jobs for claims: decides by the transition table, keeps all of it, and tells of it."""

    def __init__(self, story: Story, make_id: Callable[[], AttemptId], timing: Timing) -> None:
        self._story = story
        self._make_id = make_id
        self._lease_until = story.now + timing.first_lease
        self.primaries: dict[Claim, str] = {}
        """The attempt of each claim."""
        self.jobs: set[str] = set()
        self._taken: list[tuple[Job, Attempt]] = []
        self._rows: list[dict[str, object]] = []

    def take(self, given: Mapping[Claim, tuple[Offer, Queued]]) -> None:
        more = self._further_copies(given.values())
        for claim, (offer, first) in given.items():
            copies = [first, *more.pop(first.order, [])[: _room(offer, first) - 1]]
            primary = self._make_id()
            self.primaries[claim] = primary
            for number, job in enumerate(copies):
                attempt = primary if number == 0 else self._make_id()
                self._take_one(claim, offer, job, attempt, plate=primary if len(copies) > 1 else None)
        keys = [
            {"node_id": claim.node.id, "key": claim.key, "attempt_id": attempt}
            for claim, attempt in self.primaries.items()
        ]
        handout.hand_over(self._story.connection, self._taken, self._rows, keys, self._story.now)

    def _take_one(self, claim: Claim, offer: Offer, job: Queued, attempt: str, *, plate: str | None) -> None:
        outcome = rules.claim(job.job, attempt)
        assert isinstance(outcome, Outcome), "the job was locked while it was queued"
        assert outcome.attempt is not None
        self.jobs.add(job.id)
        self._taken.append((outcome.job, outcome.attempt))
        self._rows.append(
            {
                "job_id": job.id,
                "order_id": job.order,
                "node_id": claim.node.id,
                "machine_id": offer.machine,
                "facility_id": claim.node.facility,
                "lease_until": self._lease_until,
                "claimed_at": self._story.now,
                "plate": plate,
            }
        )
        self._story.tell(job.order, f"job.{outcome.job.state.value}", job=job.id, attempt=attempt)
        self._story.tell(job.order, "attempt.claimed", job=job.id, attempt=attempt, words=offer.key)

    def _further_copies(self, given: Iterable[tuple[Offer, Queued]]) -> dict[str, list[Queued]]:
        """What lies in the queue of the same orders, where a machine takes several copies at once."""
        given = list(given)
        chosen = {job.id for _, job in given}
        wanted: Counter[str] = Counter()
        for offer, job in given:
            if (room := _room(offer, job)) > 1:
                wanted[job.order] += room
        found = job_queue.more_of_orders(self._story.connection, wanted)
        return {
            order: [job for job in there if job.id not in chosen and not job.failures] for order, there in found.items()
        }


def _room(offer: Offer, job: Queued) -> int:
    """How many copies the machine takes at once. One that failed is tried alone: it may do without the others."""
    most = offer.can.plate_copies
    if most == 1 or job.failures:
        return 1
    way = None if job.asks is None else way_that_fits(job.asks.ways, offer.can.envelope)
    room = job.size if way is None else (way.size.x, way.size.y, way.size.z)
    return max(1, min(most, capacity(*room, offer.can.envelope)))


def _answered(connection: sa.Connection, claims: Sequence[Claim]) -> dict[Claim, str]:
    found = handout.answered_claims(connection, [(claim.node.id, claim.key) for claim in claims])
    attempts = ((claim, found.get((claim.node.id, claim.key))) for claim in claims)
    return {claim: attempt for claim, attempt in attempts if attempt is not None}


def _prolong(connection: sa.Connection, before: Mapping[Claim, str], timing: Timing, now: datetime) -> None:
    seen = handout.attempts_seen(connection, before.values()) if before else {}
    for claim, attempt in before.items():
        held = {attempt: seen[attempt].attempt.epoch}
        plate_store.renew_leases(connection, claim.node.id, held, now + timing.first_lease)


def _offers(connection: sa.Connection, claims: Sequence[Claim]) -> list[list[Offer] | Invalid]:
    """The free machines of each claim, equal ones once; Invalid where it names one that its agent never announced."""
    named = dict.fromkeys((claim.node.id, key) for claim in claims for key in claim.machines)
    rows = {(row["node_id"], row["key"]): row for row in handout.offered_machines(connection, named)}
    closed = {row["facility_id"] for row in rows.values() if Access(row["access"]) is not Access.PUBLIC}
    runners = facility_store.runners_of(connection, closed) if closed else {}
    return [_offers_of(claim, rows, runners) for claim in claims]


def _offers_of(
    claim: Claim, rows: Mapping[tuple[str, str], sa.RowMapping], runners: Mapping[str, Iterable[str]]
) -> list[Offer] | Invalid:
    offers = []
    for key in dict.fromkeys(claim.machines):
        row = rows.get((claim.node.id, key))
        if row is None:
            return Invalid(
                f"this agent has announced no machine {key!r}: announce its machines first",
                code="unknown_machine", value=key,
            )  # fmt: skip
        if not row["in_use"]:
            can = capability(row, frozenset(runners.get(row["facility_id"], ())))
            offers.append(Offer(row["id"], key, can, probes_of(can)))
    return offers


def _find(connection: sa.Connection, offers: Sequence[Sequence[Offer]], *, take: bool) -> dict[Probe, list[Queued]]:
    """Of the jobs that all these machines together could take so many that each claim sees the first one of its own."""
    asked = expected(offers)
    found = _first(connection, {probe: first for probe, (first, _) in asked.items()}, take=take)
    given = assign(offers, found)
    dry = run_dry(asked, found, {got[1].id for got in given if got is not None})
    if dry:
        _add(found, _first(connection, {probe: asked[probe][1] for probe in dry}, take=take))
        given = assign(offers, found)
    refused = {
        probe: asked[probe][1]
        for machines, got in zip(offers, given, strict=True)
        if got is None
        for offer in machines
        for probe in offer.probes
        if sum(job.asks is not None for job in found.get(probe, ())) >= FEW_JUDGED
    }
    if refused:
        _add(found, job_queue.first_jobs(connection, refused, judged=MANY_JUDGED, take=take, one_an_order=True))
    return found


def _first(connection: sa.Connection, wanted: Mapping[Probe, int], *, take: bool) -> dict[Probe, list[Queued]]:
    return job_queue.first_jobs(connection, wanted, judged=FEW_JUDGED, take=take)


def _add(found: dict[Probe, list[Queued]], more: Mapping[Probe, Sequence[Queued]]) -> None:
    for probe, there in more.items():
        both = {job.id: job for job in (*found.get(probe, ()), *there)}
        found[probe] = sorted(both.values(), key=lambda job: job.rank)


def _tell_of_the_rest(story: Story, found: Mapping[Probe, Sequence[Queued]], taken: set[str]) -> None:
    """What was locked and is left must be seen again by those who passed over it meanwhile."""
    rest = (job for there in found.values() for job in there if job.id not in taken)
    for process, material, facility in {(job.process, job.material, job.facility) for job in rest}:
        story.wake(queue_topic(Queue(process, material, facility or ANYWHERE)))
