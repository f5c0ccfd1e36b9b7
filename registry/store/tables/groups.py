"""Groups, who belongs to them, and what is offered and not answered yet: to join, or to take something over."""

import sqlalchemy as sa

from registry.store.tables.columns import Moment, metadata

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("worker_owned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Moment, nullable=False),
    sa.CheckConstraint("kind IN ('community', 'coalition', 'institution')", name="kind"),
)

group_members = sa.Table(
    "group_members",
    metadata,
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), primary_key=True, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("joined_at", Moment, nullable=False),
    sa.CheckConstraint("role IN ('member', 'maintainer', 'owner')", name="role"),
)
"""A group always has an owner."""

group_invitations = sa.Table(
    "group_invitations",
    metadata,
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), primary_key=True, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("invited_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("invited_at", Moment, nullable=False),
    sa.CheckConstraint("role IN ('member', 'maintainer', 'owner')", name="role"),
)
"""Offers to join; gone as soon as they are answered."""

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("namespace", sa.Text, sa.ForeignKey("namespaces.name"), index=True),
    sa.Column("design_id", sa.Text, sa.ForeignKey("designs.id"), index=True),
    sa.Column("to_member", sa.Text, sa.ForeignKey("members.id"), index=True),
    sa.Column("to_group", sa.Text, sa.ForeignKey("groups.id"), index=True),
    sa.Column("to_namespace", sa.Text, sa.ForeignKey("namespaces.name"), index=True),
    sa.Column("to_name", sa.Text),
    sa.Column("asked_by", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("asked_at", Moment, nullable=False),
    sa.CheckConstraint("(namespace IS NULL) <> (design_id IS NULL)", name="one_thing"),
    sa.CheckConstraint("(design_id IS NULL) = (to_namespace IS NULL)", name="design_to_namespace"),
    sa.CheckConstraint("(to_namespace IS NULL) = (to_name IS NULL)", name="whole_name"),
)
"""Offers to hand over a namespace, to a member or a group, or a design, into another namespace under `to_name`; gone as
soon as they are answered."""

design_moves = sa.Table(
    "design_moves",
    metadata,
    sa.Column("namespace", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("design_id", sa.Text, sa.ForeignKey("designs.id"), nullable=False, index=True),
    sa.Column("moved_at", Moment, nullable=False),
)
"""Addresses that a design had before. They lead to it for ever and are given to no other one."""
