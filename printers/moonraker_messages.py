"""Reading what Moonraker says: Klipper's objects, the history, notifications → the terms of printers.machine. Pure.

Sources: moonraker.readthedocs.io, external API (server, printer, file and history endpoints, JSON-RPC notifications);
Klipper's status reference (webhooks, print_stats, virtual_sdcard, idle_timeout); both as Moonraker 0.11 behaves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any
from urllib.parse import urljoin, urlsplit

from printers.machine import Evidence, MachineConfused, MachineEvent, MachineRefused, MachineState, Outcome, Status

MINIMUM_VERSION = (0, 9, 0)
"""Fixes what its update manager let a web front end's archive do, and keeps its history in SQLite."""

OBJECTS: dict[str, list[str]] = {
    "webhooks": ["state", "state_message"],
    "print_stats": ["state", "filename", "message"],
    "virtual_sdcard": ["progress", "is_active"],
    "idle_timeout": ["state"],
    "extruder": ["temperature"],
    "heater_bed": ["temperature"],
}
"""What is asked of Klipper. An object that a printer has not is answered with nothing."""

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\.gcode")
"""The name becomes a word of a G-code command: nothing in it may mean anything there, nor to a shell."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(.*)")
_ENDS = {"complete": Outcome.DONE, "cancelled": Outcome.CANCELLED, "error": Outcome.FAILED}
_RECORDED_ENDS = {
    "completed": Outcome.DONE,
    "cancelled": Outcome.CANCELLED,
    "error": Outcome.FAILED,
    "klippy_shutdown": Outcome.FAILED,
}
"""How a job in the history ended. The others (in_progress, interrupted, server_exit, klippy_disconnect) only say that
Moonraker lost sight of it: Klipper may have gone on."""


def may_be_driven(version: str) -> bool:
    """Whether this is MINIMUM_VERSION or later; a count of commits after a release belongs to that release."""
    match = _VERSION.fullmatch(version)
    if not match:
        return False
    release = (int(match[1]), int(match[2]), int(match[3]))
    return release >= MINIMUM_VERSION and not re.match(r"[.-]?(dev|a|b|rc)\d", match[4])


@dataclass(frozen=True)
class Printer:
    """Klipper's objects at one moment."""

    objects: dict[str, Any]

    @property
    def klipper_ready(self) -> bool:
        return self._of("webhooks").get("state") == "ready"

    @property
    def file(self) -> str | None:
        """The file that is or was last printed since Klipper started."""
        return _text(self._of("print_stats").get("filename"))

    @property
    def at_work(self) -> bool:
        """A print is on, paused included. After a shutdown of Klipper `print_stats` goes on saying so: it is over."""
        active = self._of("virtual_sdcard").get("is_active") is True
        return self.klipper_ready and (active or self._print_state in {"printing", "paused"})

    @property
    def outcome(self) -> Outcome | None:
        """How the last print ended; None while it is on, and when there was none."""
        if self._print_state in {"printing", "paused"}:
            cut_off = self._of("webhooks").get("state") in {"shutdown", "error"}
            return Outcome.FAILED if cut_off else None
        return None if self.at_work else _ENDS.get(self._print_state)

    @property
    def state(self) -> MachineState:
        klipper = self._of("webhooks").get("state")
        if klipper in {"shutdown", "error"}:
            return MachineState.ERROR
        if klipper != "ready":
            return MachineState.OFFLINE
        if self._print_state == "paused":
            return MachineState.PAUSED
        if self._print_state == "printing":
            return MachineState.PRINTING
        # Klipper calls it printing, too, when the last moves of a print or somebody's commands are being carried out.
        moving = self._of("idle_timeout").get("state") == "Printing"
        return MachineState.BUSY if moving or self.at_work else MachineState.IDLE

    @property
    def message(self) -> str | None:
        if not self.klipper_ready:
            return _text(self._of("webhooks").get("state_message"))
        return _text(self._of("print_stats").get("message"))

    def status(self) -> Status:
        return Status(
            state=self.state,
            file=self.file,
            progress=_fraction(self._of("virtual_sdcard").get("progress")) if self.file else None,
            nozzle_c=_number(self._of("extruder").get("temperature")),
            bed_c=_number(self._of("heater_bed").get("temperature")),
            message=self.message,
        )

    def runs(self, name: str) -> bool:
        return self.at_work and self.file == name

    @property
    def _print_state(self) -> str:
        return str(self._of("print_stats").get("state"))

    def _of(self, name: str) -> dict[str, Any]:
        return _object(self.objects, name)


def read_printer(result: dict[str, Any]) -> Printer:
    """The answer to a query of, or a subscription to, OBJECTS."""
    status = result.get("status")
    if not isinstance(status, dict):
        raise MachineConfused(f"Moonraker tells no status of Klipper's objects: {str(result)[:200]}")
    return Printer(status)


