"""Queries of builds and their artifacts, the cache and the progress record. As a queue: see build_queue."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.ids import BuildId
from registry.store.clock import database_now
from registry.store.tables.builds import build_artifacts, builds
from registry.store.upsert import insert_if_new

_NOBODYS = {"worker": None, "lease_until": None}


def build_by_id(connection: sa.Connection, build: BuildId) -> sa.RowMapping | None:
    return connection.execute(sa.select(builds).where(builds.c.id == build)).mappings().one_or_none()


def artifacts_of(connection: sa.Connection, build: BuildId) -> list[sa.RowMapping]:
    """What a build gave or is to give, by name."""
    query = sa.select(build_artifacts).where(build_artifacts.c.build_id == build).order_by(build_artifacts.c.name)
    return list(connection.execute(query).mappings())


def artifact_named(connection: sa.Connection, build: BuildId, name: str) -> sa.RowMapping | None:
    """One of them; None: nobody has asked for it."""
    query = sa.select(build_artifacts).where(build_artifacts.c.build_id == build, build_artifacts.c.name == name)
    return connection.execute(query).mappings().one_or_none()


def add_build_if_new(connection: sa.Connection, values: Mapping[str, object]) -> bool:
    """Queue a build unless one of this recipe is there already; True when it is a new one."""
    return insert_if_new(connection, builds, [values]) == 1


def add_artifact_if_new(connection: sa.Connection, values: Mapping[str, object]) -> bool:
    """Queue an artifact unless it is known already; True when it is a new one."""
    return insert_if_new(connection, build_artifacts, [values]) == 1


def queue_again(connection: sa.Connection, build: BuildId, **values: object) -> None:
    """Give a failed build another chance."""
    fresh = {"state": "queued", "stage": "queued", "progress": 0, "tries": 0, "error": None, "finished_at": None}
    failed = sa.and_(builds.c.id == build, builds.c.state == "failed")
    connection.execute(sa.update(builds).where(failed).values(**fresh, **values))


def queue_artifact_again(connection: sa.Connection, build: BuildId, name: str, **values: object) -> None:
    """Give a failed artifact another chance."""
    failed = sa.and_(_is(build, [name]), build_artifacts.c.state == "failed")
    fresh = {"state": "queued", "tries": 0, "kind": None, "reason": None}
    connection.execute(sa.update(build_artifacts).where(failed).values(**fresh, **values))


def change_queued(connection: sa.Connection, build: BuildId, artifact: str, **values: object) -> None:
    """Note something about a build (no artifact) or an artifact that is not over."""
    if artifact:
        table, wanted = build_artifacts, _is(build, [artifact])
    else:
        table, wanted = builds, builds.c.id == build
    connection.execute(sa.update(table).where(wanted, table.c.state.in_(["queued", "running"])).values(values))


def give_up(connection: sa.Connection, build: BuildId, error: Mapping[str, object], now: datetime) -> None:
    """End a build that nobody is at."""
    free = sa.or_(builds.c.state == "queued", sa.and_(builds.c.state == "running", builds.c.lease_until < now))
    values = {"state": "failed", "stage": "failed", "progress": 1.0, "error": error, "finished_at": now, **_NOBODYS}
    connection.execute(sa.update(builds).where(builds.c.id == build, free).values(values))


def lose_geometry(connection: sa.Connection, build: BuildId) -> None:
    """The kept geometry is not there: the script must run again before anything more can be made of it."""
    connection.execute(sa.update(builds).where(builds.c.id == build).values(geometry=None))


def keep_geometry(connection: sa.Connection, build: BuildId, geometry: str) -> None:
    """Keep what the script made, of a build that is done."""
    kept = sa.and_(builds.c.id == build, builds.c.state == "done", builds.c.geometry.is_(None))
    connection.execute(sa.update(builds).where(kept).values(geometry=geometry))


def note_progress(
    connection: sa.Connection, build: BuildId, worker: str, *, stage: str, progress: float, lease: timedelta
) -> bool:
    """Renew the lease and say how far the build is; False when it is no longer this worker's."""
    until = database_now(connection) + lease
    change = sa.update(builds).where(_held(build, worker)).values(stage=stage, progress=progress, lease_until=until)
    return connection.execute(change).rowcount == 1


def renew_artifacts(
    connection: sa.Connection, build: BuildId, names: Collection[str], worker: str, lease: timedelta
) -> bool:
    """Renew the lease of these; False when none of them is this worker's."""
    until = database_now(connection) + lease
    held = _held_artifacts(build, names, worker)
    return connection.execute(sa.update(build_artifacts).where(held).values(lease_until=until)).rowcount > 0


def finish(connection: sa.Connection, build: BuildId, worker: str, values: Mapping[str, object]) -> bool:
    """Write how a build ended; False, and nothing written, when it is no longer this worker's."""
    ended = {**values, **_NOBODYS, "finished_at": database_now(connection)}
    return connection.execute(sa.update(builds).where(_held(build, worker)).values(ended)).rowcount == 1


def add_made(connection: sa.Connection, build: BuildId, made: Sequence[Mapping[str, object]]) -> None:
    """Keep artifacts (name, sha256, size) that came with the build itself, in place of wishes for them."""
    if not made:
        return
    connection.execute(sa.delete(build_artifacts).where(_is(build, [str(one["name"]) for one in made])))
    rows = [{"build_id": build, "state": "done", **one} for one in made]
    connection.execute(sa.insert(build_artifacts), rows)


