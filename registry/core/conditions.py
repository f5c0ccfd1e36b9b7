"""Conditions of an order as people write them, on the command line and in the form: prices, distances, places, days."""

import re
from datetime import datetime, time, tzinfo
from decimal import Decimal

from registry.core.capability import Place
from registry.errors import Invalid

_PRICE = re.compile(r"(?P<first>[A-Z]{3})?\s*(?P<amount>\d{1,8}(?:[.,]\d{1,2})?)\s*(?P<last>[A-Z]{3})?", re.IGNORECASE)
_DISTANCE = re.compile(r"(\d{1,5}(?:[.,]\d{1,3})?)\s*(?:km)?", re.IGNORECASE)
_PLACE = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)")
_LAST_MINUTE = time(23, 59)


def read_price(text: str) -> tuple[Decimal, str]:
    """`20 EUR`, `EUR 20`, `20.50eur` → (20, "EUR"): an amount and its ISO 4217 code. Raises Invalid."""
    found = _PRICE.fullmatch(text.strip())
    if found is None or (found["first"] is None) is (found["last"] is None):
        raise Invalid(f"{text!r} is no price: give the amount and the currency's code, like 20 EUR", code="bad_price")
    return Decimal(found["amount"].replace(",", ".")), (found["first"] or found["last"]).upper()


def read_distance(text: str) -> float:
    """`50km`, `50 km`, `2.5` → kilometres. Raises Invalid."""
    found = _DISTANCE.fullmatch(text.strip())
    kilometres = float(found[1].replace(",", ".")) if found else 0.0
    if not kilometres:
        raise Invalid(f"{text!r} is no distance: give kilometres, like 50km", code="bad_distance")
    return kilometres


def read_place(text: str) -> Place | None:
    """`53.79, -1.54` → degrees north and east; None where it is something else, such as a facility's short name.

    Raises Invalid for numbers that are no place on the globe.
    """
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        return None
    place = Place(float(found[1]), float(found[2]))
    if abs(place.latitude) > 90 or abs(place.longitude) > 180:
        raise Invalid(f"{text!r} is no place: latitude is -90 to 90, longitude -180 to 180", code="bad_place")
    return place


def read_day(text: str, zone: tzinfo) -> datetime:
    """`2026-12-01` → the end of that day in a zone; with a time, `2026-12-01T18:00`, that moment. Raises Invalid."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(f"{text!r} is no date: write it like 2026-12-01", code="bad_moment") from error
    if len(text.strip()) <= len("2026-12-01"):
        moment = datetime.combine(moment.date(), _LAST_MINUTE)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
