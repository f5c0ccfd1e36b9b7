"""Whose task gives way: who used a slice of time lately comes after who did not. Rules only; times in seconds.

A task is young, and goes first, for as long as its owner has something left of a slice. What somebody used fades, by
half every HALF_LIFE_SECONDS, so that a slider that rests is young again. Tasks without an owner count by themselves.
"""

import math
from dataclasses import dataclass, field

SLICE_SECONDS = 2.0
"""More than the build of a slider's step takes as a rule."""
HALF_LIFE_SECONDS = 10.0
FORGOTTEN_SECONDS = 0.01
"""Less is nothing."""


@dataclass(frozen=True)
class Used:
    """So many seconds, as counted at a moment."""

    seconds: float
    at: float

    def faded(self, now: float) -> float:
        """What is left of them. A clock that stands still or goes back fades nothing."""
        return self.seconds * math.exp2(-max(0.0, now - self.at) / HALF_LIFE_SECONDS)


@dataclass
class Slices:
    """What each owner used lately."""

    _used: dict[str, Used] = field(default_factory=dict)
    _since: dict[str, list[float]] = field(default_factory=dict)
    """When the tasks began that run."""

    def begin(self, owner: str, now: float) -> float:
        """A task begins. Returns for how long it is young."""
        if not owner:
            return SLICE_SECONDS
        left = max(0.0, SLICE_SECONDS - self._lately(owner, now))
        self._since.setdefault(owner, []).append(now)
        return left

    def end(self, owner: str, began: float, now: float) -> None:
        """The task that began at `began` is over."""
        if not owner:
            return
        used = self._used.get(owner, Used(0.0, now)).faded(now) + max(0.0, now - began)
        self._used[owner] = Used(used, now)
        self._since[owner].remove(began)
        if not self._since[owner]:
            del self._since[owner]
        self._forget(now)

    def _lately(self, owner: str, now: float) -> float:
        ended = self._used.get(owner, Used(0.0, now)).faded(now)
        return ended + sum(max(0.0, now - began) for began in self._since.get(owner, ()))

    def _forget(self, now: float) -> None:
        for owner in [owner for owner, used in self._used.items() if used.faded(now) < FORGOTTEN_SECONDS]:
            del self._used[owner]
