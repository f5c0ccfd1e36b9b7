"""Members, designs, builds and the log."""

import sqlalchemy as sa
from alembic import op

from registry.store.tables.columns import Counter, Json, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
KEEP_LOG = {
    "sqlite": (
        f"CREATE TRIGGER log_never_changes BEFORE UPDATE ON log {_REFUSE}",
        f"CREATE TRIGGER log_never_shrinks BEFORE DELETE ON log {_REFUSE}",
    ),
    "postgresql": (
        """CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$""",
        """CREATE TRIGGER log_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON log
           FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log()""",
    ),
}
"""Rows of the log are added only."""

SEARCH = {
    "sqlite": (
        """CREATE VIRTUAL TABLE design_search USING fts5 (
             design_id UNINDEXED, name, tags, text,
             tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')""",
    ),
    "postgresql": (
        "CREATE TABLE design_search (design_id text PRIMARY KEY REFERENCES designs (id), document tsvector NOT NULL)",
        "CREATE INDEX ix_design_search_document ON design_search USING gin (document)",
    ),
}
"""The full text of every design, in each database's own way."""


def upgrade() -> None:
    _members()
    _blobs()
    _log()
    _designs()
    _versions()
    _builds()
    _search()


def _members() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("name", name="uq_members_name"),
    )
    op.create_table(
        "namespaces",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name="fk_namespaces_owner_id"),
        sa.PrimaryKeyConstraint("name", name="pk_namespaces"),
    )
    op.create_index("ix_namespaces_owner_id", "namespaces", ["owner_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.Text(), nullable=False),
        sa.Column("session", sa.Boolean(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_tokens_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("secret_sha256", name="uq_tokens_secret_sha256"),
    )
    op.create_index("ix_tokens_member_id", "tokens", ["member_id"], unique=False)


def _blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
    )


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("sequence", Counter, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_log_subject_sequence", "log", ["subject", "sequence"], unique=False)
    for statement in KEEP_LOG[op.get_bind().dialect.name]:
        op.execute(statement)


def _designs() -> None:
    op.create_table(
        "designs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("latest_id", sa.Text(), nullable=True),
        sa.Column("origin_id", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["namespace"], ["namespaces.name"], name="fk_designs_namespace"),
        sa.PrimaryKeyConstraint("id", name="pk_designs"),
        sa.UniqueConstraint("namespace", "name", name="uq_designs_namespace_name"),
    )
    op.create_index("ix_designs_created_at_id", "designs", ["created_at", "id"], unique=False)
    op.create_index("ix_designs_engine", "designs", ["engine"], unique=False)
    op.create_index("ix_designs_origin_id", "designs", ["origin_id"], unique=False)
    op.create_index("ix_designs_licence", "designs", ["licence"], unique=False)
    op.create_index("ix_designs_updated_at_id", "designs", ["updated_at", "id"], unique=False)
    op.create_table(
        "design_tags",
        sa.Column("design_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name="fk_design_tags_design_id"),
        sa.PrimaryKeyConstraint("design_id", "tag", name="pk_design_tags"),
    )
    op.create_index("ix_design_tags_tag", "design_tags", ["tag"], unique=False)


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("design_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("version_key", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("manifest", Json, nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("changelog", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("default_build", sa.Text(), nullable=True),
        sa.Column("yanked_at", Moment(), nullable=True),
        sa.Column("yank_reason", sa.Text(), nullable=True),
        sa.Column("recalled_at", Moment(), nullable=True),
        sa.Column("recall_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name="fk_versions_design_id"),
        sa.ForeignKeyConstraint(["published_by"], ["members.id"], name="fk_versions_published_by"),
        sa.ForeignKeyConstraint(["snapshot"], ["blobs.sha256"], name="fk_versions_snapshot"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("design_id", "version_key", name="uq_versions_design_id_version_key"),
    )
    op.create_index("ix_versions_family", "versions", ["family"], unique=False)
    op.create_index("ix_versions_published_by", "versions", ["published_by"], unique=False)
    op.create_index("ix_versions_snapshot", "versions", ["snapshot"], unique=False)
    op.create_table(
        "version_files",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_version_files_sha256"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_version_files_version_id"),
        sa.PrimaryKeyConstraint("version_id", "path", name="pk_version_files"),
    )
    op.create_index("ix_version_files_sha256", "version_files", ["sha256"], unique=False)
    op.create_table(
        "edges",
        sa.Column("child_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("child_id <> parent_id", name="ck_edges_no_loop"),
        sa.ForeignKeyConstraint(["child_id"], ["versions.id"], name="fk_edges_child_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["versions.id"], name="fk_edges_parent_id"),
        sa.PrimaryKeyConstraint("child_id", "parent_id", "kind", name="pk_edges"),
    )
    op.create_index("ix_edges_parent_id_child_id", "edges", ["parent_id", "child_id"], unique=False)


def _builds() -> None:
    op.create_table(
        "builds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("recipe", Json, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("awaited_at", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("measurements", Json, nullable=True),
        sa.Column("findings", Json, nullable=True),
        sa.Column("seconds", Json, nullable=True),
        sa.Column("error", Json, nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="ck_builds_state"),
        sa.ForeignKeyConstraint(["snapshot"], ["blobs.sha256"], name="fk_builds_snapshot"),
        sa.PrimaryKeyConstraint("id", name="pk_builds"),
    )
    op.create_index("ix_builds_snapshot", "builds", ["snapshot"], unique=False)
    op.create_index("ix_builds_waiting", "builds", ["state", "awaited_at", "requested_at"], unique=False)
    op.create_table(
        "build_artifacts",
        sa.Column("build_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name="fk_build_artifacts_build_id"),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_build_artifacts_sha256"),
        sa.PrimaryKeyConstraint("build_id", "name", name="pk_build_artifacts"),
    )
    op.create_index("ix_build_artifacts_sha256", "build_artifacts", ["sha256"], unique=False)


def _search() -> None:
    for statement in SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
