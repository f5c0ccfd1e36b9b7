"""SQLite as a server's database: how connections are opened, and the one thread that writes."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
_Work = tuple[Callable[[sa.Connection], Any], "Future[Any]"]

MOST_AT_ONCE = 64
"""Functions that share one commit: bounds how long the first of them waits for its own."""
_TAKEN = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


def open_sqlite(url: sa.URL, *, writing: bool, connections: int) -> sa.Engine:
    """An engine over a file in WAL mode. Transactions are begun explicitly: the writer's take the lock at once."""
    engine = sa.create_engine(url, pool_size=connections, max_overflow=0, connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"query_only = {'OFF' if writing else 'ON'}",
            "temp_store = MEMORY",
            "cache_size = -16384",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def is_taken(error: BaseException | None) -> bool:
    """Whether this error of the driver says that a unique key is there already."""
    return isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorcode in _TAKEN


class SqliteWriter:
    """One thread through which all writes go, in the order of their coming, several to a commit."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, action: Callable[[sa.Connection], T]) -> "Future[T]":
        """Queue a function. Its future is resolved after the commit that it belongs to."""
        future: Future[T] = Future()
        self._queue.put((action, future))
        return future

    def close(self) -> None:
        """Do what is queued, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                work = self._queue.get()
                if work is None:
                    stop = True
                    break
                batch.append(work)
            self._commit(batch)
            if stop:
                return

    def _commit(self, batch: list[_Work]) -> None:
        """One transaction, a savepoint for each function: one that raises leaves nothing behind and harms no other.

        But for the errors by which SQLite ends the whole transaction, such as a full disk: then all of them failed.
        """
        wanted = [(action, future) for action, future in batch if future.set_running_or_notify_cancel()]
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._engine.begin() as connection:
                for action, future in wanted:
                    try:
                        with connection.begin_nested():
                            result = action(connection)
                    except Exception as error:
                        future.set_exception(error)
                        if connection.in_nested_transaction() or not _is_open(connection):
                            raise
                    else:
                        done.append((future, result))
        except BaseException as error:
            for _, future in wanted:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for future, result in done:
            future.set_result(result)


def _is_open(connection: sa.Connection) -> bool:
    """Whether SQLite itself is in the transaction still: the driver's commit of one that is gone says nothing."""
    driver: sqlite3.Connection | None = connection.connection.driver_connection
    return connection.in_transaction() and driver is not None and driver.in_transaction
