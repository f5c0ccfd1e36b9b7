"""Ordering: the form with who can make it, one's orders, and an order's page with what can be done about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from designs.errors import DesignError
from designs.manifest import Manifest
from registry.actions import order_views, orders
from registry.actions.designs import read_version
from registry.actions.facilities import FacilityView, list_facilities
from registry.actions.machines import MachineView, list_machines
from registry.actions.matches import Matches
from registry.actions.order_views import OrderView
from registry.actions.snapshots import Picture, pictures_of
from registry.api.deps import Parts
from registry.core.orders import MAX_QUANTITY
from registry.core.permissions import Caller
from registry.errors import RegistryError
from registry.ids import JobId, new_id, parse_version_name
from registry.parts import State
from registry.store.clock import database_now
from registry.web.design_page import Head, Latest, Pinned, load_choice, poster_of, with_query
from registry.web.forms import form_problem
from registry.web.languages import _
from registry.web.match_words import ARRANGEMENTS, by_name
from registry.web.order_form import OrderForm
from registry.web.order_words import asked_words, order_words
from registry.web.pages import SignedIn, render, see_other
from registry.web.parameter_form import Choice, link_query, parameter_form, read_choice
from registry.work import ordering

router = APIRouter(include_in_schema=False)

AT_ONCE = 50


@dataclass(frozen=True)
class _Asked:
    """What the form was asked for, and what came of it."""

    form: OrderForm
    choice: Choice
    problem: str | None = None
    status: int = 200


@router.get("/designs/{namespace}/{name}/order")
async def latest_order_page(request: Request, head: Latest) -> RedirectResponse:
    """The form of the latest version, with the same choice."""
    return RedirectResponse(with_query(f"{head.address}/order", dict(request.query_params)), 303)


@router.get("/designs/{namespace}/{name}/versions/{version}/order")
async def order_page(
    request: Request, parts: Parts, looker: SignedIn, head: Pinned, form: Annotated[OrderForm, Query()]
) -> Response:
    """The form, with the machines that can make it."""
    choice = read_choice(head.version.manifest, request.query_params)
    material = form.material or head.version.manifest.print.material
    fresh = form.model_copy(update={"material": material, "request_key": form.request_key or new_id("req")})
    return await _order_form(request, parts, looker, head, asked=_Asked(fresh, choice))


@router.post("/designs/{namespace}/{name}/versions/{version}/order")
async def place(
    request: Request, parts: Parts, looker: SignedIn, head: Pinned, form: Annotated[OrderForm, Form()]
) -> Response:
    """Order, and go to the order's page."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    choice = read_choice(head.version.manifest, sent)
    try:
        places = await parts.db.read(lambda connection: list_facilities(connection, looker))
        order = await ordering.place(parts, looker, form.wish(head, choice, places), form.request_key or None)
    except (RegistryError, DesignError, ValidationError) as error:
        told = form_problem(error)
        asked = _Asked(form, choice, told.words, told.status)
        return await _order_form(request, parts, looker, head, asked=asked)
    return see_other(f"/orders/{order}")


async def _order_form(request: Request, parts: State, looker: Caller, head: Head, *, asked: _Asked) -> Response:
    timing, process = parts.settings.hand_out, head.version.manifest.print.process

    def load(connection: sa.Connection) -> tuple[tuple[FacilityView, ...], tuple[MachineView, ...]]:
        known = list_machines(connection, looker, None, timing, database_now(connection))
        return list_facilities(connection, looker), tuple(one for one in known if one.process == process)

    places, machines = await parts.db.read(load)
    matches, unmatched = await _matches(parts, looker, head, asked, places)
    chosen = await load_choice(parts, head, _sent(asked.choice))
    loaded = {loaded.material for machine in machines for loaded in machine.materials}
    return render(
        request,
        "order/form.html",
        status=asked.status,
        head=head,
        version=head.version,
        chosen=chosen,
        form=asked.form,
        problem=asked.problem,
        unmatched=unmatched,
        matches=matches.arranged(by_name(asked.form.sort)),
        arrangements=ARRANGEMENTS,
        sent=_sent(asked.choice),
        places=[("", _("Anywhere that can make it")), *((place.slug, place.text.name) for place in places)],
        machines=[("", _("Any that can make it")), *((one.id, f"{one.name}, {one.facility_name}") for one in machines)],
        near=[place.slug for place in places if place.text.latitude is not None],
        runs=[place.slug for place in places if place.yours],
        sheets=process != "fdm",
        materials=sorted(loaded | {head.version.manifest.print.material}),
        poster_url=poster_of(head, chosen.build),
        back=with_query(head.pinned, chosen.query),
        most=MAX_QUANTITY,
    )


