"""How secrets are made for a member: what a session and a token are when they begin."""

import asyncio
import ipaddress
import time
from datetime import datetime, timedelta

from starlette.requests import Request

from registry import credentials
from registry.actions import accounts
from registry.actions import members as actions
from registry.actions.members import NewToken
from registry.core.permissions import Caller, Scope
from registry.credentials import Secret
from registry.errors import Forbidden, RateLimited, Unauthenticated
from registry.ids import MemberId, TokenId, new_id
from registry.moments import now
from registry.parts import State

EVERYTHING = frozenset(Scope)


def address_of(request: Request) -> str:
    """From where a request came: the connection's other end, which behind a proxy is the proxy.

    Of IPv6 the network of 64 bits: one household has all its addresses, and would be somebody else with each.
    """
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def new_session(parts: State, secret: Secret, moment: datetime, *, label: str = "session") -> NewToken:
    """A session: it can do everything that its member can, for some days."""
    expires_at = moment + timedelta(days=parts.settings.session_days)
    return NewToken(TokenId(new_id("tok")), secret.sha256, label, EVERYTHING, session=True, expires_at=expires_at)


async def log_in(parts: State, name: str, password: str, address: str) -> str:
    """Begin a session and return its secret. Raises Unauthenticated, not telling which of the two was wrong.

    Raises RateLimited, whether or not there is such a member, after too many wrong passwords from this address.
    """
    name = name.strip().lower()
    _count_guess(parts, name, address)
    found = await parts.db.read(lambda connection: actions.password_of(connection, name))
    stored = None if found is None else found[1]
    right = await asyncio.to_thread(credentials.verify_password, stored, password)
    if found is None or not right:
        raise Unauthenticated("name and password do not belong together: check both", code="wrong_password")
    parts.guesses.forgive(name, address)
    await _hash_again(parts, found[0], found[1], password)
    return await begin_session_of(parts, found[0])


async def begin_session_of(parts: State, member: MemberId, *, label: str = "session") -> str:
    """Begin a session of somebody who has shown who they are; its secret."""
    secret, moment = credentials.new_secret(), now()
    session = new_session(parts, secret, moment, label=label)
    await parts.db.write(lambda connection: actions.add_token(connection, member, session, moment))
    return secret.text


async def check_password(parts: State, caller: Caller, password: str, address: str) -> None:
    """Let a member show once more that it is them. Raises Forbidden, and RateLimited as for logging in."""
    _count_guess(parts, caller.name, address)
    stored = await parts.db.read(lambda connection: accounts.stored_password(connection, caller.member))
    if not await asyncio.to_thread(credentials.verify_password, stored, password):
        raise Forbidden("this is not your password: try again", code="wrong_password")
    parts.guesses.forgive(caller.name, address)


def _count_guess(parts: State, name: str, address: str) -> None:
    wait_seconds = parts.guesses.take(name, address, time.monotonic())
    if wait_seconds:
        raise RateLimited(
            f"too many wrong passwords for this name: try again in {wait_seconds} seconds",
            retry_after_seconds=wait_seconds,
        )


async def _hash_again(parts: State, member: MemberId, stored: str, password: str) -> None:
    """Where a hash is weaker than those made today, replace it while the password is known."""
    if credentials.has_weak_hash(stored):
        hashed = await asyncio.to_thread(credentials.hash_password, password)
        await parts.db.write(lambda connection: accounts.keep_better_hash(connection, member, stored, hashed))
