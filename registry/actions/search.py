"""Finding designs: by words, tag, engine, licence or namespace, a part of the list at a time."""

import base64
import binascii
import json
from datetime import datetime

import sqlalchemy as sa

from registry.actions.design_views import DesignPage
from registry.actions.designs import card
from registry.errors import Invalid
from registry.store import search
from registry.store.search import Filters, Place, Sort, words_of

__all__ = ["Filters", "Sort", "find_designs", "popular_tags", "words_of"]

FURTHEST = 2000
"""How many results deep a search by relevance may be leafed through."""


def find_designs(
    connection: sa.Connection, filters: Filters, *, sort: Sort, cursor: str | None = None, limit: int = 24
) -> DesignPage:
    """A part of the list of designs that fit. Raises Invalid for a cursor that is none of ours."""
    after = None if cursor is None else _place(cursor, sort)
    rows = search.find_designs(connection, filters, sort, after, limit + 1)
    cards = tuple(card(row) for row in rows[:limit])
    if len(rows) <= limit:
        return DesignPage(cards, None)
    shown = (after.value if after and isinstance(after.value, int) else 0) + limit
    by_relevance = sort is Sort.RELEVANCE and bool(filters.words)
    return DesignPage(cards, None if by_relevance and shown >= FURTHEST else _cursor(rows[limit - 1], sort, shown))


def popular_tags(connection: sa.Connection, limit: int = 20) -> tuple[tuple[str, int], ...]:
    """The tags that most designs have, with how many."""
    return tuple(search.popular_tags(connection, limit))


def _cursor(row: sa.RowMapping, sort: Sort, shown: int) -> str:
    value = {
        Sort.UPDATED: str(row["updated_at"]),
        Sort.CREATED: str(row["created_at"]),
        Sort.NAME: row["name"],
        Sort.RELEVANCE: shown,
    }[sort]
    return base64.urlsafe_b64encode(json.dumps([sort, value, row["id"]]).encode()).decode().rstrip("=")


def _place(cursor: str, sort: Sort) -> Place:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        kind, value, design = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if kind != sort or not isinstance(design, str):
            raise ValueError
        if sort is Sort.RELEVANCE:
            if not isinstance(value, int) or not 0 <= value <= FURTHEST:
                raise ValueError
            return Place(value, design)
        moment = value if sort is Sort.NAME else datetime.fromisoformat(value)
        if not isinstance(moment, str) and moment.tzinfo is None:
            raise ValueError
        return Place(moment, design)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Invalid("the cursor is not one from this list: begin again without it", code="bad_cursor") from None
