"""Finding needs: what somebody typed, as a filter."""

import math
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from registry.actions.facilities import find_facility
from registry.actions.members import read_member
from registry.actions.needs import design_id
from registry.core.needs import NeedKind, NeedState
from registry.errors import Invalid
from registry.ids import parse_design_name
from registry.store.needs import NeedFilter

MOST_WORDS = 8
KM_A_DEGREE = 111.2
CLOSED = (NeedState.ANSWERED, NeedState.WITHDRAWN, NeedState.GONE)


@dataclass(frozen=True)
class NeedQuery:
    """What somebody looks for."""

    q: str = ""
    kinds: tuple[NeedKind, ...] = ()
    state: Literal["open", "closed", "all"] = "open"
    tag: str | None = None
    design: str | None = None
    facility: str | None = None
    material: str | None = None
    member: str | None = None
    near: str | None = None
    """`53.79,-1.54`."""
    within_km: float = 200


def filter_for(connection: sa.Connection, query: NeedQuery) -> NeedFilter:
    """The filter that is meant. Raises NotFound for a design, facility or member that is not there; Invalid."""
    return NeedFilter(
        words=tuple(query.q.casefold().split()[:MOST_WORDS]),
        kinds=query.kinds,
        states={"open": (NeedState.OPEN,), "closed": CLOSED, "all": (NeedState.OPEN, *CLOSED)}[query.state],
        tag=(query.tag or "").strip().lower() or None,
        design=design_id(connection, parse_design_name(query.design)) if query.design else None,
        facility=find_facility(connection, query.facility, None).id if query.facility else None,
        material=" ".join((query.material or "").split()).casefold() or None,
        member=read_member(connection, query.member.strip().lower()).id if query.member else None,
        box=box_around(query.near, query.within_km) if query.near else None,
    )


def box_around(near: str, within_km: float) -> tuple[float, float, float, float]:
    """South, west, north and east of a box around a place. Raises Invalid."""
    try:
        latitude, longitude = (float(part) for part in near.split(","))
    except ValueError:
        latitude = longitude = math.nan
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid(
            f"{near[:60]!r} is no place: write its latitude and longitude, like 53.79,-1.54",
            code="bad_place", value=near[:60],
        )  # fmt: skip
    high = within_km / KM_A_DEGREE
    wide = min(360.0, high / max(math.cos(math.radians(latitude)), 0.01))
    return (latitude - high, longitude - wide, latitude + high, longitude + wide)
