"""What a virtual machine remembers of its prints, and what they have come to by a clock. Pure."""

from dataclasses import dataclass

from printers.machine import Outcome


@dataclass(frozen=True)
class Run:
    """One print of one file. Times are seconds since the epoch."""

    file: str
    begun: float
    seconds: float
    fail_at: float | None = None
    paused_since: float | None = None
    paused_seconds: float = 0.0
    cancelled_at: float | None = None

    def progress(self, now: float) -> float:
        until = self.paused_since if self.paused_since is not None else now
        done = (until - self.begun - self.paused_seconds) / self.seconds if self.seconds else 1.0
        return min(max(done, 0.0), 1.0)

    def outcome(self, now: float) -> Outcome | None:
        """How it ended; None while it goes on."""
        if self.cancelled_at is not None:
            return Outcome.CANCELLED
        progress = self.progress(now)
        if self.fail_at is not None and progress >= self.fail_at:
            return Outcome.FAILED
        return Outcome.DONE if progress >= 1 else None


@dataclass(frozen=True)
class Record:
    """Everything the machine remembers."""

    runs: tuple[Run, ...] = ()
    selected: str | None = None

    def running(self, now: float) -> Run | None:
        last = self.runs[-1] if self.runs else None
        return last if last is not None and last.outcome(now) is None else None
