"""Reading what OctoPrint says: its JSON, its pushes and its log → the terms of printers.machine. Pure.

Sources: docs.octoprint.org, REST API (job, printer, files) and push updates; the log as OctoPrint 1.11.8 writes it.
"""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from printers.machine import Evidence, MachineConfused, MachineEvent, MachineState, Outcome, Status

MINIMUM_VERSION = (1, 11, 8)
"""Fixes CVE-2026-54134 (files read through uploads) and CVE-2026-35163 (scripts through printed files)."""

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(.*)")
_JOB_LINE = re.compile(rb"octoprint\.printer\.standard\.job - INFO - Print job (\w+) - origin: local, path: ([^,]+),")
_STARTUP_LINE = re.compile(rb"octoprint\.startup - INFO - Starting OctoPrint ")
_IN_BETWEEN = ("pausing", "resuming", "cancelling", "finishing")

EVENT_OUTCOMES = {
    "PrintDone": Outcome.DONE,
    "PrintCancelled": Outcome.CANCELLED,
    "PrintFailed": Outcome.FAILED,
}
_LOG_OUTCOMES = {b"done": Outcome.DONE, b"cancelled": Outcome.CANCELLED}


def may_be_driven(version: str) -> bool:
    """Whether this is 1.11.8 or later; a pre-release of 1.11.8 itself is not."""
    match = _VERSION.fullmatch(version)
    if not match:
        return False
    release = (int(match[1]), int(match[2]), int(match[3] or 0))
    if release == MINIMUM_VERSION:
        return not re.match(r"[.-]?(dev|a|b|rc)", match[4])
    return release > MINIMUM_VERSION


def read_status(job: dict[str, Any], printer: dict[str, Any] | None) -> Status:
    """`/api/job` and `/api/printer` (None when it answers 409: no printer is connected)."""
    text = _text(job.get("state")) or ""
    flags = _object(_object(printer, "state"), "flags") if printer else {}
    return Status(
        state=read_state(text, flags),
        file=_file(_object(job, "job")),
        progress=_fraction(_object(job, "progress").get("completion")),
        seconds_left=_not_negative(_object(job, "progress").get("printTimeLeft")),
        nozzle_c=_number(_object(_object(printer, "temperature"), "tool0").get("actual")) if printer else None,
        bed_c=_number(_object(_object(printer, "temperature"), "bed").get("actual")) if printer else None,
        message=_text(job.get("error")) or (text if not flags.get("operational") else None),
    )


def read_state(text: str, flags: dict[str, Any]) -> MachineState:
    """OctoPrint's state text and flags. `printing` is also true in the states in between; starting has no flag."""
    if flags.get("error") or "error" in text.lower():
        return MachineState.ERROR
    if any(flags.get(flag) for flag in _IN_BETWEEN) or text.startswith("Starting"):
        return MachineState.BUSY
    if flags.get("paused"):
        return MachineState.PAUSED
    if flags.get("printing"):
        return MachineState.PRINTING
    if flags.get("operational"):
        return MachineState.IDLE
    return MachineState.OFFLINE


def read_push(message: dict[str, Any]) -> MachineEvent | None:
    """One push message: `current` and `history` carry the status, `event` may carry how a print ended."""
    for kind in ("current", "history"):
        if kind in message:
            return MachineEvent(status=_pushed_status(_object(message, kind)))
    event = _object(message, "event")
    outcome = EVENT_OUTCOMES.get(str(event.get("type")))
    payload = _object(event, "payload")
    reason = _text(payload.get("reason"))
    if outcome is None or (outcome is Outcome.FAILED and reason == "cancelled"):
        return None  # A cancelled print is told twice: PrintCancelled, then PrintFailed.
    return MachineEvent(outcome=outcome, file=_path(payload), reason=_text(payload.get("error")) or reason)


def _pushed_status(current: dict[str, Any]) -> Status:
    state = _object(current, "state")
    temps = current.get("temps")
    last = temps[-1] if isinstance(temps, list) and temps and isinstance(temps[-1], dict) else {}
    job = {
        "state": state.get("text"),
        "error": state.get("error"),
        "job": current.get("job"),
        "progress": current.get("progress"),
    }
    return read_status(job, {"state": state, "temperature": last})


@dataclass
class LogRecord:
    """What OctoPrint's log says of one file, gathered line by line."""

    file: str
    starts: int = 0
    outcome: Outcome | None = None
    """Of the last start; None while it runs, and when OctoPrint was restarted in the middle."""
    cut_short: bool = False
    """OctoPrint was started anew while this file was being printed."""
    _running: bool = False

    def read(self, line: bytes) -> None:
        if _STARTUP_LINE.search(line):
            self.cut_short = self.cut_short or self._running
            self._running = False
        elif (match := _JOB_LINE.search(line)) and match[2] == self.file.encode():
            self._job_line(match[1])

    def _job_line(self, what: bytes) -> None:
        if what == b"started":
            self.starts += 1
            self.outcome, self.cut_short, self._running = None, False, True
        elif what in _LOG_OUTCOMES:
            self.outcome, self._running = _LOG_OUTCOMES[what], False


def read_evidence(name: str, entry: dict[str, Any] | None, status: Status, log: LogRecord | None) -> Evidence:
    """The file's own entry, the current job and the log, put together. They never contradict a start, only miss one."""
    at_work = status.state in {MachineState.PRINTING, MachineState.PAUSED, MachineState.BUSY}
    running = at_work and status.file == name
    prints = _object(entry, "prints") if entry else {}
    counted = _count(prints, "success") + _count(prints, "failure") + running
    starts = max(counted, log.starts) if log else (counted or None)
    return Evidence(
        file=name,
        present=entry is not None,
        size=_size(entry) if entry else None,
        starts=starts,
        running=running,
        outcome=None if running else _last_outcome(prints, log),
    )


def _last_outcome(prints: dict[str, Any], log: LogRecord | None) -> Outcome | None:
    if log and log.cut_short:
        return None
    if log and log.outcome:
        return log.outcome
    success = _object(prints, "last").get("success")
    if not isinstance(success, bool):
        return None
    return Outcome.DONE if success else Outcome.FAILED


def require_size_and_hash(entry: dict[str, Any]) -> tuple[int, str]:
    """Size in bytes and SHA-1 of a file as OctoPrint keeps it."""
    size, digest = entry.get("size"), _text(entry.get("hash"))
    if not isinstance(size, int) or digest is None or not re.fullmatch(r"[0-9a-f]{40}", digest):
        raise MachineConfused(f"OctoPrint tells no size and hash of the file: size {size!r}, hash {digest!r}")
    return size, digest


def _file(job: dict[str, Any]) -> str | None:
    return _path(_object(job, "file"))


def _path(file: dict[str, Any]) -> str | None:
    """Name of a file in local storage; one on the printer's SD card is never ours and says so."""
    path = _text(file.get("path"))
    origin = file.get("origin", "local")
    return path if path is None or origin == "local" else f"{origin}:{path}"


def _object(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return value[:2000] if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    return float(value) if usable else None


def _not_negative(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else max(number, 0.0)


def _fraction(percent: Any) -> float | None:
    number = _number(percent)
    return None if number is None else min(max(number / 100, 0.0), 1.0)


def _count(prints: dict[str, Any], key: str) -> int:
    value = prints.get(key, 0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _size(entry: dict[str, Any]) -> int | None:
    size = entry.get("size")
    return size if isinstance(size, int) else None
