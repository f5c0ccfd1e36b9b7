"""What differs between two sets of measurements, whichever figures they have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_UNITS = (
    ("_mm3", "mm³"),
    ("_mm2", "mm²"),
    ("_g_mm2", "g·mm²"),
    ("_mm5", "mm⁵"),
    ("_mm4", "mm⁴"),
    ("_mm", "mm"),
    ("_g", "g"),
    ("_deg", "°"),
    ("_percent", "%"),
    ("_s", "s"),
)
"""How a name ends, and the unit that it says; the longest fitting end counts."""
_LENGTHS = ("bounding_box", "centre_of_mass")
"""Names without a unit whose numbers are millimetres."""
MOST = 500
"""Figures of one set that are looked at."""
MAX_DEPTH = 6
SAME = 1e-9
"""Share of the larger one below which two figures differ in the last bits only."""


@dataclass(frozen=True)
class FigureChange:
    """One figure that is not the same on both sides. Its name is a path: `bounding_box.size.2`."""

    name: str
    unit: str
    """Empty: a count, or a word."""
    before: float | bool | str | None
    """None: this side has no such figure."""
    after: float | bool | str | None

    @property
    def difference(self) -> float | None:
        """After minus before; None unless both are numbers."""
        if not _is_number(self.before) or not _is_number(self.after):
            return None
        return float(self.after) - float(self.before)  # type: ignore[arg-type]

    @property
    def relative(self) -> float | None:
        """The difference as a share of the value before; None where there is none, or it was zero."""
        return self.difference / abs(float(self.before)) if self.before and self.difference is not None else None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "before": self.before,
            "after": self.after,
            "difference": self.difference,
            "relative": self.relative,
        }


def compare_figures(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FigureChange, ...]:
    """Two sets as JSON (measurements.json): every figure that differs, in the order in which they stand there."""
    old, new = _flat(before), _flat(after)
    return tuple(
        FigureChange(name, unit_of(name), old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if not _same(old.get(name), new.get(name))
    )


def unit_of(name: str) -> str:
    """The unit of a figure by its name; empty for counts and words."""
    parts = [part for part in name.split(".") if not part.isdigit()]
    for part in reversed(parts):
        fitting = [(end, unit) for end, unit in _UNITS if part.endswith(end)]
        if fitting:
            return max(fitting, key=lambda each: len(each[0]))[1]
        if part in _LENGTHS:
            return "mm"
    return ""


def _flat(value: Any, path: tuple[str, ...] = ()) -> dict[str, float | bool | str]:
    if isinstance(value, bool | int | float | str):
        return {".".join(path): value if isinstance(value, bool | str) else float(value)}
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    found: dict[str, float | bool | str] = {}
    if len(path) < MAX_DEPTH:
        for name, inner in items:
            found |= _flat(inner, (*path, str(name)))
            if len(found) >= MOST:
                break
    return found


def _same(before: float | bool | str | None, after: float | bool | str | None) -> bool:
    if _is_number(before) and _is_number(after):
        first, second = float(before), float(after)  # type: ignore[arg-type]
        return abs(first - second) <= SAME * max(abs(first), abs(second))
    return before == after


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
