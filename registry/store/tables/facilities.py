"""Facilities, who runs them, the agents in them, and their machines."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

facilities = sa.Table(
    "facilities",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    sa.Column("access", sa.Text, nullable=False),
    sa.Column("opening_hours", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("worker_owned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("access IN ('public', 'restricted', 'private')", name="access"),
)

facility_runners = sa.Table(
    "facility_runners",
    metadata,
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), primary_key=True, index=True),
    sa.Column("added_at", Moment, nullable=False),
)
"""The members who run a facility; it always has one."""

enrolments = sa.Table(
    "enrolments",
    metadata,
    sa.Column("code_sha256", sa.Text, primary_key=True),
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), nullable=False, index=True),
    sa.Column("made_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)
"""One-time codes by which an agent joins a facility, kept by their hash."""

nodes = sa.Table(
    "nodes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("software", sa.Text, nullable=False),
    sa.Column("enrolled_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("enrolled_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment),
    sa.Column("removed_at", Moment),
    sa.Column("acknowledged", sa.BigInteger, nullable=False),
)
"""Agents. `acknowledged`: all reports up to this sequence number are here."""

machines = sa.Table(
    "machines",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("node_id", sa.Text, sa.ForeignKey("nodes.id"), nullable=False),
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), nullable=False, index=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("driver", sa.Text, nullable=False),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("x_mm", sa.Float, nullable=False),
    sa.Column("y_mm", sa.Float, nullable=False),
    sa.Column("z_mm", sa.Float, nullable=False),
    sa.Column("nozzle_mm", sa.Float),
    sa.Column("materials", Json, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("announced_at", Moment, nullable=False),
    sa.Column("withdrawn_at", Moment),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("bed", sa.Text, nullable=False),
    sa.Column("file", sa.Text),
    sa.Column("attempt_id", sa.Text),
    sa.Column("progress", sa.Float),
    sa.Column("seconds_left", sa.Float),
    sa.Column("nozzle_c", sa.Float),
    sa.Column("bed_c", sa.Float),
    sa.Column("message", sa.Text),
    sa.Column("reported_at", Moment),
    sa.Column("tolerance_mm", sa.Float),
    sa.Column("plate_copies", sa.Integer, nullable=False, server_default="1"),
    sa.Column("rates", Json),
    sa.UniqueConstraint("node_id", "key"),
)
"""What the agent announced of a machine, and from `state` to `reported_at` how it last said that the machine is. A
machine that is announced no longer is withdrawn and stays for the sake of what it made."""
