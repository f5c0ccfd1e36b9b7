"""Queries of members, tokens and namespaces."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.groups import group_members, groups
from registry.store.tables.members import members, namespaces, tokens


def token_with_member(connection: sa.Connection, secret_sha256: str) -> sa.RowMapping | None:
    """The token with this hash, joined to its member; None also when the account is deleted: a session may have begun
    while it was.
    """
    query = (
        sa.select(
            tokens,
            members.c.name,
            members.c.admin,
            members.c.moderator,
            members.c.suspended_at,
            members.c.suspend_reason,
        )
        .join(members, members.c.id == tokens.c.member_id)
        .where(tokens.c.secret_sha256 == secret_sha256, members.c.deleted_at.is_(None))
    )
    return connection.execute(query).mappings().one_or_none()


def member_by_name(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(members).where(members.c.name == name)).mappings().one_or_none()


def member_by_id(connection: sa.Connection, member: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(members).where(members.c.id == member)).mappings().one_or_none()


def is_empty(connection: sa.Connection) -> bool:
    """Whether the registry has no member yet."""
    return connection.execute(sa.select(~sa.exists(sa.select(members.c.id)))).scalar_one()


def add_member(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(members).values(values))


def add_token(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(tokens).values(values))


def tokens_of(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """The member's tokens and sessions, newest first."""
    query = sa.select(tokens).where(tokens.c.member_id == member).order_by(tokens.c.created_at.desc(), tokens.c.id)
    return list(connection.execute(query).mappings())


def remove_token(connection: sa.Connection, token: str, member: str) -> bool:
    """Delete one of the member's tokens; False when they have none of that id."""
    query = sa.delete(tokens).where(tokens.c.id == token, tokens.c.member_id == member)
    return connection.execute(query).rowcount == 1


def note_token_use(connection: sa.Connection, token: str, at: datetime) -> None:
    connection.execute(sa.update(tokens).where(tokens.c.id == token).values(used_at=at))


def _namespaces() -> sa.Select[tuple[object, ...]]:
    """Namespaces, joined to the name of the group, else of the member, to which each belongs."""
    return (
        sa.select(namespaces, sa.func.coalesce(groups.c.name, members.c.name).label("owner"))
        .join(members, members.c.id == namespaces.c.owner_id)
        .outerjoin(groups, groups.c.id == namespaces.c.group_id)
    )


def namespace_by_name(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    """The namespace, with the name of its owner: a group's where it belongs to one."""
    return connection.execute(_namespaces().where(namespaces.c.name == name)).mappings().one_or_none()


def namespaces_of(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """The namespaces that a member owns alone, by name."""
    query = _namespaces().where(namespaces.c.owner_id == member, namespaces.c.group_id.is_(None))
    return list(connection.execute(query.order_by(namespaces.c.name)).mappings())


def namespaces_for(connection: sa.Connection, member: str, roles: Collection[str]) -> list[sa.RowMapping]:
    """The member's own namespaces, and those of the groups in which they have one of these roles, by name."""
    among = sa.select(group_members.c.group_id).where(
        group_members.c.member_id == member, group_members.c.role.in_(sorted(roles))
    )
    own = sa.and_(namespaces.c.owner_id == member, namespaces.c.group_id.is_(None))
    query = _namespaces().where(sa.or_(own, namespaces.c.group_id.in_(among)))
    return list(connection.execute(query.order_by(namespaces.c.name)).mappings())


def add_namespace(
    connection: sa.Connection, name: str, owner: str, created_at: datetime, *, group: str | None = None
) -> None:
    connection.execute(sa.insert(namespaces).values(name=name, owner_id=owner, created_at=created_at, group_id=group))


def give_namespace(connection: sa.Connection, name: str, *, member: str | None, group: str | None) -> None:
    """Let a namespace belong to a group, or to a member."""
    values = {"group_id": group} if member is None else {"owner_id": member, "group_id": None}
    connection.execute(sa.update(namespaces).where(namespaces.c.name == name).values(values))
