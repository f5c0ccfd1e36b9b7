"""What machines look like on the wire that were judged for an order."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel

from registry.actions.matches import Matches as Judged
from registry.api.machines import MachineOut, machine_out
from registry.core.reasons import Code
from registry.core.verdicts import outlook_words


class ReasonOut(BaseModel):
    code: Code
    words: str


class OutlookOut(BaseModel):
    """What making it there comes to. All of it is an estimate; null: it cannot be said."""

    way: str | None
    """How the part would lie: as drawn, on its back, on its left side."""
    distance_km: float | None
    cost: Decimal | None
    """Of all copies, in `currency`; exact numbers are text."""
    currency: str | None
    grams: float | None
    """Of one copy."""
    seconds: float | None
    """That one copy takes."""
    ready_at: datetime | None
    """When the last copy could be made, if nothing comes in between."""
    ahead: int
    """Parts that wait and come before."""


class MatchOut(BaseModel):
    machine: MachineOut
    can: bool
    verdict: str
    """In words: can make it, can make it later, can make it but late, cannot make it."""
    reasons: tuple[ReasonOut, ...]
    """Why it cannot; empty when it can."""
    notes: tuple[ReasonOut, ...]
    """What it must wait for, what is good to know, or what is not known yet. They refuse nothing."""
    outlook: OutlookOut
    figures: tuple[str, ...]
    """The outlook in words, estimates with their `about`."""


class Matches(BaseModel):
    where: str
    """In a sentence: where it will be made."""
    able: int
    """How many machines can make it."""
    machines: tuple[MatchOut, ...]
    """Those that can, and could soonest, first."""


def matches_out(found: Judged) -> Matches:
    return Matches(
        where=found.where,
        able=found.able,
        machines=tuple(
            MatchOut(
                machine=machine_out(one.machine),
                can=one.decision.can,
                verdict=one.decision.verdict,
                reasons=tuple(ReasonOut(code=reason.code, words=reason.words) for reason in one.decision.reasons),
                notes=tuple(ReasonOut(code=note.code, words=note.words) for note in one.decision.notes),
                outlook=OutlookOut.model_validate(vars(one.decision.outlook)),
                figures=outlook_words(one.decision),
            )
            for one in found.machines
        ),
    )
