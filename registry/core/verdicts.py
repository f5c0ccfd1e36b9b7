"""Machines judged together: in which order they are shown, where it will be made, and what it comes to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.core.asking import kilometres
from registry.core.estimates import about, about_long
from registry.core.reasons import Code, Decision, Outlook

NOBODY = "no machine can make it yet: an order waits for one that can"


@dataclass(frozen=True)
class Judged:
    """One machine's decision, and how it is called."""

    name: str
    facility: str
    decision: Decision


class By(StrEnum):
    """What counts most among the machines that can make it in time."""

    SOONEST = "soonest"
    CHEAPEST = "cheapest"
    NEAREST = "nearest"


def rank(decision: Decision, by: By = By.SOONEST) -> tuple[bool, bool, str, float, float, int]:
    """Sorts the machines: those that can, in time, the best by what counts, the soonest, with the fewest notes first.

    What is not known comes last. Prices in different currencies are not compared: each currency stands by itself.
    """
    outlook = decision.outlook
    late = any(note.code is Code.DEADLINE for note in decision.notes)
    soon = _known(None if outlook.ready_at is None else outlook.ready_at.timestamp())
    best, kind = soon, ""
    if by is By.NEAREST:
        best = _known(outlook.distance_km)
    elif by is By.CHEAPEST:
        best = _known(None if outlook.cost is None else float(outlook.cost))
        kind = _LAST if outlook.cost is None else (outlook.currency or "") if outlook.cost else ""
    notes = len(decision.notes) if decision.can else len(decision.reasons)
    return not decision.can, late, kind, best, soon, notes


_LAST = "~"
"""After every currency."""


def _known(value: float | None) -> float:
    return float("inf") if value is None else value


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


def outlook_words(decision: Decision) -> tuple[str, ...]:
    """Estimates, each with its `about`; nothing of a machine that cannot make it but how far it is."""
    outlook = decision.outlook
    away = () if outlook.distance_km is None else (f"{kilometres(outlook.distance_km)} away",)
    return (*away, *_figures(outlook)) if decision.can else away


def _figures(outlook: Outlook) -> tuple[str, ...]:
    told = []
    if outlook.cost is not None and outlook.currency is not None:
        told.append(f"about {about(float(outlook.cost))} {outlook.currency}" if outlook.cost else "free of charge")
    if outlook.seconds is not None:
        told.append(f"about {about_long(outlook.seconds)} a copy")
    if outlook.grams is not None:
        told.append(f"about {about(outlook.grams)} g a copy")
    if outlook.ready_at is not None:
        told.append(f"ready about {outlook.ready_at:%-d %b %H:%M} UTC")
    return tuple(told)
