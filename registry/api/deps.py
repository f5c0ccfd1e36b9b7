"""What handlers are given: the parts of this process, and who is calling."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request

from registry.actions.members import authenticate, note_use
from registry.api.origins import is_own_origin
from registry.core.permissions import Caller, Scope, may_use
from registry.credentials import secret_hash
from registry.errors import Forbidden, Unauthenticated
from registry.moments import now
from registry.parts import State

__all__ = [
    "AccountOwner",
    "FacilityKeeper",
    "Member",
    "Orderer",
    "Parts",
    "Publisher",
    "Reader",
    "Speaker",
    "State",
    "Visitor",
    "caller",
    "require",
    "state_of",
]

SESSION_COOKIE = "cofab_session"
API = "/api/v1"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WHILE_SUSPENDED = frozenset(
    {
        ("POST", "/sign-out"),
        ("POST", "/settings/delete"),
        ("POST", "/moderation/{hiding}/appeal"),
        ("POST", "/api/v1/hidings/{hiding}/appeal"),
        ("POST", "/api/v1/me/delete"),
        ("DELETE", "/api/v1/tokens/{token}"),
    }
)
"""What a suspended member may still change."""

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", description="A token from POST /api/v1/tokens, such as `cofab_…`."
)


def state_of(request: Request) -> State:
    """The parts of the process that serves this request."""
    state: State = request.app.state.parts
    return state


Parts = Annotated[State, Depends(state_of)]


async def caller(request: Request, parts: Parts, _: Annotated[object, Depends(_bearer)] = None) -> Caller | None:
    """Who calls: by a bearer token, else by the session's cookie; None for a visitor.

    A token that is shown but not good raises Unauthenticated: nobody is silently taken for a visitor. A cookie is
    sent by browsers on their own, so that with it a change is accepted only from our own pages. A suspended member may
    read, and do what WHILE_SUSPENDED names.
    """
    if not hasattr(request.state, "recognised"):
        found = await _recognised(request, parts)
        if found is not None:
            _check_suspended(request, found)
        request.state.recognised = found
    known: Caller | None = request.state.recognised
    return known


async def _recognised(request: Request, parts: State) -> Caller | None:
    header = request.headers.get("authorization")
    cookie = request.cookies.get(SESSION_COOKIE)
    if header is not None:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("the Authorization header must read: Bearer cofab_…", code="bad_token")
        return await _known(parts, secret.strip())
    if not cookie:
        return None
    if request.method not in SAFE_METHODS and not is_own_origin(request.headers, parts.settings.url):
        raise Forbidden("this change comes from another site's page: log in there with a token", code="foreign_origin")
    return await _known(parts, cookie, session=True)


async def _known(parts: State, secret: str, *, session: bool = False) -> Caller:
    hashed, moment = secret_hash(secret), now()
    found, stale = await parts.db.read(lambda connection: authenticate(connection, hashed, moment))
    if found is None or (session and not found.session):
        raise Unauthenticated("this token is unknown, expired or revoked: log in again", code="bad_token")
    if stale:
        await parts.db.write(lambda connection: note_use(connection, found.token, moment))
    return found


def pattern_of(request: Request) -> str:
    """The address of the request with the names of its parts: `/api/v1/designs/{namespace}/{name}`."""
    path: str = getattr(request.scope.get("route"), "path", request.url.path)
    of_api = request.url.path.startswith(API) and not path.startswith(API)
    return API + path if of_api else path


def _check_suspended(request: Request, found: Caller) -> None:
    allowed = request.method in SAFE_METHODS or (request.method, pattern_of(request)) in WHILE_SUSPENDED
    if found.suspended is None or allowed:
        return
    raise Forbidden(
        f"this account is suspended ({found.suspended}): it may read, take its data out, and be deleted",
        code="suspended",
        reason=found.suspended,
    )


Visitor = Annotated[Caller | None, Depends(caller)]
"""Anybody: None when not logged in."""


async def member(found: Visitor) -> Caller:
    """Somebody who is logged in, whatever the token's scopes."""
    if found is None:
        raise Unauthenticated("this needs a member: log in, or send a token in the Authorization header")
    return found


def require(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets only members in whose token has this scope."""

    async def scoped(found: Annotated[Caller, Depends(member)]) -> Caller:
        decision = may_use(found, scope)
        if not decision.allowed:
            raise Forbidden(decision.reasons[0], code="missing_scope", scope=scope.value)
        return found

    return scoped


Member = Annotated[Caller, Depends(member)]
Reader = Annotated[Caller, Depends(require(Scope.READ))]
Publisher = Annotated[Caller, Depends(require(Scope.PUBLISH))]
Orderer = Annotated[Caller, Depends(require(Scope.ORDER))]
FacilityKeeper = Annotated[Caller, Depends(require(Scope.FACILITY))]
AccountOwner = Annotated[Caller, Depends(require(Scope.ADMIN))]


async def speaker(found: Publisher) -> Caller:
    """Somebody who takes part by words: a token that publishes in one namespace speaks for nobody."""
    if found.namespace is not None:
        raise Forbidden(f"this token is good for the namespace {found.namespace!r} only", code="foreign_namespace")
    return found


Speaker = Annotated[Caller, Depends(speaker)]
