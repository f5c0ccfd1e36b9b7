"""Orders, their copies, the tries at each copy, and everything that agents told about them."""

import sqlalchemy as sa

from registry.store.tables.columns import Counter, Json, Moment, metadata

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("build_id", sa.Text, sa.ForeignKey("builds.id"), nullable=False, index=True),
    sa.Column("parameters", Json, nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("material", sa.Text, nullable=False),
    sa.Column("colour", sa.Text),
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), index=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("request_key", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("placed_at", Moment, nullable=False),
    sa.Column("cancelled_at", Moment),
    sa.Column("asks", Json),
    sa.UniqueConstraint("member_id", "request_key"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.Index(None, "member_id", "placed_at"),
    sa.Index(None, "version_id", "placed_at"),
)
"""What somebody wants made. Its state follows from its jobs; `reason` says why it failed."""

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text, sa.ForeignKey("orders.id"), nullable=False),
    sa.Column("copy", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("attempt_id", sa.Text),
    sa.Column("cancelling", sa.Boolean, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("losses", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("queued_at", Moment),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("build_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.Text, nullable=False),
    sa.Column("facility_id", sa.Text),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("material", sa.Text, nullable=False),
    sa.Column("colour", sa.Text),
    sa.Column("nozzle_mm", sa.Float),
    sa.Column("short_mm", sa.Float),
    sa.Column("long_mm", sa.Float),
    sa.Column("high_mm", sa.Float),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("thickness_mm", sa.Float),
    sa.Column("tolerance_mm", sa.Float),
    sa.Column("asks", Json),
    sa.Column("about_seconds", sa.Float),
    sa.UniqueConstraint("order_id", "copy"),
    sa.Index(
        "ix_jobs_queue",
        "process",
        "material",
        sa.text("coalesce(facility_id, '')"),
        sa.text("priority DESC"),
        "turn",
        "id",
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    ),
    sa.Index(
        "ix_jobs_asking",
        "process",
        "material",
        sa.text("coalesce(facility_id, '')"),
        sa.text("priority DESC"),
        "turn",
        "id",
        postgresql_where=sa.text("state = 'queued' AND asks IS NOT NULL"),
        sqlite_where=sa.text("state = 'queued' AND asks IS NOT NULL"),
    ),
    sa.Index(
        "ix_jobs_waiting",
        "build_id",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    ),
    postgresql_with={"fillfactor": 70},
)
"""One copy each. From `build_id` on: what a machine must offer, copied here so that a claim reads one table; material
and colour in their normal form, the footprint by its shorter and longer side, the brim included. `turn` is the place
among equals of the same priority; `asks` is what an order asks beyond that, judged one by one; `about_seconds` is how
long it might take to make."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("order_id", sa.Text, sa.ForeignKey("orders.id"), nullable=False, index=True),
    sa.Column("node_id", sa.Text, sa.ForeignKey("nodes.id"), nullable=False),
    sa.Column("machine_id", sa.Text, sa.ForeignKey("machines.id"), nullable=False),
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), nullable=False, index=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("permitted", sa.Boolean, nullable=False),
    sa.Column("permit", sa.Text),
    sa.Column("permit_until", Moment),
    sa.Column("last_sequence", sa.BigInteger, nullable=False),
    sa.Column("command", sa.Text),
    sa.Column("extra", sa.Text),
    sa.Column("lease_until", Moment, nullable=False),
    sa.Column("claimed_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("gcode_sha256", sa.Text),
    sa.Column("figures", Json),
    sa.Column("print_seconds", sa.Float),
    sa.Column("starts_seen", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("plate", sa.Text, index=True),
    sa.UniqueConstraint("job_id", "epoch"),
    sa.Index(
        "ix_attempts_open",
        "machine_id",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index(
        "ix_attempts_commanded",
        "node_id",
        postgresql_where=sa.text("command IS NOT NULL"),
        sqlite_where=sa.text("command IS NOT NULL"),
    ),
    postgresql_with={"fillfactor": 70},
)
"""One try at one copy on one machine. `ended_at` is set when nothing more can become of it; `plate` names the attempt
under which the machine makes this copy together with others of its order."""

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("attempt_id", sa.Text, sa.ForeignKey("attempts.id"), primary_key=True),
    sa.Column("moment", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False),
    sa.Column("taken_at", Moment, nullable=False),
    sa.CheckConstraint("moment IN ('start', 'end', 'failure')", name="moment"),
)
"""What the machine's camera saw of an attempt."""

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("node_id", sa.Text, sa.ForeignKey("nodes.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("attempt_id", sa.Text, sa.ForeignKey("attempts.id"), nullable=False),
)
"""What was answered to which idempotency key: the same key again gets the same attempt."""

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("node_id", sa.Text, sa.ForeignKey("nodes.id"), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attempt_id", sa.Text, nullable=False, index=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("effect", sa.Text, nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.Column("body_sha256", sa.Text, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
)
"""Every report that ever came, as it came, and what it did. `attempt_id` is what the agent wrote, known or not."""

order_events = sa.Table(
    "order_events",
    metadata,
    sa.Column("sequence", Counter, primary_key=True, autoincrement=True),
    sa.Column("order_id", sa.Text, sa.ForeignKey("orders.id"), nullable=False),
    sa.Column("job_id", sa.Text),
    sa.Column("attempt_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("words", sa.Text),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "order_id", "sequence"),
    sqlite_autoincrement=True,
)
"""The story of an order, in the order in which the registry learnt it. Rows are added only."""
