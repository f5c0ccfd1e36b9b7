"""Proposals, their checks, reviews and discussion."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _proposals()
    _merges()
    _reviews()
    _discussion()


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("source_version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("merge_id", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("superseded_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'changes_requested', 'accepted', 'declined', 'withdrawn', 'superseded')",
            name="ck_proposals_state",
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["members.id"], name="fk_proposals_ended_by"),
        sa.ForeignKeyConstraint(["opened_by"], ["members.id"], name="fk_proposals_opened_by"),
        sa.ForeignKeyConstraint(["published"], ["versions.id"], name="fk_proposals_published"),
        sa.ForeignKeyConstraint(["source_id"], ["designs.id"], name="fk_proposals_source_id"),
        sa.ForeignKeyConstraint(["source_version"], ["versions.id"], name="fk_proposals_source_version"),
        sa.ForeignKeyConstraint(["target_id"], ["designs.id"], name="fk_proposals_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("target_id", "number", name="uq_proposals_target_id_number"),
    )
    op.create_index(
        "ix_proposals_open",
        "proposals",
        ["target_id"],
        postgresql_where=sa.text("state IN ('open', 'changes_requested')"),
        sqlite_where=sa.text("state IN ('open', 'changes_requested')"),
    )
    op.create_index("ix_proposals_opened_by", "proposals", ["opened_by"])
    op.create_index("ix_proposals_source_id", "proposals", ["source_id"])
    op.create_table(
        "proposal_offers",
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["offered_by"], ["members.id"], name="fk_proposal_offers_offered_by"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_proposal_offers_proposal_id"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_proposal_offers_version_id"),
        sa.PrimaryKeyConstraint("proposal_id", "version_id", name="pk_proposal_offers"),
    )


def _merges() -> None:
    op.create_table(
        "proposal_merges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("target_version", sa.Text(), nullable=False),
        sa.Column("source_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("result", Json, nullable=False),
        sa.Column("computed_at", Moment(), nullable=False),
        sa.Column("checking", sa.Text(), nullable=False),
        sa.Column("checks", Json, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("look_at", Moment(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.CheckConstraint("checking IN ('none', 'open', 'done')", name="ck_proposal_merges_checking"),
        sa.CheckConstraint("state IN ('clean', 'conflicting', 'nothing', 'failed')", name="ck_proposal_merges_state"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_proposal_merges_proposal_id"),
        sa.ForeignKeyConstraint(["snapshot"], ["blobs.sha256"], name="fk_proposal_merges_snapshot"),
        sa.ForeignKeyConstraint(["source_version"], ["versions.id"], name="fk_proposal_merges_source_version"),
        sa.ForeignKeyConstraint(["target_version"], ["versions.id"], name="fk_proposal_merges_target_version"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_merges"),
    )
    op.create_index(
        "ix_proposal_merges_open",
        "proposal_merges",
        ["look_at"],
        postgresql_where=sa.text("checking = 'open'"),
        sqlite_where=sa.text("checking = 'open'"),
    )
    op.create_index("ix_proposal_merges_proposal_id", "proposal_merges", ["proposal_id"])
    op.create_table(
        "proposal_builds",
        sa.Column("merge_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("build_id", sa.Text(), nullable=False),
        sa.Column("target_build", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["merge_id"], ["proposal_merges.id"], name="fk_proposal_builds_merge_id"),
        sa.PrimaryKeyConstraint("merge_id", "position", name="pk_proposal_builds"),
    )
    op.create_table(
        "proposal_resolutions",
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("conflict_id", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=False),
        sa.Column("resolved_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_proposal_resolutions_proposal_id"),
        sa.ForeignKeyConstraint(["resolved_by"], ["members.id"], name="fk_proposal_resolutions_resolved_by"),
        sa.PrimaryKeyConstraint("proposal_id", "conflict_id", name="pk_proposal_resolutions"),
    )


def _reviews() -> None:
    op.create_table(
        "proposal_reviews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reviewed_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.CheckConstraint("verdict IN ('approve', 'request_changes', 'comment')", name="ck_proposal_reviews_verdict"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_proposal_reviews_member_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_proposal_reviews_proposal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_reviews"),
    )
    op.create_index("ix_proposal_reviews_proposal_id", "proposal_reviews", ["proposal_id"])
    op.create_table(
        "version_contributors",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_version_contributors_member_id"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_version_contributors_version_id"),
        sa.PrimaryKeyConstraint("version_id", "member_id", name="pk_version_contributors"),
    )


def _discussion() -> None:
    op.create_table(
        "proposal_threads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("place", Json, nullable=True),
        sa.Column("outdated", sa.Boolean(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolved_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["begun_by"], ["members.id"], name="fk_proposal_threads_begun_by"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_proposal_threads_proposal_id"),
        sa.ForeignKeyConstraint(["resolved_by"], ["members.id"], name="fk_proposal_threads_resolved_by"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_threads"),
    )
    op.create_index("ix_proposal_threads_proposal_id", "proposal_threads", ["proposal_id"])
    op.create_table(
        "proposal_comments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("edited_at", Moment(), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["deleted_by"], ["members.id"], name="fk_proposal_comments_deleted_by"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_proposal_comments_member_id"),
        sa.ForeignKeyConstraint(["thread_id"], ["proposal_threads.id"], name="fk_proposal_comments_thread_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_comments"),
    )
    op.create_index("ix_proposal_comments_thread_id", "proposal_comments", ["thread_id"])
    op.create_table(
        "proposal_comment_edits",
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["proposal_comments.id"], name="fk_proposal_comment_edits_comment_id"),
        sa.PrimaryKeyConstraint("comment_id", "until", name="pk_proposal_comment_edits"),
    )
