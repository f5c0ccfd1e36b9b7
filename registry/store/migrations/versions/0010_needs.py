"""Needs, who takes them up, and webhooks."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Json, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    _needs()
    _around_needs()
    _following()
    _hooks()


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def _needs() -> None:
    op.create_table(
        "needs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("opener_id", sa.Text(), nullable=True),
        sa.Column("design_id", sa.Text(), nullable=True),
        sa.Column("facility_id", sa.Text(), nullable=True),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("answer_id", sa.Text(), nullable=True),
        sa.Column("rejected", Json, nullable=False),
        sa.CheckConstraint("state IN ('faint', 'open', 'answered', 'withdrawn', 'gone')", name="ck_needs_state"),
        _key("needs", "opener_id", "members.id"),
        _key("needs", "design_id", "designs.id"),
        _key("needs", "facility_id", "facilities.id"),
        _key("needs", "closed_by", "members.id"),
        _key("needs", "answer_id", "versions.id"),
        sa.PrimaryKeyConstraint("id", name="pk_needs"),
        sa.UniqueConstraint("identity", name="uq_needs_identity"),
    )
    for columns in (
        ["opener_id"], ["design_id"], ["facility_id"], ["answer_id"], ["state", "rank", "id"], ["kind", "state"],
    ):  # fmt: skip
        op.create_index(f"ix_needs_{'_'.join(columns)}", "needs", columns)


def _around_needs() -> None:
    op.create_table(
        "need_tags",
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        _key("need_tags", "need_id", "needs.id"),
        sa.PrimaryKeyConstraint("need_id", "tag", name="pk_need_tags"),
    )
    op.create_index("ix_need_tags_tag", "need_tags", ["tag"])
    op.create_table(
        "need_voices",
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _key("need_voices", "need_id", "needs.id"),
        sa.PrimaryKeyConstraint("need_id", "who", name="pk_need_voices"),
    )
    op.create_index("ix_need_voices_who", "need_voices", ["who"])
    op.create_table(
        "need_causes",
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        _key("need_causes", "need_id", "needs.id"),
        sa.PrimaryKeyConstraint("need_id", "cause", name="pk_need_causes"),
    )
    op.create_index("ix_need_causes_cause", "need_causes", ["cause"])
    op.create_table(
        "need_claims",
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("heard_at", Moment(), nullable=False),
        sa.Column("lapsed_at", Moment(), nullable=True),
        _key("need_claims", "need_id", "needs.id"),
        _key("need_claims", "member_id", "members.id"),
        sa.PrimaryKeyConstraint("need_id", "member_id", name="pk_need_claims"),
    )
    op.create_index("ix_need_claims_member_id", "need_claims", ["member_id"])
    op.create_index("ix_need_claims_heard_at", "need_claims", ["heard_at"])
    op.create_table(
        "need_links",
        sa.Column("need_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('design', 'proposal')", name="ck_need_links_kind"),
        _key("need_links", "need_id", "needs.id"),
        _key("need_links", "member_id", "members.id"),
        sa.PrimaryKeyConstraint("need_id", "kind", "target", name="pk_need_links"),
    )


def _following() -> None:
    op.create_table(
        "mentions",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("about", "sequence", name="pk_mentions"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "followers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_followers"),
    )


def _hooks() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("about", Json, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_until", Moment(), nullable=True),
        sa.Column("paused_at", Moment(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("dead_in_a_row", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        _key("hooks", "namespace", "namespaces.name"),
        _key("hooks", "made_by", "members.id"),
        sa.PrimaryKeyConstraint("id", name="pk_hooks"),
    )
    op.create_index("ix_hooks_namespace", "hooks", ["namespace"])
    op.create_index("ix_hooks_next_at", "hooks", ["next_at"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hook_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("tried_at", Moment(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead')", name="ck_deliveries_state"),
        _key("deliveries", "hook_id", "hooks.id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("hook_id", "sequence", name="uq_deliveries_hook_id_sequence"),
    )
    op.create_index("ix_deliveries_hook_id_made_at", "deliveries", ["hook_id", "made_at"])
    op.create_index(
        "ix_deliveries_waiting", "deliveries", ["hook_id", "sequence"],
        postgresql_where=_WAITING, sqlite_where=_WAITING,
    )  # fmt: skip
