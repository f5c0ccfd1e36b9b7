"""Every test of the registry runs on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from registry.settings import Settings
from registry.store.database import Database
from testbed.postgres import PostgresServer
from testbed.s3 import S3Server
from tests.registry.harness import Person, Registry, running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the whole session."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """The name of a database with all tables, to be copied."""
    url = postgres.new_database()
    database = Database(Settings(database_url=url).database)
    database.migrate()
    database.close()
    return urlsplit(url).path.strip("/")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own for each test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(template=request.getfixturevalue("migrated"))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A registry that leaves builds alone: tests of builds say so."""
    return Settings(
        data=tmp_path / "data",
        database_url=database_url,
        public_url="http://registry.test",
        build_workers=0,
        poll_seconds=0.2,
    )


@pytest.fixture
async def registry(settings: Settings) -> AsyncIterator[Registry]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def ada(registry: Registry) -> Person:
    """The first member, who is therefore the administrator."""
    return await registry.person("ada")


@pytest.fixture
async def grace(registry: Registry, ada: Person) -> Person:
    return await registry.person("grace")


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One real S3 server for the whole session."""
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server
