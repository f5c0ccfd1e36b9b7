"""Licences in the database: what is filled in for older versions, and what counts as given to the commons."""

import json

import sqlalchemy as sa

from registry.store.licences import accepted_from
from tests.registry.store.test_migrations import FILE, MOMENT, engine, insert, migrate

__all__ = ["engine"]

AT = f"{MOMENT}+00"


def filled(connection: sa.Connection) -> None:
    """ada/box 1, forked by bo, revised by bo, taken in by ada; bo/lamp uses ada/gear."""
    for member in ("ada", "bo"):
        insert(
            connection, "members", id=member, name=member, display_name=member, password_hash="", admin=False,
            created_at=AT,
        )  # fmt: skip
        insert(connection, "namespaces", name=member, owner_id=member, created_at=AT)
    insert(connection, "blobs", sha256=FILE, size=7, created_at=AT)
    for design in ("ada/box", "bo/box", "ada/gear", "bo/lamp"):
        namespace, _, name = design.partition("/")
        insert(
            connection, "designs", id=design, namespace=namespace, name=name, title=name, description="",
            licence="MIT", engine="cadquery", tags=json.dumps([]), created_at=AT, updated_at=AT,
        )  # fmt: skip
    for version in ("ada/box@1", "bo/box@1", "bo/box@2", "ada/box@2", "ada/gear@1", "bo/lamp@1"):
        design, _, number = version.partition("@")
        insert(
            connection, "versions", id=version, design_id=design, version=number, version_key=number, snapshot=FILE,
            manifest=json.dumps({}), licence="MIT", changelog="", family="f", published_by=design.partition("/")[0],
            published_at=AT,
        )  # fmt: skip
    for child, kind, parent in (
        ("bo/box@1", "forks", "ada/box@1"),
        ("bo/box@2", "revises", "bo/box@1"),
        ("ada/box@2", "revises", "ada/box@1"),
        ("ada/box@2", "merges", "bo/box@2"),
        ("bo/lamp@1", "uses", "ada/gear@1"),
    ):
        insert(connection, "edges", child_id=child, parent_id=parent, kind=kind)


def test_what_binds_older_versions_is_filled_in(engine: sa.Engine) -> None:
    migrate(engine, "0005")
    with engine.begin() as connection:
        filled(connection)
    migrate(engine, "head")
    with engine.begin() as connection:
        rows = connection.execute(sa.text("SELECT version_id, source_id, used FROM licence_bonds")).all()
        assert {(version, source, bool(used)) for version, source, used in rows} == {
            ("bo/box@1", "ada/box@1", False),
            ("bo/box@2", "ada/box@1", False),
            ("ada/box@2", "bo/box@2", False),
            ("bo/lamp@1", "ada/gear@1", True),
        }


def test_only_what_somebody_else_merged_counts_as_given(engine: sa.Engine) -> None:
    migrate(engine, "head")
    with engine.begin() as connection:
        filled(connection)
        given = accepted_from(connection, "bo", 10)
        assert [(row["version"], row["merged_into"]) for row in given] == [("bo/box@2", "ada/box@2")]
        assert accepted_from(connection, "ada", 10) == []
        connection.execute(sa.text("UPDATE versions SET yanked_at = published_at WHERE id = 'ada/box@2'"))
        assert accepted_from(connection, "bo", 10) == []
