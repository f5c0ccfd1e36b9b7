"""Asking for work: long polls, each under a journaled key, for the machines that could take a job now."""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Mapping

from fabnode.client import RegistryError, RegistryRefused
from fabnode.clock import boot_seconds
from fabnode.events import PreparationFailed
from fabnode.ledger import JournalUnwritable, Ledger
from fabnode.making import Workshop
from fabnode.protocol import Claim, ClaimedJob
from fabnode.worker import Worker

log = logging.getLogger(__name__)

CLAIMS_AT_ONCE = 4
"""A machine that becomes free while others wait in a claim gets one of its own."""
LOOK_AGAIN_SECONDS = 30.0


class Claimer:
    """Keeps every ready machine in exactly one claim."""

    def __init__(
        self, shop: Workshop, ledger: Ledger, workers: Mapping[str, Worker], trouble: Callable[[str | None], None]
    ) -> None:
        self._shop = shop
        self._ledger = ledger
        self._workers = workers
        self._trouble = trouble
        self._waiting: set[str] = set()
        """Machines in a claim that is not answered yet."""
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """A machine may have become ready."""
        self._changed.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            claims: set[asyncio.Task[None]] = set()
            for key, machines in (await self._ledger.claims_in_flight()).items():
                # As long as a request of the process before may still hang at the registry, under the same key.
                claims.add(group.create_task(self._claim(key, machines, self._shop.settings.claim_wait_seconds)))
            while True:
                self._changed.clear()
                claims = {claim for claim in claims if not claim.done()}
                ready = self._ready()
                if ready and len(claims) < CLAIMS_AT_ONCE:
                    key = f"claim-{secrets.token_hex(12)}"
                    self._waiting.update(ready)
                    claims.add(group.create_task(self._claim_newly(key, ready)))
                try:
                    async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                        await self._changed.wait()
                except TimeoutError:
                    continue

    def _ready(self) -> tuple[str, ...]:
        """Those with a clear bed first: they can start at once."""
        ready = [worker for key, worker in self._workers.items() if worker.ready and key not in self._waiting]
        return tuple(worker.key for worker in sorted(ready, key=lambda worker: worker.bed.value != "clear"))

    async def _claim_newly(self, key: str, machines: tuple[str, ...]) -> None:
        try:
            await self._ledger.note_claim(key, machines)
        except JournalUnwritable as error:
            self._trouble(str(error))
            await self._shop.backoff()(3)
            self._waiting.difference_update(machines)
            self._changed.set()
        else:
            await self._claim(key, machines, self._shop.settings.claim_wait_seconds)

    async def _claim(self, key: str, machines: tuple[str, ...], wait_seconds: float) -> None:
        """Ask until there is an answer: a claim whose answer was lost may have been granted."""
        self._waiting.update(machines)
        wait = self._shop.backoff()
        failures = 0
        message = Claim(idempotency_key=key, machines=machines, wait_seconds=wait_seconds)
        try:
            while not await self._is_answered(message):
                failures += 1
                await wait(failures)
        finally:
            self._waiting.difference_update(machines)
            self._changed.set()

    async def _is_answered(self, message: Claim) -> bool:
        """Ask once, and keep the answer."""
        asked_at = boot_seconds()
        try:
            job = await self._ask(message)
            await self._settle(message.idempotency_key, job)
        except (RegistryError, JournalUnwritable) as error:
            self._trouble(str(error))
            return False
        held_for = boot_seconds() - asked_at
        if job is None and held_for < max(message.wait_seconds / 2, self._shop.settings.retry_seconds):
            await self._shop.backoff()(1)  # it was not held: the registry stops, or knows no waiting
        return True

    async def _ask(self, message: Claim) -> ClaimedJob | None:
        """None also when the registry refuses this very claim: another one may be better."""
        try:
            job = await self._shop.registry.claim(message)
        except RegistryRefused as error:
            if error.credentials:
                raise
            self._trouble(str(error))
            await self._shop.backoff()(3)
            return None
        self._trouble(None)
        return job

    async def _settle(self, key: str, job: ClaimedJob | None) -> None:
        file = file_name(job.attempt) if job else ""
        step = await self._ledger.settle_claim(key, job, file)
        if job is None or step is None:
            return
        log.info("took %s of %s for %s as attempt %s", job.job, job.design, job.machine, job.attempt)
        worker = self._workers.get(job.machine)
        if worker is None:
            reason = f"this agent has no machine {job.machine} any more"
            await self._ledger.advance(job.attempt, PreparationFailed(reason, retry=True))
        else:
            await worker.follow(job.attempt, step)


def file_name(attempt: str) -> str:
    """The file's name on the machine: its own for each attempt, and harmless to every print server and shell."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", attempt)[:40].strip("-")
    return f"cofab-{readable}-{hashlib.sha256(attempt.encode()).hexdigest()[:10]}.gcode"
