"""The one door to the database: transactions, races, and what happens when something breaks."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from registry.errors import Conflict, Unavailable
from registry.settings import Settings
from registry.store import tables  # noqa: F401  (defines the tables)
from registry.store.blobs import known_sizes, record_blobs
from registry.store.clock import database_now
from registry.store.database import Database
from registry.store.recording import add_entry, entries_after
from registry.store.tables.columns import metadata
from registry.store.tables.designs import blobs
from registry.store.tables.recording import log

MOMENT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(Settings(database_url=database_url).database)
    database.migrate()
    yield database
    database.close()


def add_blob(connection: sa.Connection, sha256: str) -> None:
    connection.execute(sa.insert(blobs).values(sha256=sha256, size=1, created_at=MOMENT))


async def count(db: Database) -> int:
    found: int = await db.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(blobs)).scalar_one())
    return found


async def test_the_migrations_make_exactly_the_tables_that_the_code_expects(db: Database):
    incomparable = {"ix_jobs_queue", "ix_jobs_asking"} if db.sqlite else set()  # no expressions read back there

    def difference(connection: sa.Connection) -> list[object]:
        def ours(_item: object, name: str, *_: object) -> bool:
            return not name.startswith("design_search") and name not in incomparable

        options = {"include_object": ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await db.read(difference) == []


async def test_migrating_again_changes_nothing(db: Database):
    await db.write(lambda c: add_blob(c, "a"))
    threads = [threading.Thread(target=db.migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert await count(db) == 1


async def test_what_raises_leaves_nothing_behind(db: Database):
    def half(connection: sa.Connection) -> None:
        add_blob(connection, "half")
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await db.write(half)
    assert await count(db) == 0


async def test_one_that_fails_harms_no_other_in_the_same_commit(db: Database):
    def write(connection: sa.Connection, number: int) -> int:
        add_blob(connection, f"blob {number}")
        if number % 3 == 0:
            raise ValueError(number)
        return number

    results = await asyncio.gather(
        *(db.write(lambda c, n=number: write(c, n)) for number in range(60)), return_exceptions=True
    )
    for number, result in enumerate(results):
        assert isinstance(result, ValueError) if number % 3 == 0 else result == number
    assert await count(db) == 40


async def test_a_key_taken_at_the_same_moment_is_a_conflict(db: Database):
    results = await asyncio.gather(
        *(db.write(lambda c: add_blob(c, "same")) for _ in range(10)), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 9


async def test_reading_cannot_write(db: Database):
    with pytest.raises((sa.exc.DBAPIError, Unavailable)):
        await db.read(lambda c: add_blob(c, "sneaked in"))
    assert await count(db) == 0


async def test_readers_are_not_held_up_by_a_writer(db: Database):
    holding, release = threading.Event(), threading.Event()

    def hold(connection: sa.Connection) -> None:
        add_blob(connection, "pending")
        holding.set()
        assert release.wait(10)

    writing = asyncio.create_task(db.write(hold))
    await asyncio.to_thread(holding.wait, 10)
    async with asyncio.timeout(5):
        assert await count(db) == 0
    release.set()
    await writing
    assert await count(db) == 1


async def test_writes_that_read_first_lose_no_update(db: Database):
    await db.write(lambda c: add_blob(c, "counter"))

    def grow(connection: sa.Connection) -> None:
        row = sa.select(blobs.c.size).where(blobs.c.sha256 == "counter").with_for_update()
        size = connection.execute(row).scalar_one()
        connection.execute(sa.update(blobs).where(blobs.c.sha256 == "counter").values(size=size + 1))

    await asyncio.gather(*(db.write(grow) for _ in range(50)))
    sizes = await db.read(lambda c: known_sizes(c, ["counter"]))
    assert sizes == {"counter": 51}


async def test_deadlocks_are_run_again(db: Database):
    await db.write(lambda c: record_blobs(c, {"a": 1, "b": 1}, MOMENT))
    meeting = threading.Barrier(2, timeout=5)
    tries = []

    def cross(connection: sa.Connection, order: tuple[str, str]) -> None:
        tries.append(order)
        for number, name in enumerate(order):
            connection.execute(sa.update(blobs).where(blobs.c.sha256 == name).values(size=blobs.c.size + 1))
            if number == 0 and len(tries) <= 2 and not db.sqlite:
                meeting.wait()

    await asyncio.gather(db.write(lambda c: cross(c, ("a", "b"))), db.write(lambda c: cross(c, ("b", "a"))))
    assert await db.read(lambda c: known_sizes(c, ["a", "b"])) == {"a": 3, "b": 3}
    assert len(tries) == 2 if db.sqlite else len(tries) > 2


async def test_moments_come_back_as_they_were(db: Database):
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    await db.write(lambda c: c.execute(sa.insert(blobs).values(sha256="a", size=1, created_at=elsewhere)))
    kept = await db.read(lambda c: c.execute(sa.select(blobs.c.created_at)).scalar_one())
    assert (kept, kept.tzinfo) == (MOMENT, UTC)
    earlier = sa.select(blobs.c.sha256).where(blobs.c.created_at < MOMENT + timedelta(microseconds=1))
    assert await db.read(lambda c: c.execute(earlier).scalars().all()) == ["a"]


async def test_naive_moments_are_refused(db: Database):
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        await db.write(lambda c: record_blobs(c, {"a": 1}, datetime(2026, 1, 1)))  # noqa: DTZ001


async def test_the_databases_clock_goes_forward(db: Database):
    first = await db.write(database_now)
    second = await db.write(database_now)
    assert timedelta(0) <= second - first < timedelta(seconds=30)
    assert abs(datetime.now(UTC) - second) < timedelta(seconds=30)


@pytest.mark.parametrize("statement", [sa.delete(log), sa.update(log).values(kind="changed")])
async def test_the_log_only_grows(db: Database, statement):
    await db.write(lambda c: add_entry(c, "kind", "subject", "actor", {}, MOMENT))
    with pytest.raises((sa.exc.DBAPIError, Conflict, Unavailable)):
        await db.write(lambda c: c.execute(statement))
    assert [row["kind"] for row in await db.read(lambda c: entries_after(c, 0, 10, None))] == ["kind"]


async def test_entries_become_visible_in_the_order_of_their_numbers(db: Database):
    seen: list[int] = []
    stop = asyncio.Event()

    async def follow() -> None:
        while not stop.is_set() or len(seen) < 200:
            after = seen[-1] if seen else 0
            rows = await db.read(partial(entries_after, after=after, limit=500, subject=None))
            seen.extend(row["sequence"] for row in rows)

    following = asyncio.create_task(follow())
    await asyncio.gather(
        *(db.write(lambda c: add_entry(c, "kind", "subject", "actor", {}, MOMENT)) for _ in range(200))
    )
    stop.set()
    async with asyncio.timeout(20):
        await following
    assert len(seen) == 200
    assert seen == sorted(seen)


def test_a_database_that_is_away_is_unavailable():
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2")
    with pytest.raises(Unavailable):
        asyncio.run(away.read(count_nothing))
    away.close()


def count_nothing(connection: sa.Connection) -> int:
    value: int = connection.execute(sa.select(0)).scalar_one()
    return value
