"""The clock that permits and graces are measured by: it only grows, and it counts the time a machine was asleep."""

import time


def boot_seconds() -> float:
    """Seconds on a clock nobody can set. Unlike `time.monotonic` it goes on while the computer is suspended:

    a permit taken before the lid was closed must not still be valid hours later.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
