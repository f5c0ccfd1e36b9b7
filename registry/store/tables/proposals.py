"""Proposals: what is offered, its merges with their checks, resolved conflicts, reviews, discussion."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("target_id", sa.Text, sa.ForeignKey("designs.id"), nullable=False),
    sa.Column("source_id", sa.Text, sa.ForeignKey("designs.id"), nullable=False, index=True),
    sa.Column("source_version", sa.Text, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("opened_by", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("merge_id", sa.Text),
    sa.Column("ended_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("ended_at", Moment),
    sa.Column("reason", sa.Text),
    sa.Column("published", sa.Text, sa.ForeignKey("versions.id")),
    sa.Column("superseded_by", sa.Text),
    sa.UniqueConstraint("target_id", "number"),
    sa.CheckConstraint(
        "state IN ('open', 'changes_requested', 'accepted', 'declined', 'withdrawn', 'superseded')", name="state"
    ),
    sa.Index(
        "ix_proposals_open",
        "target_id",
        postgresql_where=sa.text("state IN ('open', 'changes_requested')"),
        sqlite_where=sa.text("state IN ('open', 'changes_requested')"),
    ),
)
"""`merge_id` is the merge that was computed last; it counts only while it is of the present sides. `published` is the
version that acceptance made."""

proposal_offers = sa.Table(
    "proposal_offers",
    metadata,
    sa.Column("proposal_id", sa.Text, sa.ForeignKey("proposals.id"), primary_key=True),
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("offered_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("offered_at", Moment, nullable=False),
)

proposal_merges = sa.Table(
    "proposal_merges",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("proposal_id", sa.Text, sa.ForeignKey("proposals.id"), nullable=False, index=True),
    sa.Column("target_version", sa.Text, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("source_version", sa.Text, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Text, sa.ForeignKey("blobs.sha256")),
    sa.Column("result", Json, nullable=False),
    sa.Column("computed_at", Moment, nullable=False),
    sa.Column("checking", sa.Text, nullable=False),
    sa.Column("checks", Json, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("look_at", Moment, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", Moment),
    sa.CheckConstraint("state IN ('clean', 'conflicting', 'nothing', 'failed')", name="state"),
    sa.CheckConstraint("checking IN ('none', 'open', 'done')", name="checking"),
    sa.Index(
        "ix_proposal_merges_open",
        "look_at",
        postgresql_where=sa.text("checking = 'open'"),
        sqlite_where=sa.text("checking = 'open'"),
    ),
)
"""What came of putting two sides together with certain resolutions; the id is a digest of all that. While `checking` is
open a worker looks after its checks: `look_at` says when next, `worker` and `lease_until` who is at it."""

proposal_builds = sa.Table(
    "proposal_builds",
    metadata,
    sa.Column("merge_id", sa.Text, sa.ForeignKey("proposal_merges.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("parameters", Json, nullable=False),
    sa.Column("build_id", sa.Text, nullable=False),
    sa.Column("target_build", sa.Text),
)
"""What the checks have built of the merged content, and of the target at the same parameters."""

proposal_resolutions = sa.Table(
    "proposal_resolutions",
    metadata,
    sa.Column("proposal_id", sa.Text, sa.ForeignKey("proposals.id"), primary_key=True),
    sa.Column("conflict_id", sa.Text, primary_key=True),
    sa.Column("choice", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("resolved_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("resolved_at", Moment, nullable=False),
)

proposal_reviews = sa.Table(
    "proposal_reviews",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("proposal_id", sa.Text, sa.ForeignKey("proposals.id"), nullable=False, index=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("reviewed_at", Moment, nullable=False),
    sa.Column("withdrawn_at", Moment),
    sa.CheckConstraint("verdict IN ('approve', 'request_changes', 'comment')", name="verdict"),
)
"""`counts`: it decided something when it was given."""

proposal_threads = sa.Table(
    "proposal_threads",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("proposal_id", sa.Text, sa.ForeignKey("proposals.id"), nullable=False, index=True),
    sa.Column("side", sa.Text),
    sa.Column("snapshot", sa.Text),
    sa.Column("path", sa.Text),
    sa.Column("line", sa.Integer),
    sa.Column("text", sa.Text),
    sa.Column("place", Json),
    sa.Column("outdated", sa.Boolean, nullable=False),
    sa.Column("begun_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("begun_at", Moment, nullable=False),
    sa.Column("resolved_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("resolved_at", Moment),
)
"""With a path it is about a line of a file, with a place about a place of the model, else about the whole. `snapshot`
is the content that the anchor was last put into."""

proposal_comments = sa.Table(
    "proposal_comments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("thread_id", sa.Text, sa.ForeignKey("proposal_threads.id"), nullable=False, index=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("words", sa.Text),
    sa.Column("written_at", Moment, nullable=False),
    sa.Column("edited_at", Moment),
    sa.Column("deleted_by", sa.Text, sa.ForeignKey("members.id")),
    sa.Column("deleted_at", Moment),
)

proposal_comment_edits = sa.Table(
    "proposal_comment_edits",
    metadata,
    sa.Column("comment_id", sa.Text, sa.ForeignKey("proposal_comments.id"), primary_key=True),
    sa.Column("until", Moment, primary_key=True),
    sa.Column("words", sa.Text, nullable=False),
)
"""What a comment said until a moment."""

version_contributors = sa.Table(
    "version_contributors",
    metadata,
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)
"""Who made what is in a version, beside whoever published it."""
