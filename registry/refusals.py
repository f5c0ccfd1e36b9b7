"""What this process refused lately, counted until it is written down: it tells what is missing.

Bounded in every direction, so that nobody can fill the board: what comes beyond is not counted. What a process has not
written when it dies is lost; it was a hint.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from registry.ids import DesignName, VersionName

MOST_KEPT = 500
"""Different refusals between two writings."""
MOST_AN_HOUR = 60
"""That one member, or all visitors together, are heard with."""
LONGEST = 200
HOUR_SECONDS = 3600


@dataclass(frozen=True)
class RefusedValue:
    """Somebody asked for a value that the version does not allow."""

    who: str
    version: VersionName
    parameter: str
    value: str


@dataclass(frozen=True)
class RefusedByLicence:
    """Somebody was refused because of a licence."""

    who: str
    design: DesignName
    deed: str
    """`fork` or `publish`."""
    reason: str


Refusal = RefusedValue | RefusedByLicence


class Refusals:
    """Only to be used on the event loop's thread."""

    def __init__(self) -> None:
        self._kept: Counter[Refusal] = Counter()
        self._heard: Counter[str] = Counter()
        self._hour = 0

    def note_values(self, who: str, version: VersionName, given: Mapping[str, object], moment: float) -> None:
        """A choice of parameters was refused; which of them do not fit is found out later. `moment` in seconds."""
        for parameter, value in given.items():
            self._note(RefusedValue(who, version, parameter[:LONGEST], str(value)[:LONGEST]), moment)

    def note_licence(self, who: str, design: DesignName, deed: str, reason: str, moment: float) -> None:
        """Something was refused because of a licence."""
        self._note(RefusedByLicence(who, design, deed, reason[:LONGEST]), moment)

    def take(self) -> Counter[Refusal]:
        """What was counted since the last time."""
        taken, self._kept = self._kept, Counter()
        return taken

    def _note(self, refusal: Refusal, moment: float) -> None:
        hour = int(moment // HOUR_SECONDS)
        if hour != self._hour:
            self._hour, self._heard = hour, Counter()
        if self._heard[refusal.who] >= MOST_AN_HOUR or (len(self._kept) >= MOST_KEPT and refusal not in self._kept):
            return
        self._heard[refusal.who] += 1
        self._kept[refusal] += 1
