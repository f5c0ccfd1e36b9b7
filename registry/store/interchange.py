"""Queries of what versions were made with."""

from collections.abc import Mapping

import sqlalchemy as sa

from registry.ids import VersionId
from registry.store.tables.interchange import version_toolchain


def add_toolchain(connection: sa.Connection, version: VersionId, toolchain: Mapping[str, str]) -> None:
    rows = [{"version_id": version, "name": name, "value": value} for name, value in sorted(toolchain.items())]
    if rows:
        connection.execute(sa.insert(version_toolchain), rows)


def toolchain_of(connection: sa.Connection, version: VersionId) -> dict[str, str]:
    """What its publisher said it was made with, by name."""
    query = sa.select(version_toolchain).where(version_toolchain.c.version_id == version)
    rows = connection.execute(query.order_by(version_toolchain.c.name)).mappings()
    return {row["name"]: row["value"] for row in rows}
