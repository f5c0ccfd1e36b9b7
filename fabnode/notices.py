"""What people are told of, in words, and how often. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fabnode.config import Occasion
from fabnode.events import Tell
from fabnode.protocol import AttemptState as S
from fabnode.records import Record

HOUR = timedelta(hours=1)
LISTED = 20

OCCASION_OF: dict[S, Occasion] = {
    S.AWAITING_OPERATOR: "needs_operator",
    S.FINISHED_UNVERIFIED: "finished",
    S.FAILED: "failed",
    S.CANCELLED: "failed",
    S.UNCERTAIN: "uncertain",
}
"""States of an attempt that somebody wants to hear of."""


@dataclass(frozen=True)
class Notice:
    """One message."""

    occasion: Occasion
    mark: str
    """The same for the same happening, so that nobody hears of it twice."""
    machine: str
    title: str
    text: str
    at: datetime


def of_attempt(record: Record, machine_name: str, tell: Tell, at: datetime) -> Notice | None:
    """What is told of an attempt that came to a state. None: nothing.

    A job that goes back before anything was begun is the registry's affair: another machine may take it.
    """
    state, began = tell.state, record.started_at is not None
    occasion = OCCASION_OF.get(state)
    goes_back = not began and (state is S.CANCELLED or tell.retry)
    if occasion is None or goes_back:
        return None
    title, ask = _WORDS[state]
    words = [f"{record.claimed.design}.", f"{tell.reason}." if tell.reason else "", ask]
    mark = f"{record.attempt.id}:{state.value}"
    title = f"{machine_name} {title}"
    return Notice(occasion, mark, record.attempt.machine, title, " ".join(filter(None, words)), at)


def of_recall(record: Record, machine_name: str, reason: str, at: datetime) -> Notice:
    """What a machine makes was recalled for safety: somebody decides whether it goes on."""
    text = f"{record.claimed.design}: {reason}. Stop it, or let it end, and hand out no part of it."
    title = f"{machine_name} makes what was recalled for safety"
    return Notice("needs_operator", f"{record.attempt.id}:recalled", record.attempt.machine, title, text, at)


def of_shortage(record: Record, machine_name: str, lack: str, at: datetime) -> Notice:
    """A job went back because the spool does not last for it: until somebody comes the machine takes no other."""
    text = f"{record.claimed.design}: {lack}. Load another spool."
    mark = f"{record.attempt.id}:short"
    return Notice("needs_operator", mark, record.attempt.machine, f"{machine_name} needs a spool", text, at)


_WORDS: dict[S, tuple[str, str]] = {
    S.AWAITING_OPERATOR: ("waits for you", "Clear the bed, and say so on the local page."),
    S.FINISHED_UNVERIFIED: ("has finished", "Look at the part, and say whether it counts."),
    S.FAILED: ("did not make a part", ""),
    S.CANCELLED: ("stopped: its print was cancelled", ""),
    S.UNCERTAIN: ("is uncertain", "Look at the machine, and settle it on the local page."),
}


@dataclass(frozen=True)
class Batch:
    """What goes out as one message now, and when to look again where nothing does."""

    notices: tuple[Notice, ...]
    wait_seconds: float = 0.0


def batch(pending: Sequence[Notice], sent: Sequence[datetime], most_per_hour: int, now: datetime) -> Batch:
    """The next message of a channel that sent messages at these times.

    Within the limit one notice is one message. At the limit they gather, and go out together as soon as it allows.
    """
    if not pending:
        return Batch((), HOUR.total_seconds())
    recent = sorted(at for at in sent if now - at < HOUR)
    if len(recent) >= most_per_hour:
        free_at = recent[-most_per_hour] + HOUR
        return Batch((), max((free_at - now).total_seconds(), 0.0))
    last_of_the_hour = len(recent) == most_per_hour - 1
    return Batch(tuple(pending) if last_of_the_hour else tuple(pending[:1]))


def worded(notices: Sequence[Notice]) -> tuple[str, str]:
    """Title and text of a message."""
    if len(notices) == 1:
        return notices[0].title, notices[0].text
    lines = [f"{notice.title}: {notice.text}" for notice in notices[:LISTED]]
    more = [f"and {len(notices) - LISTED} more"] if len(notices) > LISTED else []
    return f"{len(notices)} messages from the workshop", "\n".join(lines + more)
