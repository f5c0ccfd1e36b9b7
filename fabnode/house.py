"""What the machines of one workshop have in common beside the work itself: material and care, power, pictures, people.

The workers ask it before they take, stage or begin a job, and tell it what happened. What follows from that is done
aside: no print waits for a camera, a mail server or Spoolman.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fabnode import events as e
from fabnode.cameras import Cameras, NoPicture, PictureMoment
from fabnode.client import Registry
from fabnode.clock import boot_seconds
from fabnode.config import Config, MachineSettings
from fabnode.heating import Heating
from fabnode.home import Home
from fabnode.journal import UnknownAttempt
from fabnode.ledger import Ledger
from fabnode.notices import Notice, of_attempt, of_shortage
from fabnode.notify import Notifier
from fabnode.power import Power
from fabnode.protocol import AttemptState as S
from fabnode.records import Record
from fabnode.retry import Backoff
from fabnode.spoolman import Spoolman, SpoolmanError, tell_use
from fabnode.spools import ENDED_EARLY, Ending
from fabnode.stock import Stock
from fabnode.upkeep import Upkeep
from printers.machine import Machine, MachineState, Status

log = logging.getLogger(__name__)

WATCH_SECONDS = 15.0
PATIENCE = Backoff(5.0, 600.0)
"""With what is outside and not needed for a print."""


@dataclass(frozen=True)
class Happening:
    """An attempt came to a state."""

    machine: str
    attempt: str
    event: str
    """The journal's name of what brought it there."""
    tell: e.Tell
    progress: float | None
    """Of the print, as last seen."""
    at: datetime


