"""The way to one controller: connects when asked, and first puts in order what an earlier connection left behind."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from printers.grbl_controller import Controller
from printers.grbl_messages import LASER_MODE, LEAST_VERSION, Firmware
from printers.grbl_record import History, interrupted
from printers.grbl_settings import GrblSettings
from printers.machine import Unsupported


class Link:
    def __init__(
        self, settings: GrblSettings, history: History, patience_seconds: float, settled: Callable[[], None]
    ) -> None:
        """settled: called when a run that was left open is put on record."""
        self._settings = settings
        self._history = history
        self._patience_seconds = patience_seconds
        self._settled = settled
        self.controller: Controller | None = None
        self.firmware: Firmware | None = None
        """As last read; None when it could not be read yet."""
        self._connecting = asyncio.Lock()

    async def connected(self, job: asyncio.Task[None] | None) -> Controller:
        """Raises MachineUnreachable. job: the run that uses the controller; it ends first where the port was lost."""
        async with self._connecting:
            if self.controller and self.controller.lost and job:
                await asyncio.wait({job})
            if self.controller is None or self.controller.lost:
                await self._connect()
            assert self.controller is not None
            if job is None or job.done():
                await self._settle(self.controller)
            return self.controller

    async def read_firmware(self, controller: Controller) -> Firmware:
        """Only while nothing runs."""
        self.firmware = await controller.firmware()
        return self.firmware

    def require_drivable(self, firmware: Firmware) -> None:
        """Raises Unsupported."""
        if firmware.version < LEAST_VERSION:
            least = ".".join(map(str, LEAST_VERSION))
            raise Unsupported(f"GRBL {firmware.name} is too old; put version {least} or later on the controller")
        tool = self._settings.tool
        if firmware.on(LASER_MODE) != (tool == "laser"):
            wanted = int(tool == "laser")
            raise Unsupported(
                f"the machine is set up here as a {tool}, but the controller has $32={1 - wanted}; "
                f"set $32={wanted} on it, or correct `tool`"
            )

    async def _connect(self) -> None:
        self._settings.folder.joinpath("files").mkdir(parents=True, exist_ok=True)
        unsettled = self._history.record.unsettled  # a damaged record speaks up before the port is touched
        self.firmware = None
        self.controller = Controller(self._settings.port, self._settings.baud, self._patience_seconds)
        report = await self.controller.look()
        if report.state == "Check":
            await self.controller.reset()
        if unsettled is None and report.state in {"Idle", "Alarm"}:
            await self.read_firmware(self.controller)

    async def _settle(self, controller: Controller) -> None:
        run = self._history.record.unsettled
        if run is None:
            return
        if run.sent and not run.over and (await controller.look()).state == "Run":
            return  # it is finishing what it was sent
        await controller.make_safe()
        await self._history.change_last(lambda last: replace(interrupted(last), safe=True))
        await self.read_firmware(controller)
        self._settled()