@dataclass(frozen=True)
class Job:
    """One entry of Moonraker's history."""

    key: str
    file: str
    status: str


def read_jobs(result: dict[str, Any]) -> list[Job]:
    """The answer to `server.history.list`, in its order."""
    jobs = result.get("jobs")
    if not isinstance(jobs, list):
        raise MachineConfused(f"Moonraker tells no list of jobs: {str(result)[:200]}")
    return [read_job(job) for job in jobs]


def read_job(job: Any) -> Job:
    found = {key: _text(job.get(key)) if isinstance(job, dict) else None for key in ("job_id", "filename", "status")}
    key, file, status = found["job_id"], found["filename"], found["status"]
    if key is None or status is None:
        raise MachineConfused(f"Moonraker's history holds what is no job: {str(job)[:200]}")
    return Job(key, file or "", status)


def read_evidence(name: str, size: int | None, printer: Printer | None, jobs: Iterable[Job] | None) -> Evidence:
    """Klipper's own word of its last print, and the history, put together.

    size: of the file, None when there is none. printer: None when Klipper is not connected. jobs: newest first, those
    of other files included; None when no history is kept. Klipper knows better how a print ended: Moonraker misses what
    happens while it is being restarted, and changes quicker than the 0.25 s at which it listens.
    """
    running = printer is not None and printer.runs(name)
    told = printer.outcome if printer is not None and printer.file == name else None
    recorded = [job.status for job in jobs if job.file == name] if jobs is not None else []
    last = recorded[0] if recorded else None
    starts = len(recorded)
    if running and (last is None or last in _RECORDED_ENDS):
        starts += 1  # This run is not recorded yet.
    elif told is not None and last is None:
        starts = 1
    return Evidence(
        file=name,
        present=size is not None,
        size=size,
        starts=starts if starts or jobs is not None else None,
        running=running,
        outcome=None if running else told or _RECORDED_ENDS.get(last or ""),
    )


@dataclass
class Listener:
    """What the notifications of one connection add up to, message by message."""

    objects: dict[str, Any] = field(default_factory=dict)
    _last: Status | None = None

    def subscribed(self, result: dict[str, Any]) -> MachineEvent | None:
        """Begin with the answer to a subscription to OBJECTS."""
        self.objects = {name: dict(_object(read_printer(result).objects, name)) for name in OBJECTS}
        return self._changed()

    def read(self, message: dict[str, Any]) -> MachineEvent | None:
        """One notification; None when it says nothing new."""
        params = message.get("params")
        first = params[0] if isinstance(params, list) and params else None
        match message.get("method"):
            case "notify_status_update":
                for name in OBJECTS:
                    self.objects.setdefault(name, {}).update(_object(first, name))
                return self._changed()
            case "notify_klippy_disconnected":
                self.objects.clear()
                return self._changed()
            case "notify_history_changed":
                return self._ended(first)
        return None

    def _changed(self) -> MachineEvent | None:
        status = Printer(self.objects).status()
        if status == self._last:
            return None
        self._last = status
        return MachineEvent(status=status)

    def _ended(self, change: Any) -> MachineEvent | None:
        if not isinstance(change, dict) or change.get("action") != "finished":
            return None
        job = read_job(change.get("job"))
        outcome = _RECORDED_ENDS.get(job.status)
        if outcome is None:
            return None
        failed = outcome is Outcome.FAILED
        reason = (Printer(self.objects).message or job.status) if failed else None
        return MachineEvent(outcome=outcome, file=job.file, reason=reason)


def require_name(name: str) -> None:
    """Raises MachineRefused."""
    if not FILE_NAME.fullmatch(name):
        raise MachineRefused(
            f"the file name {name!r} may hold letters, digits, '.', '_' and '-' only, and ends in .gcode"
        )


def read_size(metadata: dict[str, Any]) -> int:
    """Bytes of a file, by its metadata."""
    size = metadata.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise MachineConfused(f"Moonraker tells no size of the file: {size!r}")
    return size


def read_camera(base: str, result: dict[str, Any]) -> str | None:
    """The still picture of the first camera in use, from `/server/webcams/list`. One by its path alone stands, as the
    usual front ends have it, on the web server's own port and not on Moonraker's."""
    listed = result.get("webcams")
    for webcam in listed if isinstance(listed, list) else ():
        told = _text(_object({"webcam": webcam}, "webcam").get("snapshot_url"))
        if told and webcam.get("enabled", True) is True:
            host = urlsplit(base)
            return urljoin(
                f"{host.scheme}://{f'[{host.hostname}]' if ':' in (host.hostname or '') else host.hostname}/", told
            )
    return None


def _object(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return value.strip()[:2000] or None if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    return float(value) if usable else None


def _fraction(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else min(max(number, 0.0), 1.0)
