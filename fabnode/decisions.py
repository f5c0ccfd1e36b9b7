"""What an operator can decide, from words to events: the same for the local page and the command line."""

from typing import Literal, get_args

from fabnode import events as e
from fabnode.errors import FabnodeError

Verdict = Literal["good", "scrap"]
Settlement = Literal["good", "scrap", "not-started"]


class NotADecision(FabnodeError):
    """The word is none that can be decided by."""


class Refused(FabnodeError):
    """The decision has no place now; the message says why."""


def verdict(word: str, by: str, reason: str | None) -> e.AcceptedGood | e.AcceptedScrap:
    """Raises NotADecision."""
    match word:
        case "good":
            return e.AcceptedGood(by)
        case "scrap":
            return e.AcceptedScrap(by, reason)
        case _:
            raise NotADecision(f"a part is {' or '.join(get_args(Verdict))}, not {word!r}")


def settlement(word: str, by: str, reason: str | None) -> e.Event:
    """Raises NotADecision."""
    if word == "not-started":
        return e.SettledNotStarted(by)
    if word in get_args(Verdict):
        return verdict(word, by, reason)
    raise NotADecision(f"an uncertain attempt is settled as {', '.join(get_args(Settlement))}, not {word!r}")
