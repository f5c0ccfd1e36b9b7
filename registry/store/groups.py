"""Queries of groups, of who belongs to them, and of invitations."""

from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.groups import group_invitations, group_members, groups
from registry.store.tables.members import members, namespaces
from registry.store.upsert import insert_if_new


def group_by_name(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(groups).where(groups.c.name == name)).mappings().one_or_none()


def groups_after(connection: sa.Connection, name: str, limit: int) -> list[sa.RowMapping]:
    """Groups whose names come after this one, by name, with how many belong to each."""
    counted = sa.select(sa.func.count()).where(group_members.c.group_id == groups.c.id).scalar_subquery()
    query = sa.select(groups, counted.label("size")).where(groups.c.name > name).order_by(groups.c.name).limit(limit)
    return list(connection.execute(query).mappings())


def lock_group(connection: sa.Connection, group: str) -> None:
    """Let no other transaction change who belongs to it until the end of this one (SQLite has one writer anyway)."""
    connection.execute(sa.select(groups.c.id).where(groups.c.id == group).with_for_update()).one()


def add_group(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(groups).values(values))


def change_group(connection: sa.Connection, group: str, values: dict[str, object]) -> None:
    connection.execute(sa.update(groups).where(groups.c.id == group).values(values))


def members_of(connection: sa.Connection, group: str) -> list[sa.RowMapping]:
    """Who belongs to a group, with name and display name, in the order of their joining. Of a member whose words about
    themselves are hidden, the display name is the name.
    """
    shown = sa.case((members.c.hidden_reason.is_(None), members.c.display_name), else_=members.c.name)
    query = (
        sa.select(group_members, members.c.name, shown.label("display_name"))
        .join(members, members.c.id == group_members.c.member_id)
        .where(group_members.c.group_id == group)
        .order_by(group_members.c.joined_at, members.c.name)
    )
    return list(connection.execute(query).mappings())


def groups_of(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """The groups to which a member belongs, with the role there, by name."""
    query = (
        sa.select(groups, group_members.c.role, group_members.c.joined_at)
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.member_id == member)
        .order_by(groups.c.name)
    )
    return list(connection.execute(query).mappings())


def roles_of_group(connection: sa.Connection, group: str) -> dict[str, str]:
    """Member's id → role."""
    query = sa.select(group_members.c.member_id, group_members.c.role).where(group_members.c.group_id == group)
    return {row.member_id: row.role for row in connection.execute(query)}


def add_group_member(connection: sa.Connection, group: str, member: str, role: str, at: datetime) -> None:
    connection.execute(sa.insert(group_members).values(group_id=group, member_id=member, role=role, joined_at=at))


def change_role(connection: sa.Connection, group: str, member: str, role: str) -> None:
    query = sa.update(group_members).where(group_members.c.group_id == group, group_members.c.member_id == member)
    connection.execute(query.values(role=role))


def remove_group_member(connection: sa.Connection, group: str, member: str) -> None:
    connection.execute(
        sa.delete(group_members).where(group_members.c.group_id == group, group_members.c.member_id == member)
    )


def namespaces_of_group(connection: sa.Connection, group: str) -> list[str]:
    """The namespaces that belong to a group, by name."""
    query = sa.select(namespaces.c.name).where(namespaces.c.group_id == group).order_by(namespaces.c.name)
    return list(connection.execute(query).scalars())


_inviters = members.alias("inviters")


def _invitations() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            group_invitations,
            groups.c.name.label("group_name"),
            groups.c.display_name.label("group_display_name"),
            members.c.name.label("member_name"),
            _inviters.c.name.label("inviter_name"),
        )
        .join(groups, groups.c.id == group_invitations.c.group_id)
        .join(members, members.c.id == group_invitations.c.member_id)
        .join(_inviters, _inviters.c.id == group_invitations.c.invited_by)
        .order_by(group_invitations.c.invited_at, members.c.name)
    )


def invitations_to_group(connection: sa.Connection, group: str) -> list[sa.RowMapping]:
    """Who is invited to a group and has not answered yet, the oldest first."""
    query = _invitations().where(group_invitations.c.group_id == group)
    return list(connection.execute(query).mappings())


def invitations_of(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """The invitations that a member has not answered yet, the oldest first."""
    query = _invitations().where(group_invitations.c.member_id == member)
    return list(connection.execute(query).mappings())


def invitation(connection: sa.Connection, group: str, member: str) -> sa.RowMapping | None:
    """The invitation of this member to this group."""
    query = _invitations().where(group_invitations.c.group_id == group, group_invitations.c.member_id == member)
    return connection.execute(query).mappings().one_or_none()


def add_invitation(connection: sa.Connection, **values: object) -> bool:
    """Keep an invitation; False when they are invited already."""
    return insert_if_new(connection, group_invitations, [values]) == 1


def remove_invitation(connection: sa.Connection, group: str, member: str) -> bool:
    """Take an invitation away; False when there was none."""
    query = sa.delete(group_invitations).where(
        group_invitations.c.group_id == group, group_invitations.c.member_id == member
    )
    return connection.execute(query).rowcount == 1


def remove_invitations_by(connection: sa.Connection, group: str, member: str) -> None:
    """Take back what somebody offered who decides no more who belongs to the group."""
    query = sa.delete(group_invitations).where(
        group_invitations.c.group_id == group, group_invitations.c.invited_by == member
    )
    connection.execute(query)
