"""A member's and a group's webhooks: list, a new one, and one with what was sent."""

from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import hooks as actions
from registry.actions.hooks import DeliveryView, HookView
from registry.actions.members import list_namespaces
from registry.api import hooks as api
from registry.api.deps import Parts
from registry.api.hooks import NewHookBody
from registry.core.permissions import Caller, Scope, may_use
from registry.errors import Forbidden, RegistryError
from registry.parts import State
from registry.web.forms import FormProblem, form_problem
from registry.web.pages import SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

Act = Literal["test", "pause", "resume", "secret", "remove"]


class HookForm(BaseModel):
    url: str = ""
    label: str = ""
    namespace: str = ""
    kinds: str = ""
    about: str = ""

    def body(self) -> NewHookBody:
        """Raises ValidationError."""
        return NewHookBody(
            url=self.url.strip(),
            label=self.label.strip(),
            namespace=self.namespace or None,
            kinds=tuple(self.kinds.replace(",", " ").split()),
            about=tuple(self.about.replace(",", " ").split()),
        )


@router.get("/settings/hooks")
async def hooks(request: Request, parts: Parts, looker: SignedIn) -> Response:
    """The hooks that the member directs, and the form for a new one."""
    return await _list(request, parts, looker, HookForm())


@router.post("/settings/hooks")
async def make(request: Request, parts: Parts, looker: SignedIn, form: Annotated[HookForm, Form()]) -> Response:
    """Make a hook; its secret is on the page that follows alone."""
    try:
        made = await api.make_hook(form.body(), _owner(looker), parts)
    except (RegistryError, ValidationError) as error:
        return await _list(request, parts, looker, form, form_problem(error))
    return await _show(request, parts, looker, made.id, secret=made.secret)


@router.get("/settings/hooks/{hook}")
async def hook(request: Request, parts: Parts, looker: SignedIn, hook: str) -> Response:
    """One hook with what was sent."""
    return await _show(request, parts, looker, hook)


@router.post("/settings/hooks/{hook}/{act}")
async def do(request: Request, parts: Parts, looker: SignedIn, hook: str, act: Act) -> Response:
    """Test it, pause it, let it go on, give it a new secret, remove it."""
    owner = _owner(looker)
    match act:
        case "test":
            await api.test_hook(hook, owner, parts)
        case "pause":
            await api.pause_hook(hook, owner, parts)
        case "resume":
            await api.resume_hook(hook, owner, parts)
        case "secret":
            fresh = await api.rotate_secret(hook, owner, parts)
            return await _show(request, parts, looker, hook, secret=fresh.secret)
        case "remove":
            await api.remove_hook(hook, owner, parts)
            return see_other("/settings/hooks")
    return see_other(f"/settings/hooks/{hook}")


@router.post("/settings/hooks/{hook}/deliveries/{delivery}/resend")
async def resend(request: Request, parts: Parts, looker: SignedIn, hook: str, delivery: str) -> Response:
    """Send a delivery again."""
    await api.resend_delivery(hook, delivery, _owner(looker), parts)
    return see_other(f"/settings/hooks/{hook}")


async def _list(
    request: Request, parts: State, looker: Caller, form: HookForm, told: FormProblem | None = None
) -> Response:
    def load(connection: sa.Connection) -> tuple[list[str], tuple[HookView, ...]]:
        own: list[str] = [view.name for view in list_namespaces(connection, looker.member)]
        return own, actions.list_hooks(connection, looker, own)

    own, found = await parts.db.read(load)
    return render(
        request, "hook/list.html", status=told.status if told else 200,
        hooks=found, namespaces=own, pairs=[(name, name) for name in own], form=form,
        problem=told.words if told else None,
    )  # fmt: skip


async def _show(request: Request, parts: State, looker: Caller, hook: str, *, secret: str | None = None) -> Response:
    def load(connection: sa.Connection) -> tuple[HookView, tuple[DeliveryView, ...]]:
        return actions.read_hook(connection, looker, hook), actions.list_deliveries(connection, looker, hook)

    view, sent = await parts.db.read(load)
    return render(request, "hook/page.html", hook=view, deliveries=sent, secret=secret)


def _owner(caller: Caller) -> Caller:
    decision = may_use(caller, Scope.ADMIN)
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="missing_scope", scope=Scope.ADMIN.value)
    return caller
