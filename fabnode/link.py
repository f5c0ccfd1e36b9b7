"""The agent's standing talk with its registry: what machines there are, how they are, what happened."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from fabnode import core
from fabnode import events as e
from fabnode.client import SOFTWARE, RegistryError
from fabnode.config import MachineSettings
from fabnode.errors import FabnodeError
from fabnode.ledger import JournalUnwritable, Ledger
from fabnode.making import Workshop
from fabnode.notices import of_recall
from fabnode.protocol import (
    Announce,
    AttemptState,
    Command,
    Heartbeat,
    HeldLease,
    MachineCard,
    MachineReport,
    RecallNotice,
    Reports,
)
from fabnode.records import Record
from fabnode.worker import Worker
from printers.machine import MachineState

log = logging.getLogger(__name__)

REPORTS_AT_ONCE = 100
LEAST_BEAT_SECONDS = 0.5
"""Whatever happens and however short the leases are."""
MOST_LEASES = 500
"""As many as a heartbeat takes."""


class _NotTaken(FabnodeError):
    """The registry answered a report without keeping it."""


@dataclass
class LinkState:
    """How the talk goes, for the page and `fabnode status`."""

    reached_at: datetime | None = None
    trouble: str | None = None
    owed: int = 0


class Link:
    """`run` until cancelled. Nothing here can stop a print: without the registry everything waits or goes on."""

    def __init__(
        self, shop: Workshop, ledger: Ledger, workers: Mapping[str, Worker], known: Callable[[], None]
    ) -> None:
        """known: called when the registry has heard what the machines are."""
        self.state = LinkState()
        self.announced = asyncio.Event()
        self._shop = shop
        self._ledger = ledger
        self._workers = workers
        self._known = known
        self._news = asyncio.Event()
        self._beat_now = asyncio.Event()
        self._new_cards = asyncio.Event()
        self._told_cards: tuple[MachineCard, ...] = ()
        self._shortest_lease = float("inf")
        self.recalled: dict[str, str] = {}
        """Attempts here that make a recalled version, and why it was recalled."""

    def wake(self) -> None:
        """There is something to report."""
        self._news.set()
        self._beat_now.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deliver())
            await self.announce()
            group.create_task(self._beat())
            group.create_task(self._announce_anew())

    def _heard(self, machines: list[MachineSettings]) -> None:
        """The registry knows that the machines are so: from now on they may take work."""
        for settings in machines:
            self._workers[settings.key].house.announced(settings)
        self._known()

    def cards_changed(self) -> None:
        """What a machine is, or what is loaded, is something else now."""
        self._new_cards.set()

    async def _announce_anew(self) -> None:
        while True:
            await self._new_cards.wait()
            if self._cards() != self._told_cards:
                await self.announce()
            else:
                self._new_cards.clear()
                self._heard([worker.bench.settings for worker in self._workers.values()])

    def _cards(self) -> tuple[MachineCard, ...]:
        return tuple(worker.bench.card() for worker in self._workers.values())

    async def announce(self) -> None:
        """Tell what machines there are, as often as it takes."""
        wait = self._shop.backoff()
        failures = 0
        while True:
            self._new_cards.clear()
            cards, told = self._cards(), [worker.bench.settings for worker in self._workers.values()]
            try:
                await self._shop.registry.announce(Announce(software=SOFTWARE, machines=cards))
            except RegistryError as error:
                self.troubled(str(error))
                failures += 1
                await wait(failures)
            else:
                self.troubled(None)
                self._told_cards = cards
                self._heard(told)
                self.announced.set()
                return

    def troubled(self, reason: str | None) -> None:
        """The last call failed, or did not."""
        if reason is None:
            self.state.reached_at = datetime.now(UTC)
        if reason != self.state.trouble:
            log.warning("registry: %s", reason) if reason else log.info("registry: reached again")
        self.state.trouble = reason

    # ---- reports

    async def _deliver(self) -> None:
        """Send what is owed, in order, until it is acknowledged. Survives restarts: it is the journal's."""
        wait = self._shop.backoff()
        failures = 0
        while True:
            self._news.clear()
            try:
                more = await self._deliver_once()
            except (RegistryError, JournalUnwritable, _NotTaken) as error:
                self.troubled(str(error))
                failures += 1
                await wait(failures)
            else:
                failures = 0
                if not more:
                    await self._news.wait()

    async def _deliver_once(self) -> bool:
        """False when nothing was owed."""
        owed = await self._ledger.owed(REPORTS_AT_ONCE)
        self.state.owed = await self._ledger.owed_count()
        if not owed:
            return False
        reply = await self._shop.registry.report(Reports(reports=owed))
        if reply.late:
            log.warning("reports %s came under a stale claim: kept as history", reply.late)
        if not await self._is_taken(reply.acknowledged, owed[0].sequence, owed[-1].sequence):
            raise _NotTaken(f"the registry keeps reports up to {reply.acknowledged} only: it is told again")
        self.troubled(None)
        return True

    async def _is_taken(self, kept: int, first: int, last: int) -> bool:
        """Whether the registry took the reports `first` to `last`, when it says that it keeps all up to `kept`.

        One whose database is older than its word lost some: they are told again as far as they are still here.
        """
        if kept >= first:
            await self._ledger.acknowledge(min(kept, last))
            return True
        if kept == first - 1 or await self._ledger.rewind(kept):
            return False
        log.warning("reports %d to %d are lost at the registry and forgotten here", kept + 1, first - 1)
        await self._ledger.acknowledge(last)
        return True

    # ---- heartbeat

    async def _beat(self) -> None:
        failures = 0
        while True:
            self._beat_now.clear()
            try:
                await self.beat_once()
            except (RegistryError, JournalUnwritable) as error:
                self.troubled(str(error))
                failures += 1
            else:
                failures = 0
            wanted = self._shop.settings.heartbeat_seconds
            least = min(wanted, LEAST_BEAT_SECONDS)
            interval = max(min(wanted, self._shortest_lease / 3), least)
            await asyncio.sleep(least)
            if failures:
                await self._shop.backoff()(failures)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(interval - least, 0.01)):
                    await self._beat_now.wait()

    async def beat_once(self) -> None:
        """Tell how the machines are, renew the leases, and take what the registry wants."""
        workers = tuple(self._workers.values())
        await self._ledger.watched(tuple(w.key for w in workers if w.status.state is not MachineState.OFFLINE))
        held = [record for record in await self._ledger.unfinished() if _needs_lease(record)][:MOST_LEASES]
        reply = await self._shop.registry.heartbeat(
            Heartbeat(
                machines=tuple(machine_report(worker) for worker in workers),
                leases=tuple(HeldLease(attempt=r.attempt.id, epoch=r.attempt.epoch) for r in held),
            )
        )
        self.troubled(None)
        by_id = {record.attempt.id: record for record in held}
        leases = [lease.lease_seconds for lease in reply.leases if lease.held and lease.lease_seconds > 0]
        self._shortest_lease = min(leases, default=float("inf"))
        for lease in reply.leases:
            if not lease.held and lease.attempt in by_id:
                log.warning("the lease of attempt %s is lost", lease.attempt)
                await self._apply(by_id[lease.attempt], e.LeaseLost())
        await self._hear_recalls(reply.recalls)
        for command in reply.commands:
            if command.attempt in by_id:
                await self._command(by_id[command.attempt], command)

    async def _hear_recalls(self, recalls: tuple[RecallNotice, ...]) -> None:
        """Said loudly, and once: nothing that runs is cut by it."""
        fresh = {one.attempt: one.reason for one in recalls if one.attempt not in self.recalled}
        self.recalled |= fresh
        for worker in self._workers.values() if fresh else ():
            held = worker.held
            if held is not None and held.attempt.id in fresh:
                reason = fresh[held.attempt.id]
                log.error("%s: %s was recalled for safety: %s", worker.key, held.claimed.design, reason)
                await worker.house.notifier.tell(
                    of_recall(held, worker.bench.settings.title, reason, datetime.now(UTC))
                )

    async def _command(self, record: Record, command: Command) -> None:
        """Told again with every heartbeat until the reports show it: what is under way is not repeated."""
        attempt, worker = record.attempt, self._workers.get(record.attempt.machine)
        match command.action:
            case "cancel":
                if not attempt.cancel_asked:
                    await self._apply(record, e.CancelAsked("cancelled by the registry"))
            case "pause":
                runs = attempt.state in core.RUNNING and attempt.state is not AttemptState.PAUSED
                if runs and not (worker and worker.is_asked(attempt.id, e.PauseOnMachine())):
                    await self._apply(record, e.PauseAsked())
            case "resume":
                paused = attempt.state is AttemptState.PAUSED
                if paused and not (worker and worker.is_asked(attempt.id, e.ResumeOnMachine())):
                    await self._apply(record, e.ResumeAsked())

    async def _apply(self, record: Record, event: e.Event) -> None:
        worker = self._workers.get(record.attempt.machine)
        if worker:
            await worker.apply(record.attempt.id, event)
        else:
            await self._ledger.advance(record.attempt.id, event)


def machine_report(worker: Worker) -> MachineReport:
    """How a machine is, for the registry."""
    now, house = worker.status, worker.house
    here = worker.trouble or worker.objection or house.hindrance(worker.key) or house.waiting(worker.key)
    words = here or now.message or ""
    return MachineReport(
        key=worker.key, state=now.state.value, bed=worker.bed, file=now.file,
        attempt=worker.held.attempt.id if worker.held else None,
        progress=min(max(now.progress, 0.0), 1.0) if now.progress is not None else None,
        seconds_left=max(now.seconds_left, 0.0) if now.seconds_left is not None else None,
        nozzle_c=now.nozzle_c, bed_c=now.bed_c, message=words[:2000] or None,
    )  # fmt: skip


def _needs_lease(record: Record) -> bool:
    """A part that waits for its verdict needs none, and there may be more of them than a heartbeat holds."""
    return record.attempt.state in core.HOLDING and not record.attempt.lease_lost
