"""The operator-present mark: a file that says when somebody last said that they stand at the machine.

A router or a laser may not begin unattended. The mark expires by itself; whatever the operator uses to give it (the
agent's page, a key switch's script) writes the file, and the driver looks at nothing but its time.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from printers.machine import MachineRefused

CLOCK_SLACK_SECONDS = 2.0
"""File times are coarser than the clock."""


class OperatorMark:
    def __init__(self, path: Path, seconds: float, clock: Callable[[], float] = time.time) -> None:
        """seconds: how long a mark holds."""
        self.path = path
        self._seconds = seconds
        self._clock = clock
        self._alarm_since: float | None = None

    def give(self) -> None:
        """Somebody says now that they are at the machine."""
        now = self._clock()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        os.utime(self.path, (now, now))

    def take_away(self) -> None:
        self.path.unlink(missing_ok=True)

    def saw_to(self, alarm: int | None) -> bool:
        """Whether somebody gave the mark since this alarm was first told of here: one from before does not count."""
        if alarm is None:
            self._alarm_since = None
            return True
        if self._alarm_since is None:
            self._alarm_since = self._clock()
        at = self._given()
        return at is not None and at > self._alarm_since

    def absence(self) -> str | None:
        """In words for the operator; None while somebody is there."""
        if self._given() is not None:
            return None
        minutes = f"{self._seconds / 60:g} minutes"
        return f"nobody has said in the last {minutes} to be at the machine: go there and confirm that you are there"

    def require(self) -> None:
        """Raises MachineRefused when nobody is there."""
        if absence := self.absence():
            raise MachineRefused(absence)

    def _given(self) -> float | None:
        """When the mark was given, if it holds. One from the future comes from a clock that was set back: not
        believed."""
        try:
            at = self.path.stat().st_mtime
        except FileNotFoundError:
            return None
        age = self._clock() - at
        return at if -CLOCK_SLACK_SECONDS <= age <= self._seconds else None
