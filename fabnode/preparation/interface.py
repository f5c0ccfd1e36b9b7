"""The seam between a job and the file that its machine runs. One module an implementation.

What an implementation gives is judged already: within the machine ∩ the material, by rules that know nothing of how it
was made.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fabnode.errors import FabnodeError
from fabnode.protocol import ClaimedJob, Envelope, LoadedMaterial, Process


class Unprepared(FabnodeError):
    """There is no file that may run. `retry`: another try, here or elsewhere, may succeed."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


@dataclass(frozen=True)
class Facts:
    """What a machine is by its profile, as it is announced and shown."""

    process: Process
    title: str
    model: str
    profile: str
    envelope: Envelope
    """How large a part may be."""
    nozzle_mm: float | None
    """The nozzle of a printer, or the diameter of a router's tool."""
    most_copies: int
    """Beside each other, however many fit."""


@dataclass(frozen=True)
class Prepared:
    """A file that may run, and what is known of it."""

    gcode: Path
    maker: str
    """Name and version of what made it."""
    print_seconds: float | None = None
    filament_g: float | None = None
    filament_mm: float | None = None
    layers: int | None = None


class Preparation(Protocol):
    """How one machine's files are made. The same job gives the same bytes."""

    @property
    def facts(self) -> Facts: ...

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the artifacts that it can work from, best first."""
        ...

    @property
    def yardstick(self) -> str:
        """The digest of all that a file is made and judged by which belongs to the machine. A file that lies ready for
        another is made anew."""
        ...

    def told(self, loaded: LoadedMaterial) -> LoadedMaterial:
        """A loaded material as it is announced. Raises FabnodeError where there are no settings for it: otherwise it
        would only fail when it is ordered."""
        ...

    async def version(self) -> str:
        """Name and version of what makes the files; raises FabnodeError when it is not installed."""
        ...

    async def prepare(self, model: Path, job: ClaimedJob, into: Path) -> Prepared:
        """Make and judge the file from `model`, which bears its artifact's name. `into` is a folder of this making
        alone, made anew. Raises Unprepared and OSError."""
        ...
