"""Groups: made, joined by accepting an invitation, left; who has which role."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from registry.actions import groups as actions
from registry.actions.groups import GroupCard, GroupMember, GroupText, GroupView, Invitation, Membership
from registry.api.deps import AccountOwner, Parts, Publisher, Reader, Visitor
from registry.api.problems import documented
from registry.api.words import Line, Lines
from registry.core.groups import GroupKind
from registry.core.roles import role_of_word
from registry.ids import GroupId, new_id, parse_new_namespace
from registry.moments import now

router = APIRouter(tags=["groups"])

GroupName = Annotated[str, Path(max_length=63, examples=["open-lab"])]
MemberName = Annotated[str, Path(max_length=63, examples=["grace"])]
_TEXT: Any = {"display_name": "Open lab", "description": "Printers and tea", "kind": "community"}


class RoleWord(StrEnum):
    """`maintainer` publishes and decides about proposals; `owner` also says who belongs to the group."""

    MEMBER = "member"
    MAINTAINER = "maintainer"
    OWNER = "owner"


class GroupWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "open-lab", **_TEXT}})

    name: Annotated[str, Field(max_length=63)]
    """Also the name of the group's namespace."""
    display_name: Annotated[Line, Field(max_length=80)] = ""
    description: Annotated[Lines, Field(max_length=4000)] = ""
    kind: GroupKind = GroupKind.COMMUNITY
    worker_owned: bool = False
    """It belongs to those who work in it, and they share all gains."""


class GroupChanges(BaseModel):
    """What is given is changed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _TEXT})

    display_name: Annotated[Line, Field(min_length=1, max_length=80)] | None = None
    description: Annotated[Lines, Field(max_length=4000)] | None = None
    kind: GroupKind | None = None
    worker_owned: bool | None = None


class InvitationWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"member": "grace", "role": "maintainer"}})

    member: Annotated[str, Field(max_length=63)]
    role: RoleWord = RoleWord.MEMBER


class RoleWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"role": "maintainer"}})

    role: RoleWord


class GroupOut(BaseModel):
    name: str
    display_name: str
    description: str
    kind: GroupKind
    worker_owned: bool
    created_at: datetime


class GroupCardOut(GroupOut):
    size: int
    """How many belong to it."""


class GroupsOut(BaseModel):
    groups: tuple[GroupCardOut, ...]
    next_after: str | None
    """Give it as `after` to go on; null at the end."""


class GroupMemberOut(BaseModel):
    name: str
    display_name: str
    role: RoleWord
    joined_at: datetime


class InvitationOut(BaseModel):
    group: str
    member: str
    role: RoleWord
    invited_by: str
    invited_at: datetime


class GroupPageOut(GroupOut):
    members: tuple[GroupMemberOut, ...]
    namespaces: tuple[str, ...]
    invitations: tuple[InvitationOut, ...]
    """Not answered yet; shown to those who belong to the group."""
    your_role: RoleWord | None


class MembershipOut(GroupOut):
    role: RoleWord


class MyGroupsOut(BaseModel):
    groups: tuple[MembershipOut, ...]
    invitations: tuple[InvitationOut, ...]


def group_page_out(view: GroupView) -> GroupPageOut:
    return GroupPageOut(
        **_text(view),
        members=tuple(map(_member, view.members)),
        namespaces=view.namespaces,
        invitations=tuple(map(invitation_out, view.invitations)),
        your_role=None if view.your_role is None else RoleWord(view.your_role.word),
    )


def invitation_out(one: Invitation) -> InvitationOut:
    return InvitationOut(
        group=one.group,
        member=one.member,
        role=RoleWord(one.role.word),
        invited_by=one.invited_by,
        invited_at=one.invited_at,
    )


def _member(one: GroupMember) -> GroupMemberOut:
    return GroupMemberOut(
        name=one.name, display_name=one.display_name, role=RoleWord(one.role.word), joined_at=one.joined_at
    )


def _text(view: GroupView | GroupCard) -> dict[str, Any]:
    return {"name": view.name, **vars(view.text), "created_at": view.created_at}


def _membership(one: Membership) -> MembershipOut:
    return MembershipOut(name=one.name, **vars(one.text), created_at=one.joined_at, role=RoleWord(one.role.word))


@router.get("/groups", responses=documented())
async def list_groups(
    parts: Parts,
    after: Annotated[str, Query(max_length=63)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> GroupsOut:
    """Groups by name."""
    found = await parts.db.read(lambda connection: actions.list_groups(connection, after=after, limit=limit))
    cards = tuple(GroupCardOut(**_text(card), size=card.size) for card in found)
    return GroupsOut(groups=cards, next_after=cards[-1].name if len(cards) == limit else None)


@router.post("/groups", status_code=201, responses=documented(401, 403, 409))
async def make_group(body: GroupWish, caller: Publisher, parts: Parts) -> GroupPageOut:
    """Make a group, with a namespace of the same name; its first owner is who asks."""
    name, moment, group = parse_new_namespace(body.name), now(), GroupId(new_id("grp"))
    text = GroupText(body.display_name.strip() or name, body.description, body.kind, body.worker_owned)
    view = await parts.db.write(
        lambda connection: actions.make_group(connection, caller, name, text, group=group, now=moment)
    )
    parts.signals.notify("log")
    return group_page_out(view)


@router.get("/groups/{group}", responses=documented(401, 404))
async def show_group(group: GroupName, caller: Visitor, parts: Parts) -> GroupPageOut:
    """A group, with those who belong to it and its namespaces."""
    return group_page_out(await parts.db.read(lambda connection: actions.read_group(connection, group.lower(), caller)))


@router.patch("/groups/{group}", responses=documented(401, 403, 404))
async def change_group(group: GroupName, body: GroupChanges, caller: AccountOwner, parts: Parts) -> GroupPageOut:
    """Change what is written about a group: for its owners."""
    changes = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    moment = now()
    view = await parts.db.write(
        lambda connection: actions.change_group(connection, caller, group.lower(), changes, moment)
    )
    parts.signals.notify("log")
    return group_page_out(view)


@router.post("/groups/{group}/invitations", status_code=201, responses=documented(401, 403, 404, 409))
async def invite(group: GroupName, body: InvitationWish, caller: AccountOwner, parts: Parts) -> GroupPageOut:
    """Offer somebody to join a group: for its owners. They belong to it when they accept."""
    moment, role = now(), role_of_word(body.role)
    view = await parts.db.write(
        lambda connection: actions.invite(connection, caller, group.lower(), body.member.lower(), role, moment)
    )
    return group_page_out(view)


@router.delete("/groups/{group}/invitations/{member}", status_code=204, responses=documented(401, 403, 404))
async def withdraw_invitation(group: GroupName, member: MemberName, caller: AccountOwner, parts: Parts) -> None:
    """Take an invitation back: for the owners; or decline one's own."""
    await parts.db.write(
        lambda connection: actions.withdraw_invitation(connection, caller, group.lower(), member.lower())
    )


