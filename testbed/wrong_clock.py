"""A process whose calendar's clock is wrong: see wrong_clock.c."""

from collections.abc import Mapping
from pathlib import Path

from testbed.preload import compiled

SOURCE = Path(__file__).with_suffix(".c")


def wrong_by(days: int, folder: Path) -> Mapping[str, str]:
    """The environment of a process whose clock is so many days ahead, or behind. The library is made in `folder`."""
    return {"LD_PRELOAD": str(compiled(SOURCE, folder)), "CLOCK_OFFSET": str(days * 86_400)}
