"""A GRBL 1.1 controller on a pty: its protocol, states, settings and failures, for the driver's tests and for trials.

Written from the wiki pages of gnea/grbl: "Grbl v1.1 Interface" (responses, push messages, status reports, streaming),
"Grbl v1.1 Commands" ($ commands, realtime bytes, overrides), "Grbl v1.1 Configuration" (settings and their numbers) and
"Grbl v1.1 Laser Mode", with its code tables (error, alarm, build options). Real firmware cannot be run here. Kept from
it: the 128-byte ring buffer that silently drops what is too much, 15 planned blocks, `ok` on planning, dwells and tool
changes that wait for the planner, check mode, locks, and what is not answered while homing or after a limit alarm. Left
out: acceleration, probing, jogging's planner, parking.

`async with GrblSimulator(folder)` on the running event loop, or `python -m testbed.grbl_simulator FOLDER`.
"""

import asyncio
import os
import sys
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from testbed.grbl_answers import DEFAULTS, Witness, told
from testbed.grbl_blocks import Block, BlockError, Modes, Point, read_block
from testbed.grbl_planner import Planner

RX_USABLE = 127
LINE_CHARACTERS = 79
RESET, REPORT, HOLD, START, DOOR = 0x18, ord("?"), ord("!"), ord("~"), 0x84
FEED_OVERRIDES = {0x90: 0, 0x91: 10, 0x92: -10, 0x93: 1, 0x94: -1}
CRITICAL_ALARMS = frozenset({1, 2})
HOMING_SECONDS = 0.2


