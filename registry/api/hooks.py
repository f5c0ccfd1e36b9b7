"""Webhooks: what happens is sent, signed, to an address of a member's or a group's own."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from registry.actions import hooks as actions
from registry.actions.hooks import DeliveryView, HookView, HookWish
from registry.actions.members import list_namespaces
from registry.api.deps import AccountOwner, Parts, Reader
from registry.api.problems import documented
from registry.api.words import Line
from registry.core.hooks import LONGEST_URL, DeliveryState
from registry.errors import Invalid
from registry.ids import NamespaceName, new_id, parse_name
from registry.parts import State
from registry.store.clock import database_now
from registry.work.webhooks import TOPIC, delivery_id, new_hook_secret

router = APIRouter(tags=["webhooks"])

T = TypeVar("T")
Word = Annotated[str, Field(max_length=160)]


class HookBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"url": "https://example.org/cofab", "kinds": ["design", "need.opened"], "about": []}
        },
    )

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    kinds: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    """Only entries of these kinds, like `design.published`, or `design` for all of them; empty: of every kind."""
    about: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    """Only entries about these, like `design:ada/bin` or `member:ada`; empty: about anything."""
    label: Annotated[Line, Field(max_length=80)] = ""

    def wish(self) -> HookWish:
        return HookWish(self.url.strip(), self.kinds, self.about, self.label.strip())


class NewHookBody(HookBody):
    namespace: Annotated[str, Field(max_length=63)] | None = None
    """Whose hook it is: a group's, or the caller's own."""


class HookOut(BaseModel):
    """A hook without its secret."""

    id: str
    namespace: str
    label: str
    url: str
    kinds: tuple[str, ...]
    about: tuple[str, ...]
    maker: str
    made_at: datetime
    paused_at: datetime | None
    pause_reason: str
    next_at: datetime | None
    """When the next try is made; None: nothing waits."""
    old_secret_until: datetime | None
    """Until then deliveries carry the old secret's signature too."""
    waiting: int


class HookWithSecret(HookOut):
    secret: str
    """Shown this once: with it a receiver checks that a delivery comes from here."""


class HooksOut(BaseModel):
    hooks: tuple[HookOut, ...]


class DeliveryOut(BaseModel):
    id: str
    """The same at every try: the header `webhook-id`."""
    sequence: int | None
    """Of the entry of the log; None: a test."""
    kind: str
    subject: str
    state: DeliveryState
    tries: int
    status: int | None
    problem: str
    made_at: datetime
    tried_at: datetime | None


class DeliveriesOut(BaseModel):
    deliveries: tuple[DeliveryOut, ...]
    """Newest first."""


def hook_out(view: HookView) -> HookOut:
    return HookOut.model_validate(vars(view))


@router.get("/hooks", responses=documented(401, 403))
async def list_hooks(
    caller: Reader, parts: Parts, namespace: Annotated[str | None, Query(max_length=63)] = None
) -> HooksOut:
    """The hooks that the caller directs: of their own namespaces, or of the one that is named."""

    def find(connection: sa.Connection) -> tuple[HookView, ...]:
        own = [view.name for view in list_namespaces(connection, caller.member)]
        return actions.list_hooks(connection, caller, own if namespace is None else [namespace.lower()])

    return HooksOut(hooks=tuple(map(hook_out, await parts.db.read(find))))


@router.post("/hooks", status_code=201, responses=documented(401, 403, 409))
async def make_hook(body: NewHookBody, caller: AccountOwner, parts: Parts) -> HookWithSecret:
    """Have everything that happens from now on sent to an address, or what passes the filter. The secret is shown
    this once.
    """
    namespace = NamespaceName(parse_name(body.namespace or caller.name, what="namespace"))
    secret, fresh, anywhere = new_hook_secret(), new_id("hok"), _anywhere(parts)
    view = await parts.db.write(
        lambda c: actions.make_hook(
            c, caller, namespace, body.wish(), hook=fresh, secret=secret, anywhere=anywhere, now=database_now(c)
        )
    )
    return HookWithSecret(**hook_out(view).model_dump(), secret=secret)


