"""A Prusa MK3S that exists only as a program: it speaks on a pseudo terminal what PrusaLink asks of its firmware.

Written from Prusa-Firmware's G-code documentation (M27 P, M73, M155, M420, M601 to M603, M862, D3, `PRUSA` commands)
and from what PrusaLink 0.8.1 sends. It dwells (G4) as long as it is told, measures its bed (G80) for a while, so that
even the smallest part is seen to print, and moves and heats in no time. Run it as `python -m testbed.mk3s_pty LINK`;
LINK then names the terminal, and LINK.job-id keeps the one thing that the printer's EEPROM keeps. SIGUSR1 makes it
ask for its user, SIGUSR2 lets it go on. Killing it is pulling its cable.
"""

import os
import re
import select
import signal
import sys
import time
import tty
from dataclasses import dataclass, field
from pathlib import Path

JOB_ID_ADDRESS = "0D05"
REPORT_SECONDS = 2.0
"""How often it tells by itself what M155 asked for, and that it waits for its user."""
TICK_SECONDS = 0.05
BED_SECONDS = 4.0
"""How long it measures its bed."""
ROOM_C = 21.0

ANSWERS: dict[str, tuple[str, ...]] = {
    "PRUSA FIR": ("3.14.1-8237",),
    "PRUSA SN": ("CZPX4720X004XC34242",),
    "M862.1": ("0.40",),
    "M862.2": ("302",),
    "M20": ("Begin file list", "End file list"),
    "M21": ("echo:SD init fail",),
    "M27": ("Not SD printing",),
    "M220": ("100%",),
    "M221": ("100%",),
    "M420": ("Mesh bed leveling not active.",),
    "M601": ("// action:paused",),
    "M602": ("// action:resumed",),
    "M603": ("// action:cancel",),
}
"""What is said before the `ok`."""


@dataclass
class Mk3s:
    """Lines in; what to say, and for how long to keep the sender waiting first."""

    job_id: int
    number: int = 0
    """Of the last numbered line."""
    nozzle_c: float = ROOM_C
    bed_c: float = ROOM_C
    reporting: bool = False
    _progress: list[str] = field(default_factory=list)

    def obey(self, line: str) -> tuple[float, list[str]]:
        """Seconds that the command takes, and the lines that answer it."""
        numbered = re.fullmatch(r"N(\d+) (.*)\*(\d+)", line)
        if numbered:
            number, text, checksum = int(numbered[1]), numbered[2], int(numbered[3])
            if checksum != _checksum(line.rpartition("*")[0]) or number != self.number + 1:
                return 0, [f"Resend: {self.number + 1}", "ok"]
            self.number, line = number, text.strip()
        return self._seconds(line), [*self._answers(line), "ok"]

    def reports(self) -> list[str]:
        """What M155 makes it tell by itself."""
        if not self.reporting:
            return []
        n, b = self.nozzle_c, self.bed_c
        return [
            f"T:{n:.1f} /{n:.1f} B:{b:.1f} /{b:.1f} T0:{n:.1f} /{n:.1f} @:0 B@:0 P:0.0 A:25.0",
            "X:0.00 Y:0.00 Z:0.20 E:0.00 Count X: 0.00 Y:0.00 Z:0.20 E:0.00",
            "E0:0 RPM PRN1:0 RPM E0@:0 PRN1@:0",
        ]

    def _seconds(self, line: str) -> float:
        if line.partition(" ")[0] == "G80":
            return BED_SECONDS
        dwell = re.fullmatch(r"G4 ([PS])(\d+)", line)
        if not dwell:
            return 0
        return int(dwell[2]) / (1000 if dwell[1] == "P" else 1)

    def _answers(self, line: str) -> list[str]:
        word = line.partition(" ")[0].upper()
        match word:
            case "D3":
                return self._eeprom(line)
            case "M110":
                self.number = int(line.partition("N")[2] or 0)
            case "M155":
                self.reporting = "S0" not in line
            case "M104" | "M109" if value := re.search(r"S(\d+)", line):
                self.nozzle_c = float(value[1]) or ROOM_C
            case "M140" | "M190" if value := re.search(r"S(\d+)", line):
                self.bed_c = float(value[1]) or ROOM_C
            case "M73":
                return self._print_info(line)
        return list(ANSWERS.get(line.upper() if word == "PRUSA" else word, ()))

    def _eeprom(self, line: str) -> list[str]:
        """D3 A address, C count of bytes to read, or X bytes to write."""
        read = re.fullmatch(r"D3 Ax([0-9A-Fa-f]+) C(\d+)", line)
        written = re.fullmatch(r"D3 Ax0D05 X([0-9A-Fa-f]{8})", line)
        if written:
            self.job_id = int(written[1], 16)
        if not read:
            return []
        address, count = read[1].upper().zfill(4), int(read[2])
        data = self.job_id.to_bytes(4, "big") if address == JOB_ID_ADDRESS else bytes(count)
        return [f"{address}  {' '.join(f'{byte:02x}' for byte in data)}"]

    def _print_info(self, line: str) -> list[str]:
        given = dict(re.findall(r"([QSCPRD])(-?\d+)", line))
        if given:
            self._progress = [
                _mode("SILENT", given.get("Q", "-1"), given.get("S", "-1")),
                _mode("NORMAL", given.get("P", "-1"), given.get("R", "-1")),
            ]
        return self._progress or [_mode("SILENT", "-1", "-1"), _mode("NORMAL", "-1", "-1")]


