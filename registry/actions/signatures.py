"""Authors' signatures of versions: verified before they are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from designs.signing import (
    RELEASE,
    BadSignature,
    Envelope,
    Statement,
    envelope_digest,
    key_named_in,
    open_envelope,
    parse_moment,
    parse_public_key,
)
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version
from registry.actions.keys import Revocation
from registry.actions.log import append
from registry.actions.roles import role_in
from registry.core.permissions import Caller, may_publish_in
from registry.errors import Conflict, Fact, Forbidden, Invalid
from registry.ids import VersionId, VersionName
from registry.store import provenance as store

AHEAD = timedelta(minutes=10)
"""How far the clock of whoever signs may be ahead."""


@dataclass(frozen=True)
class SignatureView:
    """Who signed a version."""

    member: str
    key: str
    key_name: str
    received_at: datetime
    good: bool
    revoked: Revocation | None
    """Of the key; what it signed before may be good all the same."""


def keep_signature(
    connection: sa.Connection, caller: Caller, name: VersionName, envelope: Envelope, now: datetime
) -> VersionView:
    """Verify a signature and keep it: for those who published the version or maintain its design, with a key of theirs.

    The same again changes nothing. Raises NotFound, Forbidden, Invalid (bad_signature), Conflict (key_revoked,
    signed_already).
    """
    view = read_version(connection, name.design, name.version)
    decision = may_publish_in(name.design.namespace, role_in(connection, caller, name.design.namespace))
    if not decision.allowed and view.published_by != caller.name:
        raise Forbidden(f"only those who publish or maintain {name.design} sign it", code="foreign_namespace")
    key = _key(connection, caller, envelope, now)
    _check(view, caller, _opened(envelope, key), now)
    for row in store.signatures_of(connection, view.id):
        if row["key_id"] == key["id"]:
            if row["envelope"] == envelope:
                return view
            raise Conflict(f"{view.name} is signed with this key already", code="signed_already", value=str(view.name))
    data: dict[str, Fact] = {
        "key": key["id"],
        "key_name": key["name"],
        "envelope": envelope_digest(envelope),
        "snapshot": view.snapshot,
    }
    entry = append(connection, "version.signed", str(view.name), caller.name, data, now)
    store.add_signature(
        connection, version_id=view.id, key_id=key["id"], envelope=envelope, received_at=now, entry=entry
    )
    return view


def signatures_of(connection: sa.Connection, version: VersionId) -> tuple[SignatureView, ...]:
    """Who signed a version, the first one first."""
    return tuple(_view(row) for row in store.signatures_of(connection, version))


def _key(connection: sa.Connection, caller: Caller, envelope: Envelope, now: datetime) -> sa.RowMapping:
    """The caller's own key that the envelope names, locked. Raises Invalid, Conflict."""
    try:
        named = key_named_in(envelope)
    except BadSignature as error:
        raise Invalid(str(error), code="bad_signature") from error
    store.lock_key(connection, named)
    row = store.key_by_id(connection, named)
    if row is None or row["member_id"] != caller.member:
        raise Invalid(
            f"the key {named[:16]}… is not registered as yours: run `cofab key register`, then sign again",
            code="unknown_key", value=named[:64],
        )  # fmt: skip
    if row["revoked_at"] is not None:
        raise Conflict(f"the key {row['name']!r} was revoked: sign with another one", code="key_revoked")
    if now < row["valid_from"] or (row["valid_until"] is not None and now >= row["valid_until"]):
        raise Conflict(f"the key {row['name']!r} is not valid now: sign with another one", code="key_expired")
    return row


def _opened(envelope: Envelope, key: sa.RowMapping) -> Statement:
    try:
        return open_envelope(envelope, [parse_public_key(key["public"])])[0]
    except BadSignature as error:
        raise Invalid(str(error), code="bad_signature") from error


def _check(view: VersionView, caller: Caller, said: Statement, now: datetime) -> None:
    """Whether the statement says of the version what it is."""
    parents = {str({"kind": one.kind.value, "snapshot": one.snapshot}) for one in view.parents}
    told = said.predicate.get("parents")
    differs = {
        "kind": said.kind != RELEASE,
        "subject": said.subjects != ((str(view.name), view.snapshot),),
        "author": said.text("author") != caller.name,
        "licence": said.text("licence") != view.licence,
        "parents": not isinstance(told, list) or set(map(str, told)) != parents,
        "signed_at": not _is_past(said.text("signed_at"), now),
    }
    wrong = [what for what, does in differs.items() if does]
    if wrong:
        raise Invalid(
            f"the signed statement does not fit {view.name}: {', '.join(wrong)}; sign what the registry shows of it",
            code="bad_signature", differs=list(wrong),
        )  # fmt: skip


def _is_past(text: str | None, now: datetime) -> bool:
    try:
        return text is not None and parse_moment(text) <= now + AHEAD
    except ValueError:
        return False


def _view(row: sa.RowMapping) -> SignatureView:
    """What counts is the log's order: see designs.proving.is_good_at, which says the same from the entries."""
    revoked = None
    if row["revoked_at"] is not None:
        revoked = Revocation(row["revoked_at"], row["revoke_reason"], row["compromised_since"])
    since = None if revoked is None else revoked.compromised_since
    good = since is None or row["received_at"] < since
    return SignatureView(row["member"], row["key_id"], row["key_name"], row["received_at"], good, revoked)
