"""Members' public keys: registered, shown, revoked. The private ones never come here."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from designs.signing import POSSESSION, BadSignature, Envelope, PublicKey, moment_text, open_envelope
from registry.actions.log import append
from registry.core.permissions import Caller
from registry.errors import Conflict, Fact, Forbidden, Invalid, NotFound
from registry.ids import MemberId
from registry.store import members as member_store
from registry.store import provenance as store

MOST_KEYS = 50
"""Of one member, revoked ones included: each is in the proofs of what it signed."""


@dataclass(frozen=True)
class Revocation:
    """When and why a key counts no more."""

    at: datetime
    reason: str
    compromised_since: datetime | None
    """Since when somebody else had it; None: it was only lost or replaced, and what it signed before stays good."""


@dataclass(frozen=True)
class KeyView:
    """A member's public key."""

    id: str
    """SHA-256 of its 32 bytes."""
    member: str
    name: str
    public: str
    """64 hexadecimal digits."""
    added_at: datetime
    valid_from: datetime
    valid_until: datetime | None
    revoked: Revocation | None


@dataclass(frozen=True)
class NewKey:
    """A key to be registered."""

    name: str
    key: PublicKey
    proof: Envelope
    """A statement of possession, signed with it."""
    here: str
    """The registry's own address, which the statement must name: one made for another registry is good there alone."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def add_key(connection: sa.Connection, caller: Caller, new: NewKey, now: datetime) -> KeyView:
    """Register a public key as the caller's. Raises Invalid (not proved, dates), Conflict (known already)."""
    _check_possession(caller, new)
    begin = new.valid_from or now
    if new.valid_until is not None and new.valid_until <= max(begin, now):
        raise Invalid("the key would never be valid: valid_until must be later", code="bad_dates")
    known = store.key_by_id(connection, new.key.id)
    if known is not None:
        raise Conflict(f"this key is registered already, as {known['member']}'s {known['name']!r}", code="key_taken")
    mine = store.keys_of(connection, caller.member)
    if any(row["name"] == new.name for row in mine):
        raise Conflict(f"you have a key {new.name!r} already: give this one another name", code="name_taken")
    if len(mine) >= MOST_KEYS:
        raise Conflict(f"you have {MOST_KEYS} keys already, which is the most", code="too_many_keys")
    data: dict[str, Fact] = {
        "key": new.key.id,
        "public": new.key.text,
        "name": new.name,
        "valid_from": moment_text(begin),
        "valid_until": None if new.valid_until is None else moment_text(new.valid_until),
    }
    entry = append(connection, "key.added", caller.name, caller.name, data, now)
    store.add_key(
        connection,
        id=new.key.id,
        member_id=caller.member,
        name=new.name,
        public=new.key.text,
        added_at=now,
        valid_from=begin,
        valid_until=new.valid_until,
        added_entry=entry,
    )
    return _read(connection, new.key.id)


def revoke_key(
    connection: sa.Connection,
    caller: Caller,
    key: str,
    reason: str,
    compromised_since: datetime | None,
    *,
    now: datetime,
) -> KeyView:
    """Let a key count no more: for its member, and for administrators. What it signed before stays good, unless
    `compromised_since` says that it was in strange hands. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    row = store.key_by_id(connection, key)
    if row is None:
        raise NotFound(f"there is no key {key[:80]!r}: list your keys to see which there are", value=key[:80])
    if row["member_id"] != caller.member and not caller.admin:
        raise Forbidden("this key is somebody else's: only they or an administrator can revoke it", code="not_yours")
    if compromised_since is not None and compromised_since > now:
        raise Invalid("compromised_since lies in the future", code="bad_dates")
    data: dict[str, Fact] = {
        "key": key,
        "reason": reason,
        "compromised_since": None if compromised_since is None else moment_text(compromised_since),
    }
    store.lock_key(connection, key)
    if row["revoked_at"] is not None:
        raise Conflict("this key was revoked already", code="key_revoked", value=key)
    entry = append(connection, "key.revoked", row["member"], caller.name, data, now)
    done = store.revoke_key(
        connection,
        key,
        revoked_at=now,
        revoke_reason=reason,
        compromised_since=compromised_since,
        revoked_entry=entry,
    )
    if not done:
        raise Conflict("this key was revoked already", code="key_revoked", value=key)
    return _read(connection, key)


def keys_of(connection: sa.Connection, member: MemberId) -> tuple[KeyView, ...]:
    """A member's keys, oldest first, revoked ones included."""
    return tuple(key_view(row) for row in store.keys_of(connection, member))


def keys_of_named(connection: sa.Connection, name: str) -> tuple[KeyView, ...]:
    """Raises NotFound."""
    row = member_store.member_by_name(connection, name)
    if row is None:
        raise NotFound(f"there is no member {name[:80]!r}", value=name[:80])
    return keys_of(connection, row["id"])


def key_view(row: sa.RowMapping) -> KeyView:
    revoked = None
    if row["revoked_at"] is not None:
        revoked = Revocation(row["revoked_at"], row["revoke_reason"], row["compromised_since"])
    return KeyView(
        row["id"],
        row["member"],
        row["name"],
        row["public"],
        row["added_at"],
        row["valid_from"],
        row["valid_until"],
        revoked,
    )


def _read(connection: sa.Connection, key: str) -> KeyView:
    row = store.key_by_id(connection, key)
    assert row is not None, "it was written in this transaction"
    return key_view(row)


def _check_possession(caller: Caller, new: NewKey) -> None:
    """Otherwise anybody could register the public key of somebody else, and pass for the author of what it signed."""
    try:
        statement, _ = open_envelope(new.proof, [new.key])
    except BadSignature as error:
        raise Invalid(f"the proof that you hold the key does not hold: {error}", code="bad_signature") from error
    if statement.kind != POSSESSION or statement.text("member") != caller.name:
        raise Invalid(f"the proof of the key is not for the member {caller.name!r}", code="bad_signature")
    named = statement.text("registry") or ""
    if _host_of(named) != _host_of(new.here):
        raise Invalid(
            f"the proof of the key is for the registry {named[:200]!r}, this one is {new.here}: register the key there",
            code="other_registry",
        )


def _host_of(url: str) -> str | None:
    """None where it is no address."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:
        return None
