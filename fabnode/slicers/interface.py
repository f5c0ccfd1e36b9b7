"""The seam to a slicer. One file a slicer; what it returns is judged by `fabnode.safety` all the same."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from fabnode.errors import FabnodeError
from fabnode.protocol import PrintHints
from fabnode.slicers.profiles import Effective, MaterialProfile, Profile, QualityProfile, effective


class SliceProblem(StrEnum):
    """Why there is no G-code."""

    TOO_LARGE = "too_large"
    NOT_MANIFOLD = "not_manifold"
    EMPTY = "empty"
    EMPTY_FIRST_LAYER = "empty_first_layer"
    UNREADABLE = "unreadable"
    SETTINGS = "settings"
    TIME = "time"
    DISK = "disk"
    CRASHED = "crashed"
    MISSING = "missing"


class SliceError(FabnodeError):
    """The model could not be sliced. `here_only`: another facility's slicer or machine may manage."""

    def __init__(self, problem: SliceProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem

    @property
    def here_only(self) -> bool:
        return self.problem in {
            SliceProblem.CRASHED, SliceProblem.DISK, SliceProblem.MISSING, SliceProblem.SETTINGS, SliceProblem.TIME
        }  # fmt: skip


@dataclass(frozen=True)
class SliceRequest:
    """What to slice, for which machine and material. Hints are applied on top, within the machine's bounds."""

    model: Path
    """model.3mf or model.stl, verified."""
    profile: Profile
    material: MaterialProfile
    hints: PrintHints
    into: Path
    """A folder of this slicing alone."""
    copies: int = 1
    """Side by side on one plate."""
    quality: QualityProfile | None = None
    """None: what hints and machine ask for, as it ships."""

    def settings(self) -> Effective:
        """Raises ProfileError."""
        return effective(self.profile, self.material, self.hints, self.quality)


@dataclass(frozen=True)
class Sliced:
    """G-code and what the slicer says of it, for the whole plate."""

    gcode: Path
    slicer: str
    """Name and version."""
    print_seconds: float | None
    filament_g: float | None
    filament_mm: float | None
    layers: int | None
    copies: int = 1

    @property
    def filament_g_each(self) -> float | None:
        """What one copy takes; the plate's skirt is shared."""
        return None if self.filament_g is None else self.filament_g / self.copies


class Slicer(Protocol):
    """One slicing program. The same request gives the same bytes."""

    async def version(self) -> str:
        """Name and version; raises SliceError(MISSING) when the program is not installed."""
        ...

    async def slice(self, request: SliceRequest) -> Sliced:
        """Raises SliceError with the reason in words for an operator."""
        ...
