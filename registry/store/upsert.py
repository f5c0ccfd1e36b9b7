"""Inserts that do nothing where the key is there already, in either database's words."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_if_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose keys are free, and return how many those were."""
    if not rows:
        return 0
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(table).values(list(rows)).on_conflict_do_nothing()
    return connection.execute(query, execution_options={"preserve_rowcount": True}).rowcount
