"""The one door to the database: plain functions over a connection, run on threads, each in exactly one transaction.

    total = await db.read(lambda connection: count_designs(connection))
    await db.write(lambda connection: publish(connection, …))

SQLite: any number of readers beside one writer thread, which commits what has queued up in one go (each function in
its own savepoint), so that a synchronous commit is paid once for many. PostgreSQL: a bounded pool; a function that
lost a deadlock or a serialisation race is run again after some milliseconds, so it must do nothing but talk to the
database.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from registry.errors import Conflict, Invalid, RegistryError, Unavailable
from registry.store.migrate import upgrade
from registry.store.sqlite import SqliteWriter, is_taken, open_sqlite

T = TypeVar("T")

POSTGRES_CONNECTIONS = 16
SQLITE_READERS = 8
_TRIES = 6
_RETRY_STATES = {"40001", "40P01"}
"""PostgreSQL: serialisation failure, deadlock detected (Appendix A of its manual)."""
_UNIQUE_VIOLATION = "23505"


class Database:
    """SQLite by `sqlite:///file`, PostgreSQL by `postgresql+psycopg://…`. Nothing is opened before `migrate` or use.

    `connections` is how many there are at most, on PostgreSQL.
    """

    def __init__(self, url: str, *, connections: int = POSTGRES_CONNECTIONS) -> None:
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            self._engine = open_sqlite(self.url, writing=False, connections=SQLITE_READERS)
            self._writing_engine = open_sqlite(self.url, writing=True, connections=1)
            self._writer: SqliteWriter | None = SqliteWriter(self._writing_engine)
        else:
            self._engine = sa.create_engine(
                self.url, pool_size=connections, max_overflow=0, pool_pre_ping=True, pool_timeout=10
            )
            self._writing_engine = self._engine
            self._writer = None
        self._threads = ThreadPoolExecutor(
            SQLITE_READERS if self.sqlite else connections, thread_name_prefix="database"
        )

    def migrate(self) -> None:
        """Bring the tables to what this code expects. Several processes may do so at once."""
        with _translated():
            upgrade(self._writing_engine)

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """Run a function in a read-only transaction and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(self._read, query))

    async def write(self, action: Callable[[sa.Connection], T]) -> T:
        """Run a function in one transaction: committed when it returns, rolled back when it raises."""
        if self._writer is not None:
            with _translated():
                return await asyncio.wrap_future(self._writer.submit(action))
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(self._write, action))

    def close(self) -> None:
        """Finish what is under way and let go of every connection."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(wait=True)
        self._engine.dispose()
        self._writing_engine.dispose()

    def _read(self, query: Callable[[sa.Connection], T]) -> T:
        with _translated(), self._engine.connect() as connection:
            if not self.sqlite:
                connection.execution_options(postgresql_readonly=True)
            with connection.begin():
                return query(connection)

    def _write(self, action: Callable[[sa.Connection], T]) -> T:
        with _translated():
            for attempt in range(1, _TRIES + 1):
                try:
                    with self._engine.begin() as connection:
                        return action(connection)
                except DBAPIError as error:
                    if _sqlstate(error) not in _RETRY_STATES or attempt == _TRIES:
                        raise
                time.sleep(secrets.randbelow(1 + 10 * attempt) / 1000)
            raise AssertionError("the last try returns or raises")


class _translated:
    """Foreign exceptions do not cross this seam: no connection is Unavailable, a lost race for a key is Conflict."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if not isinstance(error, DBAPIError | sa.exc.TimeoutError):
            return
        translated = _translate(error)
        if translated is not None:
            raise translated from error


def _translate(error: DBAPIError | sa.exc.TimeoutError) -> RegistryError | None:
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable("the database is busy: try again in a moment")
    if isinstance(error, IntegrityError) and (_sqlstate(error) == _UNIQUE_VIOLATION or is_taken(error.orig)):
        return Conflict("somebody else did the same at the same moment: look again, then decide")
    if isinstance(error, OperationalError | InterfaceError) and _sqlstate(error) not in _RETRY_STATES:
        return Unavailable("the database does not answer: try again in a moment")
    if _sqlstate(error) in _RETRY_STATES:
        return Conflict("too many changes to the same thing at the same moment: try again")
    if isinstance(error, DataError):
        return Invalid(
            "the database cannot keep one of these values: a number too large, or a text with the character NUL",
            code="not_storable",
        )
    return None


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
