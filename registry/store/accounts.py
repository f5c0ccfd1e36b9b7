"""Queries of what members sign in with: passkeys, their challenges, one-time links; and of the members as a whole."""

from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.accounts import passkey_challenges, passkeys, sign_in_links
from registry.store.tables.designs import versions
from registry.store.tables.members import members, tokens


def change_member(connection: sa.Connection, member: str, **values: object) -> None:
    connection.execute(sa.update(members).where(members.c.id == member).values(values))


def remove_sessions(connection: sa.Connection, member: str, *, but: str | None) -> int:
    """End all sessions of a member, except one; how many there were."""
    query = sa.delete(tokens).where(tokens.c.member_id == member, tokens.c.session.is_(sa.true()))
    if but is not None:
        query = query.where(tokens.c.id != but)
    return connection.execute(query).rowcount


def remove_tokens(connection: sa.Connection, member: str) -> None:
    """Make every token and session of a member worthless."""
    connection.execute(sa.delete(tokens).where(tokens.c.member_id == member))


def passkeys_of(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """A member's passkeys, the oldest first."""
    query = sa.select(passkeys).where(passkeys.c.member_id == member).order_by(passkeys.c.created_at, passkeys.c.id)
    return list(connection.execute(query).mappings())


def passkey_by_id(connection: sa.Connection, passkey: str) -> sa.RowMapping | None:
    """The passkey, with the name of its member."""
    query = (
        sa.select(passkeys, members.c.name.label("member_name"))
        .join(members, members.c.id == passkeys.c.member_id)
        .where(passkeys.c.id == passkey)
    )
    return connection.execute(query).mappings().one_or_none()


def add_passkey(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(passkeys).values(values))


def rename_passkey(connection: sa.Connection, passkey: str, member: str, name: str) -> bool:
    """Give one of the member's passkeys a name; False when they have none of that id."""
    query = sa.update(passkeys).where(passkeys.c.id == passkey, passkeys.c.member_id == member).values(name=name)
    return connection.execute(query).rowcount == 1


def remove_passkey(connection: sa.Connection, passkey: str, member: str) -> bool:
    """Forget one of the member's passkeys; False when they have none of that id."""
    query = sa.delete(passkeys).where(passkeys.c.id == passkey, passkeys.c.member_id == member)
    return connection.execute(query).rowcount == 1


def remove_passkeys(connection: sa.Connection, member: str) -> None:
    connection.execute(sa.delete(passkeys).where(passkeys.c.member_id == member))


def note_passkey_use(connection: sa.Connection, passkey: str, sign_count: int, at: datetime) -> None:
    query = sa.update(passkeys).where(passkeys.c.id == passkey)
    connection.execute(query.values(sign_count=sign_count, used_at=at))


def add_challenge(connection: sa.Connection, *, now: datetime, **values: object) -> None:
    """Keep a challenge, and forget those that are over."""
    connection.execute(sa.delete(passkey_challenges).where(passkey_challenges.c.expires_at <= now))
    connection.execute(sa.insert(passkey_challenges).values(values))


def take_challenge(connection: sa.Connection, ticket_sha256: str) -> sa.RowMapping | None:
    """The challenge of this ticket, which is gone from now on."""
    query = (
        sa.delete(passkey_challenges)
        .where(passkey_challenges.c.ticket_sha256 == ticket_sha256)
        .returning(passkey_challenges)
    )
    return connection.execute(query).mappings().one_or_none()


def add_link(connection: sa.Connection, *, now: datetime, **values: object) -> None:
    """Keep a one-time link, and forget those that are over."""
    connection.execute(sa.delete(sign_in_links).where(sign_in_links.c.expires_at <= now))
    connection.execute(sa.insert(sign_in_links).values(values))


def take_link(connection: sa.Connection, secret_sha256: str) -> sa.RowMapping | None:
    """The link with this secret, which is gone from now on."""
    query = sa.delete(sign_in_links).where(sign_in_links.c.secret_sha256 == secret_sha256).returning(sign_in_links)
    return connection.execute(query).mappings().one_or_none()


def remove_links(connection: sa.Connection, member: str) -> None:
    """Make every one-time link for a member worthless."""
    connection.execute(sa.delete(sign_in_links).where(sign_in_links.c.member_id == member))


def members_after(connection: sa.Connection, name: str, limit: int) -> list[sa.RowMapping]:
    """Members whose names come after this one, by name, with how many versions each published."""
    published = sa.select(sa.func.count()).where(versions.c.published_by == members.c.id).scalar_subquery()
    query = (
        sa.select(members, published.label("published"))
        .where(members.c.name > name)
        .order_by(members.c.name)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def lock_admins(connection: sa.Connection) -> None:
    """Let no other transaction change who administers before the end of this one (SQLite has one writer anyway)."""
    query = sa.select(members.c.id).where(members.c.admin.is_(sa.true())).order_by(members.c.id)
    connection.execute(query.with_for_update()).all()


def count_admins(connection: sa.Connection) -> int:
    """How many administrators there are that can act."""
    query = (
        sa.select(sa.func.count())
        .select_from(members)
        .where(members.c.admin.is_(sa.true()), members.c.suspended_at.is_(None), members.c.deleted_at.is_(None))
    )
    found: int = connection.execute(query).scalar_one()
    return found
