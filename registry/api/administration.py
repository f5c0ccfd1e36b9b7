"""What administrators do about members."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from registry import credentials
from registry.actions import administration as actions
from registry.actions.administration import ManagedMember
from registry.api.deps import AccountOwner, Parts
from registry.api.problems import documented
from registry.api.words import Lines
from registry.moments import now

router = APIRouter(tags=["administration"])

MemberName = Annotated[str, Path(max_length=63, examples=["grace"])]


class Rights(BaseModel):
    """What is given is changed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"moderator": True}})

    admin: bool | None = None
    moderator: bool | None = None


class Suspension(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "Floods the registry"}})

    reason: Annotated[Lines, Field(min_length=1, max_length=500)]
    """The member and everybody who looks into the log read it."""


class ManagedMemberOut(BaseModel):
    name: str
    display_name: str
    email: str | None
    admin: bool
    moderator: bool
    suspended: str | None
    """Why; null: not suspended."""
    deleted: bool
    published: int
    """How many versions."""
    created_at: datetime


class ManagedMembersOut(BaseModel):
    members: tuple[ManagedMemberOut, ...]
    next_after: str | None
    """Give it as `after` to go on; null at the end."""


class PasswordLink(BaseModel):
    url: str
    """Shown this once: give it to the member by a way that only they read."""
    expires_at: datetime


def _out(view: ManagedMember) -> ManagedMemberOut:
    told: dict[str, Any] = {name: value for name, value in vars(view).items() if name != "id"}
    return ManagedMemberOut(**told)


@router.get("/members", responses=documented(401, 403))
async def list_members(
    caller: AccountOwner,
    parts: Parts,
    after: Annotated[str, Query(max_length=63)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ManagedMembersOut:
    """Members by name: for administrators."""
    found = await parts.db.read(lambda connection: actions.list_members(connection, caller, after=after, limit=limit))
    return ManagedMembersOut(
        members=tuple(map(_out, found)), next_after=found[-1].name if len(found) == limit else None
    )


@router.put("/members/{name}/rights", status_code=204, responses=documented(401, 403, 404, 409))
async def change_rights(name: MemberName, body: Rights, caller: AccountOwner, parts: Parts) -> None:
    """Make somebody an administrator or a moderator, or no longer one: for administrators."""
    moment = now()
    await parts.db.write(
        lambda connection: actions.change_rights(
            connection, caller, name.lower(), admin=body.admin, moderator=body.moderator, now=moment
        )
    )
    parts.signals.notify("log")


@router.put("/members/{name}/suspension", status_code=204, responses=documented(401, 403, 404, 409))
async def suspend(name: MemberName, body: Suspension, caller: AccountOwner, parts: Parts) -> None:
    """Let somebody only read, with a reason: for administrators."""
    moment = now()
    await parts.db.write(lambda connection: actions.suspend(connection, caller, name.lower(), body.reason, moment))
    parts.signals.notify("log")


@router.delete("/members/{name}/suspension", status_code=204, responses=documented(401, 403, 404))
async def reinstate(name: MemberName, caller: AccountOwner, parts: Parts) -> None:
    """Let a suspended member do everything again: for administrators."""
    moment = now()
    await parts.db.write(lambda connection: actions.suspend(connection, caller, name.lower(), None, moment))
    parts.signals.notify("log")


@router.post("/members/{name}/password-link", status_code=201, responses=documented(401, 403, 404))
async def make_password_link(name: MemberName, caller: AccountOwner, parts: Parts) -> PasswordLink:
    """Make a one-time link by which somebody who lost their password sets another: for administrators."""
    secret, moment = credentials.new_secret(), now()
    expires_at = await parts.db.write(
        lambda connection: actions.make_link(connection, caller, name.lower(), secret.sha256, moment)
    )
    parts.signals.notify("log")
    return PasswordLink(url=f"{parts.settings.url}/password?secret={secret.text}", expires_at=expires_at)
