"""Keys, signed versions, the tree over the log, recalls."""

import hashlib

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The log's entries so far come into the tree by the sweeper, in their order."""
    _keys()
    _tree()
    op.create_table(
        "build_statements",
        sa.Column("build_id", sa.Text(), nullable=False),
        sa.Column("artifacts", Json, nullable=False),
        sa.Column("envelope", Json, nullable=False),
        sa.Column("signed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name="fk_build_statements_build_id"),
        sa.PrimaryKeyConstraint("build_id", name="pk_build_statements"),
    )
    recalled = sa.text("recalled_at IS NOT NULL")
    op.create_index(
        "ix_versions_recalled", "versions", ["recalled_at"], postgresql_where=recalled, sqlite_where=recalled
    )


def _keys() -> None:
    op.create_table(
        "member_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("valid_from", Moment(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=True),
        sa.Column("added_entry", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.Column("compromised_since", Moment(), nullable=True),
        sa.Column("revoked_entry", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_member_keys_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_member_keys"),
        sa.UniqueConstraint("member_id", "name", name="uq_member_keys_member_id_name"),
    )
    op.create_table(
        "version_signatures",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("envelope", Json, nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_version_signatures_version_id"),
        sa.ForeignKeyConstraint(["key_id"], ["member_keys.id"], name="fk_version_signatures_key_id"),
        sa.PrimaryKeyConstraint("version_id", "key_id", name="pk_version_signatures"),
    )
    op.create_index("ix_version_signatures_key_id", "version_signatures", ["key_id"])
    op.create_table(
        "registry_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("succession", Json, nullable=True),
        sa.Column("added_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_keys"),
        sa.UniqueConstraint("number", name="uq_registry_keys_number"),
    )


def _tree() -> None:
    tree = op.create_table(
        "log_tree",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("checkpoint", sa.Text(), nullable=True),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.CheckConstraint("id = 1", name="ck_log_tree_one"),
        sa.PrimaryKeyConstraint("id", name="pk_log_tree"),
    )
    op.bulk_insert(tree, [{"id": 1, "size": 0, "through": 0, "root": hashlib.sha256(b"").digest()}])
    op.create_table(
        "log_leaves",
        sa.Column("position", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_log_leaves"),
        sa.UniqueConstraint("sequence", name="uq_log_leaves_sequence"),
    )
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_nodes"),
    )
