"""The seam to a machine: what every driver offers, in the machine's own terms.

A driver is one file with one plain class. Its verbs are idempotent and state-seeking. Unreachable raises
MachineUnreachable; what a machine does not report is None. A driver never decides whether something may be
started: the agent does, and calls `start` at most once for a file name.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable


class MachineError(Exception):
    """The error root of printers/."""


class MachineUnreachable(MachineError):
    """No answer, or no answer in time. What was asked may or may not have happened."""


class MachineRefused(MachineError):
    """The machine answered and said no. What was asked did not happen."""


class FileRefused(MachineRefused):
    """It will not take this file, whatever is done about the machine."""


class MachineConfused(MachineError):
    """The machine answered nonsense: not its protocol, or a server error. What was asked may have happened."""


class Unsupported(MachineError):
    """This machine, or its software's version, may not be driven; the message says why and what to do."""


class MachineState(StrEnum):
    OFFLINE = "offline"
    IDLE = "idle"
    PRINTING = "printing"
    PAUSED = "paused"
    BUSY = "busy"
    """Moving between the other states (starting, pausing, resuming, cancelling, finishing)."""
    ERROR = "error"


class Outcome(StrEnum):
    """How the machine itself says that a job file ended."""

    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """What the machine reports of itself now."""

    state: MachineState
    file: str | None = None
    """Name of the selected or running file."""
    progress: float | None = None
    """0 to 1."""
    seconds_left: float | None = None
    nozzle_c: float | None = None
    bed_c: float | None = None
    message: str | None = None


@dataclass(frozen=True)
class MachineEvent:
    """Something the machine said by itself. Events are hints: `status` and `evidence` are the truth."""

    status: Status | None = None
    outcome: Outcome | None = None
    file: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What the machine's own records say of one file name: the ground for settling what happened to it."""

    file: str
    present: bool
    """The file is on the machine."""
    size: int | None = None
    """Bytes."""
    starts: int | None = None
    """How many times the machine says it began this file, running now included; None when it keeps no record."""
    running: bool = False
    outcome: Outcome | None = None
    """How the last finished run ended."""


class Machine(Protocol):
    """One machine. All methods raise MachineUnreachable, MachineRefused or MachineConfused."""

    async def check(self) -> str:
        """Software name and version; raises Unsupported when it may not be driven."""
        ...

    async def status(self) -> Status: ...

    async def upload(self, name: str, gcode: Path) -> None:
        """Put the file on the machine under this name and verify that it arrived whole. Never starts it."""
        ...

    async def start(self, name: str) -> None:
        """Select and begin the file. Returns when the machine has acknowledged. Only MachineRefused proves no start."""
        ...

    async def pause(self) -> None: ...

    async def resume(self) -> None: ...

    async def cancel(self) -> None: ...

    async def evidence(self, name: str) -> Evidence:
        """What the machine's history says of this file name."""
        ...

    async def remove(self, name: str) -> None:
        """Delete the file from the machine; no-op when it is not there."""
        ...

    def events(self) -> AsyncIterator[MachineEvent]:
        """What the machine pushes, reconnecting by itself; ends only when cancelled."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Attended(Protocol):
    """A machine that begins nothing unless somebody has lately said that they are there."""

    async def attend(self) -> None:
        """Somebody says so now."""
        ...

    async def make_ready(self, name: str) -> None:
        """Do what takes long before this file can be begun, so that its start is quick; no-op when it is done. Needs
        the operator, and begins nothing."""
        ...


@runtime_checkable
class Dedicated(Protocol):
    """A machine whose driver knows by which process it works; all others lay filament."""

    @property
    def process(self) -> str:
        """`fdm`, `laser` or `cnc`."""
        ...


@runtime_checkable
class Pictured(Protocol):
    """A machine whose own software knows of a camera that looks at it."""

    async def camera(self) -> str | None:
        """The address of a still picture; None where there is no camera."""
        ...
