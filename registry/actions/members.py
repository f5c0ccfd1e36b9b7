"""Members, their tokens and sessions, and namespaces."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.actions.log import append
from registry.actions.roles import role_in
from registry.core.accounts import has_rights, may_be_restricted
from registry.core.permissions import Caller, Scope, is_live, may_publish, may_publish_in
from registry.core.roles import Role
from registry.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from registry.ids import MemberId, NamespaceName, TokenId
from registry.store import members as store

USE_NOTED_EVERY = timedelta(hours=1)
"""How exact `last used` is: a write per request would make every read a write."""


@dataclass(frozen=True)
class MemberView:
    """A member as everybody may see them."""

    id: MemberId
    name: str
    display_name: str
    created_at: datetime
    left: bool = False
    """The account is deleted: what stays is the name on what they published."""
    hidden: str | None = None
    """Why moderators hid what the member writes about themselves."""


@dataclass(frozen=True)
class TokenView:
    """A token without its secret."""

    id: TokenId
    label: str
    scopes: tuple[Scope, ...]
    session: bool
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    namespace: NamespaceName | None = None
    """The only one for which it is good."""


@dataclass(frozen=True)
class NamespaceView:
    """A name under which its owner publishes."""

    name: NamespaceName
    owner: str
    """The name of the member or the group that it belongs to."""
    created_at: datetime


@dataclass(frozen=True)
class NewMember:
    """Somebody who registers; the password is hashed already."""

    id: MemberId
    name: NamespaceName
    display_name: str
    email: str | None
    password_hash: str


@dataclass(frozen=True)
class NewToken:
    """A token to be kept, by the hash of its secret."""

    id: TokenId
    sha256: str
    label: str
    scopes: frozenset[Scope]
    session: bool
    expires_at: datetime | None
    namespace: NamespaceName | None = None
    """The only one for which it is good."""


def authenticate(connection: sa.Connection, secret_sha256: str, now: datetime) -> tuple[Caller | None, bool]:
    """Who holds the token with this hash, None when it is unknown or over; and whether its use should be noted."""
    row = store.token_with_member(connection, secret_sha256)
    if row is None or not is_live(row["expires_at"], now):
        return None, False
    scopes = frozenset(Scope(scope) for scope in row["scopes"])
    rights = has_rights(scopes, suspended=row["suspended_at"] is not None)
    found = Caller(
        row["member_id"],
        row["name"],
        rights and row["admin"],
        scopes,
        row["id"],
        row["session"],
        row["namespace"],
        rights and row["moderator"],
        None if row["suspended_at"] is None else row["suspend_reason"] or "",
    )
    return found, row["used_at"] is None or now - row["used_at"] >= USE_NOTED_EVERY


def note_use(connection: sa.Connection, token: TokenId, now: datetime) -> None:
    """Remember when a token was last used."""
    store.note_token_use(connection, token, now)


def register(
    connection: sa.Connection, new: NewMember, session: NewToken, *, open_to_all: bool, now: datetime
) -> MemberView:
    """Make a member with a namespace of the same name, logged in by `session`. The first one is the administrator."""
    first = store.is_empty(connection)
    if not (open_to_all or first):
        raise Forbidden("this registry is not open for registration: ask its operator", code="registration_closed")
    if store.member_by_name(connection, new.name) or store.namespace_by_name(connection, new.name):
        raise Conflict(f"the name {new.name!r} is taken: choose another one", code="name_taken", value=new.name)
    store.add_member(
        connection,
        id=new.id,
        name=new.name,
        display_name=new.display_name,
        email=new.email,
        password_hash=new.password_hash,
        admin=first,
        created_at=now,
    )
    store.add_namespace(connection, new.name, new.id, now)
    _add_token(connection, new.id, session, now)
    append(connection, "member.joined", new.name, new.name, {}, now)
    return MemberView(new.id, new.name, new.display_name, now)


def password_of(connection: sa.Connection, name: str) -> tuple[MemberId, str] | None:
    """The member of this name and their password's hash, to be verified outside of any transaction."""
    row = store.member_by_name(connection, name)
    return None if row is None or not row["password_hash"] else (row["id"], row["password_hash"])


