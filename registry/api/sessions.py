"""How secrets are made for a member: what a session and a token are when they begin."""

import asyncio
import time
from datetime import datetime, timedelta

from starlette.requests import Request

from registry import credentials
from registry.actions import members as actions
from registry.actions.members import NewToken
from registry.core.permissions import Scope
from registry.credentials import Secret
from registry.errors import RateLimited, Unauthenticated
from registry.ids import TokenId, new_id
from registry.moments import now
from registry.parts import State

EVERYTHING = frozenset(Scope)


def address_of(request: Request) -> str:
    """From where a request came: the connection's other end, which behind a proxy is the proxy."""
    return request.client.host if request.client else ""


def new_session(parts: State, secret: Secret, moment: datetime, *, label: str = "session") -> NewToken:
    """A session: it can do everything that its member can, for some days."""
    expires_at = moment + timedelta(days=parts.settings.session_days)
    return NewToken(TokenId(new_id("tok")), secret.sha256, label, EVERYTHING, session=True, expires_at=expires_at)


async def log_in(parts: State, name: str, password: str, address: str) -> str:
    """Begin a session and return its secret. Raises Unauthenticated, not telling which of the two was wrong.

    Raises RateLimited, whether or not there is such a member, after too many wrong passwords from this address.
    """
    name = name.strip().lower()
    wait_seconds = parts.guesses.take(name, address, time.monotonic())
    if wait_seconds:
        raise RateLimited(
            f"too many wrong passwords for this name: try again in {wait_seconds} seconds",
            retry_after_seconds=wait_seconds,
        )
    found = await parts.db.read(lambda connection: actions.password_of(connection, name))
    stored = None if found is None else found[1]
    right = await asyncio.to_thread(credentials.verify_password, stored, password)
    if found is None or not right:
        raise Unauthenticated("name and password do not belong together: check both", code="wrong_password")
    parts.guesses.forgive(name, address)
    secret, moment, member = credentials.new_secret(), now(), found[0]
    session = new_session(parts, secret, moment)
    await parts.db.write(lambda connection: actions.add_token(connection, member, session, moment))
    return secret.text
