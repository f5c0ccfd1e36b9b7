"""What a machine's offer comes to, for people who compare: price, time and distance, each in its place. Pure."""

from dataclasses import dataclass
from datetime import datetime

from registry.core.asking import kilometres
from registry.core.estimates import about, about_long
from registry.core.reasons import Decision, Outlook
from registry.core.verdicts import By
from registry.web.languages import _, noted

ARRANGEMENTS = (
    (By.SOONEST, noted("Soonest first")),
    (By.CHEAPEST, noted("Cheapest first")),
    (By.NEAREST, noted("Nearest first")),
)
VERDICTS = (
    noted("cannot make it"),
    noted("can make it, but late"),
    noted("can make it later"),
    noted("can make it"),
)
"""Of a decision, in English: the same few words everywhere."""


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
    return next((by for by, _words in ARRANGEMENTS if by == name), By.SOONEST)


def _price(outlook: Outlook) -> str:
    if outlook.cost is None or outlook.currency is None:
        return ""
    if not outlook.cost:
        return _("free of charge")
    return _("about %(amount)s %(currency)s") % {
        "amount": about(float(outlook.cost)),
        "currency": outlook.currency,
    }


def _ready(outlook: Outlook, now: datetime) -> str:
    if outlook.ready_at is None:
        return ""
    left = (outlook.ready_at - now).total_seconds()
    return _("in about %(time)s") % {"time": about_long(max(60.0, left))}


def _details(outlook: Outlook) -> tuple[str, ...]:
    told = []
    if outlook.seconds is not None:
        told.append(_("about %(time)s a copy") % {"time": about_long(outlook.seconds)})
    if outlook.grams is not None:
        told.append(_("about %(mass)s g a copy") % {"mass": about(outlook.grams)})
    return tuple(told)
