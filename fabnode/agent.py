"""The running agent: its workers, its talk with the registry, its claims and its local page, put together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fabnode import core
from fabnode import events as e
from fabnode.cache import ArtifactCache
from fabnode.claims import Claimer
from fabnode.client import Registry
from fabnode.config import Config, ConfigError, MachineSettings
from fabnode.core import Step
from fabnode.decisions import Refused
from fabnode.errors import FabnodeError
from fabnode.home import Home, Identity
from fabnode.house import House
from fabnode.journal import Journal
from fabnode.ledger import JournalUnwritable, Ledger
from fabnode.link import Link
from fabnode.making import Bench, Workshop
from fabnode.outfit import Outfit
from fabnode.preparation.choosing import preparation_for, require_of_one_kind
from fabnode.preparation.interface import Preparation
from fabnode.provenance import guard_for
from fabnode.records import Bed, Record
from fabnode.slicers.choosing import Slicers
from fabnode.worker import Worker
from printers.drivers import find_driver
from printers.machine import Attended, Machine, MachineError

log = logging.getLogger(__name__)

RECENT_ATTEMPTS = 20
RESTART_WORKER_SECONDS = 5.0
LOOK_FOR_SLICER_SECONDS = 10.0
FORGET_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Overview:
    """Everything that the local page and `fabnode status` show."""

    workers: Sequence[Worker]
    beds: dict[str, Bed]
    unfinished: tuple[Record, ...]
    recent: tuple[Record, ...]


class Agent:
    """`async with` it, then `run` until cancelled."""

    def __init__(self, home: Home, config: Config, identity: Identity) -> None:
        self.config = config
        self.identity = identity
        self.registry = Registry(identity.registry, identity.token)
        self._ledger = Ledger(Journal(home.journal, identity.node))
        shop = Workshop(
            self.registry,
            ArtifactCache(home.cache, config.agent.cache_mib << 20),
            config.agent,
            home.work,
            guard_for(config.trust, home, self.registry),
        )
        self._slicers = Slicers(config.agent, home.slices)
        self._home = home
        self.house = House(home, config, self._ledger, self.registry, self._refit)
        self.workers = {
            one.key: Worker(
                _bench(shop, self.house.upkeep.settings(one.key), home, self._slicers),
                self._ledger,
                self.house,
                self._changed,
            )
            for one in config.machines
        }
        for worker in self.workers.values():
            self.house.has(worker.key, worker.bench.machine)
        self.outfit = Outfit(
            self.house.upkeep, config.machines, _WorkersHands(self.workers), self._prepares, self.house.spoolman
        )
        self.not_claiming: str | None = None
        """Why no work is asked for, when something here is missing."""
        self.link = Link(shop, self._ledger, self.workers, self._changed)
        self._claimer = Claimer(shop, self._ledger, self.workers, self.link.troubled)

    async def run(self) -> None:
        """Until cancelled. Prints that run go on without the agent."""
        await self._leave_removed_machines()
        await self.house.count_what_runs()
        try:
            async with self.registry, asyncio.TaskGroup() as group:
                group.create_task(_kept_up(self._forget, "the journal"))
                group.create_task(_kept_up(self.house.run, "the workshop"))
                for worker in self.workers.values():
                    group.create_task(_kept_up(worker.run, f"machine {worker.key}"))
                group.create_task(self.link.run())
                await self._until_able()
                group.create_task(self._claimer.run())
        finally:
            for worker in self.workers.values():
                await worker.bench.machine.close()
            await self._ledger.close()
            self.house.stock.close()

    async def _forget(self) -> None:
        """Once a day: an agent runs for years."""
        while True:
            await self._ledger.forget(datetime.now(UTC) - timedelta(days=self.config.agent.keep_days))
            await asyncio.to_thread(self.house.cameras.forget, self.config.agent.keep_days)
            await asyncio.sleep(FORGET_SECONDS)

    async def _leave_removed_machines(self) -> None:
        """Attempts on machines that were taken out of the configuration: nobody would carry on or watch them."""
        for record in await self._ledger.unfinished():
            attempt = record.attempt
            reason = f"the machine {attempt.machine} was taken out of this agent's configuration"
            if attempt.machine not in self.workers and attempt.state in core.BEFORE_START:
                await self._ledger.advance(attempt.id, e.PreparationFailed(reason, retry=True))
            elif attempt.machine not in self.workers and attempt.state in core.ON_MACHINE:
                await self._ledger.advance(attempt.id, e.NoProof(f"{reason}: look at it and settle the attempt"))

    async def _until_able(self) -> None:
        """Work is asked for once the registry knows the machines, and what prepares their files is there."""
        await self.link.announced.wait()
        while True:
            try:
                makers = {await worker.bench.preparation.version() for worker in self.workers.values()}
            except FabnodeError as error:
                self.not_claiming = str(error)
                log.error("no work is asked for: %s", error)
                await asyncio.sleep(LOOK_FOR_SLICER_SECONDS)
            else:
                log.info("files are made by %s", ", ".join(sorted(makers)) or "nothing: there is no machine")
                self.not_claiming = None
                return

    async def overview(self) -> Overview:
        return Overview(
            tuple(self.workers.values()),
            await self._ledger.beds(),
            await self._ledger.unfinished(),
            await self._ledger.recent(RECENT_ATTEMPTS),
        )

    async def picture(self, attempt: str, moment: str) -> Path | None:
        """Of an attempt, where one was taken. Raises UnknownAttempt."""
        file = (await self._ledger.attempt(attempt)).attempt.file
        return next((path for path in self.house.cameras.pictures(file) if path.stem == moment), None)

    async def clear_bed(self, machine: str, by: str) -> None:
        """The operator's word. Raises Refused."""
        worker = self.workers.get(machine)
        if worker is None:
            raise Refused(f"this agent has no machine {machine!r}; it has {', '.join(self.workers) or 'none'}")
        if isinstance(worker.bench.machine, Attended):
            await worker.bench.machine.attend()
        step = await worker.change_bed(e.BedCleared(by), f"cleared by {by}")
        if step.refused:
            raise Refused(step.refused)

    async def decide(self, attempt: str, event: e.Event) -> None:
        """A verdict, a settlement or a cancellation. Raises Refused and UnknownAttempt."""
        machine = (await self._ledger.attempt(attempt)).attempt.machine
        worker = self.workers.get(machine)
        step = await (worker.apply(attempt, event) if worker else self._ledger.advance(attempt, event))
        self._changed()
        if step.refused:
            raise Refused(step.refused)

    def _refit(self, machine: str) -> None:
        """What is loaded or mounted, or left on a spool, is something else now: it is announced at once."""
        worker = self.workers[machine]
        settings = self.house.upkeep.settings(machine)
        if settings != worker.bench.settings:
            try:
                worker.bench = replace(worker.bench, settings=settings, preparation=self._prepares(settings))
            except FabnodeError as error:  # a profile of one's own was spoilt meanwhile: what ran goes on as it was
                log.error("%s: it stays fitted as it was: %s", machine, error)
            self.link.cards_changed()
        self._changed()

    def _prepares(self, settings: MachineSettings) -> Preparation:
        """By changed settings. Raises FabnodeError."""
        preparation = preparation_for(settings, self._slicers, self._home.folder)
        require_of_one_kind(settings, preparation, self.workers[settings.key].bench.machine)
        return preparation

    def _changed(self) -> None:
        self.link.wake()
        self._claimer.wake()


