"""The claim desk: hands out work to all agents that wait in this process, many in one transaction.

Claims that come in are looked at together and answered together; those for which there is nothing are parked. A job
that comes into the queue wakes one agent that can make it. That is a hint and no promise: each parked claim looks
again by itself after RELOOK seconds, for what was missed (the race was lost, another process did not tell, an agent's
machines changed).
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from registry.actions import claims
from registry.actions.claims import Answer, Claim, Open, Seen
from registry.actions.handed_out import HandedOut
from registry.actions.story import node_of_topic, queue_of_topic
from registry.core.dispatch import Timing
from registry.core.handing_out import Probe, Queue, Queued
from registry.errors import RegistryError
from registry.ids import AttemptId, new_id
from registry.signals import Signals
from registry.store.clock import database_now
from registry.store.database import Database
from registry.work.waiting_agents import Gone, Waiter, WaitingAgents

logger = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 128
"""Claims in one transaction: bounds for how long its agents and jobs are locked."""
RELOOK_SECONDS = (15.0, 30.0)
"""After a time between these a parked claim looks again by itself."""
TRY_AGAIN_SECONDS = (0.005, 0.025)
"""When something else was just being done for the agent."""
LANES = 3
"""Transactions at the same time, on PostgreSQL: while one waits for the disk, the next is written, and one decided."""
PAUSE_SECONDS = 0.5
"""After the database failed."""


class ClaimDesk:
    """One a process. Only to be used on the event loop's thread, while `run` does its work."""

    def __init__(
        self, db: Database, signals: Signals, timing: Timing, relook_seconds: tuple[float, float] = RELOOK_SECONDS
    ) -> None:
        self._db = db
        self._signals = signals
        self._timing = timing
        self._relook = relook_seconds
        self._fresh: deque[Waiter] = deque()
        self._stirred: dict[Queue, None] = {}
        self._lanes = asyncio.Semaphore(1 if db.sqlite else LANES)
        self._answering: set[asyncio.Task[None]] = set()
        self._plenty = False
        """Most of the last claims were answered: those that come now are not looked at before."""
        self._waiting = WaitingAgents()
        self._work = asyncio.Event()
        self.rounds = 0
        """Looks at the queue so far."""

    @property
    def parked(self) -> int:
        """Claims that wait for work."""
        return len(self._waiting)

    async def claim(self, claim: Claim, wait_seconds: float, gone: Gone | None = None) -> HandedOut | None:
        """Take the next job that one of its machines can make; waits for one so long. The same key gives the same
        answer. `gone` is asked, before a claim that has waited is answered, whether it still matters.

        Raises Invalid for machines that the agent has not announced, Unavailable.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_seconds
        waiter = Waiter(claim, loop.create_future(), until, gone)
        ends = loop.call_at(until, self._time_out, waiter) if wait_seconds > 0 else None
        self._look_at(waiter)
        try:
            return await waiter.answer
        finally:
            if ends is not None:
                ends.cancel()
            self._waiting.take_out(waiter)

    def hear(self, topics: Iterable[str]) -> None:
        """Take notice of what was notified, here or by another process."""
        for topic in topics:
            queue = queue_of_topic(topic)
            node = None if queue is not None else node_of_topic(topic)
            if queue is not None:
                self._stirred[queue] = None
                self._work.set()
            elif node is not None:
                for waiter in self._waiting.of_node(node):
                    self._look_again(waiter)

    def hear_all(self) -> None:
        """Something may have been missed: look at everything that somebody waits for."""
        self._stirred.update(dict.fromkeys(self._waiting.queues()))
        self._work.set()

    async def run(self) -> None:
        """Work until the process stops; then every claim ends with nothing."""
        ticking = asyncio.create_task(self._tick())
        try:
            while not self._signals.closed:
                await self._work.wait()
                self._work.clear()
                await self._lanes.acquire()
                stirred, self._stirred = self._stirred, {}
                fresh = self._next_fresh()
                ready = await self._guarded(self._look(fresh, stirred), fresh, stirred)
                self._begin(ready or [], stirred)
        finally:
            ticking.cancel()
            await asyncio.gather(*self._answering, return_exceptions=True)
            for waiter in (*self._waiting, *self._fresh):
                self._end(waiter)

    def close(self) -> None:
        """End with the round that is under way."""
        self._work.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            for waiter in self._waiting.due(asyncio.get_running_loop().time()):
                self._look_again(waiter)

    async def _look(self, fresh: list[Waiter], stirred: dict[Queue, None]) -> list[Waiter]:
        """Those for whom there is something now; the others of those who have just come are parked."""
        asked = self._waiting.asking(stirred, AT_ONCE)
        if not fresh and not asked:
            return []
        self.rounds += 1
        if self._plenty and not asked:
            return fresh
        await asyncio.gather(*self._answering)  # what is being given away is not there for others
        wishes = [waiter.claim for waiter in fresh]
        seen, found = await self._db.read(lambda c: _look(c, wishes, asked))
        ready = self._sort(fresh, seen)
        ready += await self._woken(found, {one.job for one in seen if one.job is not None})
        if any(len(there) >= AT_ONCE for there in found.values()) or len(ready) > AT_ONCE:
            self._stirred.update(stirred)  # there may be more than was asked for
            self._work.set()
        for waiter in ready[AT_ONCE:]:
            self._look_at(waiter)
        return ready[:AT_ONCE]

    def _begin(self, ready: list[Waiter], stirred: dict[Queue, None]) -> None:
        """Answer them while the next ones are looked at."""

        async def answer() -> None:
            try:
                if ready:
                    await self._guarded(self._answer(ready), ready, stirred)
            finally:
                self._lanes.release()

        task = asyncio.create_task(answer())
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _guarded(
        self, work: Coroutine[None, None, T], involved: list[Waiter], stirred: dict[Queue, None]
    ) -> T | None:
        """Do a piece of work. What fails is told to those whom it concerns, and what they waited for is looked at again
        in a while; None then."""
        try:
            return await work
        except RegistryError as error:
            logger.warning("claims wait for better times: %s", error.message)
            failure: Exception = error
        except Exception as error:  # outermost loop: without it no agent would ever get work again
            logger.exception("claims failed for a reason that nobody foresaw")
            failure = error
        for waiter in involved:
            _raise(waiter, failure)
        self._stirred.update(stirred)
        await asyncio.sleep(PAUSE_SECONDS)
        self._work.set()
        return None

    def _next_fresh(self) -> list[Waiter]:
        fresh: list[Waiter] = []
        while self._fresh and len(fresh) < AT_ONCE:
            waiter = self._fresh.popleft()
            if not waiter.answer.done():
                fresh.append(waiter)
        if self._fresh:
            self._work.set()
        return fresh

    def _sort(self, fresh: list[Waiter], seen: list[Seen]) -> list[Waiter]:
        """Park those for whom there is nothing; the others are to be answered."""
        ready = []
        for waiter, one in zip(fresh, seen, strict=True):
            if one.refused is not None:
                _raise(waiter, one.refused)
            elif one.answered or one.job is not None:
                ready.append(waiter)
            else:
                self._park(waiter, one)
        return ready

    def _park(self, waiter: Waiter, seen: Seen) -> None:
        if waiter.answer.done() or waiter.until <= asyncio.get_running_loop().time():
            self._end(waiter)
            return
        least, most = self._relook
        after = random.uniform(least, most)  # noqa: S311  (so that not all look at the same moment)
        self._waiting.park(waiter, seen.offers, int(asyncio.get_running_loop().time() + after))

    async def _woken(self, found: dict[Probe, list[Queued]], promised: set[str]) -> list[Waiter]:
        """One agent for each job that was found. Those who went away are forgotten, and others take their places."""
        while True:
            chosen = self._waiting.chosen(found, promised)
            lost = [waiter for waiter in chosen if waiter.gone is not None and await waiter.gone()]
            if not lost:
                break
            for waiter in lost:
                self._end(waiter)
        for waiter in chosen:
            self._waiting.take_out(waiter)
        return [waiter for waiter in chosen if not waiter.answer.done()]

    async def _answer(self, ready: list[Waiter]) -> None:
        wishes = [waiter.claim for waiter in ready]
        for waiter in ready:
            waiter.taking = True
        answers, topics = await self._db.write(lambda c: _claim(c, wishes, self._timing, database_now(c)))
        for waiter, answer in zip(ready, answers, strict=True):
            self._give(waiter, answer)
        self._plenty = 2 * sum(isinstance(answer, HandedOut) for answer in answers) > len(answers)
        self._signals.notify(*topics)

    def _give(self, waiter: Waiter, answer: Answer) -> None:
        waiter.taking = False
        if isinstance(answer, HandedOut):
            if not waiter.answer.done():
                waiter.answer.set_result(answer)
        elif isinstance(answer, RegistryError):
            _raise(waiter, answer)
        elif answer is Open.LATER:
            after = random.uniform(*TRY_AGAIN_SECONDS)  # noqa: S311
            asyncio.get_running_loop().call_later(after, self._look_at, waiter)
        else:
            self._look_at(waiter)  # others were quicker: it is parked with how its machines are now

    def _look_at(self, waiter: Waiter) -> None:
        self._fresh.append(waiter)
        self._work.set()

    def _look_again(self, waiter: Waiter) -> None:
        self._waiting.take_out(waiter)
        self._look_at(waiter)

    def _time_out(self, waiter: Waiter) -> None:
        if not waiter.taking:
            self._end(waiter)

    def _end(self, waiter: Waiter) -> None:
        self._waiting.take_out(waiter)
        if not waiter.answer.done():
            waiter.answer.set_result(None)


def _look(
    connection: sa.Connection, wishes: list[Claim], stirred: dict[Probe, int]
) -> tuple[list[Seen], dict[Probe, list[Queued]]]:
    seen = claims.look(connection, wishes) if wishes else []
    return seen, claims.waiting_jobs(connection, stirred)


def _claim(
    connection: sa.Connection, wishes: list[Claim], timing: Timing, now: datetime
) -> tuple[list[Answer], frozenset[str]]:
    return claims.answer(connection, wishes, make_id=lambda: AttemptId(new_id("att")), timing=timing, now=now)


def _raise(waiter: Waiter, error: Exception) -> None:
    if not waiter.answer.done():
        waiter.answer.set_exception(error)
