"""A conversation with one GRBL controller: questions, character-counted streaming, and its realtime bytes.

Source: gnea/grbl v1.1, pages Interface, Commands and Laser Mode. What others learnt and holds here: `ok` means planned,
not done; a dwell is reported as Idle; after an `error:N` the lines that are already in the buffer go on; after a limit
alarm only a reset is heard.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from printers.grbl_messages import (
    ALARMS,
    ERRORS,
    MESSAGE_RESET_TO_CONTINUE,
    Firmware,
    Report,
    in_words,
    is_banner,
    read_firmware,
    read_report,
)
from printers.grbl_program import Block
from printers.grbl_serial import SerialPort
from printers.machine import MachineConfused, MachineError, MachineRefused, MachineUnreachable

RX_BYTES = 127
"""Of the firmware's ring buffer of 128 one place stays empty."""
RESET, HOLD, CYCLE_START, ASK_REPORT = b"\x18", b"!", b"~", b"?"
TOOL_OFF = "M5M9"
HOMING_SECONDS = 180.0
LOOK_SECONDS = 0.1  # between status reports while something is waited for; the manual advises no less
ASK_AGAIN_SECONDS = 0.5
MAX_ANSWER_LINES = 300


class Stopped(MachineError):
    """The controller did not take or finish what was streamed; the message says why, for the operator."""


