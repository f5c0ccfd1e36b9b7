"""An order's conditions on the command line: days, distances, prices and places."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import click

from registry.core.conditions import read_day, read_distance, read_place, read_price
from registry.errors import Invalid

if TYPE_CHECKING:
    from registry.client import RegistryClient
    from registry.client_reply import Json

T = TypeVar("T")


class _Read(click.ParamType[T]):
    """What a function reads; what it refuses is a usage error in its words."""

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> T:
        try:
            return self._read(str(value))
        except Invalid as error:
            self.fail(error.message, param, ctx)


def _day(text: str) -> datetime:
    """A day as it is where the one who orders sits."""
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None, "it was made aware"
    return read_day(text, zone)


DAY: click.ParamType[datetime] = _Read("date", _day)
DISTANCE: click.ParamType[float] = _Read("distance", read_distance)
PRICE: click.ParamType[tuple[Decimal, str]] = _Read("price", read_price)


def place_of(registry: "RegistryClient", near: str | None, within: float | None) -> "dict[str, Json]":
    """The place that `--near` names, by its degrees or as a facility that says where it is."""
    if near is None:
        if within is not None:
            raise click.UsageError("--within needs --near: like --near 53.79,-1.54, or the short name of a facility")
        return {}
    place = read_place(near)
    if place is not None:
        return {"latitude": place.latitude, "longitude": place.longitude}
    facility = registry.get(f"/facilities/{near}")
    latitude, longitude = facility.number("latitude"), facility.number("longitude")
    if latitude is None or longitude is None:
        raise Invalid(f"{near} does not say where it is: give --near by degrees, like 53.79,-1.54", code="bad_place")
    return {"latitude": latitude, "longitude": longitude}
