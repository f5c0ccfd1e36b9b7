"""Reading what PrusaLink says: its JSON → the terms of printers.machine. Pure.

Sources: the OpenAPI description of PrusaLink (github.com/prusa3d/Prusa-Link-Web, spec/openapi.yaml), and what
PrusaLink 0.8.1 answers.
"""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from printers.machine import MachineConfused, MachineState, Outcome, Status

MINIMUM_VERSION = (0, 8, 0)
"""The line that the driver was verified with (0.8.1)."""
NOT_CONNECTED = "Serial device does not exist"
"""PrusaLink's words when its printer is switched off or unplugged."""

ENDED = {"FINISHED": Outcome.DONE, "STOPPED": Outcome.CANCELLED}
"""For some seconds PrusaLink shows how a print ended, and begins no other."""

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(.*)")
_AT_WORK = {
    "PRINTING": MachineState.PRINTING,
    "PAUSED": MachineState.PAUSED,
    # The print stands until somebody has been at the printer.
    "ATTENTION": MachineState.PAUSED,
}
_AT_REST = {
    "IDLE": MachineState.IDLE,
    "READY": MachineState.IDLE,
    **dict.fromkeys(ENDED, MachineState.BUSY),
    "ATTENTION": MachineState.ERROR,
    "ERROR": MachineState.ERROR,
}


def may_be_driven(version: str) -> bool:
    """Whether this is MINIMUM_VERSION or later; a pre-release is not."""
    match = _VERSION.fullmatch(version)
    if not match:
        return False
    release = (int(match[1]), int(match[2]), int(match[3]))
    return release >= MINIMUM_VERSION and not re.match(r"[.-]?(dev|a|b|rc)\d", match[4])


@dataclass(frozen=True)
class Look:
    """PrusaLink at one moment."""

    state: str
    """Its own word: IDLE, READY, BUSY, PRINTING, PAUSED, FINISHED, STOPPED, ATTENTION, ERROR."""
    working: bool = False
    """A job is on, whatever its state."""
    job: int | None = None
    """Its number, which the printer counts on; None while PrusaLink has not read it from the printer."""
    file: str | None = None
    """What it prints."""
    selected: str | None = None
    """The file of the last job since PrusaLink was started; None when that is not known."""
    progress: float | None = None
    seconds_left: float | None = None
    nozzle_c: float | None = None
    bed_c: float | None = None
    trouble: str | None = None
    """What PrusaLink finds wrong with its printer."""

    def status(self) -> Status:
        return Status(
            state=self._state,
            file=self.file,
            progress=self.progress if self.working else None,
            seconds_left=self.seconds_left if self.working else None,
            nozzle_c=self.nozzle_c,
            bed_c=self.bed_c,
            message=self.message,
        )

    @property
    def startable(self) -> bool:
        return self._state is MachineState.IDLE

    @property
    def message(self) -> str | None:
        if self.state == "ATTENTION":
            return self.trouble or "the printer asks for somebody: see what its display says"
        return self.trouble

    def runs(self, name: str) -> bool:
        return self.working and self.file == name

    @property
    def _state(self) -> MachineState:
        if self.working:
            return _AT_WORK.get(self.state, MachineState.BUSY)
        if self.state == "ERROR" and self.trouble == NOT_CONNECTED:
            return MachineState.OFFLINE
        return _AT_REST.get(self.state, MachineState.BUSY)


def read_status(status: dict[str, Any]) -> Look:
    """`/api/v1/status`. It does not tell the file of its job."""
    printer, job = _object(status, "printer"), _object(status, "job")
    state = _text(printer.get("state"))
    if state is None:
        raise MachineConfused(f"PrusaLink tells no state of its printer: {str(status)[:200]}")
    trouble = _object(printer, "status_printer")
    return Look(
        state=state,
        working=bool(job),
        job=read_job_number(job),
        progress=_fraction(job.get("progress")),
        seconds_left=_not_negative(job.get("time_remaining")),
        nozzle_c=_number(printer.get("temp_nozzle")),
        bed_c=_number(printer.get("temp_bed")),
        trouble=_text(trouble.get("message")) if trouble.get("ok") is False else None,
    )


def read_job_number(job: dict[str, Any]) -> int | None:
    number = job.get("id")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def read_job_file(job: dict[str, Any], folder: str) -> str | None:
    """`/api/v1/job`: the name of its file."""
    return file_name(_object(job, "file").get("path"), folder)


def read_selected(job: dict[str, Any], folder: str) -> str | None:
    """`/api/job`: the file of the last job."""
    return file_name(_object(_object(job, "job"), "file").get("path"), folder)


def read_folder(storage: dict[str, Any]) -> str:
    """`/api/v1/storage`: under what name the local storage stands in the paths that PrusaLink tells."""
    entries = storage.get("storage_list")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("path") == "/local" and (name := _text(entry.get("name"))):
            return name
    raise MachineConfused(f"PrusaLink tells of no local storage: {str(storage)[:200]}")


def read_size(entry: dict[str, Any]) -> int:
    """Bytes of a file, by its entry."""
    size = entry.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise MachineConfused(f"PrusaLink tells no size of the file: {size!r}")
    return size


def file_name(path: Any, folder: str) -> str | None:
    """Name of a file in the root of the local storage; one elsewhere is never ours and goes by its whole path."""
    if not isinstance(path, str) or not path:
        return None
    name = path.removeprefix(f"/{folder}/")
    return path[:2000] if "/" in name else name


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
