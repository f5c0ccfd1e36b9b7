"""Which families belong together, and where the lines of the lineage cross."""

import sqlalchemy as sa

from registry.store.tables.columns import metadata

families = sa.Table(
    "families",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("root", sa.Text, nullable=False, index=True),
)
"""Every beginning (a version that comes from no other) starts a family and gives it its id. Families that a merge has
joined have one `root`; the versions themselves are never written again."""

crossings = sa.Table(
    "crossings",
    metadata,
    sa.Column("child_line", sa.Text, primary_key=True),
    sa.Column("child_generation", sa.Integer, primary_key=True),
    sa.Column("parent_line", sa.Text, primary_key=True),
    sa.Column("parent_generation", sa.Integer, primary_key=True),
    sa.Column("starts", sa.Boolean, nullable=False),
)
"""The edges of descent between two lines, by the places of their ends; `starts`: the child begins its line."""