class Controller:
    """One open port. Every method raises MachineUnreachable when the port is lost or the controller is silent."""

    def __init__(self, path: Path, baud: int, patience_seconds: float) -> None:
        """patience_seconds: for any one answer. Raises MachineUnreachable."""
        self.lost: str | None = None
        self.alarm: int | None = None
        """The last alarm that was heard, until homing or a reset by hand cleared it."""
        self.homed = False
        """Homed in this conversation, and no alarm since."""
        self.report: Report | None = None
        self._patience_seconds = patience_seconds
        self._in_flight: deque[Block] = deque()
        self._failure: str | None = None
        self._acknowledged: Callable[[Block], None] | None = None
        self._resetting = False  # a reset was sent and its banner has not come
        self._answer: list[str] = []
        self._reports = 0
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._port = SerialPort.open(path, baud, self._hear, self._lose)

    # ---- asking

    async def look(self) -> Report:
        """A fresh status report. Raises MachineUnreachable and closes the port when none comes.

        A question may be lost: opening a port resets most boards, and so does what follows a limit alarm.
        """
        seen, now = self._reports, asyncio.get_running_loop().time
        until = now() + self._patience_seconds
        while self._reports == seen and now() < until:
            self._port.send(ASK_REPORT)
            with suppress(TimeoutError):
                await self._until(lambda: self._reports > seen, min(ASK_AGAIN_SECONDS, self._patience_seconds))
        if self._reports == seen or self.report is None:
            raise self._silent("?")
        return self.report

    async def ask(self, text: str, seconds: float | None = None) -> list[str]:
        """Send one line and return what was said before its `ok`. Raises MachineRefused on `error:N` or an alarm."""
        async with self._turn:
            self._answer, self._failure = [], None
            self._send(Block(0, text))
            try:
                await self._until(lambda: not self._in_flight or bool(self._failure), seconds or self._patience_seconds)
            except TimeoutError:
                raise self._silent(text) from None
            if self._failure:
                raise MachineRefused(f"the controller refused {text}: {self._failure}")
            return self._answer

    async def firmware(self) -> Firmware:
        """Only while nothing runs. Raises MachineConfused when it is none of GRBL."""
        return read_firmware(await self.ask("$I"), await self.ask("$$"))

    # ---- streaming

    async def stream(
        self,
        blocks: Iterable[Block],
        acknowledged: Callable[[Block], None],
        *,
        all_sent: Callable[[], Awaitable[None]] | None = None,
        to_end: bool = False,
    ) -> None:
        """Send all blocks; return when all are acknowledged, which means planned, or `to_end`: done. Raises Stopped."""
        async with self._turn:
            self._failure, self._acknowledged = None, acknowledged
            try:
                for block in blocks:
                    await self._send_when_there_is_room(block)
                if all_sent:
                    await all_sent()
                await self._until(lambda: not self._in_flight or bool(self._failure))
                self._require_no_failure()
                if to_end:
                    await self._until_idle()
            finally:
                self._acknowledged = None

    async def _send_when_there_is_room(self, block: Block) -> None:
        await self._until(lambda: self._room() >= len(block.data) or bool(self._failure))
        self._require_no_failure()
        self._send(block)

    def interrupt(self, reason: str) -> None:
        """End the streaming that is under way; it raises Stopped with this reason."""
        self._fail(reason)
        self._ring()

    async def _until_idle(self) -> None:
        while (await self.look()).state != "Idle":
            self._require_no_failure()
            await asyncio.sleep(LOOK_SECONDS)
        self._require_no_failure()

    # ---- realtime

    async def hold(self) -> Report:
        """Stop with the position kept; returns when stopped. The tool may go on turning."""
        self._port.send(HOLD)
        return await self._until_report(lambda report: not report.moving)

    async def go_on(self) -> Report:
        self._port.send(CYCLE_START)
        return await self._until_report(lambda report: not report.held)

    async def reset(self) -> None:
        """Forget all that is planned, tool off, modes as at power-up. While it moves this loses the position."""
        self._fail("the controller was reset")
        self._send_reset()
        try:
            await self._until(lambda: not self._resetting, self._patience_seconds)
        except TimeoutError:
            raise self._silent("a reset") from None

    async def make_safe(self) -> Report:
        """Everything stopped and the tool off, with the position kept where that is possible."""
        report = await self.look()
        if report.moving or report.state == "Idle":  # Idle may be a dwell
            with suppress(MachineRefused):  # it does not come to rest: the reset stops it, the position is lost
                await self.hold()
        await self.reset()
        report = await self.look()
        if report.state == "Idle":
            await self.ask(TOOL_OFF)
        return report

    async def home(self) -> None:
        await self.ask("$H", HOMING_SECONDS)
        self.alarm, self.homed = None, True

    async def unlock(self) -> None:
        """Lift an alarm's lock without homing: the position stays unknown. Only ever at a person's word."""
        await self.ask("$X")
        self.alarm, self.homed = None, False

    def abandon(self, reason: str) -> None:
        """The controller is not answering: tell it to stop, whether it hears or not, and close the port."""
        if not self.lost:
            self._port.send(HOLD + RESET)
            self._port.close()
            self._lose(reason)

    def close(self) -> None:
        self._port.close()
        self._lose("the connection was closed")

    # ---- hearing

    def _hear(self, line: str) -> None:
        if line == "ok":
            self._answered(None)
        elif line.startswith("error:"):
            self._answered(in_words(ERRORS, _number(line)))
        elif line.startswith("<"):
            self._reported(line)
        elif line.startswith("ALARM:"):
            self.alarm, self.homed = _number(line), False
            self._fail(in_words(ALARMS, self.alarm))
        elif is_banner(line):
            if not self._resetting:
                self.homed = False
                self._fail("the controller was reset or lost its power")
            self._resetting = False
        elif line == MESSAGE_RESET_TO_CONTINUE:
            self._send_reset()  # it hears nothing else now; its lock stays
        elif len(self._answer) < MAX_ANSWER_LINES:
            self._answer.append(line)
        self._ring()

    def _answered(self, error: str | None) -> None:
        if not self._in_flight:
            return
        block = self._in_flight.popleft()
        if error is None:
            if self._acknowledged:
                self._acknowledged(block)
        elif self._acknowledged:
            self._port.send(HOLD)  # what is in its buffer would go on
            self._fail(f"line {block.line} ({block.text}): {error}")
        else:
            self._fail(error)

    def _reported(self, line: str) -> None:
        try:
            report = read_report(line)
        except MachineConfused as error:
            self._lose(str(error))
            return
        if report.overrides_percent is None and self.report:  # told only now and then
            report = replace(report, overrides_percent=self.report.overrides_percent)
        self.report = report
        self._reports += 1
        if self.report.state != "Alarm":
            self.alarm = None

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or reason
        self._in_flight.clear()

    def _lose(self, reason: str) -> None:
        self.lost = self.lost or reason
        self._port.close()
        self._ring()

    # ---- waiting

    def _send(self, block: Block) -> None:
        self._in_flight.append(block)
        self._port.send(block.data)

    def _send_reset(self) -> None:
        if not self._resetting:
            self._resetting = True
            self._port.send(RESET)

    def _room(self) -> int:
        return RX_BYTES - sum(len(block.data) for block in self._in_flight)

    def _ring(self) -> None:
        rung, self._news = self._news, asyncio.Event()
        rung.set()

    async def _until(self, ready: Callable[[], bool], seconds: float | None = None) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not ready():
                if self.lost:
                    raise MachineUnreachable(f"the controller cannot be talked to: {self.lost}")
                await self._news.wait()

    async def _until_report(self, wanted: Callable[[Report], bool]) -> Report:
        until = asyncio.get_running_loop().time() + self._patience_seconds
        while not wanted(report := await self.look()):
            if asyncio.get_running_loop().time() > until:
                raise MachineRefused(f"the machine stays in {report.state}")
            await asyncio.sleep(LOOK_SECONDS)
        return report

    def _require_no_failure(self) -> None:
        if self._failure:
            raise Stopped(self._failure)

    def _silent(self, question: str) -> MachineUnreachable:
        reason = f"no answer to {question} within {self._patience_seconds:g} s"
        self.abandon(reason)
        return MachineUnreachable(f"the controller cannot be talked to: {reason}")


def _number(line: str) -> int:
    text = line.partition(":")[2].strip()
    return int(text) if text.isdigit() else 0
