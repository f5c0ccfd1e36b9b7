"""What administrators do about members: make moderators, suspend, and let somebody in again who lost their password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.actions.log import append
from registry.core.accounts import may_stop_administering
from registry.core.moderation import may_administer
from registry.core.permissions import Caller
from registry.errors import Conflict, Fact, Forbidden, NotFound
from registry.ids import MemberId
from registry.store import accounts as store
from registry.store import members

LINK_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class ManagedMember:
    """A member as administrators see them."""

    id: MemberId
    name: str
    display_name: str
    email: str | None
    admin: bool
    moderator: bool
    suspended: str | None
    """Why; None: they are not."""
    deleted: bool
    published: int
    """How many versions."""
    created_at: datetime


def list_members(connection: sa.Connection, caller: Caller, *, after: str, limit: int) -> tuple[ManagedMember, ...]:
    """Members by name, those after a name."""
    _check(caller)
    return tuple(
        ManagedMember(
            row["id"],
            row["name"],
            row["display_name"],
            row["email"],
            row["admin"],
            row["moderator"],
            None if row["suspended_at"] is None else row["suspend_reason"] or "",
            row["deleted_at"] is not None,
            row["published"],
            row["created_at"],
        )
        for row in store.members_after(connection, after, limit)
    )


def change_rights(
    connection: sa.Connection,
    caller: Caller,
    name: str,
    *,
    admin: bool | None,
    moderator: bool | None,
    now: datetime,
) -> None:
    """Make somebody an administrator or a moderator, or no longer one; None leaves it as it is."""
    _check(caller)
    row = _member(connection, name)
    if admin is False and row["admin"]:
        _check_not_last(connection)
    wanted: dict[str, bool | None] = {"admin": admin, "moderator": moderator}
    changes = {right: wish for right, wish in wanted.items() if wish is not None and wish != row[right]}
    if changes:
        store.change_member(connection, row["id"], **changes)
        data: dict[str, Fact] = dict(changes)
        append(connection, "member.rights_changed", name, caller.name, data, now)


def suspend(connection: sa.Connection, caller: Caller, name: str, reason: str | None, now: datetime) -> None:
    """Let somebody only read, for a reason that they and the log are told; with None they may do everything again."""
    _check(caller)
    row = _member(connection, name)
    if reason is not None and row["admin"]:
        _check_not_last(connection)
    store.change_member(connection, row["id"], suspended_at=None if reason is None else now, suspend_reason=reason)
    kind = "member.reinstated" if reason is None else "member.suspended"
    append(connection, kind, name, caller.name, {} if reason is None else {"reason": reason}, now)


def make_link(connection: sa.Connection, caller: Caller, name: str, secret_sha256: str, now: datetime) -> datetime:
    """Keep a one-time link by which a member sets another password. Returns when it is over."""
    _check(caller)
    row = _member(connection, name)
    expires_at = now + LINK_LASTS
    store.remove_links(connection, row["id"])
    store.add_link(
        connection,
        now=now,
        secret_sha256=secret_sha256,
        member_id=row["id"],
        made_by=caller.member,
        expires_at=expires_at,
    )
    append(connection, "member.link_made", name, caller.name, {}, now)
    return expires_at


def _check(caller: Caller) -> None:
    decision = may_administer(caller)
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_an_administrator")


def _check_not_last(connection: sa.Connection) -> None:
    store.lock_admins(connection)
    decision = may_stop_administering(store.count_admins(connection))
    if not decision.allowed:
        raise Conflict(decision.reasons[0], code="last_administrator")


def _member(connection: sa.Connection, name: str) -> sa.RowMapping:
    row = members.member_by_name(connection, name)
    if row is None or row["deleted_at"] is not None:
        raise NotFound(f"there is no member {name[:80]!r}", code="no_member", value=name[:80])
    return row
