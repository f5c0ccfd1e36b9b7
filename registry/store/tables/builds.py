"""Builds: at once the cache, the queue and the progress record; and what they gave."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

builds = sa.Table(
    "builds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("snapshot", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False, index=True),
    sa.Column("recipe", Json, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("awaited_at", Moment),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("measurements", Json),
    sa.Column("findings", Json),
    sa.Column("seconds", Json),
    sa.Column("error", Json),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    sa.Index("ix_builds_waiting", "state", "awaited_at", "requested_at"),
)
"""`id` is the digest of the recipe. `worker` and `lease_until` say who is at it and until when it may be silent.
`awaited_at` says since when somebody waits for it; null: it is made ahead of any need."""

build_artifacts = sa.Table(
    "build_artifacts",
    metadata,
    sa.Column("build_id", sa.Text, sa.ForeignKey("builds.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
)
