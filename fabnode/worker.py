"""One machine's worker: carries out what the rules order, one act after another, and watches the machine."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from math import isfinite

from fabnode import core, observation
from fabnode import events as e
from fabnode.clock import moment
from fabnode.core import Step
from fabnode.directing import DIRECTIONS, direct, objection
from fabnode.house import House
from fabnode.ledger import Ledger
from fabnode.making import Bench
from fabnode.protocol import AttemptState as S
from fabnode.protocol import BedState
from fabnode.records import Record
from fabnode.retry import spread
from fabnode.sight import Sight
from printers.machine import Evidence, MachineError, MachineEvent, MachineState, Status, Unsupported

log = logging.getLogger(__name__)

OFFLINE = Status(MachineState.OFFLINE)
_DONE_IN: dict[type[e.Command], S] = {e.AskPermit: S.STAGED, e.StartOnce: S.START_INTENT}


class Worker:
    """`run` until cancelled. `changed` is called whenever something is new for the registry or the page."""

    def __init__(self, bench: Bench, ledger: Ledger, house: House, changed: Callable[[], None]) -> None:
        self.bench = bench
        self.house = house
        self.key = bench.settings.key
        self.status = OFFLINE
        self.software: str | None = None
        self.trouble: str | None = None
        """Why the machine cannot be used, in the driver's words."""
        self.objection: str | None = None
        """Why it did not do what it was last asked to."""
        self.evidence: Evidence | None = None
        """Its record of the attempt that it holds, as last looked at."""
        self.held: Record | None = None
        self.bed = BedState.UNKNOWN
        self._ledger = ledger
        self._changed = changed
        self._orders: asyncio.Queue[tuple[str, e.Command]] = asyncio.Queue()
        self._making: tuple[str, asyncio.Task[None]] | None = None
        self._look_now = asyncio.Event()
        self._heard: dict[str, MachineEvent] = {}
        self._sight = Sight(bench.shop.settings.poll_seconds)
        self._told: tuple[MachineState, str | None, bool] | None = None
        self._started = False
        self._asked: set[tuple[str, e.Command]] = set()
        """What the machine is to be told of which attempt, until it was: nothing is queued twice."""

    @property
    def ready(self) -> bool:
        """Whether the machine could take a job now."""
        bed_allows = self.bed is BedState.CLEAR or self.bench.shop.settings.stage_ahead
        free = self._started and self.held is None and self.status.state is MachineState.IDLE
        return free and bed_allows and self.house.may_take_work(self.bench.settings)

    async def run(self) -> None:
        await self._come_up()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._carry_out())
            group.create_task(self._watch())
            group.create_task(self._listen())

    async def apply(self, attempt: str, event: e.Event) -> Step:
        """An event of one of this machine's attempts: journal it, then see to what follows."""
        step = await self._ledger.advance(attempt, event)
        if step.refused is None:
            await self.follow(attempt, step, event)
        return step

    async def change_bed(self, event: e.Event, note: str) -> Step:
        step = await self._ledger.change_bed(self.key, event, note)
        if step.refused is None:
            await self.follow(step.slot.attempt.id if step.slot.attempt else "", step, event)
        return step

    async def follow(self, attempt: str, step: Step, event: e.Event | None = None) -> None:
        """See to what a journaled step orders."""
        self.bed = step.slot.bed
        for tell in step.tells:
            self.objection = None
            log.info("%s: attempt %s is %s%s", self.key, attempt, tell.state, f": {tell.reason}" if tell.reason else "")
            self.house.happened(self.key, attempt, event, tell, self._sight.progress)
        self.held = await self._ledger.holding(self.key)
        self.house.seen(self.key, self.held, self.status)
        for command in step.commands:
            if isinstance(command, e.StopWork):
                self._stop_making(attempt)
            elif isinstance(command, e.Follow):
                self._look_now.set()
            elif not self.is_asked(attempt, command):
                if isinstance(command, DIRECTIONS):
                    self._asked.add((attempt, command))
                self._orders.put_nowait((attempt, command))
        self._changed()

    def is_asked(self, attempt: str, command: e.Command) -> bool:
        """Whether the machine is to be told this, or just is."""
        return (attempt, command) in self._asked

    # ---- carrying out

    async def _come_up(self) -> None:
        """Compare what the journal says with the time that nobody watched, and take up what it left."""
        self._orders = asyncio.Queue()
        self._asked.clear()
        bed = await self._ledger.know_machine(self.key)
        gap = bed.watched.until(moment())
        self.bed = core.bed_after_gap(bed.state, gap, self.bench.shop.settings.trust_bed_seconds)
        if self.bed is not bed.state:
            unwatched = f"for {gap:.0f} s" if isfinite(gap) else "since this computer was started anew"
            reason = f"nobody watched the machine {unwatched}: look at the bed and clear it"
            await self.change_bed(e.BedDoubted(reason), reason)
        self.held = await self._ledger.holding(self.key)
        if self.held:
            await self.apply(self.held.attempt.id, e.Restarted())

    async def _carry_out(self) -> None:
        while True:
            attempt, command = await self._orders.get()
            task = asyncio.create_task(self._obey(attempt, command))
            self._making = (attempt, task)
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                if not isinstance(command, e.StartOnce):  # a start on its way is waited for, its answer kept
                    task.cancel()
                await asyncio.wait({task})
                raise
            finally:
                self._making = None
            if not task.cancelled() and (error := task.exception()):
                await self._meet(error, attempt, command)

    async def _meet(self, error: BaseException, attempt: str, command: e.Command) -> None:
        """A command failed. One job that breaks the agent's own code must not end the machine for all others."""
        if isinstance(error, MachineError):
            log.warning("%s: %s on attempt %s: %s", self.key, type(command).__name__, attempt, error)
            before, self.objection = self.objection, objection(command, error)
            if self.objection != before:
                self._changed()
        elif isinstance(command, e.Prepare | e.Stage):
            log.error("%s: attempt %s cannot be prepared", self.key, attempt, exc_info=error)
            reason = f"the agent failed to prepare it ({type(error).__name__}: {error})"
            await self.apply(attempt, e.PreparationFailed(reason, retry=True))
        else:
            raise error

    def _stop_making(self, attempt: str) -> None:
        if self._making and self._making[0] == attempt:
            self._making[1].cancel()

    async def _obey(self, attempt: str, command: e.Command) -> None:
        record = await self._ledger.attempt(attempt)
        if record.attempt.state in core.OVER and not isinstance(command, e.Tidy):
            return
        match command:
            case e.Prepare():
                await self.apply(attempt, e.PreparationBegan())
                await self.apply(attempt, self.house.before_making(record) or await self.bench.prepare(record))
            case e.Stage():
                lacking = await self.house.before_staging(record)
                await self.apply(attempt, lacking or await self.bench.stage(record) or await self.bench.prepare(record))
            case e.AskPermit() | e.StartOnce() if record.attempt.state is not _DONE_IN[type(command)]:
                pass  # asked for twice, by a file and by a bed; or a start doubted before it was sent, settled maybe
            case e.AskPermit():
                lacking = await self.house.before_permit(record)
                await self.apply(attempt, lacking or await self.bench.permit(record))
            case e.StartOnce():
                await self.apply(attempt, await self.bench.start(command))
                self._look_now.set()
            case e.Tidy():
                await self.bench.tidy(record.attempt.file)
                await self._ledger.tidied(attempt)
            case _:
                await self._direct(record, command)

    async def _direct(self, record: Record, command: e.Command) -> None:
        """A cancellation is asked for again with each look that finds our file running; no look is hurried for it."""
        try:
            done = await direct(self.bench.machine, record.attempt, command)
        finally:
            self._asked.discard((record.attempt.id, command))
        self.objection = None
        if not (done and isinstance(command, e.CancelOnMachine)):
            self._look_now.set()

    # ---- watching

    async def _watch(self) -> None:
        """Ask the machine at intervals, and at once when something was heard or done."""
        settings = self.bench.shop.settings
        while True:
            self._look_now.clear()
            try:
                await self._look()
            except MachineError as error:
                self._lose_sight(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(spread(settings.poll_seconds)):
                    await self._look_now.wait()

    async def _listen(self) -> None:
        """What the machine pushes is a hint to look, and its word on how a file ended."""
        while True:
            try:
                async for event in self.bench.machine.events():
                    self._hear(event)
            except MachineError as error:
                self._lose_sight(error)
                await asyncio.sleep(self.bench.shop.settings.poll_seconds)

    def _hear(self, event: MachineEvent) -> None:
        moved = event.outcome is not None
        if event.outcome and event.file:
            self._heard = {event.file: event}
        if event.status:
            moved = moved or (event.status.state, event.status.file) != (self.status.state, self.status.file)
            self.status = event.status
        if moved:
            self._tell_if_new()
            self._look_now.set()

    def _tell_if_new(self) -> None:
        now = (self.status.state, self.trouble, self.ready)
        if now != self._told:
            self._told = now
            self._changed()

    async def _look(self) -> None:
        if self.software is None:
            self.software = await self.bench.machine.check()
        was_out_of_sight = not self._started or self.status.state is MachineState.OFFLINE
        self.status = await self.bench.machine.status()
        self.trouble = None
        if was_out_of_sight:
            for attempt in await self._ledger.untidy(self.key):
                self._orders.put_nowait((attempt, e.Tidy()))
        await self._doubt_bed_after_silence()
        if self.held and self.held.attempt.state in core.TO_BE_PROVED:
            await self._look_at_attempt(self.held)
        elif self.bed is not BedState.OCCUPIED and observation.runs_foreign(self.held, self.status):
            reason = f"the machine runs {self.status.file or 'something'}, which this agent did not begin"
            await self.change_bed(e.BedTaken(reason), reason)
        self._sight.seen()
        self.house.seen(self.key, self.held, self.status)
        self._started = True
        self._tell_if_new()

    async def _look_at_attempt(self, held: Record) -> None:
        attempt = held.attempt
        event: e.Event | None = None
        if observation.runs_ours(attempt, self.status):
            self._sight.printing(self.status.progress)
            event = observation.seen_running(attempt, self.status)
        elif attempt.state is not S.UNCERTAIN or attempt.file in self._heard or self._sight.is_record_old():
            event = await self._read_record(held)
        if event:
            await self.apply(attempt.id, event)
        if self.held is None:
            self._sight.over()

    async def _read_record(self, held: Record) -> e.Event | None:
        attempt = held.attempt
        starting = self._making is not None and self._making[0] == attempt.id
        self._sight.record_read()
        self.evidence = await self.bench.machine.evidence(attempt.file)
        doubt = self._sight.doubt(self.bench.shop.settings.uncertain_after_seconds, anew=starting)
        heard = self._heard.get(attempt.file)
        event = observation.seen_record(attempt, self.evidence, heard, self._sight.print_seconds(), doubt)
        return None if starting and isinstance(event, e.NoProof) else event

    async def _doubt_bed_after_silence(self) -> None:
        """A machine that was out of sight for long may have been used by hand."""
        gap = self._sight.gap_seconds()
        if gap is None or self.bed is not BedState.CLEAR:
            return
        if core.bed_after_gap(self.bed, gap, self.bench.shop.settings.trust_bed_seconds) is not self.bed:
            reason = f"the machine was out of sight for {gap:.0f} s: look at the bed and clear it"
            await self.change_bed(e.BedDoubted(reason), reason)

    def _lose_sight(self, error: MachineError) -> None:
        self._sight.lost()
        if self.trouble != str(error):
            log.warning("%s: %s", self.key, error)
        self.trouble = str(error)
        self.status = OFFLINE
        self.house.seen(self.key, self.held, self.status)
        if isinstance(error, Unsupported):
            self.software = None
        self._tell_if_new()
