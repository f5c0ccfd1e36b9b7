"""Queries of the log."""

from datetime import datetime

import sqlalchemy as sa

from registry.errors import Fact
from registry.store.tables.recording import log

_ORDER_LOCK = 0x6C6F67
"""Key of PostgreSQL's advisory lock that makes entries visible in the order of their numbers: "log" in ASCII."""


def add_entry(  # noqa: PLR0917  (one column each)
    connection: sa.Connection, kind: str, subject: str, actor: str, data: dict[str, Fact], at: datetime
) -> int:
    """Add one entry and return its number.

    On PostgreSQL a sequence hands out numbers before the commit: without the lock, held until then, a reader could
    see number 8, go on from there, and never see 7. SQLite has one writer.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ORDER_LOCK)))
    values = {"kind": kind, "subject": subject, "actor": actor, "data": data, "at": at}
    sequence: int = connection.execute(sa.insert(log).values(values).returning(log.c.sequence)).scalar_one()
    return sequence


def entries_after(connection: sa.Connection, after: int, limit: int, subject: str | None) -> list[sa.RowMapping]:
    """Entries with greater numbers than `after`, oldest first."""
    query = sa.select(log).where(log.c.sequence > after).order_by(log.c.sequence).limit(limit)
    if subject is not None:
        query = query.where(log.c.subject == subject)
    return list(connection.execute(query).mappings())


def newest_entries(
    connection: sa.Connection, limit: int, subject_prefix: str | None, kinds: tuple[str, ...]
) -> list[sa.RowMapping]:
    """The latest entries, newest first, of the given kinds, about a subject that begins so."""
    query = sa.select(log).order_by(log.c.sequence.desc()).limit(limit)
    if kinds:
        query = query.where(log.c.kind.in_(kinds))
    if subject_prefix is not None:
        query = query.where(log.c.subject.startswith(subject_prefix, autoescape=True))
    return list(connection.execute(query).mappings())


def last_sequence(connection: sa.Connection) -> int:
    """The number of the newest entry; 0 when there is none."""
    newest: int = connection.execute(sa.select(sa.func.coalesce(sa.func.max(log.c.sequence), 0))).scalar_one()
    return newest
