"""The making side of a registry over each database it runs on."""

import asyncio
from collections.abc import Iterator

import pytest

from registry.settings import Settings
from registry.store.database import Database
from tests.registry.making.workshop import Workshop


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    settings.data.mkdir(parents=True)
    db = Database(settings.database)
    db.migrate()
    yield db
    db.close()


@pytest.fixture
def workshop(database: Database) -> Iterator[Workshop]:
    with asyncio.Runner() as runner:
        yield Workshop(database, runner)
