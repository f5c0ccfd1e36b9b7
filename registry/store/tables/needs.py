"""Needs, who needs them too, who takes them up, what they are linked to, and what of the log concerns what."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

needs = sa.Table(
    "needs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("search", sa.Text, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("opener_id", sa.Text, sa.ForeignKey("members.id"), index=True),
    sa.Column("design_id", sa.Text, sa.ForeignKey("designs.id"), index=True),
    sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.id"), index=True),
    sa.Column("material", sa.Text),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    sa.Column("rank", sa.Float, nullable=False),
    sa.Column("voices", sa.Integer, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("closed_at", Moment),
    sa.Column("closed_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("closing", sa.Text),
    sa.Column("answer_id", sa.Text, sa.ForeignKey("versions.id"), index=True),
    sa.Column("rejected", Json, nullable=False),
    sa.CheckConstraint("state IN ('faint', 'open', 'answered', 'withdrawn', 'gone')", name="state"),
    sa.Index(None, "state", "rank", "id"),
    sa.Index(None, "kind", "state"),
)
"""`identity` is the same for the same cause; that of a member's wish is its own id. `search` is what words are looked
for in, in small letters. `rank` is that of registry.core.needs. `rejected` are versions that do not answer it."""

need_tags = sa.Table(
    "need_tags",
    metadata,
    sa.Column("need_id", sa.Text, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Index(None, "tag"),
)

need_voices = sa.Table(
    "need_voices",
    metadata,
    sa.Column("need_id", sa.Text, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Index(None, "who"),
)
"""Who needs it: a member's id, `visitors`, or `registry`."""

need_causes = sa.Table(
    "need_causes",
    metadata,
    sa.Column("need_id", sa.Text, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "cause"),
)
"""What keeps the registry's own need open, each by itself: orders that wait, a proposal. It is over with the last."""

need_claims = sa.Table(
    "need_claims",
    metadata,
    sa.Column("need_id", sa.Text, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), primary_key=True, index=True),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("heard_at", Moment, nullable=False),
    sa.Column("lapsed_at", Moment),
    sa.Index(None, "heard_at"),
)
"""Who is at it. Not a lock: several may be."""

need_links = sa.Table(
    "need_links",
    metadata,
    sa.Column("need_id", sa.Text, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.CheckConstraint("kind IN ('design', 'proposal')", name="kind"),
)
"""Where it is worked at: a design by its id, a proposal by its."""

mentions = sa.Table(
    "mentions",
    metadata,
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which entries of the log are about what (see registry.core.log_filters); a design by its id, for names change."""

followers = sa.Table(
    "followers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
"""How far whoever follows the log has come."""
