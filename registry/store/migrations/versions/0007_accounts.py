"""Groups and their roles, passkeys, transfers, and moderation."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Namespaces that are there stay with their members."""
    _members()
    _groups()
    _transfers()
    _accounts()
    _moderation()


def _members() -> None:
    op.add_column("members", sa.Column("moderator", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("members", sa.Column("suspended_at", Moment(), nullable=True))
    op.add_column("members", sa.Column("suspend_reason", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("deleted_at", Moment(), nullable=True))
    op.execute(
        "ALTER TABLE tokens ADD COLUMN namespace TEXT CONSTRAINT fk_tokens_namespace REFERENCES namespaces (name)"
    )
    op.add_column("designs", sa.Column("hidden_reason", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("hidden_reason", sa.Text(), nullable=True))


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("worker_owned", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('community', 'coalition', 'institution')", name="ck_groups_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("name", name="uq_groups_name"),
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.CheckConstraint("role IN ('member', 'maintainer', 'owner')", name="ck_group_members_role"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_group_members_group_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_group_members_member_id"),
        sa.PrimaryKeyConstraint("group_id", "member_id", name="pk_group_members"),
    )
    op.create_index("ix_group_members_member_id", "group_members", ["member_id"])
    op.create_table(
        "group_invitations",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("invited_at", Moment(), nullable=False),
        sa.CheckConstraint("role IN ('member', 'maintainer', 'owner')", name="ck_group_invitations_role"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_group_invitations_group_id"),
        sa.ForeignKeyConstraint(["invited_by"], ["members.id"], name="fk_group_invitations_invited_by"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_group_invitations_member_id"),
        sa.PrimaryKeyConstraint("group_id", "member_id", name="pk_group_invitations"),
    )
    op.create_index("ix_group_invitations_member_id", "group_invitations", ["member_id"])
    op.execute(
        "ALTER TABLE namespaces ADD COLUMN group_id TEXT CONSTRAINT fk_namespaces_group_id REFERENCES groups (id)"
    )
    op.create_index("ix_namespaces_group_id", "namespaces", ["group_id"])


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=True),
        sa.Column("design_id", sa.Text(), nullable=True),
        sa.Column("to_member", sa.Text(), nullable=True),
        sa.Column("to_group", sa.Text(), nullable=True),
        sa.Column("to_namespace", sa.Text(), nullable=True),
        sa.Column("to_name", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.CheckConstraint("(namespace IS NULL) <> (design_id IS NULL)", name="ck_transfers_one_thing"),
        sa.CheckConstraint("(to_namespace IS NULL) = (to_name IS NULL)", name="ck_transfers_whole_name"),
        sa.CheckConstraint("(design_id IS NULL) = (to_namespace IS NULL)", name="ck_transfers_design_to_namespace"),
        sa.ForeignKeyConstraint(["asked_by"], ["members.id"], name="fk_transfers_asked_by"),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name="fk_transfers_design_id"),
        sa.ForeignKeyConstraint(["namespace"], ["namespaces.name"], name="fk_transfers_namespace"),
        sa.ForeignKeyConstraint(["to_group"], ["groups.id"], name="fk_transfers_to_group"),
        sa.ForeignKeyConstraint(["to_member"], ["members.id"], name="fk_transfers_to_member"),
        sa.ForeignKeyConstraint(["to_namespace"], ["namespaces.name"], name="fk_transfers_to_namespace"),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
    )
    op.create_index("ix_transfers_asked_by", "transfers", ["asked_by"])
    op.create_index("ix_transfers_design_id", "transfers", ["design_id"])
    op.create_index("ix_transfers_namespace", "transfers", ["namespace"])
    op.create_index("ix_transfers_to_group", "transfers", ["to_group"])
    op.create_index("ix_transfers_to_member", "transfers", ["to_member"])
    op.create_index("ix_transfers_to_namespace", "transfers", ["to_namespace"])
    op.create_table(
        "design_moves",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("design_id", sa.Text(), nullable=False),
        sa.Column("moved_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name="fk_design_moves_design_id"),
        sa.PrimaryKeyConstraint("namespace", "name", name="pk_design_moves"),
    )
    op.create_index("ix_design_moves_design_id", "design_moves", ["design_id"])


def _accounts() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("transports", Json, nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_passkeys_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
    )
    op.create_index("ix_passkeys_member_id", "passkeys", ["member_id"])
    op.create_table(
        "passkey_challenges",
        sa.Column("ticket_sha256", sa.Text(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_sha256", name="pk_passkey_challenges"),
    )
    op.create_index("ix_passkey_challenges_expires_at", "passkey_challenges", ["expires_at"])
    op.create_table(
        "sign_in_links",
        sa.Column("secret_sha256", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["members.id"], name="fk_sign_in_links_made_by"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_sign_in_links_member_id"),
        sa.PrimaryKeyConstraint("secret_sha256", name="pk_sign_in_links"),
    )
    op.create_index("ix_sign_in_links_member_id", "sign_in_links", ["member_id"])


def _moderation() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("reported_at", Moment(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('hidden', 'dismissed')", name="ck_complaints_outcome"),
        sa.CheckConstraint("kind IN ('design', 'member', 'comment')", name="ck_complaints_kind"),
        sa.ForeignKeyConstraint(["closed_by"], ["members.id"], name="fk_complaints_closed_by"),
        sa.ForeignKeyConstraint(["reported_by"], ["members.id"], name="fk_complaints_reported_by"),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
    )
    op.create_index("ix_complaints_kind_subject_id", "complaints", ["kind", "subject_id"])
    op.create_index("ix_complaints_reported_by", "complaints", ["reported_by"])
    op.create_table(
        "hidings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hidden_by", sa.Text(), nullable=False),
        sa.Column("hidden_at", Moment(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appealed_by", sa.Text(), nullable=True),
        sa.Column("appealed_at", Moment(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('design', 'member', 'comment')", name="ck_hidings_kind"),
        sa.ForeignKeyConstraint(["appealed_by"], ["members.id"], name="fk_hidings_appealed_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["members.id"], name="fk_hidings_decided_by"),
        sa.ForeignKeyConstraint(["hidden_by"], ["members.id"], name="fk_hidings_hidden_by"),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name="fk_hidings_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hidings"),
    )
    op.create_index("ix_hidings_kind_subject_id", "hidings", ["kind", "subject_id"])
    op.create_index("ix_hidings_owner_id", "hidings", ["owner_id"])
