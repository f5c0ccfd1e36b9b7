"""What is said about licences: whether something may be done, why, and what follows from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Whether something may be done under the licences concerned, and what follows from it."""

    allowed: bool
    certain: bool
    """False where the texts do not settle it; the reasons then say what is open. Mostly it is not allowed then."""
    reasons: tuple[str, ...]
    """Whole sentences for the person it concerns; never empty."""
    clauses: tuple[str, ...] = ()
    """Where it stands, like `CERN-OHL-S-2.0 §3.3(d)`."""
    duties: tuple[str, ...] = ()
    """What the result must carry or do, as whole sentences."""


def best(each: Sequence[Verdict]) -> Verdict:
    """The verdict where somebody may choose: what is surely allowed, else allowed, else not surely refused."""
    return max(each, key=lambda verdict: (verdict.allowed, verdict.certain == verdict.allowed))


def all_hold(each: Sequence[Verdict]) -> Verdict:
    """The verdict where everything has to hold: what refuses is told, or else everything."""
    refused = [verdict for verdict in each if not verdict.allowed]
    told = [verdict for verdict in refused if verdict.certain] or refused or list(each)
    return Verdict(
        allowed=not refused,
        certain=all(verdict.certain for verdict in told),
        reasons=_once(told, lambda verdict: verdict.reasons),
        clauses=_once(told, lambda verdict: verdict.clauses),
        duties=_once(told, lambda verdict: verdict.duties),
    )


def _once(verdicts: Sequence[Verdict], part: Callable[[Verdict], tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for verdict in verdicts for item in part(verdict)))
