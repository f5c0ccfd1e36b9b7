"""What the writing thread says of its functions when SQLite itself gives up."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry.store.sqlite import SqliteWriter, open_sqlite

PATIENCE_SECONDS = 10


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SqliteWriter]:
    """Over a file that has room for four more pages."""
    engine = open_sqlite(sa.make_url(f"sqlite:///{tmp_path}/small.db"), writing=True, connections=1)
    writer = SqliteWriter(engine)
    for name in ("kept", "large"):
        writer.submit(partial(_run, f"CREATE TABLE {name} (b BLOB)")).result()
    writer.submit(_leave_little_room).result()
    yield writer
    writer.close()
    engine.dispose()


def _leave_little_room(connection: sa.Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")


def _run(sql: str, connection: sa.Connection) -> int:
    return connection.exec_driver_sql(sql).rowcount


@pytest.mark.parametrize("later", [0, 1])
def test_nothing_is_called_written_that_a_full_disk_took_back(writer: SqliteWriter, later: int) -> None:
    together = threading.Event()
    writer.submit(lambda _: together.wait(PATIENCE_SECONDS))
    small, large = "INSERT INTO kept VALUES ('small')", "INSERT INTO large VALUES (zeroblob(200000))"
    written = [writer.submit(partial(_run, sql)) for sql in (small, large, *[small] * later)]
    together.set()
    said = sum(one.exception(PATIENCE_SECONDS) is None for one in written)
    there = writer.submit(lambda c: c.exec_driver_sql("SELECT count(*) FROM kept").scalar_one()).result()
    assert written[1].exception() is not None
    assert said == there
    assert writer.submit(partial(_run, small)).result() == 1, "the next commit is not held up"
