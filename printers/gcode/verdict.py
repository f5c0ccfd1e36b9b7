"""What the judgement says: accepted or not, why, and the figures of the print."""

from dataclasses import dataclass, field
from math import pi

from printers.gcode.limits import Box

MAX_REASONS = 40
"""Enough to understand what is wrong with a file; the rest is counted."""
SHOWN_BYTES = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file may not run."""

    line: int
    """Counted from 1; 0 when it concerns the file as a whole."""
    code: str
    """not_allowed, not_understood, outside, too_hot, too_fast, cold, unhomed, heaters_on, empty …"""
    message: str
    """For the operator: what the line does, the value, and what would be right."""

    command: str = ""
    """The line itself, shortened."""

    def __str__(self) -> str:
        if not self.line:
            return self.message
        return (
            f"line {self.line} ({self.command}): {self.message}"
            if self.command
            else f"line {self.line}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What the file would do. Boxes are None when there is no such move."""

    lines: int
    commands: int
    extrusion_box: Box | None
    """Around every move that lays material."""
    motion_box: Box | None
    """Around every move after homing."""
    max_nozzle_c: float
    max_bed_c: float
    moving_seconds: float
    """All moves at their full feed rate, dwells included: a lower bound of the print time."""
    filament_mm: float
    layers: int
    """Different heights at which material is laid in the printable area: a purge line beside it is no layer."""

    def filament_g(self, *, diameter_mm: float, density_g_cm3: float) -> float:
        """Mass of the filament used."""
        return self.filament_mm * pi / 4 * diameter_mm**2 * density_g_cm3 / 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file may run on the machine it was judged for."""

    reasons: tuple[Reason, ...]
    figures: Figures
    more_reasons: int = 0
    """How many were found beyond those that are listed."""

    @property
    def accepted(self) -> bool:
        return not self.reasons

    def explain(self) -> str:
        """All reasons as text, one a line."""
        lines = [str(reason) for reason in self.reasons]
        if self.more_reasons:
            lines.append(f"… and {self.more_reasons} more")
        return "\n".join(lines)


@dataclass(slots=True)
class Objections:
    """Collects reasons while a file is read; bounded, however bad the file is."""

    reasons: list[Reason] = field(default_factory=list)
    more: int = 0
    text: bytes = b""
    """The line that is being read."""

    def add(self, line: int, code: str, message: str) -> None:
        if len(self.reasons) < MAX_REASONS:
            self.reasons.append(Reason(line, code, message, _shown(self.text) if line else ""))
        else:
            self.more += 1


def _shown(line: bytes) -> str:
    """A line as an operator can read it: one line of printable ASCII, without its comment, shortened."""
    text = line[:SHOWN_BYTES].decode("ascii", errors="backslashreplace").partition(";")[0].strip()
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return shown + "…" if len(line) > SHOWN_BYTES else shown
