"""Queries of the builds' queue: what waits to be made, who waits for it, and whose turn was when."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from registry.core.builds import KeptFor, Wait, Work
from registry.ids import BuildId
from registry.store.tables.builds import build_artifacts, build_turns, build_waits, builds
from registry.store.tables.members import members

_LOCK = 0x6275696C64
"""Key of PostgreSQL's advisory lock under which one worker at a time chooses: "build" in ASCII."""
MOST_LOOKED_AT = 2000
"""Rows of the queue that a choice is made among: more than may wait by the limits, what is made ahead apart."""


def lock_queue(connection: sa.Connection) -> None:
    """Let others choose only when this transaction is over. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def queued_work(connection: sa.Connection, now: datetime, build: BuildId | None = None) -> list[Work]:
    """What can be made now, with those who wait for it: builds, and artifacts of builds that are done. Of one build
    or of all; what is made ahead of any need comes last.
    """
    rows = [*connection.execute(_builds(now, build)), *connection.execute(_artifacts(now, build))]
    waits = waits_for(connection, now, {row.build for row in rows} if build or len(rows) <= 1 else None)
    return [
        Work(
            build=row.build,
            artifact=row.artifact,
            kept_for=None if row.kept_for is None else KeptFor(row.kept_for),
            asker=row.asker,
            since=row.awaited_at or row.requested_at,
            waits=tuple(waits.get((row.build, row.artifact), ())),
        )
        for row in rows
    ]


def waits_for(
    connection: sa.Connection, now: datetime, wanted: Collection[str] | None = None
) -> dict[tuple[str, str], list[Wait]]:
    """Who waits now, by build and artifact; for these builds, or for all. Whoever waits for an artifact also waits
    for its build.
    """
    query = sa.select(build_waits).where(build_waits.c.until > now)
    if wanted is not None:
        query = query.where(build_waits.c.build_id.in_(sorted(wanted)))
    found: dict[tuple[str, str], list[Wait]] = {}
    for row in connection.execute(query):
        for artifact in {row.artifact, ""}:
            found.setdefault((row.build_id, artifact), []).append(Wait(row.who, row.until))
    return found


def running_by_asker(connection: sa.Connection, now: datetime) -> dict[str, int]:
    """How many workers are at something of each."""
    found: dict[str, int] = {}
    for table in (builds, build_artifacts):
        query = (
            sa.select(table.c.asker, sa.func.count(table.c.worker.distinct()))
            .where(table.c.state == "running", table.c.lease_until >= now)
            .group_by(table.c.asker)
        )
        for asker, number in connection.execute(query):
            found[asker] = found.get(asker, 0) + number
    return found


def queued_by_asker(connection: sa.Connection) -> dict[str, int]:
    """How much of each is waiting, what is made ahead apart."""
    found: dict[str, int] = {}
    for table in (builds, build_artifacts):
        asked = sa.and_(table.c.state == "queued", sa.func.coalesce(table.c.kept_for, "") != KeptFor.AHEAD)
        query = sa.select(table.c.asker, sa.func.count()).where(asked).group_by(table.c.asker)
        for asker, number in connection.execute(query):
            found[asker] = found.get(asker, 0) + number
    return found


def turns(connection: sa.Connection) -> dict[str, datetime]:
    """When something of each was last begun."""
    return {row.who: row.served_at for row in connection.execute(sa.select(build_turns))}


def note_turn(connection: sa.Connection, who: str, now: datetime) -> None:
    """Something of theirs is begun."""
    _upsert(connection, build_turns, [{"who": who, "served_at": now}], ["who"])


def note_waits(connection: sa.Connection, rows: Iterable[Mapping[str, object]]) -> None:
    """Somebody waits: rows of build_id, artifact, waiter, who and until."""
    listed = list(rows)
    if listed:
        _upsert(connection, build_waits, listed, ["build_id", "artifact", "waiter"])


def drop_waits(connection: sa.Connection, build: BuildId, waiter: str) -> bool:
    """Whoever this is waits for nothing of the build any more; True when they did."""
    gone = sa.delete(build_waits).where(build_waits.c.build_id == build, build_waits.c.waiter == waiter)
    return connection.execute(gone).rowcount > 0


def forget_waits(connection: sa.Connection, before: datetime) -> int:
    """Forget those who were not heard of again."""
    return connection.execute(sa.delete(build_waits).where(build_waits.c.until <= before)).rowcount


def administrators_among(connection: sa.Connection, who: Collection[str]) -> set[str]:
    """Of these askers, those who are administrators of the registry."""
    query = sa.select(members.c.id).where(members.c.id.in_(sorted(who)), members.c.admin)
    return set(connection.execute(query).scalars())


def _builds(now: datetime, build: BuildId | None) -> sa.Select[tuple[object, ...]]:
    waiting = sa.or_(builds.c.state == "queued", sa.and_(builds.c.state == "running", builds.c.lease_until < now))
    query = sa.select(
        builds.c.id.label("build"), sa.literal("").label("artifact"), *_asked(builds)
    ).where(waiting)  # fmt: skip
    return _first(query if build is None else query.where(builds.c.id == build), builds)


def _artifacts(now: datetime, build: BuildId | None) -> sa.Select[tuple[object, ...]]:
    table = build_artifacts
    waiting = sa.or_(table.c.state == "queued", sa.and_(table.c.state == "running", table.c.lease_until < now))
    query = (
        sa.select(table.c.build_id.label("build"), table.c.name.label("artifact"), *_asked(table))
        .join(builds, builds.c.id == table.c.build_id)
        .where(waiting, builds.c.state == "done")
    )
    return _first(query if build is None else query.where(table.c.build_id == build), table)


def _asked(table: sa.Table) -> tuple[sa.ColumnElement[object], ...]:
    return table.c.kept_for, table.c.asker, table.c.awaited_at, table.c.requested_at


def _first(query: sa.Select[tuple[object, ...]], table: sa.Table) -> sa.Select[tuple[object, ...]]:
    ahead = sa.and_(sa.func.coalesce(table.c.kept_for, "") == KeptFor.AHEAD, table.c.awaited_at.is_(None))
    return query.order_by(ahead, table.c.requested_at).limit(MOST_LOOKED_AT)


def _upsert(
    connection: sa.Connection, table: sa.Table, rows: list[Mapping[str, object]], key: list[str]
) -> None:  # fmt: skip
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(table).values(rows)
    changed = {name: query.excluded[name] for name in rows[0] if name not in key}
    connection.execute(query.on_conflict_do_update(index_elements=key, set_=changed))
