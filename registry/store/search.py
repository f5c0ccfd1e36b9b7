"""Full-text search and filtered lists of designs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from registry.ids import DesignId
from registry.store.designs import cards
from registry.store.tables.designs import design_tags, designs

MOST_WORDS = 12
_WORD = re.compile(r"\w+")


class Sort(StrEnum):
    UPDATED = "updated"
    CREATED = "created"
    NAME = "name"
    RELEVANCE = "relevance"


@dataclass(frozen=True)
class Filters:
    """What a design must be; None and nothing: anything."""

    words: tuple[str, ...] = ()
    tag: str | None = None
    engine: str | None = None
    licence: str | None = None
    namespace: str | None = None


@dataclass(frozen=True)
class Place:
    """After which design a list goes on: its sort value and id, or how many were shown (by relevance)."""

    value: str | datetime | int
    design: str


def words_of(text: str) -> tuple[str, ...]:
    """The words of a query, without the signs that would mean something to a search engine."""
    return tuple(_WORD.findall(text.lower())[:MOST_WORDS])


def index_design(connection: sa.Connection, design: DesignId, name: str, tags: Sequence[str], text: str) -> None:
    """Make a design findable by these words, instead of by those before."""
    values = {"design": design, "name": name.replace("-", " "), "tags": " ".join(tags).replace("-", " "), "text": text}
    connection.execute(sa.text("DELETE FROM design_search WHERE design_id = :design"), {"design": design})
    if connection.dialect.name == "postgresql":
        statement = """INSERT INTO design_search (design_id, document) VALUES (:design,
            setweight(to_tsvector('english', :name), 'A') || setweight(to_tsvector('english', :tags), 'B')
            || setweight(to_tsvector('english', :text), 'C'))"""
    else:
        statement = "INSERT INTO design_search (design_id, name, tags, text) VALUES (:design, :name, :tags, :text)"
    connection.execute(sa.text(statement), values)


def find_designs(
    connection: sa.Connection, filters: Filters, sort: Sort, after: Place | None, limit: int
) -> list[sa.RowMapping]:
    """Cards of the designs that fit and are not hidden, in order, beginning after a place in it."""
    query = cards().where(designs.c.hidden_reason.is_(None))
    if filters.words:
        query = _matching(connection, query, filters.words)
    if filters.tag is not None:
        tagged = sa.select(design_tags.c.design_id).where(design_tags.c.tag == filters.tag)
        query = query.where(designs.c.id.in_(tagged))
    for column, value in (
        (designs.c.engine, filters.engine),
        (designs.c.licence, filters.licence),
        (designs.c.namespace, filters.namespace),
    ):
        if value is not None:
            query = query.where(column == value)
    ordered = _ordered(connection, query, filters, sort, after)
    return list(connection.execute(ordered.limit(limit)).mappings())


def popular_tags(connection: sa.Connection, limit: int) -> list[tuple[str, int]]:
    """The tags that most designs have, with how many."""
    count = sa.func.count().label("uses")
    query = (
        sa.select(design_tags.c.tag, count)
        .group_by(design_tags.c.tag)
        .order_by(count.desc(), design_tags.c.tag)
        .limit(limit)
    )
    return [(row.tag, row.uses) for row in connection.execute(query)]


_search = sa.table("design_search", sa.column("design_id"), sa.column("document"))


def _tsquery(words: Sequence[str]) -> sa.ColumnElement[str]:
    """What PostgreSQL looks for: every word, the last one perhaps only begun."""
    wanted = " & ".join([*words[:-1], f"{words[-1]}:*"])
    return sa.func.to_tsquery(sa.literal_column("'english'::regconfig"), wanted)


def _matching(
    connection: sa.Connection, query: sa.Select[tuple[object, ...]], words: Sequence[str]
) -> sa.Select[tuple[object, ...]]:
    """Keep the designs in which every word occurs, the last one perhaps only begun."""
    joined = query.join(_search, _search.c.design_id == designs.c.id)
    if connection.dialect.name == "postgresql":
        return joined.where(_search.c.document.op("@@")(_tsquery(words)))
    wanted = " ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'])
    return joined.where(sa.text("design_search MATCH :words").bindparams(words=wanted))


def _ordered(
    connection: sa.Connection, query: sa.Select[tuple[object, ...]], filters: Filters, sort: Sort, after: Place | None
) -> sa.Select[tuple[object, ...]]:
    if sort is Sort.RELEVANCE and filters.words:
        rank = (
            sa.func.ts_rank(_search.c.document, _tsquery(filters.words)).desc()
            if connection.dialect.name == "postgresql"
            else sa.text("bm25(design_search, 0, 10, 5, 1)")
        )
        return query.order_by(rank, designs.c.id).offset(after.value if after and isinstance(after.value, int) else 0)
    if sort is Sort.NAME:
        key: sa.ColumnElement[object] = designs.c.name
        query = query.order_by(key, designs.c.id)
        return (
            query if after is None else query.where(sa.tuple_(key, designs.c.id) > sa.tuple_(after.value, after.design))
        )
    key = designs.c.created_at if sort is Sort.CREATED else designs.c.updated_at
    query = query.order_by(key.desc(), designs.c.id.desc())
    if after is None:
        return query
    return query.where(
        sa.tuple_(key, designs.c.id) < sa.tuple_(sa.literal(after.value, key.type), sa.literal(after.design))
    )