def _sent(choice: Choice) -> Mapping[str, str]:
    """The choice as the query that would have made it."""
    values = {name: value if isinstance(value, bool) else str(value) for name, value in choice.given.items()}
    return link_query(values) | ({"preset": choice.preset} if choice.preset else {})


async def _matches(
    parts: State, looker: Caller, head: Head, asked: _Asked, places: Sequence[FacilityView]
) -> tuple[Matches, str | None]:
    """The machines, judged; or why nothing can be said of them."""
    try:
        return await ordering.match(parts, looker, asked.form.wish(head, asked.choice, places)), None
    except (RegistryError, DesignError) as error:
        return Matches((), ""), form_problem(error).words


@router.get("/orders")
async def own_orders(request: Request, parts: Parts, looker: SignedIn, to_make: str = "") -> Response:
    """One's own orders, or those for the facilities that one runs."""
    listing = order_views.list_orders_to_make if to_make else order_views.list_own_orders
    found = await parts.db.read(
        lambda connection: listing(
            connection, looker, before=database_now(connection) + timedelta(seconds=1), limit=AT_ONCE
        )
    )
    return render(request, "order/list.html", orders=found, to_make=bool(to_make))


@router.get("/orders/{order}")
async def order(request: Request, parts: Parts, looker: SignedIn, order: str) -> Response:
    """One order as it is now."""

    def load(
        connection: sa.Connection,
    ) -> tuple[OrderView, Manifest, frozenset[str], Mapping[JobId, Sequence[Picture]]]:
        view = order_views.read_order(connection, order, looker)
        name = parse_version_name(view.summary.version)
        runs = frozenset(place.slug for place in list_facilities(connection, looker) if place.yours)
        manifest = read_version(connection, name.design, name.version).manifest
        return view, manifest, runs, pictures_of(connection, order)

    view, manifest, runs, pictures = await parts.db.read(load)
    form = parameter_form(manifest, Choice(view.parameters))
    words = order_words(view, runs)
    matches = await ordering.match_order(parts, looker, order) if words.waits else None
    return render(
        request, "order/page.html",
        view=view, form=form, order=words, matches=matches, asked=asked_words(view),
        pictures=pictures,
    )  # fmt: skip


@router.post("/orders/{order}/cancel")
async def cancel(parts: Parts, looker: SignedIn, order: str) -> RedirectResponse:
    """Stop it."""
    await _act(parts, lambda connection: orders.cancel_order(connection, looker, order, database_now(connection)))
    return see_other(f"/orders/{order}")


@router.post("/orders/{order}/cancel-rest")
async def cancel_rest(parts: Parts, looker: SignedIn, order: str) -> RedirectResponse:
    """Cancel the copies that were not begun."""
    await _act(parts, lambda connection: orders.cancel_rest(connection, looker, order, database_now(connection)))
    return see_other(f"/orders/{order}")


@router.post("/orders/{order}/redo")
async def redo_failed(parts: Parts, looker: SignedIn, order: str) -> RedirectResponse:
    """Make all copies again that failed or were scrapped."""
    await _act(parts, lambda connection: orders.redo_failed(connection, looker, order, database_now(connection)))
    return see_other(f"/orders/{order}")


@router.post("/orders/{order}/priority")
async def raise_order(parts: Parts, looker: SignedIn, order: str, priority: Annotated[int, Form()]) -> RedirectResponse:
    """Let it come before others, or no longer."""
    await _act(
        parts, lambda connection: orders.raise_order(connection, looker, order, priority, database_now(connection))
    )
    return see_other(f"/orders/{order}")


@router.post("/orders/{order}/jobs/{job}/redo")
async def redo(parts: Parts, looker: SignedIn, order: str, job: str) -> RedirectResponse:
    """Make a copy again."""
    await _act(parts, lambda connection: orders.redo_job(connection, looker, order, job, database_now(connection)))
    return see_other(f"/orders/{order}")


async def _act(parts: State, action: Callable[[sa.Connection], frozenset[str]]) -> None:
    parts.signals.notify(*await parts.db.write(action))
