"""One's own account: what is written about one, password, sessions, a copy of everything, and its end."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from registry import credentials
from registry.actions import accounts as actions
from registry.actions import exporting, members
from registry.api.deps import AccountOwner, Parts, Reader
from registry.api.members import Me, member_out
from registry.api.problems import documented
from registry.api.sessions import address_of, check_password
from registry.api.words import Line
from registry.core.permissions import Caller
from registry.credentials import secret_hash
from registry.moments import now
from registry.parts import State
from registry.work.exporting import archive

router = APIRouter(tags=["account"])

Password = Annotated[str, Field(min_length=8, max_length=200)]
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A zip",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ProfileChanges(BaseModel):
    """What is given is changed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"display_name": "Ada Lovelace"}})

    display_name: Annotated[Line, Field(min_length=1, max_length=80)] | None = None
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """null: forget it."""


class PasswordChange(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"password": "correct horse battery", "new_password": "staple and a half"}},
    )

    password: Annotated[str, Field(max_length=200)]
    """The one until now."""
    new_password: Password


class PasswordByLink(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"secret": "cofab_tZ0m3Hq8sQd4xgRkV1yW7", "new_password": "staple and a half"}},
    )

    secret: Annotated[str, Field(max_length=200)]
    """From the link that an administrator made."""
    new_password: Password


class Farewell(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"password": "correct horse battery"}})

    password: Annotated[str, Field(max_length=200)]


class SessionsEnded(BaseModel):
    ended: int
    """How many other sessions there were."""


@router.patch("/me", responses=documented(401, 403))
async def change_profile(body: ProfileChanges, caller: AccountOwner, parts: Parts) -> Me:
    """Change one's display name or e-mail address."""
    changes = body.model_dump(exclude_unset=True)
    if changes.get("display_name", "") is None:
        del changes["display_name"]
    await parts.db.write(lambda connection: actions.change_profile(connection, caller, changes))
    view, email = await parts.db.read(lambda connection: members.read_self(connection, caller))
    out = member_out(view)
    return Me(**out.model_dump(), email=email, admin=caller.admin, scopes=tuple(sorted(caller.scopes)))


@router.post("/me/password", responses=documented(401, 403, 429))
async def change_password(body: PasswordChange, request: Request, caller: AccountOwner, parts: Parts) -> SessionsEnded:
    """Set another password. All other sessions end; tokens stay."""
    await check_password(parts, caller, body.password, address_of(request))
    hashed = await asyncio.to_thread(credentials.hash_password, body.new_password)
    ended = await parts.db.write(
        lambda connection: actions.change_password(connection, caller.member, hashed, keep=caller.token)
    )
    return SessionsEnded(ended=ended)


@router.post("/sessions/password-by-link", status_code=204, responses=documented(429))
async def set_password_by_link(body: PasswordByLink, parts: Parts) -> None:
    """Set another password by a one-time link. All sessions end: log in afterwards."""
    secret, moment = secret_hash(body.secret), now()
    hashed = await asyncio.to_thread(credentials.hash_password, body.new_password)
    await parts.db.write(lambda connection: actions.redeem_link(connection, secret, hashed, moment))


@router.delete("/sessions", responses=documented(401, 403))
async def end_other_sessions(caller: AccountOwner, parts: Parts) -> SessionsEnded:
    """End all sessions of the caller but this one. Tokens stay: revoke them one by one."""
    return SessionsEnded(ended=await parts.db.write(lambda connection: actions.sign_out_others(connection, caller)))


@router.get("/me/export.zip", responses={**_ZIP, **documented(401, 403, 429)}, response_class=Response)
async def export(caller: Reader, parts: Parts) -> Response:
    """Everything that the registry keeps of the caller: JSON, and the files of their designs."""
    return await export_of(parts, caller)


@router.post("/me/delete", status_code=204, responses=documented(401, 403, 409, 429))
async def delete_account(body: Farewell, request: Request, caller: AccountOwner, parts: Parts) -> None:
    """End one's account for good. What one published stays, under its licence and one's name; all else goes."""
    await check_password(parts, caller, body.password, address_of(request))
    moment = now()
    await parts.db.write(lambda connection: actions.delete_account(connection, caller, moment))
    parts.signals.notify("log")


async def export_of(parts: State, caller: Caller) -> Response:
    """The archive as an answer that is written while it is sent."""
    moment = now()
    gathered = await parts.db.read(lambda connection: exporting.gather(connection, caller, moment))
    name = f"cofab-{caller.name}-{moment:%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(archive(parts, gathered), headers=headers, media_type="application/zip")