@router.get("/hooks/{hook}", responses=documented(401, 403, 404))
async def show_hook(hook: str, caller: Reader, parts: Parts) -> HookOut:
    """One hook: where it leads, what it lets through, and whether something waits."""
    return hook_out(await parts.db.read(lambda c: actions.read_hook(c, caller, hook)))


@router.put("/hooks/{hook}", responses=documented(401, 403, 404))
async def change_hook(hook: str, body: HookBody, caller: AccountOwner, parts: Parts) -> HookOut:
    """Send elsewhere, or something else. What waits goes to the new address."""
    wish, anywhere = body.wish(), _anywhere(parts)
    return hook_out(await parts.db.write(lambda c: actions.change_hook(c, caller, hook, wish, anywhere=anywhere)))


@router.delete("/hooks/{hook}", status_code=204, responses=documented(401, 403, 404))
async def remove_hook(hook: str, caller: AccountOwner, parts: Parts) -> None:
    """Send nothing more, and forget what was sent."""
    await parts.db.write(lambda c: actions.remove_hook(c, caller, hook))


@router.post("/hooks/{hook}/secret", responses=documented(401, 403, 404))
async def rotate_secret(hook: str, caller: AccountOwner, parts: Parts) -> HookWithSecret:
    """A new secret, shown this once. For a day deliveries are signed with the old one too."""
    secret = new_hook_secret()
    view = await parts.db.write(lambda c: actions.rotate_secret(c, caller, hook, secret, database_now(c)))
    return HookWithSecret(**hook_out(view).model_dump(), secret=secret)


@router.post("/hooks/{hook}/pause", responses=documented(401, 403, 404))
async def pause_hook(hook: str, caller: AccountOwner, parts: Parts) -> HookOut:
    """Send nothing until it is let go on. Nothing is lost meanwhile."""
    return hook_out(await parts.db.write(lambda c: actions.pause_hook(c, caller, hook, database_now(c))))


@router.post("/hooks/{hook}/resume", responses=documented(401, 403, 404))
async def resume_hook(hook: str, caller: AccountOwner, parts: Parts) -> HookOut:
    """Go on where it was, at once."""
    return hook_out(await _woken(parts, lambda c: actions.resume_hook(c, caller, hook, database_now(c))))


@router.post("/hooks/{hook}/test", status_code=202, responses=documented(401, 403, 404, 409))
async def test_hook(hook: str, caller: AccountOwner, parts: Parts) -> HookOut:
    """Send a test, of the type `hook.test`, before everything else that waits."""
    fresh = delivery_id()
    await _woken(parts, lambda c: actions.send_test(c, caller, hook, fresh, database_now(c)))
    return await show_hook(hook, caller, parts)


@router.get("/hooks/{hook}/deliveries", responses=documented(401, 403, 404))
async def list_deliveries(
    *,
    hook: str,
    caller: Reader,
    parts: Parts,
    state: Annotated[tuple[DeliveryState, ...], Query(max_length=3)] = (),
    before: Annotated[datetime | None, Query(description="Only those made before this moment")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveriesOut:
    """What was sent and what waits, newest first."""
    if before is not None and before.tzinfo is None:
        raise Invalid("`before` needs its time zone, such as 2026-05-04T09:30:00Z", code="bad_moment")
    found: tuple[DeliveryView, ...] = await parts.db.read(
        lambda c: actions.list_deliveries(c, caller, hook, states=state, before=before, limit=limit)
    )
    return DeliveriesOut(deliveries=tuple(DeliveryOut.model_validate(vars(one)) for one in found))


@router.post("/hooks/{hook}/deliveries/{delivery}/resend", status_code=202, responses=documented(401, 403, 404, 409))
async def resend_delivery(hook: str, delivery: str, caller: AccountOwner, parts: Parts) -> HookOut:
    """Send it again, under the same id."""
    await _woken(parts, lambda c: actions.resend(c, caller, hook, delivery, database_now(c)))
    return await show_hook(hook, caller, parts)


def _anywhere(parts: State) -> bool:
    return parts.settings.webhook_targets == "any"


async def _woken(parts: State, action: Callable[[sa.Connection], T]) -> T:
    done = await parts.db.write(action)
    parts.signals.notify(TOPIC)
    return done
