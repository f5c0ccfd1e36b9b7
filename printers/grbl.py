"""GRBL 1.1: CNC routers and laser cutters, over a serial port or a pty.

Wire: 115200 baud 8N1, lines answered by `ok` or `error:N`, realtime bytes; gnea/grbl v1.1, pages Interface, Commands,
Configuration and Laser Mode. Verified against the simulator in testbed/grbl_simulator.py, which was written from these
pages; not yet on hardware.

The controller keeps no files and no history: this driver does, in its folder, and it streams the job itself. A job
therefore ends when the agent does; the next contact stops the machine, switches its tool off and writes the run off.
Nothing is begun unless an operator has lately said that they are there, and no lock is lifted by itself.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Self

from printers.drivers import Settings
from printers.grbl_controller import Controller
from printers.grbl_job import Job, job_status, resting_status, run
from printers.grbl_link import Link
from printers.grbl_presence import OperatorMark
from printers.grbl_program import read_program
from printers.grbl_readiness import Readiness
from printers.grbl_record import History, keep_file
from printers.grbl_settings import GrblSettings, parse_settings
from printers.machine import (
    Evidence,
    MachineConfused,
    MachineError,
    MachineEvent,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Outcome,
    Status,
)

log = logging.getLogger(__name__)

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
PATIENCE_SECONDS = 8.0  # for one answer; a board's boot loader takes two of them
LONGEST_REST_SECONDS = 120.0  # of a job, without an acknowledgement: longer than any dwell that makes sense
LISTEN_SECONDS = 0.25


class GrblMachine:
    """Settings: `port`, `folder`, `tool` (laser or spindle), `baud`, `present_minutes`, `presence_file`."""

    kind: ClassVar[str] = "grbl"

    def __init__(
        self,
        settings: GrblSettings,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        longest_rest_seconds: float = LONGEST_REST_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._files = settings.folder / "files"
        self._patience_seconds = patience_seconds
        self._longest_rest_seconds = longest_rest_seconds
        self._clock = clock
        self.operator = OperatorMark(settings.operator_mark, settings.present_seconds, clock)
        """Give this mark when somebody says that they stand at the machine."""
        self._history = History(settings.folder)
        self.process = "laser" if settings.tool == "laser" else "cnc"
        self._link = Link(settings, self._history, patience_seconds, self._ring)
        self._job: Job | None = None
        self._readiness = Readiness(self._link, self._history, self.operator)
        self._acting = asyncio.Lock()
        self._news = asyncio.Event()

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        return cls(parse_settings(name, settings))

    async def check(self) -> str:
        controller = await self._connected()
        firmware = self._link.firmware or await self._link.read_firmware(controller)
        self._link.require_drivable(firmware)
        return f"GRBL {firmware.name}"

    async def status(self) -> Status:
        controller = await self._connected()
        if self._readiness.doing:
            return Status(MachineState.BUSY, message=self._readiness.doing)
        report = await controller.look()
        if self._job:
            return job_status(self._job, report)
        may_home = self._readiness.may_home(controller)
        status = resting_status(report, controller.alarm, self._history.record.unsettled, may_home=may_home)
        if status.state is MachineState.IDLE and self._history.record.waiting(self._files):
            absence = self.operator.absence()  # a start would be refused: it is not ready, and says why
            return Status(MachineState.BUSY, message=absence) if absence else status
        return status

    async def upload(self, name: str, gcode: Path) -> None:
        path = self._path(name)
        controller = await self._connected()
        async with self._acting:
            self._require_not_running(name, "replaced")
            blocks = await asyncio.to_thread(read_program, gcode)
            if self._job is None and (await controller.look()).state == "Idle":
                await self._readiness.check(controller, name, blocks)
            await asyncio.to_thread(keep_file, gcode, path)

    async def start(self, name: str) -> None:
        path = self._path(name)
        controller = await self._connected()
        async with self._acting:
            if self._job and self._job.name == name:
                raise MachineConfused(f"was asked to start {name}, which runs already")
            self._require_no_job()
            try:
                blocks = await self._readiness.prepare(controller, name, path)
                job = Job(name, blocks, self._longest_rest_seconds)
                await self._history.change(lambda record: record.begun(name, self._clock()))
            except MachineError as error:
                raise MachineRefused(f"{name} was not begun: {error}") from error
            self._job = job
            job.task = asyncio.create_task(self._run(job, controller))
        try:
            async with asyncio.timeout(self._patience_seconds):
                await job.begun.wait()
        except TimeoutError:
            raise MachineUnreachable(f"the first line of {name} is sent and not acknowledged yet") from None

    async def pause(self) -> None:
        controller = await self._connected()
        if self._job is None:
            raise MachineRefused("there is no job to pause")
        if not (await controller.look()).held:
            await controller.hold()
            await self._let_go(controller)

    async def resume(self) -> None:
        controller = await self._connected()
        if self._job is None:
            raise MachineRefused("there is no job to resume")
        report = await controller.look()
        if report.state not in {"Hold", "Door"}:
            return
        self.operator.require()
        if (report.state, report.sub) == ("Door", 1):
            raise MachineRefused("the safety door is open; close it and resume again")
        await controller.go_on()

    async def cancel(self) -> None:
        controller = await self._connected()
        await self._stop(controller, Outcome.CANCELLED, "cancelled")

    async def evidence(self, name: str) -> Evidence:
        path = self._path(name)
        await self._connected()
        runs = self._history.record.of(name)
        present = path.is_file()
        return Evidence(
            file=name,
            present=present,
            size=path.stat().st_size if present else None,
            starts=len(runs),
            running=self._job is not None and self._job.name == name,
            outcome=runs[-1].outcome if runs else None,
        )

    async def remove(self, name: str) -> None:
        path = self._path(name)
        await self._connected()
        async with self._acting:
            self._require_not_running(name, "removed")
            path.unlink(missing_ok=True)
            await self._history.change(lambda record: record.with_check(name, None))

    async def home(self) -> None:
        """Find the position by the limit switches, unless it is known. Needs the operator."""
        controller = await self._connected()
        async with self._acting:
            self.operator.require()
            self._require_no_job()
            await self._readiness.home(controller, await self._link.read_firmware(controller))

    async def attend(self) -> None:
        """Somebody says that they are at the machine now."""
        self.operator.give()
        self._ring()

    async def make_ready(self, name: str) -> None:
        """Home, and have the controller check the file, unless that is done."""
        path = self._path(name)
        controller = await self._connected()
        async with self._acting:
            self._require_no_job()
            await self._readiness.prepare(controller, name, path)

    async def unlock(self) -> None:
        """Lift an alarm's lock without homing. Only at a person's word: nothing in the driver calls it."""
        controller = await self._connected()
        self.operator.require()
        if (await controller.look()).state == "Alarm":
            await controller.unlock()

    async def events(self) -> AsyncIterator[MachineEvent]:
        seen: Status | None = None
        told = self._last_number()
        while True:
            news = self._news
            with suppress(MachineError):
                status = await self.status()
                if status != seen:
                    seen = status
                    yield MachineEvent(status=status)
            for ended in self._history.record.over_since(told):
                told = ended.number
                yield MachineEvent(outcome=ended.outcome, file=ended.file, reason=ended.reason or None)
            with suppress(TimeoutError):
                async with asyncio.timeout(LISTEN_SECONDS):
                    await news.wait()

    async def close(self) -> None:
        """A job that runs is stopped with the tool off: nobody would send its lines."""
        if controller := self._link.controller:
            await self._stop(controller, Outcome.FAILED, "the agent was stopped while it ran")
            controller.close()

    async def _connected(self) -> Controller:
        return await self._link.connected(self._job.task if self._job else None)

    async def _run(self, job: Job, controller: Controller) -> None:
        self._ring()
        try:
            await run(job, controller, self._history)
        except MachineError as error:  # its end is not on record: the next contact makes the machine safe again
            log.error("%s: %s", job.name, error)
        finally:
            self._job = None
            job.begun.set()
            self._ring()
        await self._let_go(controller)

    async def _stop(self, controller: Controller, outcome: Outcome, reason: str) -> None:
        """End the job that runs, if any; the run itself makes the machine safe."""
        job = self._job
        if job is None or job.task is None:
            return
        job.stopped = (outcome, reason)
        with suppress(MachineError):
            await controller.hold()
        controller.interrupt(reason)
        await asyncio.wait({job.task})
        await self._let_go(controller)

    async def _let_go(self, controller: Controller) -> None:
        """A hold that reached the machine when its job was over would keep it for ever."""
        with suppress(MachineError):
            if self._job is None and (await controller.look()).state == "Hold":
                await controller.make_safe()

    def _last_number(self) -> int:
        runs = self._history.record.over_since(0)
        return runs[-1].number if runs else 0

    def _path(self, name: str) -> Path:
        if not FILE_NAME.fullmatch(name):
            raise MachineRefused(f"the file name {name!r} may hold letters, digits, '.', '_' and '-' only")
        return self._files / name

    def _require_no_job(self) -> None:
        if self._job:
            raise MachineRefused(f"{self._job.name} is running; wait for its end")

    def _require_not_running(self, name: str, verb: str) -> None:
        if self._job and self._job.name == name:
            raise MachineRefused(f"{name} is running and cannot be {verb}")

    def _ring(self) -> None:
        rung, self._news = self._news, asyncio.Event()
        rung.set()
