"""What a machine's offer comes to, for people who compare: price, time and distance, each in its place. Pure."""

from dataclasses import dataclass
from datetime import datetime

from registry.core.asking import kilometres
from registry.core.estimates import about, about_long
from registry.core.reasons import Decision, Outlook
from registry.core.verdicts import By

ARRANGEMENTS = ((By.SOONEST, "Soonest first"), (By.CHEAPEST, "Cheapest first"), (By.NEAREST, "Nearest first"))


@dataclass(frozen=True)
class Offer:
    """All figures are estimates; an empty one is not known."""

    price: str
    ready: str
    """When the last copy could be made."""
    distance: str
    details: tuple[str, ...]
    """Of one copy."""

    def __bool__(self) -> bool:
        return bool(self.price or self.ready or self.distance or self.details)


def offer(decision: Decision, now: datetime) -> Offer:
    """Nothing of a machine that cannot make it but how far it is."""
    outlook = decision.outlook
    distance = "" if outlook.distance_km is None else kilometres(outlook.distance_km)
    if not decision.can:
        return Offer("", "", distance, ())
    return Offer(_price(outlook), _ready(outlook, now), distance, _details(outlook))


def by_name(name: str) -> By:
    """What somebody chose; the usual where it is nothing that is known."""
    return next((by for by, _ in ARRANGEMENTS if by == name), By.SOONEST)


def _price(outlook: Outlook) -> str:
    if outlook.cost is None or outlook.currency is None:
        return ""
    return f"about {about(float(outlook.cost))} {outlook.currency}" if outlook.cost else "free of charge"


def _ready(outlook: Outlook, now: datetime) -> str:
    if outlook.ready_at is None:
        return ""
    left = (outlook.ready_at - now).total_seconds()
    return f"in about {about_long(max(60.0, left))}"


def _details(outlook: Outlook) -> tuple[str, ...]:
    told = []
    if outlook.seconds is not None:
        told.append(f"about {about_long(outlook.seconds)} a copy")
    if outlook.grams is not None:
        told.append(f"about {about(outlook.grams)} g a copy")
    return tuple(told)
