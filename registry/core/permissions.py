"""Who may do what: callers, scopes, and decisions that name their reasons."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry.core.roles import Role
from registry.ids import MemberId, NamespaceName, TokenId


class Scope(StrEnum):
    """What a token may be used for. Reading what is public needs none."""

    READ = "read"
    """See what is the member's own: orders, tokens, namespaces."""
    PUBLISH = "publish"
    ORDER = "order"
    FACILITY = "facility"
    ADMIN = "admin"
    """Change the account itself: tokens and, for administrators, the registry."""


@dataclass(frozen=True)
class Caller:
    """Who asks: a member, by a session or by a token of theirs."""

    member: MemberId
    name: str
    admin: bool
    """The member is an administrator of the registry, and may act as one by this token."""
    scopes: frozenset[Scope]
    token: TokenId
    session: bool
    namespace: NamespaceName | None = None
    """The only namespace for which the token is good."""
    moderator: bool = False
    """The member may hide what breaks the rules. An administrator may too."""
    suspended: str | None = None
    """Why the member may only read; None: they are not suspended."""


@dataclass(frozen=True)
class Decision:
    """Yes or no, and why."""

    allowed: bool
    reasons: tuple[str, ...] = ()


ALLOWED = Decision(allowed=True)


def refused(*reasons: str) -> Decision:
    return Decision(allowed=False, reasons=reasons)


def may_use(caller: Caller, scope: Scope) -> Decision:
    """Whether the token that the caller shows was given this scope."""
    if scope in caller.scopes:
        return ALLOWED
    return refused(f"the token lacks the scope {scope.value!r}: make one that has it, or log in")


def may_publish(role: Role | None) -> bool:
    """Whether this role lets somebody publish."""
    return role is not None and role >= Role.MAINTAINER


def may_publish_in(namespace: NamespaceName, role: Role | None) -> Decision:
    """Whether somebody with this role in the namespace may put designs and versions under it."""
    if may_publish(role):
        return ALLOWED
    return refused(f"the namespace {namespace!r} belongs to somebody else: fork the design into one of your own")


def is_live(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a token that ends at `expires_at` is still good."""
    return expires_at is None or now < expires_at