def add_token(connection: sa.Connection, member: MemberId, new: NewToken, now: datetime) -> TokenView:
    """Keep a fresh token or session of a member."""
    _add_token(connection, member, new, now)
    scopes = tuple(sorted(new.scopes))
    return TokenView(new.id, new.label, scopes, new.session, now, new.expires_at, None, new.namespace)


def make_token(connection: sa.Connection, caller: Caller, new: NewToken, now: datetime) -> TokenView:
    """Make a token that can do at most what the one can by which it is asked for."""
    beyond = sorted(new.scopes - caller.scopes)
    if beyond:
        raise Forbidden(
            f"a token cannot give more than it has: {', '.join(beyond)} is missing from yours",
            code="missing_scope",
            scopes=list(beyond),
        )
    if new.namespace is not None:
        decision = may_be_restricted(new.scopes)
        if not decision.allowed:
            raise Invalid(decision.reasons[0], code="bad_scopes")
        allowed = may_publish_in(new.namespace, role_in(connection, caller, new.namespace))
        if not allowed.allowed:
            raise Forbidden(allowed.reasons[0], code="foreign_namespace", value=new.namespace)
    return add_token(connection, caller.member, new, now)


def list_tokens(connection: sa.Connection, member: MemberId) -> tuple[TokenView, ...]:
    """A member's tokens and sessions, newest first."""
    return tuple(
        TokenView(
            row["id"],
            row["label"],
            tuple(Scope(scope) for scope in row["scopes"]),
            row["session"],
            row["created_at"],
            row["expires_at"],
            row["used_at"],
            row["namespace"],
        )
        for row in store.tokens_of(connection, member)
    )


def revoke_token(connection: sa.Connection, caller: Caller, token: TokenId) -> None:
    """Make a token worthless at once: itself, or with the scope `admin` any other of the member's."""
    if token != caller.token and Scope.ADMIN not in caller.scopes:
        raise Forbidden("this token may revoke only itself: log in to revoke others", code="missing_scope")
    if not store.remove_token(connection, token, caller.member):
        raise NotFound(f"you have no token {token[:80]!r}: list them to see which there are", value=token[:80])


def read_member(connection: sa.Connection, name: str) -> MemberView:
    """A member by name."""
    row = store.member_by_name(connection, name)
    if row is None:
        raise NotFound(f"there is no member {name!r}", value=name)
    return _view(row)


def read_self(connection: sa.Connection, caller: Caller) -> tuple[MemberView, str | None]:
    """The caller and their e-mail address, which nobody else sees."""
    row = store.member_by_id(connection, caller.member)
    if row is None:
        raise Unauthenticated("the member of this token is gone")
    return MemberView(row["id"], row["name"], row["display_name"], row["created_at"]), row["email"]


def make_namespace(connection: sa.Connection, caller: Caller, name: NamespaceName, now: datetime) -> NamespaceView:
    """Take a name to publish under."""
    if caller.namespace is not None:
        raise Forbidden(f"this token is good for the namespace {caller.namespace!r} only", code="foreign_namespace")
    if store.namespace_by_name(connection, name) is not None:
        raise Conflict(f"the namespace {name!r} is taken: choose another name", code="name_taken", value=name)
    store.add_namespace(connection, name, caller.member, now)
    append(connection, "namespace.made", name, caller.name, {}, now)
    return NamespaceView(name, caller.name, now)


def list_namespaces(connection: sa.Connection, member: MemberId) -> tuple[NamespaceView, ...]:
    """The namespaces that a member may publish in: their own, and those of groups in which they have the role."""
    found = store.namespaces_for(connection, member, [role.word for role in Role if may_publish(role)])
    return tuple(NamespaceView(row["name"], row["owner"], row["created_at"]) for row in found)


def _view(row: sa.RowMapping) -> MemberView:
    hidden = row["hidden_reason"]
    shown = row["name"] if hidden is not None else row["display_name"]
    return MemberView(row["id"], row["name"], shown, row["created_at"], row["deleted_at"] is not None, hidden)


def _add_token(connection: sa.Connection, member: MemberId, new: NewToken, now: datetime) -> None:
    store.add_token(
        connection,
        id=new.id,
        member_id=member,
        secret_sha256=new.sha256,
        session=new.session,
        label=new.label,
        scopes=sorted(new.scopes),
        created_at=now,
        expires_at=new.expires_at,
        used_at=None,
        namespace=new.namespace,
    )
