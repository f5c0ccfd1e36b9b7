"""What versions were made with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older versions were published without it."""
    op.create_table(
        "version_toolchain",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_version_toolchain_version_id"),
        sa.PrimaryKeyConstraint("version_id", "name", name="pk_version_toolchain"),
    )
