"""Designs, their versions, the files of a version, and the edges of the lineage."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)
"""Bytes that the blob store holds. A row is written after the bytes are safe, never before."""

designs = sa.Table(
    "designs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("namespace", sa.Text, sa.ForeignKey("namespaces.name"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("tags", Json, nullable=False),
    sa.Column("image", sa.Text),
    sa.Column("latest_id", sa.Text),
    sa.Column("origin_id", sa.Text, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("hidden_reason", sa.Text),
    sa.UniqueConstraint("namespace", "name"),
    sa.Index(None, "updated_at", "id"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "licence"),
    sa.Index(None, "engine"),
)
"""Title, description, licence, engine, tags and image are those of the version `latest_id`; `origin_id` is the version
that the design was forked from; `hidden_reason` says why moderators hid it."""

design_tags = sa.Table(
    "design_tags",
    metadata,
    sa.Column("design_id", sa.Text, sa.ForeignKey("designs.id"), primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Index(None, "tag"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("design_id", sa.Text, sa.ForeignKey("designs.id"), nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("version_key", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False, index=True),
    sa.Column("manifest", Json, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("changelog", sa.Text, nullable=False),
    sa.Column("family", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    sa.Column("line", sa.Text, nullable=False, server_default=""),
    sa.Column("published_by", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("published_at", Moment, nullable=False),
    sa.Column("default_build", sa.Text),
    sa.Column("yanked_at", Moment),
    sa.Column("yank_reason", sa.Text),
    sa.Column("recalled_at", Moment),
    sa.Column("recall_reason", sa.Text),
    sa.UniqueConstraint("design_id", "version_key"),
    sa.Index(None, "family"),
    sa.Index(
        "ix_versions_recalled",
        "recalled_at",
        postgresql_where=sa.text("recalled_at IS NOT NULL"),
        sqlite_where=sa.text("recalled_at IS NOT NULL"),
    ),
    sa.Index(None, "line", "generation"),
    sa.Index(None, "design_id", "published_at"),
)
"""`version_key` is the version in lower case: a number is never used twice, in whatever spelling. `family` names the
beginning from which it comes; `families` says which of them belong together. `generation` and `line` are its place in
the lineage (registry.core.lineage_lines), given once. `default_build` is the recipe that was asked for on
publication: the one with the default parameters."""

version_files = sa.Table(
    "version_files",
    metadata,
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
)

edges = sa.Table(
    "edges",
    metadata,
    sa.Column("child_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("parent_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Index(None, "parent_id", "kind", "child_id"),
    sa.CheckConstraint("child_id <> parent_id", name="no_loop"),
)
"""An edge is written together with its child and never afterwards: a version can only have parents that were there
before it, so that a cycle cannot come about."""