class House:
    """One workshop's. `run` until cancelled; `changed(machine)` as Upkeep has it."""

    def __init__(
        self, home: Home, config: Config, ledger: Ledger, registry: Registry, changed: Callable[[str], None]
    ) -> None:
        self.stock = Stock(home.stock)
        self.upkeep = Upkeep(self.stock, config.machines, changed)
        self.power = Power(config.power.limit_w)
        self.notifier = Notifier(self.stock, config.notify, home.folder, PATIENCE)
        self.cameras = Cameras(home.snapshots, registry, PATIENCE)
        self.spoolman = Spoolman(config.spoolman.url) if config.spoolman else None
        self._config = config
        self._ledger = ledger
        self._machines: dict[str, Machine] = {}
        self._announced: dict[str, MachineSettings] = {}
        self._states: dict[str, Status] = {}
        self._heating = {one.key: Heating(one, home.folder) for one in config.machines}
        self._happened: asyncio.Queue[Happening] = asyncio.Queue()
        self._silent_since: dict[str, float] = {}
        self._spools_changed = asyncio.Event()

    # ---- asked by the workers

    def hindrance(self, machine: str) -> str | None:
        """Why it takes no new job."""
        return self.upkeep.hindrance(machine)

    def may_take_work(self, settings: MachineSettings) -> bool:
        """Not before the registry knows what is loaded now: it would hand out work for what was loaded before."""
        return self._announced.get(settings.key) == settings and self.hindrance(settings.key) is None

    def waiting(self, machine: str) -> str | None:
        """Why a prepared job has not begun."""
        return self.power.waiting(machine)

    def before_making(self, record: Record) -> e.PreparationFailed | None:
        """Why the job cannot be made here now: it may have been claimed while something changed."""
        reason = self.upkeep.mismatch(record) or self.hindrance(record.attempt.machine)
        return e.PreparationFailed(reason, retry=True) if reason else None

    async def before_staging(self, record: Record) -> e.PreparationFailed | None:
        """Why the print should go elsewhere, now that it is known what it needs."""
        if failed := self.before_making(record):
            return failed
        lack = self.upkeep.lack(record)
        if lack is None:
            return None
        reason = await self.upkeep.give_back(record, lack)
        await self.notifier.tell(of_shortage(record, self._title(record.attempt.machine), lack, datetime.now(UTC)))
        return e.PreparationFailed(reason, retry=True)

    async def before_permit(self, record: Record) -> e.PreparationFailed | None:
        """Wait for the machine's share of power, and keep the material aside."""
        if failed := await self.before_staging(record):
            return failed
        machine = record.attempt.machine
        await self.power.share(machine, self._heating[machine].needs.most)
        await self.upkeep.begin(record)
        return None

    # ---- told by the workers, and of what was announced

    def announced(self, settings: MachineSettings) -> None:
        """The registry knows that the machine is so."""
        self._announced[settings.key] = settings

    def has(self, key: str, machine: Machine) -> None:
        self._machines[key] = machine

    def seen(self, machine: str, held: Record | None, status: Status) -> None:
        """How a machine is, and what holds it."""
        self._states[machine] = status
        self.power.draws(machine, self._heating[machine].draw(held, status))
        if held is None or held.attempt.state is not S.STAGED:
            self.power.release(machine)

    def happened(self, machine: str, attempt: str, event: e.Event | None, tell: e.Tell, progress: float | None) -> None:
        name = type(event).__name__ if event else "Claimed"
        self._happened.put_nowait(Happening(machine, attempt, name, tell, progress, datetime.now(UTC)))

    # ---- done aside

    async def count_what_runs(self) -> None:
        """Before any machine may begin: what may be drawing power already, whatever happened meanwhile."""
        for record in await self._ledger.unfinished():
            if record.attempt.machine in self._heating:
                self.seen(record.attempt.machine, record, Status(MachineState.OFFLINE))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(group))
            group.create_task(self.notifier.run())
            group.create_task(self.cameras.run())
            group.create_task(self.upkeep.run())
            group.create_task(self._watch())
            if self.spoolman:
                group.create_task(self._keep_with(self.spoolman))

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        await self._settle_what_was_left()
        while True:
            happening = await self._happened.get()
            try:
                record = await self._ledger.attempt(happening.attempt)
            except UnknownAttempt:
                continue
            tell, began = happening.tell, record.started_at is not None
            ending = Ending(tell.state, happening.event, began, happening.progress, tell.print_seconds)
            await self.upkeep.settle(happening.attempt, ending)
            self._spools_changed.set()
            title = self._title(happening.machine)
            if notice := of_attempt(record, title, tell, happening.at):
                await self.notifier.tell(notice)
            if moment := picture_moment(tell.state, began=began):
                group.create_task(self._picture(happening.machine, record, moment))

    async def _settle_what_was_left(self) -> None:
        """Prints that ended without their material being counted: the agent was killed just then."""
        for use in self.upkeep.open_uses():
            try:
                record = await self._ledger.attempt(use.attempt)
                past = await self._ledger.history(use.attempt)
            except UnknownAttempt:
                forgotten = Ending(S.GOOD, "", began=True, progress=None, seconds=None)  # long over
                await self.upkeep.settle(use.attempt, forgotten)
                continue
            began = record.started_at
            seconds = (record.moved_at - began).total_seconds() if began else None
            event = past[-1].event if past else ""
            ending = Ending(record.attempt.state, event, began=began is not None, progress=None, seconds=seconds)
            await self.upkeep.settle(use.attempt, ending)

    async def _picture(self, key: str, record: Record, moment: PictureMoment) -> None:
        machine = self._machines.get(key)
        if machine is None:
            return
        attempt, url = record.attempt, self.upkeep.settings(key).camera
        try:
            await self.cameras.take(machine, url, attempt.file, attempt.id, moment)
        except (NoPicture, OSError) as error:
            log.warning("%s: no picture of the %s: %s", key, moment, error)

    async def _watch(self) -> None:
        """Machines that are silent for long, and care that is due."""
        allowed = self._config.notify.offline_minutes * 60
        while True:
            now = boot_seconds()
            for key, status in self._states.items():
                if status.state is not MachineState.OFFLINE:
                    self._silent_since.pop(key, None)
                elif now - self._silent_since.setdefault(key, now) > allowed:
                    await self.notifier.tell(self._silence(key, self._silent_since[key], allowed))
            for key, dues in self.upkeep.dues.items():
                for due in dues:
                    if due.now:
                        await self.notifier.tell(self._care(key, due.what, due.words))
            await asyncio.sleep(min(WATCH_SECONDS, allowed / 4))

    async def _keep_with(self, keeper: Spoolman) -> None:
        """Tell Spoolman what prints took, and hear what is on the loaded spools."""
        failures = 0
        seconds = self._config.spoolman.refresh_seconds if self._config.spoolman else 0.0
        while True:
            self._spools_changed.clear()
            try:
                await self._tell_and_hear(keeper)
            except SpoolmanError as error:
                failures += 1
                log.warning("%s", error)
                await asyncio.sleep(PATIENCE.after(failures, random.random()))  # noqa: S311  (spreading)
            else:
                failures = 0
                await _until(self._spools_changed, seconds)

    async def _tell_and_hear(self, keeper: Spoolman) -> None:
        """Raises SpoolmanError once for all spools of which it cannot be told or heard: one that is gone there keeps
        no other waiting."""
        trouble: dict[str, SpoolmanError] = {}
        for untold in await asyncio.to_thread(self.stock.untold):
            try:
                if untold.spool not in trouble:
                    await tell_use(keeper, self.stock, untold)
            except SpoolmanError as error:
                trouble[untold.spool] = error
        loaded = {load.spool for fit in self.upkeep.fits.values() for load in fit.loads if load.spool}
        for number, spool in dict(self.upkeep.spools).items():
            if spool.spoolman and number in loaded - trouble.keys():
                try:
                    heard = (await keeper.spool(number)).spool
                except SpoolmanError as error:
                    trouble[number] = error
                else:
                    if abs(heard.grams - spool.grams) >= 1:
                        await self.upkeep.keep_spool(heard)
        if trouble:
            raise SpoolmanError("; ".join(str(error) for error in trouble.values()))

    def _silence(self, key: str, since: float, allowed: float) -> Notice:
        text = f"It did not answer for more than {allowed / 60:.0f} minutes: look at its power and network."
        mark = f"{key}:offline:{since:.0f}"
        return Notice("offline", mark, key, f"{self._title(key)} is not seen", text, datetime.now(UTC))

    def _care(self, key: str, what: str, words: str) -> Notice:
        now = datetime.now(UTC)
        week = "-".join(map(str, now.isocalendar()[:2]))
        text = f"{words}. When it is done, say `fabnode maintenance done {key} {what}`."
        return Notice("maintenance", f"{key}:{what}:{week}", key, f"{self._title(key)} needs care", text, now)

    def _title(self, key: str) -> str:
        titles: Mapping[str, str] = {one.key: one.title for one in self._config.machines}
        return titles.get(key, key)


def picture_moment(state: S, *, began: bool) -> PictureMoment | None:
    """What a picture is taken of when an attempt comes to a state."""
    if state is S.STARTING:
        return "start"
    if state is S.FINISHED_UNVERIFIED:
        return "end"
    return "failure" if began and state in ENDED_EARLY | {S.UNCERTAIN} else None


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
