"""Joining, signing in and out, and access tokens."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from registry.actions import members as actions
from registry.api.deps import SESSION_COOKIE, Parts
from registry.api.members import Registration, register
from registry.api.problems import headers_of
from registry.api.sessions import address_of, log_in
from registry.api.tokens import NewTokenOut, TokenWish, make_token
from registry.core.permissions import Caller, Scope
from registry.errors import RegistryError
from registry.ids import TokenId
from registry.parts import State
from registry.web.forms import FormProblem, form_problem
from registry.web.guards import safe_next
from registry.web.languages import noted
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

A_DAY_SECONDS = 86_400
SCOPE_WORDS = (
    (Scope.READ, noted("see what is mine")),
    (Scope.PUBLISH, noted("publish and fork designs")),
    (Scope.ORDER, noted("place and cancel orders")),
    (Scope.FACILITY, noted("run my facilities")),
    (Scope.ADMIN, noted("change my account")),
)


class SignInForm(BaseModel):
    """What somebody typed; judged where it is used, so that the page can show it again."""

    name: str = ""
    password: str = ""
    next: str = "/"


class JoinForm(SignInForm):
    display_name: str = ""
    email: str = ""


class TokenForm(BaseModel):
    label: str = ""
    scopes: list[str] = ["publish", "order"]
    expires_in_days: str = "90"


@router.get("/sign-in")
async def sign_in_page(request: Request, looker: Looker, next: str = "/") -> Response:
    """The form; somebody who is signed in already goes on."""
    if looker is not None:
        return see_other(safe_next(next))
    return render(request, "account/sign_in.html", problem=None, form=SignInForm(next=safe_next(next)))


@router.post("/sign-in")
async def sign_in(request: Request, parts: Parts, form: Annotated[SignInForm, Form()]) -> Response:
    """Begin a session."""
    try:
        secret = await log_in(parts, form.name, form.password, address_of(request))
    except RegistryError as error:
        told = form_problem(error)
        page = render(request, "account/sign_in.html", status=told.status, problem=told.words, form=form)
        page.headers.update(headers_of(error))
        return page
    return with_session(see_other(safe_next(form.next)), secret, parts)


@router.get("/join")
async def join_page(request: Request, looker: Looker, next: str = "/") -> Response:
    """The form for becoming a member."""
    if looker is not None:
        return see_other(safe_next(next))
    return render(request, "account/join.html", problem=None, form=JoinForm(next=safe_next(next)))


@router.post("/join")
async def join(request: Request, parts: Parts, form: Annotated[JoinForm, Form()]) -> Response:
    """Become a member, signed in."""
    try:
        wish = form.model_dump(exclude={"next"}) | {"email": form.email.strip() or None}
        joined = await register(Registration.model_validate(wish), parts)
    except (RegistryError, ValidationError) as error:
        told = form_problem(error)
        return render(request, "account/join.html", status=told.status, problem=told.words, form=form)
    return with_session(see_other(safe_next(form.next)), joined.token, parts)


@router.post("/sign-out")
async def sign_out(parts: Parts, looker: Looker) -> RedirectResponse:
    """End this session, here and in the registry."""
    if looker is not None:
        await parts.db.write(lambda connection: actions.revoke_token(connection, looker, looker.token))
    answer = see_other("/")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/settings/tokens")
async def tokens_page(request: Request, parts: Parts, looker: SignedIn) -> Response:
    """The member's tokens, and the form for a new one."""
    return await _tokens(request, parts, looker, TokenForm())


@router.post("/settings/tokens")
async def new_token(request: Request, parts: Parts, looker: SignedIn, form: Annotated[TokenForm, Form()]) -> Response:
    """Make a token; its secret is on this page alone."""
    wish = {**form.model_dump(), "label": form.label.strip(), "expires_in_days": form.expires_in_days or None}
    try:
        fresh = await make_token(TokenWish.model_validate(wish), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _tokens(request, parts, looker, form, told=form_problem(error))
    return await _tokens(request, parts, looker, TokenForm(), fresh=fresh)


@router.post("/settings/tokens/{token}/revoke")
async def revoke(parts: Parts, looker: SignedIn, token: str) -> RedirectResponse:
    """Make a token worthless."""
    await parts.db.write(lambda connection: actions.revoke_token(connection, looker, TokenId(token)))
    return see_other("/settings/tokens")


async def _tokens(
    request: Request,
    parts: State,
    looker: Caller,
    form: TokenForm,
    *,
    fresh: NewTokenOut | None = None,
    told: FormProblem | None = None,
) -> Response:
    views = await parts.db.read(lambda connection: actions.list_tokens(connection, looker.member))
    return render(
        request,
        "account/tokens.html",
        status=told.status if told else 200,
        problem=told.words if told else None,
        tokens=[view for view in views if not view.session],
        fresh=fresh,
        scopes=SCOPE_WORDS,
        form=form,
    )


def with_session(answer: RedirectResponse, secret: str, parts: State) -> RedirectResponse:
    """Let the browser keep the session that has begun."""
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=parts.settings.session_days * A_DAY_SECONDS,
        httponly=True,
        secure=parts.settings.url.startswith("https:"),
        samesite="lax",
        path="/",
    )
    return answer
