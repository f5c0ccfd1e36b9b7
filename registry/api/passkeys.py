"""Passkeys: registered by a session, and signed in with."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.requests import Request

from registry import credentials, passkeys
from registry.actions import members
from registry.actions import passkeys as actions
from registry.actions.passkeys import PasskeyView
from registry.api.deps import AccountOwner, Parts, Reader
from registry.api.members import Session
from registry.api.problems import documented
from registry.api.sessions import begin_session_of
from registry.api.words import Line
from registry.core.permissions import Caller
from registry.credentials import secret_hash
from registry.errors import Forbidden, Invalid, Unauthenticated
from registry.ids import TokenId
from registry.moments import now
from registry.parts import State

router = APIRouter(tags=["account"])

CHALLENGE_BYTES = 32
Name = Annotated[Line, Field(min_length=1, max_length=80)]
_CREDENTIAL: Any = {"id": "c3R1YmJvcm4", "rawId": "c3R1YmJvcm4", "type": "public-key", "response": {}}


class Ceremony(BaseModel):
    """What a browser is asked. The answer is taken once, within five minutes, together with the ticket."""

    ticket: str
    options: dict[str, JsonValue]
    """For `navigator.credentials`, binary values in base64url."""


class PasskeyWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"ticket": "cofab_tZ0m3Hq8", "name": "Telephone", "credential": _CREDENTIAL}},
    )

    ticket: Annotated[str, Field(max_length=200)]
    name: Name
    credential: dict[str, JsonValue]


class PasskeySignIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"ticket": "cofab_tZ0m3Hq8", "credential": _CREDENTIAL}}
    )

    ticket: Annotated[str, Field(max_length=200)]
    credential: dict[str, JsonValue]


class PasskeyName(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Telephone"}})

    name: Name


class PasskeyOut(BaseModel):
    id: str
    name: str
    backed_up: bool
    """It is synchronised between the member's devices."""
    created_at: datetime
    used_at: datetime | None


class PasskeysOut(BaseModel):
    passkeys: tuple[PasskeyOut, ...]


def _out(view: PasskeyView) -> PasskeyOut:
    told: dict[str, Any] = vars(view)
    return PasskeyOut(**told)


def _party(parts: State, request: Request) -> passkeys.Party:
    return passkeys.party_of(parts.settings.url, request.headers.get("host", ""))


@router.get("/passkeys", responses=documented(401, 403))
async def list_passkeys(caller: Reader, parts: Parts) -> PasskeysOut:
    """The caller's passkeys, the oldest first."""
    found = await parts.db.read(lambda connection: actions.list_passkeys(connection, caller.member))
    return PasskeysOut(passkeys=tuple(map(_out, found)))


@router.post("/passkeys/challenge", status_code=201, responses=documented(401, 403))
async def begin_registration(request: Request, caller: AccountOwner, parts: Parts) -> Ceremony:
    """Ask for a new passkey: for a session, which alone may answer."""
    _check_session(caller)
    party, challenge = _party(parts, request), secrets.token_bytes(CHALLENGE_BYTES)
    view, _ = await parts.db.read(lambda connection: members.read_self(connection, caller))
    known = await parts.db.read(lambda connection: actions.list_passkeys(connection, caller.member))
    options = passkeys.registration_options(
        party,
        challenge,
        member=caller.member,
        name=view.name,
        display_name=view.display_name,
        known=[one.id for one in known],
    )
    return Ceremony(ticket=await _keep(parts, challenge, caller.token), options=dict(options))


@router.post("/passkeys", status_code=201, responses=documented(401, 403, 409))
async def register_passkey(body: PasskeyWish, request: Request, caller: AccountOwner, parts: Parts) -> PasskeyOut:
    """Keep the passkey that an authenticator made."""
    _check_session(caller)
    party, moment = _party(parts, request), now()
    challenge = await _take(parts, body.ticket, caller.token)
    new = passkeys.verify_registration(party, challenge, body.credential)
    view = await parts.db.write(
        lambda connection: actions.add_passkey(
            connection,
            caller,
            passkey=new.id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            backed_up=new.backed_up,
            transports=new.transports,
            name=body.name,
            now=moment,
        )
    )
    return _out(view)


@router.patch("/passkeys/{passkey}", status_code=204, responses=documented(401, 403, 404))
async def rename_passkey(passkey: str, body: PasskeyName, caller: AccountOwner, parts: Parts) -> None:
    """Give a passkey another name."""
    await parts.db.write(lambda connection: actions.rename_passkey(connection, caller, passkey, body.name))


@router.delete("/passkeys/{passkey}", status_code=204, responses=documented(401, 403, 404))
async def remove_passkey(passkey: str, caller: AccountOwner, parts: Parts) -> None:
    """Let nobody sign in with a passkey any more."""
    await parts.db.write(lambda connection: actions.remove_passkey(connection, caller, passkey))


@router.post("/sessions/passkey/challenge", status_code=201, responses=documented(429))
async def begin_passkey_session(request: Request, parts: Parts) -> Ceremony:
    """Ask for a signature by any passkey that the browser has for this registry."""
    party, challenge = _party(parts, request), secrets.token_bytes(CHALLENGE_BYTES)
    ticket = await _keep(parts, challenge, None)
    return Ceremony(ticket=ticket, options=dict(passkeys.sign_in_options(party, challenge)))


@router.post("/sessions/passkey", status_code=201, responses=documented(401, 429))
async def begin_session_by_passkey(body: PasskeySignIn, request: Request, parts: Parts) -> Session:
    """Log in with a passkey."""
    return Session(token=await sign_in(parts, request, body.ticket, body.credential))


async def sign_in(parts: State, request: Request, ticket: str, credential: Mapping[str, Any]) -> str:
    """Begin a session by what an authenticator signed, and return its secret. Raises Unauthenticated, Invalid."""
    party = _party(parts, request)
    challenge = await _take(parts, ticket, None)
    named = credential.get("id")
    passkey = named if isinstance(named, str) else ""
    known = await parts.db.read(lambda connection: actions.known_passkey(connection, passkey))
    if known is None:
        raise Unauthenticated("this passkey is unknown here: sign in another way", code="unknown_passkey")
    count = passkeys.verify_sign_in(party, challenge, credential, known.public_key, known.sign_count)
    moment = now()
    await parts.db.write(lambda connection: actions.note_use(connection, known.id, count, moment))
    return await begin_session_of(parts, known.member, label="passkey")


def credential_of(text: str) -> Mapping[str, Any]:
    """What a page's script wrote into its form. Raises Invalid."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("the browser sent no passkey: try again", code="bad_passkey") from error
    if not isinstance(found, dict):
        raise Invalid("the browser sent no passkey: try again", code="bad_passkey")
    return found


def _check_session(caller: Caller) -> None:
    if not caller.session:
        raise Forbidden("a token cannot make passkeys: log in", code="needs_session")


async def _keep(parts: State, challenge: bytes, session: TokenId | None) -> str:
    ticket, moment = credentials.new_secret(), now()
    await parts.db.write(
        lambda connection: actions.begin(connection, ticket.sha256, challenge, session=session, now=moment)
    )
    return ticket.text


async def _take(parts: State, ticket: str, session: TokenId | None) -> bytes:
    hashed, moment = secret_hash(ticket), now()
    challenge = await parts.db.write(lambda connection: actions.answer(connection, hashed, session=session, now=moment))
    if challenge is None:
        raise Invalid("this challenge was answered already, or is over: begin again", code="bad_challenge")
    return challenge
