"""What has to be done to a machine every so many hours, grams or days, and whether it is due. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from fabnode.config import Interval

SOON = 0.9
"""The share of an interval from which on it is shown."""


@dataclass(frozen=True)
class Worked:
    """What a machine did since the thing was done last."""

    hours: float = 0.0
    grams: float = 0.0
    days: float = 0.0


@dataclass(frozen=True)
class Due:
    """How one interval stands."""

    what: str
    share: float
    """Of the interval that is used up; 1 and more is due."""
    stop: bool
    note: str
    words: str

    @property
    def now(self) -> bool:
        return self.share >= 1

    @property
    def shown(self) -> bool:
        return self.share >= SOON


def standing(interval: Interval, worked: Worked) -> Due:
    """By the measure of the interval that is used up most."""
    measures = [
        (worked.hours, interval.every_hours, "print hours"),
        (worked.grams, interval.every_grams, "g"),
        (worked.days, interval.every_days, "days"),
    ]
    share, words = max((done / every, f"{done:.0f} of {every:g} {unit}") for done, every, unit in measures if every)
    note = f" ({interval.note})" if interval.note else ""
    return Due(interval.what, share, interval.stop, interval.note, f"{interval.what}: {words}{note}")


def stopping(machine: str, dues: Iterable[Due]) -> str | None:
    """Why a machine takes no new job, in words for its operator."""
    due = next((due for due in dues if due.now and due.stop), None)
    if due is None:
        return None
    return f"maintenance is due, {due.words}: do it, then say `fabnode maintenance done {machine} {due.what}`"
