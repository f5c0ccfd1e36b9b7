"""Keys and signatures, the tree over the log, and what the registry says of its builds."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

member_keys = sa.Table(
    "member_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("public", sa.Text, nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("valid_from", Moment, nullable=False),
    sa.Column("valid_until", Moment),
    sa.Column("added_entry", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Column("revoke_reason", sa.Text),
    sa.Column("compromised_since", Moment),
    sa.Column("revoked_entry", sa.BigInteger),
    sa.UniqueConstraint("member_id", "name"),
)
"""Public keys of members; `id` is the SHA-256 of the key's bytes. `added_entry` and `revoked_entry` are the log's."""

version_signatures = sa.Table(
    "version_signatures",
    metadata,
    sa.Column("version_id", sa.Text, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("key_id", sa.Text, sa.ForeignKey("member_keys.id"), primary_key=True),
    sa.Column("envelope", Json, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("entry", sa.BigInteger, nullable=False),
    sa.Index(None, "key_id"),
)

registry_keys = sa.Table(
    "registry_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("public", sa.Text, nullable=False),
    sa.Column("succession", Json),
    sa.Column("added_at", Moment, nullable=False),
)
"""What the registry signs with, the newest with the highest number; `succession` is the envelope in which the key
before names it."""

log_tree = sa.Table(
    "log_tree",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("through", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("checkpoint", sa.Text),
    sa.Column("signed_at", Moment),
    sa.CheckConstraint("id = 1", name="one"),
)
"""The one row: how many entries are in the tree, up to which number, and what was signed last."""

log_leaves = sa.Table(
    "log_leaves",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.BigInteger, nullable=False, unique=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
"""Which entry of the log stands where in the tree. Rows are added only."""

log_nodes = sa.Table(
    "log_nodes",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
"""Roots of the whole subtrees above the leaves: the `number`th of 2^level leaves. Rows are added only."""

build_statements = sa.Table(
    "build_statements",
    metadata,
    sa.Column("build_id", sa.Text, sa.ForeignKey("builds.id"), primary_key=True),
    sa.Column("artifacts", Json, nullable=False),
    sa.Column("envelope", Json, nullable=False),
    sa.Column("signed_at", Moment, nullable=False),
)
"""What the registry signed of a build: names and digests of its files."""
