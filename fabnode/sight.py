"""How long something has been so at one machine, as far as this process watched it. By the boot clock."""

from fabnode.clock import boot_seconds
from fabnode.observation import Doubt

UNCERTAIN_LOOKS = 12
"""One look in so many reads the machine's record of an uncertain attempt."""


class Sight:
    """What a worker remembers from look to look."""

    def __init__(self, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._seen_at: float | None = None
        self._printing_since: float | None = None
        self._doubtful_since: float | None = None
        self._record_read_at = float("-inf")
        self.progress: float | None = None
        """Of our print, as last seen."""

    def seen(self) -> None:
        """The machine answered."""
        self._seen_at = boot_seconds()

    def lost(self) -> None:
        """It did not: what is not known cannot be doubted yet."""
        self._doubtful_since = None

    def over(self) -> None:
        """No attempt holds the machine any more."""
        self._doubtful_since = self._printing_since = self.progress = None

    def printing(self, progress: float | None) -> None:
        """It runs our file."""
        self.progress = self.progress if progress is None else progress
        self._doubtful_since = None
        self._printing_since = self._printing_since or boot_seconds()

    def record_read(self) -> None:
        """Its record of our file was just asked for."""
        self._record_read_at = boot_seconds()

    def doubt(self, allowed_seconds: float, *, anew: bool) -> Doubt:
        """Neither running nor recorded, since when; `anew` where the start is just on its way."""
        if anew or self._doubtful_since is None:
            self._doubtful_since = boot_seconds()
        return Doubt(boot_seconds() - self._doubtful_since, allowed_seconds)

    def is_record_old(self) -> bool:
        """An uncertain attempt may wait for its operator for days: its record is not read with every look."""
        return boot_seconds() - self._record_read_at > self._poll_seconds * UNCERTAIN_LOOKS

    def gap_seconds(self) -> float | None:
        """How long ago it was seen; None when never."""
        return None if self._seen_at is None else boot_seconds() - self._seen_at

    def print_seconds(self) -> float | None:
        """How long it printed; None when it ended out of our sight, or began before this process."""
        unseen = self.gap_seconds()
        if self._printing_since is None or unseen is None or unseen > 3 * self._poll_seconds + 5:
            return None
        return boot_seconds() - self._printing_since
