"""The log of everything that happened: rows are added, never changed and never removed (triggers see to it)."""

import sqlalchemy as sa

from registry.store.tables.columns import Counter, Json, Moment, metadata

log = sa.Table(
    "log",
    metadata,
    sa.Column("sequence", Counter, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "subject", "sequence"),
    sqlite_autoincrement=True,
)
