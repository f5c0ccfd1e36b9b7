"""What an operator can decide, from words to events: the same for the local page and the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from fabnode import events as e
from fabnode.errors import FabnodeError

Verdict = Literal["good", "scrap"]
Settlement = Literal["good", "scrap", "not-started"]


class NotADecision(FabnodeError):
    """The word is none that can be decided by."""


class Refused(FabnodeError):
    """The decision has no place now; the message says why."""


@dataclass(frozen=True)
class Said:
    """What somebody said about an attempt."""

    by: str
    verdict: str = ""
    reason: str | None = None
    good_copies: int | None = None
    """Of a plate that is good: how many of its copies. None: all."""


def verdict(word: str, by: str, reason: str | None, good_copies: int | None = None) -> e.AcceptedGood | e.AcceptedScrap:
    """`good_copies`: of a plate that is good, how many of its copies; None: all. Raises NotADecision."""
    match word:
        case "good" if good_copies == 0:
            return e.AcceptedScrap(by, reason or "none of its copies is good")
        case "good":
            return e.AcceptedGood(by, good_copies)
        case "scrap":
            return e.AcceptedScrap(by, reason)
        case _:
            raise NotADecision(f"a part is {' or '.join(get_args(Verdict))}, not {word!r}")


def settlement(word: str, by: str, reason: str | None, good_copies: int | None = None) -> e.Event:
    """Raises NotADecision."""
    if word == "not-started":
        return e.SettledNotStarted(by)
    if word in get_args(Verdict):
        return verdict(word, by, reason, good_copies)
    raise NotADecision(f"an uncertain attempt is settled as {', '.join(get_args(Settlement))}, not {word!r}")


DECISIONS: Mapping[str, Callable[[Said], e.Event]] = MappingProxyType(
    {
        "verdict": lambda said: verdict(said.verdict, said.by, said.reason, said.good_copies),
        "settle": lambda said: settlement(said.verdict, said.by, said.reason, said.good_copies),
        "cancel": lambda said: e.CancelAsked(f"cancelled by {said.by}"),
        "pause": lambda said: e.PauseAsked(),
        "resume": lambda said: e.ResumeAsked(),
    }
)
"""What can be decided about an attempt; each raises NotADecision where its word is none."""
ONLY_WHILE_IT_RUNS = frozenset({"pause", "resume"})
"""Decisions that mean nothing to an agent that does not run: it would carry them out much later."""
