"""Webhooks and what is sent to them: a durable outbox, in order for each hook."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

hooks = sa.Table(
    "hooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("namespace", sa.Text, sa.ForeignKey("namespaces.name"), nullable=False, index=True),
    sa.Column("made_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kinds", Json, nullable=False),
    sa.Column("about", Json, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("old_secret", sa.Text),
    sa.Column("old_until", Moment),
    sa.Column("paused_at", Moment),
    sa.Column("pause_reason", sa.Text),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("next_at", Moment),
    sa.Column("dead_in_a_row", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("made_at", Moment, nullable=False),
    sa.Index(None, "next_at"),
)
"""A hook belongs to a namespace, and so to a member or a group. `sequence`: all entries of the log up to this one were
looked at for it. `next_at`: when something is to be sent; NULL: nothing waits. One worker sends for it at a time."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hook_id", sa.Text, sa.ForeignKey("hooks.id"), nullable=False),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("problem", sa.Text),
    sa.Column("tried_at", Moment),
    sa.Column("made_at", Moment, nullable=False),
    sa.UniqueConstraint("hook_id", "sequence"),
    sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead')", name="state"),
    sa.Index(None, "hook_id", "made_at"),
    sa.Index(
        "ix_deliveries_waiting",
        "hook_id",
        "sequence",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    ),
)
"""One entry of the log for one hook; without a `sequence` it is a test that somebody asked for. Its id goes along with
every try, so that whoever receives it twice can tell."""
