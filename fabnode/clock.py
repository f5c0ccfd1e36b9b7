"""The clock that permits and graces are measured by: it only grows, and it counts the time a machine was asleep."""

import time
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Moment:
    """A moment that another process of the same boot can measure from, whatever happens to the calendar's clock."""

    boot: str
    """Empty where the system does not tell one boot from another."""
    seconds: float
    """On the boot clock."""

    def until(self, later: "Moment") -> float:
        """Seconds from this moment to a later one; infinite when nobody can know."""
        known = self.boot and self.boot == later.boot and later.seconds >= self.seconds
        return later.seconds - self.seconds if known else float("inf")


def moment() -> Moment:
    """Now. A small computer without a battery for its clock comes up in its own past: only a boot clock is believed."""
    try:
        boot = BOOT_ID.read_text().strip()
    except OSError:
        boot = ""
    return Moment(boot, boot_seconds())


def boot_seconds() -> float:
    """Seconds on a clock nobody can set. Unlike `time.monotonic` it goes on while the computer is suspended:

    a permit taken before the lid was closed must not still be valid hours later.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
