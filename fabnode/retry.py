"""How long to wait before asking again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Grows from `first` to `most`, spread so that agents that failed together do not come back together."""

    first_seconds: float
    most_seconds: float

    def after(self, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures in a row; `chance` in [0, 1) is the caller's randomness."""
        whole: float = min(self.most_seconds, self.first_seconds * 2.0 ** min(max(failures - 1, 0), 30))
        return whole * (0.5 + chance / 2)


def spread(seconds: float) -> float:
    """About so long: what begins together, a hundred machines of one agent say, does not go on asking together."""
    return seconds * random.uniform(0.85, 1.15)  # noqa: S311  (spreading, not a secret)
