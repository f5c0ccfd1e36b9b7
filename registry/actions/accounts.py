"""A member's own account: what is written about them, password, sessions, and its end."""

from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.core.accounts import may_be_deleted, may_stop_administering
from registry.core.permissions import Caller
from registry.errors import Conflict, Invalid
from registry.ids import MemberId, TokenId
from registry.store import accounts as store
from registry.store import leaving, members


def change_profile(connection: sa.Connection, caller: Caller, changes: dict[str, str | None]) -> None:
    """Change the display name or the e-mail address."""
    if changes:
        store.change_member(connection, caller.member, **changes)


def stored_password(connection: sa.Connection, member: MemberId) -> str | None:
    """The hash of a member's password, to be verified outside of any transaction; None when there is none."""
    row = members.member_by_id(connection, member)
    return None if row is None else row["password_hash"] or None


def change_password(connection: sa.Connection, member: MemberId, hashed: str, *, keep: TokenId | None) -> int:
    """Set a password, and end all sessions but one. Returns how many were ended."""
    store.change_member(connection, member, password_hash=hashed)
    store.remove_links(connection, member)
    return store.remove_sessions(connection, member, but=keep)


def keep_better_hash(connection: sa.Connection, member: MemberId, before: str, hashed: str) -> None:
    """Keep the same password by a stronger hash, unless it was changed meanwhile."""
    row = members.member_by_id(connection, member)
    if row is not None and row["password_hash"] == before:
        store.change_member(connection, member, password_hash=hashed)


def sign_out_others(connection: sa.Connection, caller: Caller) -> int:
    """End all sessions of the caller but this one. Returns how many those were."""
    return store.remove_sessions(connection, caller.member, but=caller.token)


def redeem_link(connection: sa.Connection, secret_sha256: str, hashed: str, now: datetime) -> MemberId:
    """Set a password by a one-time link, and end all sessions. Raises Invalid when it is used or over."""
    row = store.take_link(connection, secret_sha256)
    if row is None or row["expires_at"] <= now:
        raise Invalid("this link was used already, or is over: ask an administrator for another", code="bad_link")
    change_password(connection, row["member_id"], hashed, keep=None)
    found: MemberId = row["member_id"]
    return found


def obstacles_to_leaving(connection: sa.Connection, caller: Caller) -> tuple[str, ...]:
    """What must be done before the account can be deleted; nothing: it can."""
    alone = leaving.facilities_run_alone(connection, caller.member, with_agents=True)
    last = caller.admin and not may_stop_administering(store.count_admins(connection)).allowed
    return may_be_deleted(
        alone_in=leaving.groups_owned_alone(connection, caller.member),
        runs_alone=[row["slug"] for row in alone],
        orders_under_way=leaving.orders_under_way(connection, caller.member),
        last_administrator=last,
    ).reasons


def delete_account(connection: sa.Connection, caller: Caller, now: datetime) -> None:
    """End an account. The name stays as that of who published what is published, and nobody gets it again; what they
    published stays, with its licence. Everything that is theirs alone goes: address, password, passkeys, tokens.
    """
    leaving.lock_what_others_rely_on(connection, caller.member)
    if caller.admin:
        store.lock_admins(connection)
    obstacles = obstacles_to_leaving(connection, caller)
    if obstacles:
        raise Conflict("; ".join(obstacles), code="not_deletable", reasons=list(obstacles))
    for row in leaving.facilities_run_alone(connection, caller.member, with_agents=False):
        leaving.close_facility(connection, row["id"])
    leaving.let_go(connection, caller.member)
    leaving.remove_hooks(connection, caller.member)
    store.remove_tokens(connection, caller.member)
    store.remove_passkeys(connection, caller.member)
    store.remove_links(connection, caller.member)
    leaving.empty_member(connection, caller.member, deleted_at=now)
    append(connection, "member.left", caller.name, caller.name, {}, now)
