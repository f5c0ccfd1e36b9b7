"""Many machines judged together: in which order they are shown, and in one sentence where it will be made. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.core.reasons import Code, Decision

NOBODY = "no machine can make it yet: an order waits for one that can"


@dataclass(frozen=True)
class Judged:
    """One machine's decision, and how it is called."""

    name: str
    facility: str
    decision: Decision


def rank(decision: Decision) -> tuple[bool, bool, float, int]:
    """Sorts the machines: those that can, in time, soonest, with the fewest notes first."""
    late = any(note.code is Code.DEADLINE for note in decision.notes)
    ready = decision.outlook.ready_at
    return (
        not decision.can,
        late,
        float("inf") if ready is None else ready.timestamp(),
        len(decision.notes) if decision.can else len(decision.reasons),
    )


def where_words(machines: Sequence[Judged]) -> str:
    """Where an order will be made, as far as it can be said."""
    able = [one for one in machines if one.decision.can]
    if not able:
        return NOBODY
    if len(able) == 1:
        (one,) = able
        return f"{one.name} at {one.facility} {one.decision.verdict}, and no other machine"
    places = sorted({one.facility for one in able})
    where = f"at {places[0]}" if len(places) == 1 else f"in {len(places)} facilities"
    at_once = sum(one.decision.verdict == "can make it" for one in able)
    now = f", {at_once} of them at once" if 0 < at_once < len(able) else "" if at_once else ", none of them at once"
    return f"{len(able)} machines {where} can make it{now}: whichever is free first takes it"
