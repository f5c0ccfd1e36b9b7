"""Queries of what in the log is about what, and of how far its followers have come."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from registry.store.tables.designs import designs
from registry.store.tables.needs import followers, mentions
from registry.store.tables.recording import log
from registry.store.upsert import insert_if_new


def position_of(connection: sa.Connection, follower: str) -> int:
    """The number of the last entry that a follower has dealt with, locked until the end of the transaction: of several
    processes one goes on from there at a time.
    """
    insert_if_new(connection, followers, [{"name": follower, "sequence": 0}])
    query = sa.select(followers.c.sequence).where(followers.c.name == follower).with_for_update()
    found: int = connection.execute(query).scalar_one()
    return found


def seen(connection: sa.Connection, follower: str) -> int:
    """The same without a lock, 0 for one that has not begun."""
    query = sa.select(followers.c.sequence).where(followers.c.name == follower)
    return connection.execute(query).scalar_one_or_none() or 0


def go_on(connection: sa.Connection, follower: str, sequence: int) -> None:
    """All entries up to this one are dealt with."""
    connection.execute(sa.update(followers).where(followers.c.name == follower).values(sequence=sequence))


def add_mentions(connection: sa.Connection, found: Iterable[tuple[str, int]]) -> None:
    """Note what entries are about."""
    insert_if_new(connection, mentions, [{"about": about, "sequence": sequence} for about, sequence in found])


def ids_of_designs(connection: sa.Connection, names: Iterable[str]) -> dict[str, str]:
    """`namespace/name` → id of those of these designs that there are."""
    full = designs.c.namespace + "/" + designs.c.name
    wanted = sorted({tuple(name.split("/", 1)) for name in names})
    if not wanted:
        return {}
    query = sa.select(full, designs.c.id).where(sa.tuple_(designs.c.namespace, designs.c.name).in_(wanted))
    return {name: design for name, design in connection.execute(query)}  # noqa: C416  (rows are no pairs)


def entries_about(
    connection: sa.Connection,
    about: str,
    *,
    kinds: Sequence[str],
    without: Sequence[str],
    before: int | None,
    limit: int,
) -> list[sa.RowMapping]:
    """Entries about what has this key, newest first: of these kinds, and `without` those; `design` is every kind that
    begins so.
    """
    query = (
        sa.select(log)
        .join(mentions, mentions.c.sequence == log.c.sequence)
        .where(mentions.c.about == about)
        .order_by(mentions.c.sequence.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(mentions.c.sequence < before)
    if kinds:
        query = query.where(_of_kinds(kinds))
    if without:
        query = query.where(~_of_kinds(without))
    return list(connection.execute(query).mappings())


def _of_kinds(kinds: Sequence[str]) -> sa.ColumnElement[bool]:
    rooms = [log.c.kind.startswith(f"{kind}.", autoescape=True) for kind in kinds if "." not in kind]
    return sa.or_(log.c.kind.in_([kind for kind in kinds if "." in kind]), *rooms)
