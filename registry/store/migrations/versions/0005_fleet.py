"""What a fleet needs: plates of several copies, turns, what an order asks beyond fitting, and pictures of a make."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_QUEUED = sa.text("state = 'queued'")
_ASKING = sa.text("state = 'queued' AND asks IS NOT NULL")
_ZERO = "0"


def upgrade() -> None:
    _machines()
    _orders()
    _queue()
    op.add_column("attempts", sa.Column("plate", sa.Text(), nullable=True))
    op.create_index("ix_attempts_plate", "attempts", ["plate"])
    op.create_table(
        "snapshots",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.CheckConstraint("moment IN ('start', 'end', 'failure')", name="ck_snapshots_moment"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_snapshots_attempt_id"),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_snapshots_sha256"),
        sa.PrimaryKeyConstraint("attempt_id", "moment", name="pk_snapshots"),
    )


def _machines() -> None:
    op.add_column("machines", sa.Column("tolerance_mm", sa.Float(), nullable=True))
    op.add_column("machines", sa.Column("plate_copies", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("machines", sa.Column("rates", Json, nullable=True))
    op.add_column("facilities", sa.Column("worker_owned", sa.Boolean(), nullable=False, server_default=sa.false()))


def _orders() -> None:
    op.add_column("orders", sa.Column("asks", Json, nullable=True))
    op.add_column("jobs", sa.Column("asks", Json, nullable=True))
    op.add_column("jobs", sa.Column("about_seconds", sa.Float(), nullable=True))


def _queue() -> None:
    op.add_column("jobs", sa.Column("turn", sa.BigInteger(), nullable=False, server_default=_ZERO))
    op.add_column("jobs", sa.Column("thickness_mm", sa.Float(), nullable=True))
    op.add_column("jobs", sa.Column("tolerance_mm", sa.Float(), nullable=True))
    op.drop_index("ix_jobs_queue", table_name="jobs")
    place = sa.text("coalesce(facility_id, '')")
    order: list[str | sa.TextClause] = ["process", "material", place, sa.text("priority DESC"), "turn", "id"]
    for name, rows in (("ix_jobs_queue", _QUEUED), ("ix_jobs_asking", _ASKING)):
        op.create_index(name, "jobs", order, postgresql_where=rows, sqlite_where=rows)
