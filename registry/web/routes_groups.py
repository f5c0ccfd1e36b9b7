"""Groups and members: their pages, and the forms by which one joins, leaves and decides."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import groups as actions
from registry.actions import members, search
from registry.actions.design_views import DesignPage
from registry.actions.portrait import read_portrait
from registry.actions.search import Filters, Sort
from registry.api import groups as api
from registry.api.deps import Parts
from registry.api.groups import GroupWish, InvitationWish, RoleWish, RoleWord
from registry.core.groups import GroupKind
from registry.core.moderation import may_moderate
from registry.core.permissions import Caller
from registry.errors import RegistryError
from registry.parts import State
from registry.web.forms import FormProblem, form_problem
from registry.web.languages import _, noted
from registry.web.log_words import sentences
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

MOST_LISTED = 200
MOST_DESIGNS = 24
ROLES: Mapping[RoleWord, str] = {
    RoleWord.MEMBER: noted("member"),
    RoleWord.MAINTAINER: noted("maintainer"),
    RoleWord.OWNER: noted("owner"),
}


class GroupForm(BaseModel):
    """What somebody typed; judged where it is used, so that the page can show it again."""

    name: str = ""
    display_name: str = ""
    description: str = ""
    kind: str = GroupKind.COMMUNITY
    worker_owned: bool = False


class MemberForm(BaseModel):
    member: str = ""
    role: str = RoleWord.MEMBER


@router.get("/groups")
async def groups_page(request: Request, parts: Parts, looker: Looker, after: str = "") -> Response:
    """All groups by name, and what waits for the one who looks."""
    found = await parts.db.read(lambda connection: actions.list_groups(connection, after=after, limit=MOST_LISTED))
    waiting = () if looker is None else await _invitations(parts, looker)
    more = found[-1].name if len(found) == MOST_LISTED else None
    return render(request, "group/list.html", groups=found, invitations=waiting, more=more)


@router.get("/groups/new")
async def new_group_page(request: Request, looker: SignedIn) -> Response:
    """The form for a new group."""
    return render(request, "group/new.html", form=GroupForm(), problem=None)


@router.post("/groups/new")
async def new_group(request: Request, parts: Parts, looker: SignedIn, form: Annotated[GroupForm, Form()]) -> Response:
    """Make a group."""
    try:
        made = await api.make_group(GroupWish.model_validate(form.model_dump()), looker, parts)
    except (RegistryError, ValidationError) as error:
        told = form_problem(error)
        return render(request, "group/new.html", status=told.status, form=form, problem=told.words)
    return see_other(f"/groups/{made.name}")


@router.get("/groups/{group}")
async def group_page(request: Request, parts: Parts, looker: Looker, group: str) -> Response:
    """A group, who belongs to it, and its designs."""
    return await _group(request, parts, looker, group)


@router.post("/groups/{group}/invite")
async def invite(
    request: Request, parts: Parts, looker: SignedIn, group: str, form: Annotated[MemberForm, Form()]
) -> Response:
    """Invite somebody."""
    try:
        await api.invite(group, InvitationWish.model_validate(form.model_dump()), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _group(request, parts, looker, group, told=form_problem(error))
    return see_other(f"/groups/{group}")


@router.post("/groups/{group}/accept")
async def accept(parts: Parts, looker: SignedIn, group: str) -> Response:
    """Join."""
    await api.accept_invitation(group, looker, parts)
    return see_other(f"/groups/{group}")


@router.post("/groups/{group}/decline")
async def decline(parts: Parts, looker: SignedIn, group: str, form: Annotated[MemberForm, Form()]) -> Response:
    """Decline an invitation, or take one back."""
    await api.withdraw_invitation(group, form.member or looker.name, looker, parts)
    return see_other(f"/groups/{group}")


@router.post("/groups/{group}/role")
async def change_role(
    request: Request, parts: Parts, looker: SignedIn, group: str, form: Annotated[MemberForm, Form()]
) -> Response:
    """Give somebody another role."""
    try:
        await api.change_role(group, form.member, RoleWish.model_validate({"role": form.role}), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _group(request, parts, looker, group, told=form_problem(error))
    return see_other(f"/groups/{group}")


@router.post("/groups/{group}/leave")
async def leave(
    request: Request, parts: Parts, looker: SignedIn, group: str, form: Annotated[MemberForm, Form()]
) -> Response:
    """Leave, or take somebody out."""
    try:
        await api.remove_from_group(group, form.member or looker.name, looker, parts)
    except RegistryError as error:
        return await _group(request, parts, looker, group, told=form_problem(error))
    return see_other(f"/groups/{group}")


@router.get("/members/{name}")
async def member_page(request: Request, parts: Parts, looker: Looker, name: str) -> Response:
    """A member: their groups and their designs."""
    view = await parts.db.read(lambda connection: members.read_member(connection, name.lower()))
    belongs = await parts.db.read(lambda connection: actions.groups_of(connection, view.id))
    designs = await _designs(parts, view.name)
    told = await parts.db.read(lambda connection: read_portrait(connection, view.id, view.name, looker))
    return render(
        request,
        "group/member.html",
        view=view,
        groups=belongs,
        designs=designs,
        portrait=told,
        entries=sentences(told.entries),
        moderates=may_moderate(looker).allowed,
    )


async def _group(
    request: Request, parts: State, looker: Caller | None, name: str, *, told: FormProblem | None = None
) -> Response:
    view = await parts.db.read(lambda connection: actions.read_group(connection, name.lower(), looker))
    designs = await _designs(parts, view.name)
    return render(
        request,
        "group/page.html",
        status=told.status if told else 200,
        problem=told.words if told else None,
        view=view,
        designs=designs,
        roles=[(role.value, _(words)) for role, words in ROLES.items()],
    )


async def _designs(parts: State, namespace: str) -> DesignPage:
    filters = Filters(namespace=namespace)
    return await parts.db.read(
        lambda connection: search.find_designs(connection, filters, sort=Sort.UPDATED, cursor=None, limit=MOST_DESIGNS)
    )


async def _invitations(parts: State, looker: Caller) -> tuple[actions.Invitation, ...]:
    return await parts.db.read(lambda connection: actions.invitations_of(connection, looker.member))