@router.post("/groups/{group}/accept", responses=documented(401, 403, 404))
async def accept_invitation(group: GroupName, caller: AccountOwner, parts: Parts) -> GroupPageOut:
    """Join a group to which one is invited."""
    moment = now()
    view = await parts.db.write(lambda connection: actions.accept_invitation(connection, caller, group.lower(), moment))
    parts.signals.notify("log")
    return group_page_out(view)


@router.put("/groups/{group}/members/{member}", responses=documented(401, 403, 404, 409))
async def change_role(
    group: GroupName, member: MemberName, body: RoleWish, caller: AccountOwner, parts: Parts
) -> GroupPageOut:
    """Give somebody who belongs to a group another role: for its owners."""
    moment, role = now(), role_of_word(body.role)
    view = await parts.db.write(
        lambda connection: actions.change_role(connection, caller, group.lower(), member.lower(), role, moment)
    )
    parts.signals.notify("log")
    return group_page_out(view)


@router.delete("/groups/{group}/members/{member}", status_code=204, responses=documented(401, 403, 404, 409))
async def remove_from_group(group: GroupName, member: MemberName, caller: AccountOwner, parts: Parts) -> None:
    """Leave a group; or, for its owners, take somebody else out of it."""
    moment = now()
    await parts.db.write(
        lambda connection: actions.remove_from_group(connection, caller, group.lower(), member.lower(), moment)
    )
    parts.signals.notify("log")


@router.get("/me/groups", responses=documented(401, 403))
async def list_my_groups(caller: Reader, parts: Parts) -> MyGroupsOut:
    """The groups to which the caller belongs, and the invitations that wait for an answer."""
    groups = await parts.db.read(lambda connection: actions.groups_of(connection, caller.member))
    waiting = await parts.db.read(lambda connection: actions.invitations_of(connection, caller.member))
    return MyGroupsOut(groups=tuple(map(_membership, groups)), invitations=tuple(map(invitation_out, waiting)))
