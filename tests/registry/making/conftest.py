"""The making side of a registry over each database it runs on."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry.store.database import Database
from testbed.postgres import PostgresServer
from tests.registry.making.workshop import Workshop


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("postgres") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """Name of a database with all tables and no rows, to be copied."""
    url = postgres.new_database()
    _migrate(url)
    return str(sa.make_url(_driver(url)).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "cofab.sqlite")
        url = f"sqlite:///{tmp_path / 'cofab.sqlite'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = _driver(server.new_database(request.getfixturevalue("migrated_postgres")))
    db = Database(url)
    yield db
    db.close()


@pytest.fixture
def workshop(database: Database) -> Iterator[Workshop]:
    with asyncio.Runner() as runner:
        yield Workshop(database, runner)


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _migrate(url: str) -> None:
    db = Database(_driver(url))
    db.migrate()
    db.close()
