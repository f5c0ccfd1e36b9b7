"""Agents that wait for work in this process, found by what their machines ask the queue. Only on the loop's thread."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from registry.actions.claims import Claim
from registry.actions.handed_out import HandedOut
from registry.core.handing_out import Offer, Probe, Queue, Queued, may_have

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)
Gone = Callable[[], Awaitable[bool]]

MOST_JUDGED = 2000
"""Judgements of further wishes in one go: an agent that is not reached by them finds its job when it looks again."""


class Waiter:
    """A claim that is not answered yet."""

    __slots__ = ("answer", "claim", "gone", "look_at", "offers", "taking", "until")

    def __init__(
        self, claim: Claim, answer: "asyncio.Future[HandedOut | None]", until: float, gone: Gone | None
    ) -> None:
        self.claim = claim
        self.answer = answer
        self.until = until
        """When it ends with nothing, on the loop's clock."""
        self.gone = gone
        """Whether nobody is there any more to be answered."""
        self.offers: tuple[Offer, ...] = ()
        """The machines for which it is parked."""
        self.taking = False
        """It is just being answered: what it is given must reach it."""
        self.look_at = 0
        """When it looks again by itself, in whole seconds of the loop's clock."""

    @property
    def probes(self) -> Iterator[Probe]:
        return (probe for offer in self.offers for probe in offer.probes)


class WaitingAgents:
    """Those parked, each under every probe of its machines; whoever came first is found first."""

    def __init__(self) -> None:
        self._by_probe: dict[Probe, dict[Waiter, None]] = {}
        self._by_queue: dict[Queue, dict[Probe, None]] = {}
        self._by_node: dict[str, dict[Waiter, None]] = {}
        self._by_look: dict[int, dict[Waiter, None]] = {}
        self._parked: dict[Waiter, None] = {}

    def __len__(self) -> int:
        return len(self._parked)

    def __iter__(self) -> Iterator[Waiter]:
        return iter(tuple(self._parked))

    def park(self, waiter: Waiter, offers: tuple[Offer, ...], look_at: int) -> None:
        """Keep it until it is taken out, to be found by the probes of these machines."""
        waiter.offers, waiter.look_at = offers, look_at
        self._parked[waiter] = None
        _put(self._by_node, waiter.claim.node.id, waiter)
        _put(self._by_look, look_at, waiter)
        for probe in waiter.probes:
            _put(self._by_queue, probe.queue, probe)
            _put(self._by_probe, probe, waiter)

    def take_out(self, waiter: Waiter) -> None:
        """Forget it, if it is parked."""
        if waiter not in self._parked:
            return
        del self._parked[waiter]
        _drop(self._by_node, waiter.claim.node.id, waiter)
        _drop(self._by_look, waiter.look_at, waiter)
        for probe in waiter.probes:
            if _drop(self._by_probe, probe, waiter):
                _drop(self._by_queue, probe.queue, probe)
        waiter.offers = ()

    def of_node(self, node: str) -> tuple[Waiter, ...]:
        return tuple(self._by_node.get(node, ()))

    def due(self, now: float) -> list[Waiter]:
        """Those whose time to look again has come; they stay parked."""
        return [waiter for second in sorted(self._by_look) if second <= now for waiter in self._by_look[second]]

    def queues(self) -> tuple[Queue, ...]:
        """Everything that somebody waits for."""
        return tuple(self._by_queue)

    def asking(self, queues: Iterable[Queue], most: int) -> dict[Probe, int]:
        """What is asked of these queues, and by how many (at most `most` each)."""
        probes = (probe for queue in queues for probe in self._by_queue.get(queue, ()))
        return {probe: min(most, len(self._by_probe[probe])) for probe in probes}

    def chosen(self, found: Mapping[Probe, Sequence[Queued]], promised: Collection[str]) -> list[Waiter]:
        """For each job that was found, and was not promised to others, the one to be woken: of those whose machines can
        make it, who came first.
        """
        jobs: dict[str, Queued] = {}
        probes: dict[str, list[Probe]] = {}
        for probe, there in found.items():
            for job in there:
                if job.id in promised:
                    continue
                jobs[job.id] = job
                probes.setdefault(job.id, []).append(probe)
        chosen: dict[Waiter, None] = {}
        left = MOST_JUDGED
        for job in sorted(jobs.values(), key=lambda one: one.rank):
            for waiter in (one for probe in probes[job.id] for one in self._by_probe.get(probe, ())):
                if waiter in chosen:
                    continue
                if job.asks is not None:
                    left -= 1
                    if left < 0 or not _may_have(waiter, job, probes[job.id]):
                        continue
                chosen[waiter] = None
                break
        return list(chosen)


def _may_have(waiter: Waiter, job: Queued, probes: Sequence[Probe]) -> bool:
    return any(may_have(job, offer.can) for offer in waiter.offers if not set(probes).isdisjoint(offer.probes))


def _put(index: dict[K, dict[V, None]], key: K, member: V) -> None:
    index.setdefault(key, {})[member] = None


def _drop(index: dict[K, dict[V, None]], key: K, member: V) -> bool:
    """Take a member out of an index; True when it was the key's last."""
    members = index.get(key, {})
    members.pop(member, None)
    if members:
        return False
    index.pop(key, None)
    return True