class GrblSimulator:
    """`path` is the serial port."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: dict[int, float] | None = None,
        version: str = "1.1h.20190825",
        speed: float = 1.0,
    ) -> None:
        """speed: how many times faster than real time it moves and dwells."""
        self.path = folder / "ttyGRBL"
        self.settings = DEFAULTS | (settings or {})
        self.version = version
        self.witness = Witness()
        self.tool = "M5"
        self.silent = False
        self.refuse: Callable[[str], int | None] = lambda text: None
        """Blocks to be answered with an error's number."""
        self.lose_reply: Callable[[str], bool] = lambda line: False
        """Lines that are lost on their way from the controller."""
        self._alarm = bool(self.settings[22])
        self._checking = self._homing = self._deaf = False
        self._door: int | None = None
        self._rx: deque[int] = deque()
        self._modes = Modes()
        self._planner = Planner(speed, self._finished)
        self._planner.executed = self.witness.executed
        self._homed: asyncio.TimerHandle | None = None
        self._master = self._slave = -1

    async def __aenter__(self) -> Self:
        self.plug()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pull()
        self._forget()

    @property
    def state(self) -> str:
        if self._alarm:
            return "Alarm"
        if self._homing:
            return "Home"
        if self._checking:
            return "Check"
        if self._door is not None:
            return f"Door:{self._door}"
        if self._planner.held:
            return "Hold:0"
        return "Run" if self._planner.moving else "Idle"

    @property
    def position(self) -> Point:
        return self._planner.position

    # ---- what goes wrong

    def plug(self) -> None:
        """Connect the cable: a new pty at the same path."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def pull(self) -> None:
        """Pull the cable. What is planned goes on."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)
            self.path.unlink(missing_ok=True)
            self._master = self._slave = -1

    def raise_alarm(self, code: int) -> None:
        """As by a limit switch: all stops, tool off, locked; after the worst ones nothing but a reset is heard."""
        self._forget()
        self._alarm = True
        self.say(f"ALARM:{code}")
        if code in CRITICAL_ALARMS:
            self._deaf = True
            self.say("[MSG:Reset to continue]")

    def power_cycle(self) -> None:
        """Off and on again, while the cable stays."""
        self._alarm = bool(self.settings[22])
        self._planner.position = (0.0, 0.0, 0.0)
        self._start_anew()

    def override_feed(self, percent: int) -> None:
        """As by keys on the machine."""
        self._planner.feed_percent = percent

    def open_door(self) -> None:
        self._realtime(DOOR)

    def close_door(self) -> None:
        self._door = 0

    def press_start(self) -> None:
        """The button on the machine."""
        self._realtime(START)

    def say(self, line: str) -> None:
        """Whatever it is."""
        if self._master >= 0 and not self.silent and not self.lose_reply(line):
            os.write(self._master, line.encode() + b"\r\n")

    # ---- bytes

    def _read(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except OSError:
            return
        for byte in data:
            if byte in {RESET, REPORT, HOLD, START} or byte >= 0x80:
                self._realtime(byte)
            elif len(self._rx) >= RX_USABLE:
                self.witness.dropped_bytes += 1
            else:
                self._rx.append(byte)
                self.witness.most_in_buffer = max(self.witness.most_in_buffer, len(self._rx))
                if byte == 0x0A:
                    self._take_lines()

    def _realtime(self, byte: int) -> None:
        if byte == RESET:
            if self.state in {"Run", "Home", "Door:2"}:
                self._alarm = True
                self.say("ALARM:3")
            self._start_anew()
        elif self._deaf or self._homing:
            return
        elif byte == REPORT:
            self._report()
        elif byte == HOLD and self.state in {"Idle", "Run"}:
            self._planner.hold()
        elif byte == DOOR and not self._alarm:
            self.say("[MSG:Check Door]")
            self._planner.hold()
            self._door = 1
        elif byte == START and self._planner.held and self._door != 1:
            self._door = None
            self._planner.go_on()
            self._take_lines()
        elif byte in FEED_OVERRIDES:
            change = FEED_OVERRIDES[byte]
            self._planner.feed_percent = max(10, min(200, self._planner.feed_percent + change)) if change else 100

    def _report(self) -> None:
        position = ",".join(f"{value:.3f}" for value in self._planner.position)
        free = f"{self._planner.free},{RX_USABLE + 1 - len(self._rx)}"
        on = {"M3": "|A:S", "M4": "|A:C"}.get(self.tool, "")
        self.say(f"<{self.state}|MPos:{position}|Bf:{free}|FS:0,0|Ov:{self._planner.feed_percent},100,100{on}>")

    # ---- lines

    def _take_lines(self) -> None:
        while 0x0A in self._rx and not (self._deaf or self._homing or self._planner.held or self._planner.full):
            line = bytearray()
            while (byte := self._rx.popleft()) != 0x0A:
                line.append(byte)
            self._obey(line.decode("ascii", errors="replace").strip().upper().replace(" ", ""))

    def _obey(self, text: str) -> None:
        if not text:
            self.say("ok")
        elif len(text) > LINE_CHARACTERS:
            self.say("error:11")
        elif text.startswith("$"):
            self._command(text)
        elif self._alarm:
            self.say("error:9")
        else:
            self._block(text)

    def _command(self, text: str) -> None:
        resting = self.state in {"Idle", "Alarm"}
        match text:
            case "$H":
                self._home()
            case "$X":
                self.witness.unlocks += self._alarm
                self._alarm = False
                self.say("ok")
            case "$C" if self._checking:
                self.say("[MSG:Disabled]")
                self.say("ok")
                self._start_anew()
            case "$C" if self.state == "Idle":
                self._checking = True
                self.say("[MSG:Enabled]")
                self.say("ok")
            case "$$" | "$#" | "$I" if resting:
                for line in told(text, self.settings, self.version):
                    self.say(line)
                self.say("ok")
            case _:
                self.say("error:8" if text in {"$$", "$#", "$I", "$C"} else "error:3")

    def _home(self) -> None:
        if not self.settings[22]:
            self.say("error:5")
            return
        self._homing, self._alarm = True, False
        self._homed = asyncio.get_running_loop().call_later(HOMING_SECONDS, self._finish_homing)

    def _finish_homing(self) -> None:
        self._homing = False
        self.witness.homings += 1
        self._planner.position = self._planner.planned_position = (0.0, 0.0, 0.0)
        self.say("ok")
        self._take_lines()

    def _block(self, text: str) -> None:
        code = self.refuse(text)
        try:
            if code is not None:
                raise BlockError(code)
            block = read_block(text, self._modes, self._planner.planned_position)
        except BlockError as error:
            self.say(f"error:{error.code}")
            return
        if self.settings[20] and block.target and not self._within_travel(block.target):
            self.raise_alarm(2)
            return
        self._modes = block.modes
        if self._checking:
            self._planner.planned_position = block.target or self._planner.planned_position
            self.witness.checked.append(text)
            self.say("ok")
            return
        self._planner.add(block)
        if not block.synchronises:
            self.say("ok")

    def _within_travel(self, target: Point) -> bool:
        """The firmware's machine space, with X and Y counted from the near corner and Z down from the top."""
        x, y, z = target
        return 0 <= x <= self.settings[130] and 0 <= y <= self.settings[131] and -self.settings[132] <= z <= 0

    def _finished(self, block: Block) -> None:
        if block.synchronises:
            self.tool = block.modes.tool
            if block.pauses:
                self._planner.hold()
            if block.ends:
                self.say("[MSG:Pgm End]")
            self.say("ok")
        self._take_lines()

    # ---- resetting

    def _start_anew(self) -> None:
        self.witness.resets += 1
        self._forget()
        self.say("")
        self.say(f"Grbl {self.version[:4]} ['$' for help]")
        if self._alarm:
            self.say("[MSG:'$H'|'$X' to unlock]")

    def _forget(self) -> None:
        if self._homed:
            self._homed.cancel()
        self._planner.forget()
        self._rx.clear()
        self._modes = Modes()
        self.tool = "M5"
        self._checking = self._homing = self._deaf = False
        self._door = None


async def _serve(folder: Path) -> None:
    async with GrblSimulator(folder) as simulator:
        print(simulator.path, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
