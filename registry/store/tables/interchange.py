"""What versions were made with, as their publishers said it: where in a git repository they come from, and the like."""

import sqlalchemy as sa

from registry.store.tables.columns import metadata

version_toolchain = sa.Table(
    "version_toolchain",
    metadata,
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""The same stands in the version's snapshot, by which it is bound to its identity."""
