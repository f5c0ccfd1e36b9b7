"""Facilities, agents and machines; orders, copies, tries and reports."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Counter, Json, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _facilities()
    _enrolments()
    _facility_runners()
    _nodes()
    _machines()
    _reports()
    _orders()
    _jobs()
    _order_events()
    _attempts()
    _claims()


def _facilities() -> None:
    op.create_table(
        "facilities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("access IN ('public', 'restricted', 'private')", name="ck_facilities_access"),
        sa.PrimaryKeyConstraint("id", name="pk_facilities"),
        sa.UniqueConstraint("slug", name="uq_facilities_slug"),
    )


def _enrolments() -> None:
    op.create_table(
        "enrolments",
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name="fk_enrolments_facility_id"),
        sa.ForeignKeyConstraint(["made_by"], ["members.id"], name="fk_enrolments_made_by"),
        sa.PrimaryKeyConstraint("code_sha256", name="pk_enrolments"),
    )
    op.create_index("ix_enrolments_facility_id", "enrolments", ["facility_id"], unique=False)


def _facility_runners() -> None:
    op.create_table(
        "facility_runners",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name="fk_facility_runners_facility_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_facility_runners_member_id"),
        sa.PrimaryKeyConstraint("facility_id", "member_id", name="pk_facility_runners"),
    )
    op.create_index("ix_facility_runners_member_id", "facility_runners", ["member_id"], unique=False)


def _nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.Text(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.Column("enrolled_by", sa.Text(), nullable=False),
        sa.Column("enrolled_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["enrolled_by"], ["members.id"], name="fk_nodes_enrolled_by"),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name="fk_nodes_facility_id"),
        sa.PrimaryKeyConstraint("id", name="pk_nodes"),
        sa.UniqueConstraint("secret_sha256", name="uq_nodes_secret_sha256"),
    )
    op.create_index("ix_nodes_facility_id", "nodes", ["facility_id"], unique=False)


def _machines() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("x_mm", sa.Float(), nullable=False),
        sa.Column("y_mm", sa.Float(), nullable=False),
        sa.Column("z_mm", sa.Float(), nullable=False),
        sa.Column("nozzle_mm", sa.Float(), nullable=True),
        sa.Column("materials", Json, nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("announced_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=True),
        sa.Column("seconds_left", sa.Float(), nullable=True),
        sa.Column("nozzle_c", sa.Float(), nullable=True),
        sa.Column("bed_c", sa.Float(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("reported_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name="fk_machines_facility_id"),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_machines_node_id"),
        sa.PrimaryKeyConstraint("id", name="pk_machines"),
        sa.UniqueConstraint("node_id", "key", name="uq_machines_node_id_key"),
    )
    op.create_index("ix_machines_facility_id", "machines", ["facility_id"], unique=False)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_reports_node_id"),
        sa.PrimaryKeyConstraint("node_id", "sequence", name="pk_reports"),
    )
    op.create_index("ix_reports_attempt_id", "reports", ["attempt_id"], unique=False)


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("build_id", sa.Text(), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("facility_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.CheckConstraint("quantity > 0", name="ck_orders_quantity"),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name="fk_orders_build_id"),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name="fk_orders_facility_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_orders_member_id"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_orders_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("member_id", "request_key", name="uq_orders_member_id_request_key"),
    )
    op.create_index("ix_orders_build_id", "orders", ["build_id"], unique=False)
    op.create_index("ix_orders_facility_id", "orders", ["facility_id"], unique=False)
    op.create_index("ix_orders_member_id_placed_at", "orders", ["member_id", "placed_at"], unique=False)
    op.create_index("ix_orders_version_id_placed_at", "orders", ["version_id", "placed_at"], unique=False)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("build_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=True),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("nozzle_mm", sa.Float(), nullable=True),
        sa.Column("short_mm", sa.Float(), nullable=True),
        sa.Column("long_mm", sa.Float(), nullable=True),
        sa.Column("high_mm", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_jobs_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("order_id", "copy", name="uq_jobs_order_id_copy"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_jobs_waiting",
        "jobs",
        ["build_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_jobs_queue",
        "jobs",
        ["process", "material", sa.text("priority DESC"), "queued_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )


def _order_events() -> None:
    op.create_table(
        "order_events",
        sa.Column("sequence", Counter, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_events_order_id"),
        sa.PrimaryKeyConstraint("sequence", name="pk_order_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_events_order_id_sequence", "order_events", ["order_id", "sequence"], unique=False)


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("machine_id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("permitted", sa.Boolean(), nullable=False),
        sa.Column("permit", sa.Text(), nullable=True),
        sa.Column("permit_until", Moment(), nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("command", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=False),
        sa.Column("claimed_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("gcode_sha256", sa.Text(), nullable=True),
        sa.Column("figures", Json, nullable=True),
        sa.Column("print_seconds", sa.Float(), nullable=True),
        sa.Column("starts_seen", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name="fk_attempts_facility_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_attempts_job_id"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_attempts_machine_id"),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_attempts_node_id"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_attempts_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.UniqueConstraint("job_id", "epoch", name="uq_attempts_job_id_epoch"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_attempts_commanded",
        "attempts",
        ["node_id"],
        unique=False,
        postgresql_where=sa.text("command IS NOT NULL"),
        sqlite_where=sa.text("command IS NOT NULL"),
    )
    op.create_index("ix_attempts_facility_id", "attempts", ["facility_id"], unique=False)
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["machine_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_attempts_order_id", "attempts", ["order_id"], unique=False)


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_claims_attempt_id"),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name="fk_claims_node_id"),
        sa.PrimaryKeyConstraint("node_id", "key", name="pk_claims"),
    )
