"""Geometry is kept, artifacts are made on demand, and it is known who waits.

What was built before has no kept geometry; its artifacts stay what they are. What was queued before is made as if an
order needed it: nobody can say any more who waits.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    _builds()
    _artifacts()
    _waits()


def _builds() -> None:
    op.execute("ALTER TABLE builds ADD COLUMN geometry TEXT CONSTRAINT fk_builds_geometry REFERENCES blobs (sha256)")
    op.add_column("builds", sa.Column("kept_for", sa.Text(), nullable=True))
    op.add_column("builds", sa.Column("asker", sa.Text(), nullable=False, server_default="visitors"))
    op.execute("UPDATE builds SET kept_for = 'order' WHERE state IN ('queued', 'running')")


def _artifacts() -> None:
    with op.batch_alter_table("build_artifacts") as table:
        table.alter_column("sha256", existing_type=sa.Text(), nullable=True)
        table.alter_column("size", existing_type=sa.BigInteger(), nullable=True)
        table.add_column(sa.Column("state", sa.Text(), nullable=False, server_default="done"))
        table.add_column(sa.Column("kind", sa.Text(), nullable=True))
        table.add_column(sa.Column("reason", sa.Text(), nullable=True))
        table.add_column(sa.Column("findings", Json, nullable=True))
        table.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("worker", sa.Text(), nullable=True))
        table.add_column(sa.Column("lease_until", Moment(), nullable=True))
        table.add_column(sa.Column("requested_at", Moment(), nullable=True))
        table.add_column(sa.Column("awaited_at", Moment(), nullable=True))
        table.add_column(sa.Column("kept_for", sa.Text(), nullable=True))
        table.add_column(sa.Column("asker", sa.Text(), nullable=False, server_default="visitors"))
        table.create_check_constraint(
            "ck_build_artifacts_state", "state IN ('queued', 'running', 'done', 'withheld', 'failed')"
        )
        table.create_check_constraint(
            "ck_build_artifacts_content", "(state = 'done') = (sha256 IS NOT NULL AND size IS NOT NULL)"
        )
    op.create_index("ix_build_artifacts_open", "build_artifacts", ["state"], postgresql_where=_OPEN, sqlite_where=_OPEN)


def _waits() -> None:
    op.create_table(
        "build_waits",
        sa.Column("build_id", sa.Text(), nullable=False),
        sa.Column("artifact", sa.Text(), nullable=False),
        sa.Column("waiter", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name="fk_build_waits_build_id"),
        sa.PrimaryKeyConstraint("build_id", "artifact", "waiter", name="pk_build_waits"),
    )
    op.create_index("ix_build_waits_until", "build_waits", ["until"], unique=False)
    op.create_table(
        "build_turns",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("served_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("who", name="pk_build_turns"),
    )
