"""Facilities and machines: lists, pages with live state, a new facility, and codes by which agents join."""

from collections.abc import Mapping
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions.facilities import FacilityView, read_facility
from registry.actions.facilities import list_facilities as read_facilities
from registry.actions.machines import MachineView, list_machines, read_machine
from registry.api.deps import Parts
from registry.api.facilities import EnrolmentCode, FacilityWish, make_enrolment, make_facility
from registry.api.timing import HandOutTiming
from registry.core.dispatch import Timing
from registry.core.matching import Access
from registry.core.permissions import Caller
from registry.errors import RegistryError
from registry.parts import State
from registry.store.clock import database_now
from registry.web.forms import form_problem
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

ACCESS_WORDS: Mapping[str, str] = {
    Access.PUBLIC: "Every member may order",
    Access.RESTRICTED: "Only those who run it may order",
    Access.PRIVATE: "Only those who run it may see it and order",
}


class FacilityForm(BaseModel):
    """What somebody typed."""

    name: str = ""
    slug: str = ""
    description: str = ""
    address: str = ""
    latitude: str = ""
    longitude: str = ""
    opening_hours: str = ""
    access: str = Access.PUBLIC
    worker_owned: str = ""


@router.get("/facilities")
async def facilities(request: Request, parts: Parts, looker: Looker, mine: str = "") -> Response:
    """The places that the one who looks may see."""
    found = await parts.db.read(lambda connection: read_facilities(connection, looker))
    shown = [facility for facility in found if facility.yours or not mine]
    return render(request, "place/facilities.html", facilities=shown, mine=bool(mine), access_words=ACCESS_WORDS)


@router.get("/facilities/new")
async def new_facility_page(request: Request, _: SignedIn) -> Response:
    """The form for a new facility."""
    return _form(request, FacilityForm())


@router.post("/facilities/new")
async def new_facility(
    request: Request, parts: Parts, looker: SignedIn, form: Annotated[FacilityForm, Form()]
) -> Response:
    """Make it, and go to its page, where agents are connected."""
    given = {name: value.strip() or None for name, value in form.model_dump().items()}
    wish: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    wish["worker_owned"] = bool(form.worker_owned)
    try:
        made = await make_facility(FacilityWish.model_validate(wish), looker, parts)
    except (RegistryError, ValidationError) as error:
        told = form_problem(error)
        return _form(request, form, problem=told.words, status=told.status)
    return see_other(f"/facilities/{made.slug}")


def _form(request: Request, form: FacilityForm, *, problem: str | None = None, status: int = 200) -> Response:
    template = "place/new_facility.html"
    return render(request, template, status=status, form=form, problem=problem, access_words=ACCESS_WORDS)


@router.get("/facilities/{slug}")
async def facility(request: Request, parts: Parts, looker: Looker, timing: HandOutTiming, slug: str) -> Response:
    """One facility with its machines as they are now."""
    return await _facility(request, parts, looker, slug, timing=timing)


@router.post("/facilities/{slug}/enrolments")
async def enrolment(request: Request, parts: Parts, looker: SignedIn, timing: HandOutTiming, slug: str) -> Response:
    """A one-time code, shown on this page alone."""
    code = await make_enrolment(slug, looker, parts, timing)
    return await _facility(request, parts, looker, slug, timing=timing, code=code)


async def _facility(
    request: Request,
    parts: State,
    looker: Caller | None,
    slug: str,
    *,
    timing: Timing,
    code: EnrolmentCode | None = None,
) -> Response:
    def load(connection: sa.Connection) -> tuple[FacilityView, tuple[MachineView, ...]]:
        found = list_machines(connection, looker, slug, timing=timing, now=database_now(connection))
        return read_facility(connection, slug, looker), found

    found, machines = await parts.db.read(load)
    return render(
        request,
        "place/facility.html",
        facility=found,
        machines=machines,
        enrolment=code,
        origin=parts.settings.url,
        access_words=ACCESS_WORDS,
    )


@router.get("/machines")
async def machines(request: Request, parts: Parts, looker: Looker, timing: HandOutTiming) -> Response:
    """All machines that the one who looks may see."""
    found = await parts.db.read(
        lambda connection: list_machines(connection, looker, None, timing=timing, now=database_now(connection))
    )
    return render(request, "place/machines.html", machines=found)


@router.get("/machines/{machine}")
async def machine(request: Request, parts: Parts, looker: Looker, timing: HandOutTiming, machine: str) -> Response:
    """One machine as it is now."""
    found = await parts.db.read(
        lambda connection: read_machine(connection, machine, looker, timing=timing, now=database_now(connection))
    )
    return render(request, "place/machine.html", machine=found)
