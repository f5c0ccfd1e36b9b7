"""What was reported, and what was hidden for it."""

import sqlalchemy as sa

from registry.store.tables.columns import Moment, metadata

complaints = sa.Table(
    "complaints",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("reported_by", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("reported_at", Moment, nullable=False),
    sa.Column("closed_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("closed_at", Moment),
    sa.Column("outcome", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Index(None, "kind", "subject_id"),
    sa.CheckConstraint("kind IN ('design', 'member', 'comment')", name="kind"),
    sa.CheckConstraint("outcome IN ('hidden', 'dismissed')", name="outcome"),
)
"""Reports by members. `subject_id` is the id of the design, the member or the comment; one is open until it has an
outcome."""

hidings = sa.Table(
    "hidings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("members.id"), index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("hidden_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("hidden_at", Moment, nullable=False),
    sa.Column("appeal", sa.Text),
    sa.Column("appealed_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("appealed_at", Moment),
    sa.Column("decided_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("decided_at", Moment),
    sa.Column("answer", sa.Text),
    sa.Column("lifted_at", Moment),
    sa.Index(None, "kind", "subject_id"),
    sa.CheckConstraint("kind IN ('design', 'member', 'comment')", name="kind"),
)
"""A thing is hidden while it has a row that is not lifted. `subject` is how it was called, for the log; `answer` is
what was decided about the appeal, or why it was lifted."""
