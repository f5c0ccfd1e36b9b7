"""One's account on pages: password, passkeys, sessions, what one hands over, a copy of everything, and its end."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import accounts, members, passkeys, transfers
from registry.api import account as api
from registry.api import passkeys as passkey_api
from registry.api import transfers as transfer_api
from registry.api.account import Farewell, PasswordByLink, PasswordChange
from registry.api.deps import SESSION_COOKIE, Parts
from registry.api.passkeys import PasskeyName, PasskeyWish, credential_of, sign_in
from registry.core.permissions import Caller
from registry.errors import RegistryError
from registry.parts import State
from registry.web.forms import FORM_ERRORS, FormProblem, form_problem
from registry.web.guards import safe_next
from registry.web.pages import SignedIn, render, see_other
from registry.web.routes_account import SignInForm, with_session

router = APIRouter(include_in_schema=False)


class PasswordForm(BaseModel):
    password: str = ""
    new_password: str = ""


class LinkForm(BaseModel):
    secret: str = ""
    new_password: str = ""


class PasskeyForm(BaseModel):
    """What the page's script filled in."""

    ticket: str = ""
    credential: str = ""
    name: str = ""
    next: str = "/"


@router.get("/settings")
async def settings_page(request: Request, parts: Parts, looker: SignedIn) -> Response:
    """The account."""
    return await _settings(request, parts, looker)


@router.post("/settings/password")
async def change_password(
    request: Request, parts: Parts, looker: SignedIn, form: Annotated[PasswordForm, Form()]
) -> Response:
    """Set another password."""
    try:
        await api.change_password(PasswordChange.model_validate(form.model_dump()), request, looker, parts)
    except FORM_ERRORS as error:
        return await _settings(request, parts, looker, told=form_problem(error))
    return see_other("/settings", done="password")


@router.post("/settings/sessions/end")
async def end_sessions(parts: Parts, looker: SignedIn) -> Response:
    """Sign out everywhere else."""
    await api.end_other_sessions(looker, parts)
    return see_other("/settings", done="sessions")


@router.post("/settings/passkeys")
async def add_passkey(
    request: Request, parts: Parts, looker: SignedIn, form: Annotated[PasskeyForm, Form()]
) -> Response:
    """Keep a passkey that the browser made."""
    try:
        wish = {"ticket": form.ticket, "name": form.name.strip(), "credential": credential_of(form.credential)}
        await passkey_api.register_passkey(PasskeyWish.model_validate(wish), request, looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _settings(request, parts, looker, told=form_problem(error))
    return see_other("/settings", done="passkey")


@router.post("/settings/passkeys/{passkey}/rename")
async def rename_passkey(
    request: Request, parts: Parts, looker: SignedIn, passkey: str, form: Annotated[PasskeyForm, Form()]
) -> Response:
    """Give a passkey another name."""
    try:
        await passkey_api.rename_passkey(passkey, PasskeyName(name=form.name.strip()), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _settings(request, parts, looker, told=form_problem(error))
    return see_other("/settings")


@router.post("/settings/passkeys/{passkey}/remove")
async def remove_passkey(parts: Parts, looker: SignedIn, passkey: str) -> Response:
    """Let nobody sign in with it any more."""
    await passkey_api.remove_passkey(passkey, looker, parts)
    return see_other("/settings")


@router.post("/settings/transfers/{transfer}/accept")
async def accept_transfer(parts: Parts, looker: SignedIn, transfer: str) -> Response:
    """Take over what is offered."""
    await transfer_api.accept_transfer(transfer, looker, parts)
    return see_other("/settings")


@router.post("/settings/transfers/{transfer}/drop")
async def drop_transfer(parts: Parts, looker: SignedIn, transfer: str) -> Response:
    """Withdraw or decline an offer."""
    await transfer_api.drop_transfer(transfer, looker, parts)
    return see_other("/settings")


@router.get("/settings/export.zip")
async def export(parts: Parts, looker: SignedIn) -> Response:
    """Everything that is the member's."""
    return await api.export_of(parts, looker)


@router.post("/settings/delete")
async def delete_account(
    request: Request, parts: Parts, looker: SignedIn, form: Annotated[PasswordForm, Form()]
) -> Response:
    """End the account."""
    try:
        await api.delete_account(Farewell(password=form.password), request, looker, parts)
    except FORM_ERRORS as error:
        return await _settings(request, parts, looker, told=form_problem(error))
    answer = see_other("/")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/password")
async def password_page(request: Request, secret: str = "") -> Response:
    """The form behind a one-time link."""
    return render(request, "account/password.html", form=LinkForm(secret=secret), problem=None)


@router.post("/password")
async def set_password(request: Request, parts: Parts, form: Annotated[LinkForm, Form()]) -> Response:
    """Set a password by a one-time link."""
    try:
        await api.set_password_by_link(PasswordByLink.model_validate(form.model_dump()), parts)
    except FORM_ERRORS as error:
        told = form_problem(error)
        return render(request, "account/password.html", status=told.status, form=form, problem=told.words)
    return see_other("/sign-in")


@router.post("/sign-in/passkey")
async def sign_in_by_passkey(request: Request, parts: Parts, form: Annotated[PasskeyForm, Form()]) -> Response:
    """Begin a session by what the browser signed."""
    try:
        secret = await sign_in(parts, request, form.ticket, credential_of(form.credential))
    except RegistryError as error:
        told, again = form_problem(error), SignInForm(next=safe_next(form.next))
        return render(request, "account/sign_in.html", status=told.status, problem=told.words, form=again)
    return with_session(see_other(safe_next(form.next)), secret, parts)


async def _settings(request: Request, parts: State, looker: Caller, *, told: FormProblem | None = None) -> Response:
    view, email = await parts.db.read(lambda connection: members.read_self(connection, looker))
    tokens = await parts.db.read(lambda connection: members.list_tokens(connection, looker.member))
    return render(
        request,
        "account/settings.html",
        status=told.status if told else 200,
        problem=told.words if told else None,
        done=request.query_params.get("done"),
        view=view,
        email=email,
        current=looker.token,
        sessions=[token for token in tokens if token.session],
        passkeys=await parts.db.read(lambda connection: passkeys.list_passkeys(connection, looker.member)),
        offers=await parts.db.read(lambda connection: transfers.list_transfers(connection, looker)),
        obstacles=await parts.db.read(lambda connection: accounts.obstacles_to_leaving(connection, looker)),
    )