def finish_artifact(
    connection: sa.Connection, build: BuildId, name: str, worker: str, values: Mapping[str, object]
) -> bool:
    """Write what became of an artifact; False, and nothing written, when it is no longer this worker's."""
    held = _held_artifacts(build, [name], worker)
    change = sa.update(build_artifacts).where(held).values({**values, **_NOBODYS})
    return connection.execute(change).rowcount == 1


def forget_open_artifacts(connection: sa.Connection, build: BuildId) -> None:
    """There is no geometry to make them of."""
    open_ones = sa.and_(build_artifacts.c.build_id == build, build_artifacts.c.state.in_(["queued", "running"]))
    connection.execute(sa.delete(build_artifacts).where(open_ones))


def forget_artifact(connection: sa.Connection, build: BuildId, name: str) -> None:
    """Nobody wants it any more, and nobody is at it."""
    over = sa.and_(build_artifacts.c.state == "running", build_artifacts.c.lease_until < database_now(connection))
    free = sa.or_(build_artifacts.c.state == "queued", over)
    connection.execute(sa.delete(build_artifacts).where(_is(build, [name]), free))


def put_back(connection: sa.Connection, build: BuildId, names: Collection[str], worker: str) -> None:
    """Queue again what this worker holds, as if it had not been begun: a build (no names), or artifacts of one."""
    if names:
        held, table = _held_artifacts(build, names, worker), build_artifacts
        values: dict[str, object] = {"state": "queued", "tries": build_artifacts.c.tries - 1, **_NOBODYS}
    else:
        held, table = _held(build, worker), builds
        values = {"state": "queued", "stage": "queued", "progress": 0, "tries": builds.c.tries - 1, **_NOBODYS}
    connection.execute(sa.update(table).where(held).values(values))


def queue_back(connection: sa.Connection, worker: str) -> None:
    """Queue again whatever the workers are at whose names begin so: they stop, or have died."""
    for table, more in ((builds, {"stage": "queued", "progress": 0}), (build_artifacts, {})):
        held = sa.and_(table.c.state == "running", table.c.worker.startswith(worker, autoescape=True))
        values = {"state": "queued", "tries": table.c.tries - 1, **_NOBODYS, **more}
        connection.execute(sa.update(table).where(held).values(values))


def make_takeable(connection: sa.Connection, worker: str) -> None:
    """End the leases of a worker that is dead: the tries that it made still count."""
    over = database_now(connection) - timedelta(seconds=1)
    for table in (builds, build_artifacts):
        held = sa.and_(table.c.state == "running", table.c.worker == worker)
        connection.execute(sa.update(table).where(held).values(lease_until=over))


def busy_workers(connection: sa.Connection) -> set[str]:
    """Who is at something."""
    found: set[str] = set()
    for table in (builds, build_artifacts):
        query = sa.select(table.c.worker).where(table.c.state == "running", table.c.worker.is_not(None))
        found |= set(connection.execute(query.distinct()).scalars())
    return found


def take_build(
    connection: sa.Connection, build: BuildId, worker: str, *, asker: str, now: datetime, lease: timedelta
) -> sa.RowMapping | None:
    """Give a build to a worker; None when somebody else has it."""
    values = {
        "state": "running",
        "stage": "starting",
        "progress": 0.0,
        "tries": builds.c.tries + 1,
        "worker": worker,
        "lease_until": now + lease,
        "started_at": now,
        "asker": asker,
    }
    free = sa.or_(builds.c.state == "queued", sa.and_(builds.c.state == "running", builds.c.lease_until < now))
    taken = sa.update(builds).where(builds.c.id == build, free).values(values).returning(builds)
    return connection.execute(taken).mappings().one_or_none()


def take_artifacts(
    connection: sa.Connection,
    build: BuildId,
    names: Collection[str],
    worker: str,
    *,
    asker: str,
    now: datetime,
    lease: timedelta,
) -> dict[str, int]:
    """Give those of these artifacts to a worker that nobody else has: their names, and how often each was begun."""
    table = build_artifacts
    values = {"state": "running", "tries": table.c.tries + 1, "worker": worker, "lease_until": now + lease}
    free = sa.or_(table.c.state == "queued", sa.and_(table.c.state == "running", table.c.lease_until < now))
    taken = (
        sa.update(table)
        .where(_is(build, names), free)
        .values(**values, asker=asker)
        .returning(table.c.name, table.c.tries)
    )
    return {row.name: row.tries for row in connection.execute(taken)}


def _is(build: BuildId, names: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.and_(build_artifacts.c.build_id == build, build_artifacts.c.name.in_(sorted(names)))


def _held(build: BuildId, worker: str) -> sa.ColumnElement[bool]:
    return sa.and_(builds.c.id == build, builds.c.state == "running", builds.c.worker == worker)


def _held_artifacts(build: BuildId, names: Collection[str], worker: str) -> sa.ColumnElement[bool]:
    running = sa.and_(build_artifacts.c.state == "running", build_artifacts.c.worker == worker)
    return sa.and_(_is(build, names), running)
