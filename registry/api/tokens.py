"""Tokens for programs: each with the scopes it needs, and an end."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from registry import credentials
from registry.actions import members as actions
from registry.actions.members import NewToken, TokenView
from registry.api.deps import AccountOwner, Member, Parts
from registry.api.problems import documented
from registry.api.words import Line
from registry.core.permissions import Scope
from registry.ids import NamespaceName, TokenId, new_id, parse_name
from registry.moments import now

router = APIRouter(tags=["tokens"])


class TokenWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"label": "laptop", "scopes": ["publish", "order"], "expires_in_days": 90}},
    )

    label: Annotated[Line, Field(min_length=1, max_length=80)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    namespace: Annotated[str, Field(max_length=63)] | None = None
    """Good for publishing in this namespace only."""


class TokenOut(BaseModel):
    id: str
    label: str
    scopes: tuple[Scope, ...]
    session: bool
    """Made by logging in, not by asking for a token."""
    current: bool
    """The one shown with this request."""
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """Last used, to the hour."""
    namespace: str | None
    """The only one for which it is good."""


class NewTokenOut(TokenOut):
    token: str
    """The secret: shown this once, kept by the registry as a hash only."""


class Tokens(BaseModel):
    tokens: tuple[TokenOut, ...]


def _out(view: TokenView, current: TokenId) -> TokenOut:
    return TokenOut(
        id=view.id,
        label=view.label,
        scopes=view.scopes,
        session=view.session,
        current=view.id == current,
        created_at=view.created_at,
        expires_at=view.expires_at,
        used_at=view.used_at,
        namespace=view.namespace,
    )


@router.get("/tokens", responses=documented(401))
async def list_tokens(caller: Member, parts: Parts) -> Tokens:
    """The caller's tokens and sessions, newest first, without their secrets."""
    views = await parts.db.read(lambda connection: actions.list_tokens(connection, caller.member))
    return Tokens(tokens=tuple(_out(view, caller.token) for view in views))


@router.post("/tokens", status_code=201, responses=documented(401, 403))
async def make_token(body: TokenWish, caller: AccountOwner, parts: Parts) -> NewTokenOut:
    """Make a token. It can do no more than the one by which it is asked for."""
    secret, moment = credentials.new_secret(), now()
    expires_at = None if body.expires_in_days is None else moment + timedelta(days=body.expires_in_days)
    new = NewToken(
        TokenId(new_id("tok")),
        secret.sha256,
        body.label,
        body.scopes,
        session=False,
        expires_at=expires_at,
        namespace=None if body.namespace is None else NamespaceName(parse_name(body.namespace, what="namespace")),
    )
    view = await parts.db.write(lambda connection: actions.make_token(connection, caller, new, moment))
    return NewTokenOut(**_out(view, caller.token).model_dump(), token=secret.text)


@router.delete("/tokens/{token}", status_code=204, responses=documented(401, 404))
async def revoke_token(token: str, caller: Member, parts: Parts) -> None:
    """Revoke one of the caller's tokens or sessions; at once worthless. A token may always revoke itself."""
    await parts.db.write(lambda connection: actions.revoke_token(connection, caller, TokenId(token)))
