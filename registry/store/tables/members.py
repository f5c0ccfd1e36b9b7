"""Members, their tokens, and the namespaces that they own."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("admin", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("moderator", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("suspended_at", Moment),
    sa.Column("suspend_reason", sa.Text),
    sa.Column("deleted_at", Moment),
    sa.Column("hidden_reason", sa.Text),
)
"""A suspended member reads and does nothing else; a deleted one is a name that nobody gets again."""

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("session", sa.Boolean, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment),
    sa.Column("used_at", Moment),
    sa.Column("namespace", sa.Text, sa.ForeignKey("namespaces.name")),
)
"""`namespace`: the only one in which the token publishes."""

namespaces = sa.Table(
    "namespaces",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), index=True),
)
"""It belongs to the group `group_id`, where there is one; else to the member `owner_id`, who is otherwise the one that
brought it in."""
