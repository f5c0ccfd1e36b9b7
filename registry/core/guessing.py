"""How often a password may be guessed: so often from one address for one name, then not before some minutes have gone.

Kept in the memory of the process: a restart forgives, and several processes each allow their share. Somebody who is
kept out from one address still gets in from another, so that nobody can lock a member out from afar.
"""

from collections import OrderedDict
from dataclasses import dataclass

FREE_GUESSES = 10
"""Enough for a person who tries their old passwords; one address gets through about 3,000 in a day."""
WINDOW_SECONDS = 300.0
MOST_NAME = 80
"""Of a name, this much is remembered: a form may send any length."""
MOST_REMEMBERED = 10_000
"""Pairs of name and address; beyond, the oldest are forgotten. To push one out costs thousands of slow hashes."""


@dataclass(frozen=True)
class _Series:
    """Guesses since the first of them."""

    began: float
    count: int


class Guesses:
    """The guesses of late. `now` is a clock that only goes forward, in seconds."""

    def __init__(self) -> None:
        self._series: OrderedDict[tuple[str, str], _Series] = OrderedDict()

    def take(self, name: str, address: str, now: float) -> int:
        """Count a guess, before it is judged, so that many at once count too. 0: go on; else the seconds to wait."""
        key = (name[:MOST_NAME], address)
        series = self._series.get(key)
        if series is None or now - series.began >= WINDOW_SECONDS:
            series = _Series(now, 0)
            self._series.pop(key, None)
        if series.count >= FREE_GUESSES:
            return max(1, int(series.began + WINDOW_SECONDS - now))
        self._series[key] = _Series(series.began, series.count + 1)
        while len(self._series) > MOST_REMEMBERED:
            self._series.popitem(last=False)
        return 0

    def forgive(self, name: str, address: str) -> None:
        """The guess was right: those before were mistakes."""
        self._series.pop((name[:MOST_NAME], address), None)
