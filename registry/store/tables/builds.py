"""Builds: at once the cache, the queue and the progress record; what they gave, and who waits for it."""

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
    sa.Column("geometry", sa.Text, sa.ForeignKey("blobs.sha256")),
    sa.Column("kept_for", sa.Text),
    sa.Column("asker", sa.Text, nullable=False, server_default="visitors"),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    sa.Index("ix_builds_waiting", "state", "awaited_at", "requested_at"),
)
"""`id` is the digest of the recipe. `worker` and `lease_until` say who is at it and until when it may be silent.
`awaited_at` says since when somebody waits for it. `geometry` is what the script made, kept for further artifacts.
`kept_for` says why it is made also when nobody waits (see registry.core.builds), `asker` on whose account."""

build_artifacts = sa.Table(
    "build_artifacts",
    metadata,
    sa.Column("build_id", sa.Text, sa.ForeignKey("builds.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blobs.sha256"), index=True),
    sa.Column("size", sa.BigInteger),
    sa.Column("state", sa.Text, nullable=False, server_default="done"),
    sa.Column("kind", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("findings", Json),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("requested_at", Moment),
    sa.Column("awaited_at", Moment),
    sa.Column("kept_for", sa.Text),
    sa.Column("asker", sa.Text, nullable=False, server_default="visitors"),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'withheld', 'failed')", name="state"),
    sa.CheckConstraint("(state = 'done') = (sha256 IS NOT NULL AND size IS NOT NULL)", name="content"),
    sa.Index(
        "ix_build_artifacts_open",
        "state",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
        sqlite_where=sa.text("state IN ('queued', 'running')"),
    ),
)
"""What a build gave, or is to give; no row: nobody has asked for it. `kind` and `reason` say why there is none."""

build_waits = sa.Table(
    "build_waits",
    metadata,
    sa.Column("build_id", sa.Text, sa.ForeignKey("builds.id"), primary_key=True),
    sa.Column("artifact", sa.Text, primary_key=True),
    sa.Column("waiter", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("until", Moment, nullable=False, index=True),
)
"""Who waits for a build (`artifact` empty) or for one of its artifacts, if nothing more is heard of them until then."""

build_turns = sa.Table(
    "build_turns",
    metadata,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("served_at", Moment, nullable=False),
)
"""When something was last begun on whose account."""
