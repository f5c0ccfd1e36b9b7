"""Orders: placed, followed live, cancelled; copies made again."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from registry.actions import order_views, orders
from registry.actions.order_views import OrderEvent, OrderView
from registry.actions.story import order_topic
from registry.api.deps import Member, Orderer, Parts, Reader
from registry.api.match_models import Matches, matches_out
from registry.api.order_models import (
    OrderBody,
    OrderOut,
    Orders,
    PriorityBody,
    event_out,
    line_out,
    order_out,
)
from registry.api.problems import documented
from registry.core.permissions import Caller, Scope
from registry.errors import Forbidden, Invalid
from registry.parts import State
from registry.store.clock import database_now
from registry.work import ordering

router = APIRouter(tags=["orders"])

RequestKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=80, description="The same key again gives the order that is there."),
]


async def maker(found: Member) -> Caller:
    """Somebody whose token is for ordering or for running a facility: both sides decide about a failed copy."""
    if not found.scopes & {Scope.ORDER, Scope.FACILITY}:
        raise Forbidden("the token lacks the scopes 'order' and 'facility': it needs one of them", code="missing_scope")
    return found


Maker = Annotated[Caller, Depends(maker)]


@router.post("/orders/match", responses=documented(401, 403, 404, 409))
async def match_order(body: OrderBody, caller: Member, parts: Parts) -> Matches:
    """Which machines can make this, and why the others cannot. Nothing is ordered."""
    return matches_out(await ordering.match(parts, caller, body.wish()))


@router.post("/orders", status_code=201, responses=documented(401, 403, 404, 409, 429, 503))
async def place_order(body: OrderBody, caller: Orderer, parts: Parts, request_key: RequestKey = None) -> OrderOut:
    """Order copies of a version. Its geometry is built first; an order that no machine can make waits for one."""
    order = await ordering.place(parts, caller, body.wish(), request_key)
    return order_out(await _read(parts, order, caller))


@router.get("/orders", responses=documented(401, 403))
async def list_orders(
    *,
    caller: Reader,
    parts: Parts,
    mine: Annotated[
        Literal["1", "0"], Query(description="1: the caller's own; 0: those at facilities that the caller runs")
    ] = "1",
    before: Annotated[datetime | None, Query(description="Only orders placed before this moment")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Orders:
    """Orders, newest first."""
    if before is not None and before.tzinfo is None:
        raise Invalid("`before` needs its time zone, such as 2026-05-04T09:30:00Z", code="bad_moment")
    listing = order_views.list_own_orders if mine == "1" else order_views.list_orders_to_make
    views = await parts.db.read(
        lambda connection: listing(
            connection, caller, before=before or database_now(connection) + timedelta(seconds=1), limit=limit
        )
    )
    return Orders(orders=tuple(map(line_out, views)), next_before=views[-1].placed_at if len(views) == limit else None)


@router.get("/orders/{order}", responses=documented(401, 403, 404))
async def read_order(order: str, caller: Reader, parts: Parts) -> OrderOut:
    """One order, for those who have to do with it: its copies, all tries at them, and its story."""
    return order_out(await _read(parts, order, caller))


@router.get("/orders/{order}/machines", responses=documented(401, 403, 404))
async def order_machines(order: str, caller: Reader, parts: Parts) -> Matches:
    """Which machines can make what of the order still waits, why the others cannot, and where it will be made."""
    return matches_out(await ordering.match_order(parts, caller, order))


@router.post("/orders/{order}/cancel", responses=documented(401, 403, 404))
async def cancel_order(order: str, caller: Orderer, parts: Parts) -> OrderOut:
    """Cancel: at once what was not begun; running prints are told to stop. Again: no change."""
    return await _act(
        parts, order, caller,
        lambda connection: orders.cancel_order(connection, caller, order, database_now(connection)),
    )  # fmt: skip


@router.post("/orders/{order}/cancel-rest", responses=documented(401, 403, 404, 409))
async def cancel_rest(order: str, caller: Orderer, parts: Parts) -> OrderOut:
    """Cancel the copies that no machine has begun; the others go on. 409 when there is none."""
    return await _act(
        parts, order, caller,
        lambda connection: orders.cancel_rest(connection, caller, order, database_now(connection)),
    )  # fmt: skip


@router.post("/orders/{order}/redo", responses=documented(401, 403, 404, 409))
async def redo_failed(order: str, caller: Maker, parts: Parts) -> OrderOut:
    """Make all copies again that failed or were scrapped, and none of the others. 409 when there is none."""
    return await _act(
        parts, order, caller,
        lambda connection: orders.redo_failed(connection, caller, order, database_now(connection)),
    )  # fmt: skip


@router.put("/orders/{order}/priority", responses=documented(401, 403, 404))
async def raise_order(order: str, body: PriorityBody, caller: Maker, parts: Parts) -> OrderOut:
    """Let an order come before others, or no longer: for those who run the facility that it names."""
    return await _act(
        parts, order, caller,
        lambda connection: orders.raise_order(
            connection, caller, order, body.priority, database_now(connection)
        ),
    )  # fmt: skip


@router.post("/orders/{order}/jobs/{job}/redo", responses=documented(401, 403, 404, 409))
async def redo_job(order: str, job: str, caller: Maker, parts: Parts) -> OrderOut:
    """Make a copy again that failed, was scrapped, or of which nobody knows what became."""
    return await _act(
        parts, order, caller,
        lambda connection: orders.redo_job(connection, caller, order, job, database_now(connection)),
    )  # fmt: skip


async def known_order(order: str, caller: Reader, parts: Parts) -> OrderView:
    """The order that an address names; raises NotFound before a stream has begun."""
    return await _read(parts, order, caller)


@router.get("/orders/{order}/events", response_class=EventSourceResponse, responses=documented(401, 403, 404))
async def follow_order(
    *,
    found: Annotated[OrderView, Depends(known_order)],
    caller: Reader,
    parts: Parts,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    last_event_id: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**62)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """The order's story as events `line` (their ids go on from where one was), and as events `order` the whole order
    whenever something about it changed, the progress of running prints included."""
    order, shown = found.summary.id, None
    seen = after if last_event_id is None else last_event_id
    with parts.signals.listen(order_topic(order), f"build:{found.build}") as news:
        while not parts.signals.closed:
            for event in await _lines(parts, order, seen):
                yield ServerSentEvent(data=event_out(event), event="line", id=str(event.sequence))
                seen = event.sequence
            view = await _read(parts, order, caller)
            if view != shown:
                yield ServerSentEvent(data=order_out(view), event="order")
                shown = view
            await news.wait(parts.settings.poll_seconds)


async def _act(parts: State, order: str, caller: Caller, action: Callable[[sa.Connection], frozenset[str]]) -> OrderOut:
    """Do it, wake whom it concerns, and show the order as it is then."""
    parts.signals.notify(*await parts.db.write(action))
    return order_out(await _read(parts, order, caller))


async def _lines(parts: State, order: str, after: int) -> tuple[OrderEvent, ...]:
    return await parts.db.read(lambda connection: order_views.read_events(connection, order, after=after))


async def _read(parts: State, order: str, caller: Caller) -> OrderView:
    return await parts.db.read(lambda connection: order_views.read_order(connection, order, caller))
