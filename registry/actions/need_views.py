"""Needs as they are shown: the board, and one by itself."""

import base64
import binascii
import json
import math
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.core.capability import Access
from registry.core.needs import REGISTRY, VISITORS, NeedKind, NeedState, demand_at, is_live
from registry.errors import Fact, Invalid, NotFound
from registry.store import needs as store
from registry.store.needs import NeedFilter

MOST_VOICES_SHOWN = 200


@dataclass(frozen=True)
class NeedLine:
    """A need in a list."""

    id: str
    kind: NeedKind
    state: NeedState
    title: str
    tags: tuple[str, ...]
    opener: str | None
    """None: the registry."""
    design: str | None
    facility: str | None
    """Its short name; None also where not everybody may see it."""
    facility_name: str | None
    material: str | None
    latitude: float | None
    longitude: float | None
    demand: float
    """Members who need it, each at most one, less the longer nothing was heard of them."""
    voices: int
    taken_up_by: tuple[str, ...]
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class VoiceView:
    """Somebody who needs it too."""

    who: str
    """A member's name, `visitors` or `registry`."""
    member: bool
    note: str
    times: int
    at: datetime


@dataclass(frozen=True)
class ClaimView:
    """Somebody who takes it up."""

    member: str
    plan: str
    since: datetime
    heard_at: datetime
    live: bool
    """False: nothing was heard for so long that nobody should count on it."""


@dataclass(frozen=True)
class LinkView:
    """Where it is worked at."""

    kind: str
    """`design` or `proposal`."""
    target: str
    """The design's name, or `namespace/name#7` of a proposal to it."""
    member: str
    at: datetime


@dataclass(frozen=True)
class NeedView:
    """One need with all that is known of it."""

    line: NeedLine
    words: str
    facts: dict[str, Fact]
    voices: tuple[VoiceView, ...]
    claims: tuple[ClaimView, ...]
    links: tuple[LinkView, ...]
    closed_at: datetime | None
    closer: str | None
    """None of a closed one: the registry."""
    closing: str
    """With which words it was closed."""
    answer: str | None
    """The version that answers it."""


@dataclass(frozen=True)
class NeedPage:
    """A part of the board."""

    needs: tuple[NeedLine, ...]
    next_cursor: str | None


def find_needs(
    connection: sa.Connection,
    wanted: NeedFilter,
    now: datetime,
    *,
    newest: bool = False,
    cursor: str | None = None,
    limit: int = 30,
) -> NeedPage:
    """Needs that fit, those with the greatest demand first. Raises Invalid for a cursor that is none of ours."""
    after = None if cursor is None else _place(cursor, newest=newest)
    rows = store.find_needs(connection, wanted, newest=newest, after=after, limit=limit + 1)
    shown = rows[:limit]
    ids = [row["id"] for row in shown]
    tags, claims = store.tags_of(connection, ids), store.claims_of(connection, ids)
    lines = tuple(_line(row, tags.get(row["id"], ()), claims, now) for row in shown)
    return NeedPage(lines, _cursor(shown[-1], newest=newest) if len(rows) > limit else None)


def read_need(connection: sa.Connection, need: str, now: datetime) -> NeedView:
    """One need. Raises NotFound."""
    row = store.need_by_id(connection, need)
    if row is None or row["state"] == NeedState.FAINT:
        raise no_need(need)
    claims = store.claims_of(connection, [need])
    voices = store.voices_of(connection, need)
    return NeedView(
        line=_line(row, store.tags_of(connection, [need]).get(need, ()), claims, now),
        words=row["words"],
        facts=row["facts"],
        voices=tuple(_voice(voice) for voice in reversed(voices[-MOST_VOICES_SHOWN:])),
        claims=tuple(
            ClaimView(one["name"], one["plan"], one["since"], one["heard_at"], is_live(one["heard_at"], now))
            for one in claims
        ),
        links=tuple(
            LinkView(one["kind"], _target(one), one["name"], one["at"]) for one in store.links_of(connection, need)
        ),
        closed_at=row["closed_at"],
        closer=row["closer"],
        closing=row["closing"] or "",
        answer=row["answer"],
    )


def no_need(need: str) -> NotFound:
    return NotFound(f"there is no need {need[:80]!r}: look at the board", code="no_need", value=need[:80])


def _line(row: sa.RowMapping, tags: tuple[str, ...], claims: list[sa.RowMapping], now: datetime) -> NeedLine:
    open_to_see = row["facility"] is not None and Access(row["facility_access"]) is not Access.PRIVATE
    return NeedLine(
        id=row["id"],
        kind=NeedKind(row["kind"]),
        state=NeedState(row["state"]),
        title=row["title"],
        tags=tags,
        opener=row["opener"],
        design=row["design"],
        facility=row["facility"] if open_to_see else None,
        facility_name=row["facility_name"] if open_to_see else None,
        material=row["material"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        demand=demand_at(row["rank"], now),
        voices=row["voices"],
        taken_up_by=tuple(
            one["name"] for one in claims if one["need_id"] == row["id"] and is_live(one["heard_at"], now)
        ),
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
    )


def _voice(row: sa.RowMapping) -> VoiceView:
    known = row["name"] is not None
    who = row["name"] if known else row["who"] if row["who"] in {VISITORS, REGISTRY} else "somebody"
    return VoiceView(who, known, row["note"], row["times"], row["at"])


def _target(link: sa.RowMapping) -> str:
    name = link["design"] or link["target"]
    return f"{name}#{link['number']}" if link["number"] is not None else str(name)


def _cursor(row: sa.RowMapping, *, newest: bool) -> str:
    value = row["opened_at"].isoformat() if newest else repr(row["rank"])
    return base64.urlsafe_b64encode(json.dumps([value, row["id"]]).encode()).decode().rstrip("=")


def _place(cursor: str, *, newest: bool) -> tuple[object, str]:
    try:
        value, need = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(value, str) or not isinstance(need, str):
            raise ValueError
        if not newest:
            rank = float(value)
            if math.isnan(rank):
                raise ValueError
            return rank, need
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment, need
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Invalid("the cursor is not one from this list: begin again without it", code="bad_cursor") from None
