"""A database that an older registry has filled goes on where it was."""

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command

from registry.settings import Settings
from registry.store.migrate import alembic_config
from testbed.postgres import PostgresServer

BEFORE = "0002"
MOMENT = "2026-03-01 09:30:00.000000"
FILE = "f" * 64


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path) -> Iterator[sa.Engine]:
    """An empty database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    made = sa.create_engine(Settings(database_url=url).database)
    yield made
    made.dispose()


def migrate(engine: sa.Engine, to: str) -> None:
    config = alembic_config()
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def insert(connection: sa.Connection, table: str, **values: object) -> None:
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def test_builds_that_are_there_stay_usable(engine: sa.Engine):
    migrate(engine, BEFORE)
    with engine.begin() as connection:
        insert(connection, "blobs", sha256=FILE, size=7, created_at=f"{MOMENT}+00")
        for number, state in enumerate(("done", "queued", "running", "failed")):
            insert(
                connection, "builds", id=f"build {state}", snapshot=FILE, recipe=json.dumps({"parameters": {}}),
                state=state, stage=state, progress=0, tries=number, requested_at=f"{MOMENT}+00",
            )  # fmt: skip
        insert(connection, "build_artifacts", build_id="build done", name="model.stl", sha256=FILE, size=7)
    migrate(engine, "head")
    with engine.begin() as connection:
        artifact = connection.execute(sa.text("SELECT * FROM build_artifacts")).mappings().one()
        assert (artifact["state"], artifact["sha256"], artifact["size"]) == ("done", FILE, 7)
        found = connection.execute(sa.text("SELECT id, kept_for, geometry FROM builds"))
        kept = {row.id: (row.kept_for, row.geometry) for row in found}
        assert kept == {
            "build done": (None, None),
            "build queued": ("order", None),
            "build running": ("order", None),
            "build failed": (None, None),
        }
        insert(connection, "build_artifacts", build_id="build done", name="model.step", state="queued")
        waiting = sa.text("SELECT COUNT(*) FROM build_artifacts WHERE sha256 IS NULL AND state = 'queued'")
        assert connection.execute(waiting).scalar_one() == 1


@pytest.mark.parametrize(
    "values", [{"state": "done"}, {"state": "made"}, {"state": "queued", "sha256": FILE, "size": 7}]
)
def test_the_database_itself_refuses_an_artifact_that_cannot_be(engine: sa.Engine, values: dict[str, object]):
    migrate(engine, "head")
    with engine.begin() as connection:
        insert(connection, "blobs", sha256=FILE, size=7, created_at=f"{MOMENT}+00")
        insert(
            connection, "builds", id="build", snapshot=FILE, recipe=json.dumps({}), state="done", stage="done",
            progress=1, tries=1, requested_at=f"{MOMENT}+00",
        )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        insert(connection, "build_artifacts", build_id="build", name="model.stl", **values)
