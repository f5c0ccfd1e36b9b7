"""How often something may be done: a bucket of permits that fills at a steady rate (the token-bucket rule).

Kept in the memory of the process: a restart fills every bucket, and several processes each allow their share.
"""

from collections import OrderedDict
from dataclasses import dataclass

MOST_REMEMBERED = 20_000
"""Buckets; beyond, those that were used longest ago are forgotten, which fills them."""


@dataclass(frozen=True)
class Allowance:
    """How much fits into a bucket, and how quickly it fills."""

    capacity: float
    per_second: float


@dataclass(frozen=True)
class Level:
    """What was in a bucket at a moment, in seconds of a clock that only goes forward."""

    permits: float
    at: float


def take(level: Level | None, allowance: Allowance, cost: float, now: float) -> tuple[Level, float]:
    """Take permits out of a bucket, None being a full one. Returns how it is then, and 0; or, where there are too few,
    the seconds until there are enough, and nothing is taken. What costs more than a bucket holds takes a full one.
    """
    before = Level(allowance.capacity, now) if level is None else level
    filled = min(allowance.capacity, before.permits + max(0.0, now - before.at) * allowance.per_second)
    wanted = min(cost, allowance.capacity)
    if filled >= wanted:
        return Level(filled - wanted, now), 0.0
    return Level(filled, now), (wanted - filled) / allowance.per_second


class Buckets:
    """A bucket for everybody who did something of late."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, Level] = OrderedDict()

    def take(self, key: str, allowance: Allowance, cost: float, now: float) -> float:
        """Take permits out of somebody's bucket. 0: go on; else the seconds to wait."""
        level, wait_seconds = take(self._levels.pop(key, None), allowance, cost, now)
        self._levels[key] = level
        while len(self._levels) > MOST_REMEMBERED:
            self._levels.popitem(last=False)
        return wait_seconds
