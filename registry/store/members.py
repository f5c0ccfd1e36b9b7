"""Queries of members, tokens and namespaces."""

from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.members import members, namespaces, tokens


def token_with_member(connection: sa.Connection, secret_sha256: str) -> sa.RowMapping | None:
    """The token with this hash, joined to its member."""
    query = (
        sa.select(tokens, members.c.name, members.c.admin)
        .join(members, members.c.id == tokens.c.member_id)
        .where(tokens.c.secret_sha256 == secret_sha256)
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


def namespace_by_name(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    """The namespace, joined to its owner's name."""
    query = (
        sa.select(namespaces, members.c.name.label("owner"))
        .join(members, members.c.id == namespaces.c.owner_id)
        .where(namespaces.c.name == name)
    )
    return connection.execute(query).mappings().one_or_none()


def namespaces_of(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """The namespaces that a member owns, by name."""
    query = (
        sa.select(namespaces, members.c.name.label("owner"))
        .join(members, members.c.id == namespaces.c.owner_id)
        .where(namespaces.c.owner_id == member)
        .order_by(namespaces.c.name)
    )
    return list(connection.execute(query).mappings())


def add_namespace(connection: sa.Connection, name: str, owner: str, created_at: datetime) -> None:
    connection.execute(sa.insert(namespaces).values(name=name, owner_id=owner, created_at=created_at))
