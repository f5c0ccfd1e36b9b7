"""Comparisons of shapes: at once the cache, the queue and the progress record."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

comparisons = sa.Table(
    "comparisons",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("before", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False),
    sa.Column("after", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("asker", sa.Text, nullable=False),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("wanted_until", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("shape", Json),
    sa.Column("model", sa.Text, sa.ForeignKey("blobs.sha256")),
    sa.Column("model_size", sa.BigInteger),
    sa.Column("error", Json),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    sa.Index(
        "ix_comparisons_open",
        "state",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
        sqlite_where=sa.text("state IN ('queued', 'running')"),
    ),
)
"""`id` is the digest of both geometries and of what compares them. `wanted_until` says until when somebody waits for
it if nothing more is heard of them; `worker` and `lease_until` who is at it and until when they may be silent."""