@dataclass(frozen=True)
class _WorkersHands:
    """To a machine's attempt through its worker."""

    workers: Mapping[str, Worker]

    async def holding(self, machine: str) -> Record | None:
        return self.workers[machine].held

    async def apply(self, machine: str, attempt: str, event: e.Event) -> Step:
        return await self.workers[machine].apply(attempt, event)


async def _kept_up(run: Callable[[], Awaitable[None]], what: str) -> None:
    """One machine's failure is not the others': its worker is started again."""
    while True:
        try:
            await run()
        except* JournalUnwritable as errors:
            log.error("%s: %s", what, errors.exceptions[0])
        except* Exception:
            log.exception("%s: the work on it failed and is taken up again", what)
        await asyncio.sleep(RESTART_WORKER_SECONDS)


def _bench(shop: Workshop, settings: MachineSettings, home: Home, slicers: Slicers) -> Bench:
    """Raises FabnodeError."""
    preparation = preparation_for(settings, slicers, home.folder)
    machine = open_machine(settings, home)
    require_of_one_kind(settings, preparation, machine)
    return Bench(shop, machine, settings, preparation)


def open_machine(settings: MachineSettings, home: Home) -> Machine:
    """The machine by its driver. Contacts nothing. Raises ConfigError."""
    told = {name: str(value) for name, value in settings.options.items()}
    if settings.url:
        told["url"] = settings.url
    key = _api_key(settings, home)
    if key:
        told["api_key"] = key
    try:
        return find_driver(settings.driver).from_settings(settings.key, told)
    except MachineError as error:
        raise ConfigError(f"{home.config}: {error}") from error


def _api_key(settings: MachineSettings, home: Home) -> str | None:
    if settings.key_file is None:
        return settings.api_key
    path = home.folder / settings.key_file
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(f"machine {settings.key}: its key file {path} cannot be read: {error.strerror}") from error
