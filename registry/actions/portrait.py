"""What a member's page tells beside their designs: contributions, workshops, and what they did lately."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.facilities import FacilityView, list_facilities
from registry.actions.log import LogEntry
from registry.actions.timelines import read_timeline
from registry.core.permissions import Caller
from registry.ids import MemberId
from registry.store.contributions import contributions_of

MOST_CONTRIBUTIONS = 12
MOST_ENTRIES = 8


@dataclass(frozen=True)
class Contribution:
    """A version of somebody else's design that holds something of theirs."""

    version: str
    """`namespace/name@version`"""
    title: str
    at: datetime


@dataclass(frozen=True)
class Portrait:
    """The newest of each."""

    contributions: tuple[Contribution, ...]
    facilities: tuple[FacilityView, ...]
    """That they run, and that the one who looks may see."""
    entries: tuple[LogEntry, ...]


def read_portrait(connection: sa.Connection, member: MemberId, name: str, caller: Caller | None) -> Portrait:
    """Of a member by id and name. Raises NotFound."""
    rows = contributions_of(connection, member, MOST_CONTRIBUTIONS)
    lately = read_timeline(connection, "member", name, kinds=(), before=None, limit=MOST_ENTRIES)
    return Portrait(
        tuple(Contribution(row["version"], row["title"], row["published_at"]) for row in rows),
        tuple(place for place in list_facilities(connection, caller) if name in place.runners),
        tuple(lately.entries),
    )