def _mode(mode: str, percent: str, minutes: str) -> str:
    return f"{mode} MODE: Percent done: {percent}; print time remaining in mins: {minutes}; Change in mins: -1"


def _checksum(text: str) -> int:
    value = 0
    for byte in text.encode():
        value ^= byte
    return value


class Terminal:
    """The printer at its end of the line, with a clock."""

    def __init__(self, printer: Mk3s, line: int) -> None:
        self._printer = printer
        self._line = line
        self._buffer = b""
        self._next_report = 0.0
        self._answer: tuple[float, list[str]] | None = None
        """When what is said."""
        self.wants_user = False

    def turn(self) -> None:
        """Wait for what comes next, and see to it."""
        now = time.monotonic()
        due = self._answer[0] - now if self._answer else TICK_SECONDS
        if select.select([self._line], [], [], min(max(due, 0), TICK_SECONDS))[0]:
            self._buffer += os.read(self._line, 4096)
        now = time.monotonic()
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self._say(self._printer.reports())
            self._say(["echo:busy: paused for user"] if self.wants_user else [])
        if self._answer and now >= self._answer[0]:
            self._say(self._answer[1])
            self._answer = None
        if self._answer is None and b"\n" in self._buffer and not self.wants_user:
            text, _, self._buffer = self._buffer.partition(b"\n")
            if line := text.decode(errors="replace").strip():
                seconds, answers = self._printer.obey(line)
                self._answer = (now + seconds, answers)

    def _say(self, lines: list[str]) -> None:
        if lines:
            os.write(self._line, "".join(f"{line}\n" for line in lines).encode())


def serve(link: Path) -> None:
    """Be a printer on a pseudo terminal that `link` names, until killed."""
    line, terminal = os.openpty()
    tty.setraw(terminal)  # Kept open: a host that goes away must not end the line.
    memory = link.with_name(f"{link.name}.job-id")
    printer = Mk3s(int(memory.read_text()) if memory.exists() else 0)
    ends = Terminal(printer, line)

    def want_user(number: int, _: object) -> None:
        ends.wants_user = number == signal.SIGUSR1

    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, want_user)
    link.unlink(missing_ok=True)
    link.symlink_to(os.ttyname(terminal))
    kept = printer.job_id
    while True:
        ends.turn()
        if printer.job_id != kept:
            kept = printer.job_id
            memory.write_text(str(kept))


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
