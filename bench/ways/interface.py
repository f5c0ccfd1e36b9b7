"""The seam between the clock and what is timed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bench.subjects import Subject

TOLERANCE_MM = 0.1
ANGULAR_TOLERANCE_RAD = 0.3
"""Of every mesh in the comparison, where the way can be told: the ones that a recipe has by itself."""
NICENESS = 5
"""Of every process that is timed. Jailed builds give way to the server; on a machine that does other work beside the
benchmark a floor of another priority would be another machine."""


class WayFailed(Exception):
    """No mesh came out. The message has what was said."""


@dataclass(frozen=True)
class Sample:
    """One mesh made."""

    seconds: float
    """From asking to having the file, by the wall clock."""
    cpu_seconds: float | None = None
    """Of all processes that worked on it; None where that is not known."""


class Way(Protocol):
    """One way."""

    name: str

    def once(self, subject: Subject, values: Mapping[str, str]) -> Sample:
        """Make the mesh with these values; raises WayFailed."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...
