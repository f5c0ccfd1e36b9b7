"""Members: registration, login, and who one is."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from registry import credentials
from registry.actions import members as actions
from registry.actions.members import MemberView, NewMember
from registry.api.deps import Member, Parts
from registry.api.problems import documented
from registry.api.sessions import address_of, log_in, new_session
from registry.api.words import Line
from registry.core.permissions import Scope, may_use
from registry.ids import MemberId, new_id, parse_new_namespace
from registry.moments import now

router = APIRouter(tags=["members"])

_EXAMPLE_TOKEN = "cofab_tZ0m3Hq8sQd4xgRkV1yW7pLr2nJb5cFe6uAiKoXh9Ms"  # noqa: S105  (an example)


class Registration(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "ada", "password": "correct horse battery", "display_name": "Ada"}},
    )

    name: Annotated[str, Field(max_length=63)]
    """Also the name of the member's own namespace."""
    password: Annotated[str, Field(min_length=8, max_length=200)]
    display_name: Annotated[Line, Field(max_length=80)] = ""
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class Credentials(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "ada", "password": "correct horse battery"}}
    )

    name: Annotated[str, Field(max_length=63)]
    password: Annotated[str, Field(max_length=200)]


class MemberOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "ada", "display_name": "Ada", "created_at": "2026-03-01T09:30:00Z"},
        }
    )

    name: str
    display_name: str
    created_at: datetime
    left: bool = False
    """The account is deleted: what stays is the name on what they published."""
    hidden: str | None = None
    """Why moderators hid what the member writes about themselves."""


class Session(BaseModel):
    """The token is shown this once."""

    model_config = ConfigDict(json_schema_extra={"example": {"token": _EXAMPLE_TOKEN}})

    token: str


class Joined(Session):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "token": _EXAMPLE_TOKEN,
                "member": {"name": "ada", "display_name": "Ada", "created_at": "2026-03-01T09:30:00Z"},
            }
        }
    )

    member: MemberOut


class Me(MemberOut):
    email: str | None
    """null also for a token without the scope `read`."""
    admin: bool
    scopes: tuple[Scope, ...]
    """What the token shown with this request may be used for."""


def member_out(view: MemberView) -> MemberOut:
    return MemberOut(
        name=view.name,
        display_name=view.display_name,
        created_at=view.created_at,
        left=view.left,
        hidden=view.hidden,
    )


@router.post("/members", status_code=201, responses=documented(403, 409))
async def register(body: Registration, parts: Parts) -> Joined:
    """Become a member, with a namespace of the same name, and be logged in."""
    name = parse_new_namespace(body.name)
    hashed = await asyncio.to_thread(credentials.hash_password, body.password)
    secret, moment = credentials.new_secret(), now()
    new = NewMember(MemberId(new_id("mem")), name, body.display_name.strip() or name, body.email, hashed)
    session, is_open = new_session(parts, secret, moment), parts.settings.registration == "open"
    view = await parts.db.write(
        lambda connection: actions.register(connection, new, session, open_to_all=is_open, now=moment)
    )
    parts.signals.notify("log")
    return Joined(token=secret.text, member=member_out(view))


@router.get("/members/{name}", responses=documented(404))
async def show_member(name: Annotated[str, Path(max_length=63)], parts: Parts) -> MemberOut:
    """A member as everybody may see them."""
    return member_out(await parts.db.read(lambda connection: actions.read_member(connection, name.lower())))


@router.post("/sessions", status_code=201, responses=documented(401, 429))
async def begin_session(body: Credentials, request: Request, parts: Parts) -> Session:
    """Log in with name and password. After ten wrong ones from one address, only when `Retry-After` has gone by."""
    return Session(token=await log_in(parts, body.name, body.password, address_of(request)))


@router.get("/me", responses=documented(401))
async def show_me(caller: Member, parts: Parts) -> Me:
    """Who the shown token belongs to."""
    view, email = await parts.db.read(lambda connection: actions.read_self(connection, caller))
    out = member_out(view)
    own = email if may_use(caller, Scope.READ).allowed else None
    return Me(**out.model_dump(), email=own, admin=caller.admin, scopes=tuple(sorted(caller.scopes)))
