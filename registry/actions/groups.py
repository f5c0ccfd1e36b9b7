"""Groups: made, joined by accepting an invitation, left; roles and what is written about them."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.actions.roles import roles_in_group
from registry.core.groups import GroupKind, may_be_invited, may_become, may_decide_membership
from registry.core.permissions import Caller
from registry.core.roles import Role, role_of_word
from registry.errors import Conflict, Fact, Forbidden, NotFound
from registry.ids import GroupId, MemberId, NamespaceName
from registry.store import groups as store
from registry.store import members


@dataclass(frozen=True)
class GroupText:
    """What is written about a group."""

    display_name: str
    description: str = ""
    kind: GroupKind = GroupKind.COMMUNITY
    worker_owned: bool = False
    """It belongs to those who work in it, and they share all gains: some licences ask that of who makes for money."""


@dataclass(frozen=True)
class GroupMember:
    """Somebody who belongs to a group."""

    name: str
    display_name: str
    role: Role
    joined_at: datetime


@dataclass(frozen=True)
class Invitation:
    """An offer to join that waits for its answer."""

    group: str
    group_display_name: str
    member: str
    role: Role
    invited_by: str
    invited_at: datetime


@dataclass(frozen=True)
class GroupView:
    """A group as everybody may see it; the invitations only for those who belong to it."""

    id: GroupId
    name: str
    text: GroupText
    members: tuple[GroupMember, ...]
    namespaces: tuple[str, ...]
    invitations: tuple[Invitation, ...]
    your_role: Role | None
    """Of the one who asks."""
    your_invitation: Invitation | None
    created_at: datetime


@dataclass(frozen=True)
class GroupCard:
    """A group in a list."""

    name: str
    text: GroupText
    size: int
    """How many belong to it."""
    created_at: datetime


@dataclass(frozen=True)
class Membership:
    """A group to which somebody belongs."""

    name: str
    text: GroupText
    role: Role
    joined_at: datetime


def make_group(
    connection: sa.Connection, caller: Caller, name: NamespaceName, text: GroupText, *, group: GroupId, now: datetime
) -> GroupView:
    """Make a group that the caller owns, with a namespace of the same name."""
    if caller.namespace is not None:
        raise Forbidden(f"this token is good for the namespace {caller.namespace!r} only", code="foreign_namespace")
    if members.member_by_name(connection, name) or members.namespace_by_name(connection, name):
        raise Conflict(f"the name {name!r} is taken: choose another one", code="name_taken", value=name)
    store.add_group(connection, id=group, name=name, created_at=now, **_columns(text))
    store.add_group_member(connection, group, caller.member, Role.OWNER.word, now)
    members.add_namespace(connection, name, caller.member, now, group=group)
    append(connection, "group.made", name, caller.name, {"kind": text.kind.value, "title": text.display_name}, now)
    return read_group(connection, name, caller)


def read_group(connection: sa.Connection, name: str, caller: Caller | None) -> GroupView:
    """A group by its name. Raises NotFound."""
    row = _row(connection, name)
    everybody = tuple(
        GroupMember(one["name"], one["display_name"], role_of_word(one["role"]), one["joined_at"])
        for one in store.members_of(connection, row["id"])
    )
    role = None if caller is None else roles_in_group(connection, row["id"]).get(caller.member)
    waiting = store.invitations_to_group(connection, row["id"]) if role is not None else []
    own = None if caller is None else store.invitation(connection, row["id"], caller.member)
    return GroupView(
        id=row["id"],
        name=row["name"],
        text=_text(row),
        members=everybody,
        namespaces=tuple(store.namespaces_of_group(connection, row["id"])),
        invitations=tuple(map(_invitation, waiting)),
        your_role=role,
        your_invitation=None if own is None else _invitation(own),
        created_at=row["created_at"],
    )


def list_groups(connection: sa.Connection, *, after: str, limit: int) -> tuple[GroupCard, ...]:
    """Groups by name, those after a name."""
    return tuple(
        GroupCard(row["name"], _text(row), row["size"], row["created_at"])
        for row in store.groups_after(connection, after, limit)
    )


def groups_of(connection: sa.Connection, member: MemberId) -> tuple[Membership, ...]:
    """The groups to which a member belongs, by name."""
    return tuple(
        Membership(row["name"], _text(row), role_of_word(row["role"]), row["joined_at"])
        for row in store.groups_of(connection, member)
    )


def invitations_of(connection: sa.Connection, member: MemberId) -> tuple[Invitation, ...]:
    """The invitations that a member has not answered yet."""
    return tuple(map(_invitation, store.invitations_of(connection, member)))


def change_group(
    connection: sa.Connection, caller: Caller, name: str, changes: dict[str, object], now: datetime
) -> GroupView:
    """Change what is written about a group: for its owners."""
    row = _to_decide(connection, caller, name)
    text = replace(_text(row), **changes)  # type: ignore[arg-type]  # the edge parsed names and values
    store.change_group(connection, row["id"], _columns(text))
    append(connection, "group.changed", name, caller.name, {"fields": list[Fact](sorted(changes))}, now)
    return read_group(connection, name, caller)


def invite(  # noqa: PLR0917  (the order in which one tells it)
    connection: sa.Connection, caller: Caller, name: str, member: str, role: Role, now: datetime
) -> GroupView:
    """Offer somebody to join with this role. They belong to it when they accept."""
    row = _to_decide(connection, caller, name)
    invited = _member(connection, member)
    roles = roles_in_group(connection, row["id"])
    decision = may_be_invited(roles, invited["id"], suspended=invited["suspended_at"] is not None)
    if not decision.allowed:
        raise Conflict(f"{member}: {decision.reasons[0]}", code="not_invitable", value=member)
    added = store.add_invitation(
        connection,
        group_id=row["id"],
        member_id=invited["id"],
        role=role.word,
        invited_by=caller.member,
        invited_at=now,
    )
    if not added:
        raise Conflict(f"{member} is invited already: wait for the answer", code="invited_already", value=member)
    return read_group(connection, name, caller)


def withdraw_invitation(connection: sa.Connection, caller: Caller, name: str, member: str) -> None:
    """Take back an invitation: for the owners; to decline one, for whom it is."""
    row = _row(connection, name)
    invited = _member(connection, member)
    if invited["id"] != caller.member:
        _check_decides(connection, caller, row)
    if not store.remove_invitation(connection, row["id"], invited["id"]):
        raise NotFound(f"{member} is not invited to {name}", code="no_invitation", value=member)


def accept_invitation(connection: sa.Connection, caller: Caller, name: str, now: datetime) -> GroupView:
    """Join a group, with the role that was offered."""
    row = _row(connection, name)
    store.lock_group(connection, row["id"])
    offered = store.invitation(connection, row["id"], caller.member)
    if offered is None or not store.remove_invitation(connection, row["id"], caller.member):
        raise NotFound(f"you are not invited to {name}: ask one of its owners", code="no_invitation", value=name)
    store.add_group_member(connection, row["id"], caller.member, offered["role"], now)
    append(connection, "group.joined", name, caller.name, {"role": offered["role"]}, now)
    return read_group(connection, name, caller)


def change_role(  # noqa: PLR0917  (the order in which one tells it)
    connection: sa.Connection, caller: Caller, name: str, member: str, role: Role, now: datetime
) -> GroupView:
    """Give somebody who belongs to the group another role: for its owners."""
    row = _to_decide(connection, caller, name)
    changed = _member(connection, member)
    _check_becomes(connection, row, changed, role)
    store.change_role(connection, row["id"], changed["id"], role.word)
    if role is not Role.OWNER:
        store.remove_invitations_by(connection, row["id"], changed["id"])
    append(connection, "group.role_changed", name, caller.name, {"member": member, "role": role.word}, now)
    return read_group(connection, name, caller)


def remove_from_group(connection: sa.Connection, caller: Caller, name: str, member: str, now: datetime) -> None:
    """Leave a group; or, for its owners, take somebody else out of it."""
    row = _row(connection, name)
    store.lock_group(connection, row["id"])
    gone = _member(connection, member)
    if gone["id"] != caller.member:
        _check_decides(connection, caller, row)
    _check_becomes(connection, row, gone, None)
    store.remove_group_member(connection, row["id"], gone["id"])
    store.remove_invitations_by(connection, row["id"], gone["id"])
    append(connection, "group.left", name, caller.name, {"member": member}, now)


def _to_decide(connection: sa.Connection, caller: Caller, name: str) -> sa.RowMapping:
    """The group, locked, when the caller is one of its owners."""
    row = _row(connection, name)
    store.lock_group(connection, row["id"])
    _check_decides(connection, caller, row)
    return row


def _check_decides(connection: sa.Connection, caller: Caller, row: sa.RowMapping) -> None:
    decision = may_decide_membership(roles_in_group(connection, row["id"]).get(caller.member))
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_an_owner", value=row["name"])


def _check_becomes(connection: sa.Connection, row: sa.RowMapping, member: sa.RowMapping, role: Role | None) -> None:
    decision = may_become(roles_in_group(connection, row["id"]), member["id"], role)
    if not decision.allowed:
        raise Conflict(f"{member['name']}: {decision.reasons[0]}", code="role_refused", value=member["name"])


def _row(connection: sa.Connection, name: str) -> sa.RowMapping:
    row = store.group_by_name(connection, name)
    if row is None:
        raise NotFound(f"there is no group {name[:80]!r}: see the list of groups", code="no_group", value=name[:80])
    return row


def _member(connection: sa.Connection, name: str) -> sa.RowMapping:
    row = members.member_by_name(connection, name)
    if row is None or row["deleted_at"] is not None:
        raise NotFound(f"there is no member {name[:80]!r}", code="no_member", value=name[:80])
    return row


def _text(row: sa.RowMapping) -> GroupText:
    return GroupText(row["display_name"], row["description"], GroupKind(row["kind"]), row["worker_owned"])


def _columns(text: GroupText) -> dict[str, object]:
    return {**vars(text), "kind": text.kind.value}


def _invitation(row: sa.RowMapping) -> Invitation:
    return Invitation(
        row["group_name"],
        row["group_display_name"],
        row["member_name"],
        role_of_word(row["role"]),
        row["inviter_name"],
        row["invited_at"],
    )
