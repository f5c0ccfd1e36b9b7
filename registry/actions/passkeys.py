"""A member's passkeys, and the challenges that are signed with them: each is answered once, within minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.core.permissions import Caller
from registry.errors import Conflict, Invalid, NotFound
from registry.ids import MemberId, TokenId
from registry.store import accounts as store
from registry.store import members

CHALLENGE_LASTS = timedelta(minutes=5)
MOST_PASSKEYS = 20


@dataclass(frozen=True)
class PasskeyView:
    """A passkey as its member sees it."""

    id: str
    name: str
    backed_up: bool
    """It is synchronised between the member's devices."""
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class KnownPasskey:
    """What is needed to verify a signature by it."""

    id: str
    member: MemberId
    public_key: bytes
    sign_count: int


def list_passkeys(connection: sa.Connection, member: MemberId) -> tuple[PasskeyView, ...]:
    """A member's passkeys, the oldest first."""
    return tuple(
        PasskeyView(row["id"], row["name"], row["backed_up"], row["created_at"], row["used_at"])
        for row in store.passkeys_of(connection, member)
    )


def begin(
    connection: sa.Connection, ticket_sha256: str, challenge: bytes, *, session: TokenId | None, now: datetime
) -> None:
    """Keep a challenge until it is answered; `session`: the one that registers a passkey, None for signing in."""
    store.add_challenge(
        connection,
        now=now,
        ticket_sha256=ticket_sha256,
        challenge=challenge,
        token_id=session,
        expires_at=now + CHALLENGE_LASTS,
    )


def answer(connection: sa.Connection, ticket_sha256: str, *, session: TokenId | None, now: datetime) -> bytes | None:
    """The challenge that is answered now and never again; None where it is over, unknown, or another session's.

    Commit this before the answer is judged: a wrong one uses the challenge up as well.
    """
    row = store.take_challenge(connection, ticket_sha256)
    if row is None or row["token_id"] != session:
        return None
    expires_at, challenge = row["expires_at"], row["challenge"]
    assert isinstance(expires_at, datetime)
    assert isinstance(challenge, bytes)
    return challenge if now < expires_at else None


def add_passkey(
    connection: sa.Connection,
    caller: Caller,
    *,
    passkey: str,
    public_key: bytes,
    sign_count: int,
    backed_up: bool,
    transports: Sequence[str],
    name: str,
    now: datetime,
) -> PasskeyView:
    """Keep a passkey that was just made."""
    if store.passkey_by_id(connection, passkey) is not None:
        raise Conflict("this passkey is registered already", code="passkey_known")
    if len(store.passkeys_of(connection, caller.member)) >= MOST_PASSKEYS:
        raise Invalid(f"you have {MOST_PASSKEYS} passkeys: remove one that you do not use", code="too_many_passkeys")
    store.add_passkey(
        connection,
        id=passkey,
        member_id=caller.member,
        public_key=public_key,
        sign_count=sign_count,
        name=name,
        transports=list(transports),
        backed_up=backed_up,
        created_at=now,
    )
    return PasskeyView(passkey, name, backed_up, now, None)


def rename_passkey(connection: sa.Connection, caller: Caller, passkey: str, name: str) -> None:
    """Give a passkey of the caller another name."""
    if not store.rename_passkey(connection, passkey, caller.member, name):
        raise _unknown(passkey)


def remove_passkey(connection: sa.Connection, caller: Caller, passkey: str) -> None:
    """Let nobody sign in with this passkey any more."""
    if not store.remove_passkey(connection, passkey, caller.member):
        raise _unknown(passkey)


def known_passkey(connection: sa.Connection, passkey: str) -> KnownPasskey | None:
    """The passkey of this id, of a member who may sign in."""
    row = store.passkey_by_id(connection, passkey)
    member = None if row is None else members.member_by_id(connection, row["member_id"])
    if row is None or member is None or member["deleted_at"] is not None:
        return None
    return KnownPasskey(row["id"], row["member_id"], row["public_key"], row["sign_count"])


def note_use(connection: sa.Connection, passkey: str, sign_count: int, now: datetime) -> None:
    """Remember that somebody signed in with it, and its count of signatures."""
    store.note_passkey_use(connection, passkey, sign_count, now)


def _unknown(passkey: str) -> NotFound:
    return NotFound(f"you have no passkey {passkey[:80]!r}", code="no_passkey", value=passkey[:80])
