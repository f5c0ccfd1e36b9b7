"""Spools of material and what prints take from them. Pure.

A print's material is counted from the moment that the print may begin: until it has ended, what the slicer says it
needs is kept aside; then what it really took is taken off, once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fabnode.protocol import AttemptState as S

ENDED_WHOLE = frozenset({S.FINISHED_UNVERIFIED, S.GOOD, S.SCRAP})
ENDED_EARLY = frozenset({S.FAILED, S.CANCELLED})
NEVER_BEGUN = "SettledNotStarted"
"""The journal's name of a person's word that the machine never began."""


@dataclass(frozen=True)
class Spool:
    """One spool."""

    id: str
    material: str
    colour: str | None
    name: str
    grams: float
    """On it, without what prints that are not over yet need of it."""
    at: datetime
    """When somebody weighed it, or its keeper said so."""
    spoolman: bool = False
    """Spoolman keeps it."""


@dataclass(frozen=True)
class Use:
    """What one attempt takes from a spool: as planned, until it is over."""

    attempt: str
    machine: str
    spool: str | None
    grams: float
    seconds: float
    """As planned."""
    began_at: datetime


@dataclass(frozen=True)
class Ending:
    """How an attempt came out, as far as its material is concerned."""

    state: S
    event: str
    """The journal's name of what ended it."""
    began: bool
    """Whether the machine was ever known to run it."""
    progress: float | None
    """As last seen, 0 to 1."""
    seconds: float | None
    """How long it printed, where that is known."""


def remaining_g(spool: Spool, uses: Iterable[Use], *, but: str | None = None) -> float:
    """What nobody needs yet. `but`: the attempt whose own share is not counted."""
    kept = sum(use.grams for use in uses if use.spool == spool.id and use.attempt != but)
    return max(spool.grams - kept, 0.0)


def share_made(use: Use, ending: Ending) -> float | None:
    """How much of a print was laid, 0 to 1. None: it is not over, or nobody knows yet."""
    if ending.state in ENDED_WHOLE:
        return 1.0
    if ending.state not in ENDED_EARLY:
        return None
    if not ending.began or ending.event == NEVER_BEGUN:
        return 0.0
    if ending.progress is not None:
        return min(max(ending.progress, 0.0), 1.0)
    if ending.seconds is not None and use.seconds > 0:
        return min(max(ending.seconds / use.seconds, 0.0), 1.0)
    return 1.0


def shortage(needed_g: float | None, spool: Spool | None, left_g: float) -> str | None:
    """Why a print cannot be finished with what is on the spool."""
    if needed_g is None or spool is None or needed_g <= left_g:
        return None
    words = " ".join(filter(None, (spool.material, spool.colour)))
    return f"it needs {needed_g:.0f} g and spool {spool.id} ({words}) has {left_g:.0f} g left"
