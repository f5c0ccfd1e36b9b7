"""What must be so before a GRBL machine begins: somebody there, no lock, a known position, a program that passes."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from printers.grbl_controller import Controller, Stopped
from printers.grbl_link import Link
from printers.grbl_messages import HOMING, Firmware
from printers.grbl_presence import OperatorMark
from printers.grbl_program import Block, read_program
from printers.grbl_record import History
from printers.machine import FileRefused, MachineRefused


class Readiness:
    def __init__(self, link: Link, history: History, operator: OperatorMark) -> None:
        self._link = link
        self._history = history
        self._operator = operator
        self.doing: str | None = None
        """What is being done with the machine right now, for the operator."""

    async def prepare(self, controller: Controller, name: str, path: Path) -> list[Block]:
        """The file's blocks, when everything is as it must be. Raises MachineError: nothing was begun."""
        self._operator.require()
        blocks = await asyncio.to_thread(read_program, path)
        state = (await controller.look()).state
        if state not in {"Idle", "Alarm"}:
            raise MachineRefused(f"the machine is in the state {state}; bring it to rest first")
        firmware = await self._link.read_firmware(controller)
        self._link.require_drivable(firmware)
        if firmware.on(HOMING):
            if state == "Alarm" and not self.may_home(controller):
                raise MachineRefused("it is locked by an alarm; look at it, then confirm again that you are there")
            await self.home(controller, firmware)
        elif state == "Alarm":
            raise MachineRefused("it is locked by an alarm and cannot home ($22=0); find its position, then unlock it")
        await self.check(controller, name, blocks)
        await controller.reset()
        return blocks

    def may_home(self, controller: Controller) -> bool:
        """Whether an alarm, if there is one, can be ended by homing: somebody saw to it, and there are switches."""
        firmware = self._link.firmware
        return self._operator.saw_to(controller.alarm) and firmware is not None and firmware.on(HOMING)

    async def home(self, controller: Controller, firmware: Firmware) -> None:
        """No-op when it is homed. Raises MachineRefused."""
        if not firmware.on(HOMING):
            raise MachineRefused("homing is switched off ($22=0); set it up, or find the position by hand")
        if not controller.homed:
            with self._busy("homing"):
                await controller.home()

    async def check(self, controller: Controller, name: str, blocks: Sequence[Block]) -> None:
        """Have the controller read the program, unless it passed as it is. Raises MachineRefused."""
        passed = dict(self._history.record.checked).get(name)
        with self._busy(f"checking {name}"):
            fingerprint = await preflight(controller, blocks, passed)
        if fingerprint != passed:
            await self._history.change(lambda record: record.with_check(name, fingerprint))

    @contextmanager
    def _busy(self, what: str) -> Iterator[None]:
        self.doing = what
        try:
            yield
        finally:
            self.doing = None


async def preflight(controller: Controller, blocks: Sequence[Block], passed: str | None) -> str:
    """Let the controller read the whole program in check mode, unless it `passed` as it is and with these settings.

    Returns its fingerprint. Raises MachineRefused with the first line that is refused.
    """
    told = [*await controller.ask("$$"), *await controller.ask("$#")]
    text = "\n".join([*(block.text for block in blocks), *(line for line in told if not line.startswith("[PRB"))])
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    if fingerprint == passed:
        return fingerprint
    if "[MSG:Enabled]" not in await controller.ask("$C"):
        raise MachineRefused("the controller does not go into check mode ($C)")
    try:
        await controller.stream(blocks, lambda block: None)
    except Stopped as error:
        raise FileRefused(f"the controller refused the file when it was checked: {error}") from error
    finally:
        if not controller.lost:
            await controller.reset()
    return fingerprint
