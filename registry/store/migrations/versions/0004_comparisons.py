"""Comparisons of two builds' shapes are made once and kept."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("wanted_until", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("shape", Json, nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("model_size", sa.BigInteger(), nullable=True),
        sa.Column("error", Json, nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="ck_comparisons_state"),
        sa.ForeignKeyConstraint(["before"], ["blobs.sha256"], name="fk_comparisons_before"),
        sa.ForeignKeyConstraint(["after"], ["blobs.sha256"], name="fk_comparisons_after"),
        sa.ForeignKeyConstraint(["model"], ["blobs.sha256"], name="fk_comparisons_model"),
        sa.PrimaryKeyConstraint("id", name="pk_comparisons"),
    )
    op.create_index("ix_comparisons_open", "comparisons", ["state"], postgresql_where=_OPEN, sqlite_where=_OPEN)
