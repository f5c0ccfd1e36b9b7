"""Queries of what keeps the registry's own needs open, each cause by itself."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.needs import need_causes
from registry.store.upsert import insert_if_new


def add_causes(connection: sa.Connection, need: str, causes: Iterable[str], at: datetime) -> None:
    """Note what keeps it open."""
    insert_if_new(connection, need_causes, [{"need_id": need, "cause": cause, "at": at} for cause in causes])


def is_held_by(connection: sa.Connection, need: str, cause: str) -> bool:
    """Whether this is noted to keep it open."""
    query = sa.exists().where(need_causes.c.need_id == need, need_causes.c.cause == cause).select()
    return bool(connection.execute(query).scalar_one())


def end_causes(connection: sa.Connection, causes: Iterable[str], *, but: str | None = None) -> list[str]:
    """These causes are over, for all needs, or for all `but` one: the needs that now have none left."""
    over: sa.ColumnElement[bool] = need_causes.c.cause.in_(list(causes))
    if but is not None:
        over = sa.and_(over, need_causes.c.need_id != but)
    touched = list(connection.execute(sa.select(need_causes.c.need_id).where(over).distinct()).scalars())
    connection.execute(sa.delete(need_causes).where(over))
    left = sa.select(need_causes.c.need_id).where(need_causes.c.need_id.in_(touched)).distinct()
    return sorted(set(touched) - set(connection.execute(left).scalars()))


def causes_from(connection: sa.Connection, prefix: str, after: str, limit: int) -> list[str]:
    """What keeps needs open and begins so, in its order, from a place on."""
    query = (
        sa.select(need_causes.c.cause)
        .where(need_causes.c.cause.startswith(prefix, autoescape=True), need_causes.c.cause > after)
        .distinct()
        .order_by(need_causes.c.cause)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())
