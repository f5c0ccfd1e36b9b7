"""Facilities and machines: lists, pages with live state, a new facility, and codes by which agents join."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions.facilities import FacilityView, facility_to_run, read_facility
from registry.actions.facilities import list_facilities as read_facilities
from registry.actions.machines import MachineView, list_machines, read_machine
from registry.actions.made import MadeHere, made_in, made_on
from registry.api.deps import Parts
from registry.api.facilities import (
    EnrolmentCode,
    FacilityEdit,
    FacilityWish,
    change_facility,
    make_enrolment,
    make_facility,
)
from registry.api.timing import HandOutTiming
from registry.core.dispatch import Timing
from registry.core.permissions import Caller
from registry.errors import Invalid, RegistryError
from registry.parts import State
from registry.store.clock import database_now
from registry.web.facility_form import ACCESS_WORDS, FacilityForm, offers
from registry.web.forms import form_problem
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)


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
    try:
        made = await make_facility(FacilityWish.model_validate(form.wish()), looker, parts)
    except (RegistryError, ValidationError) as error:
        told = form_problem(error)
        return _form(request, form, problem=told.words, status=told.status)
    return see_other(f"/facilities/{made.slug}")


def _form(request: Request, form: FacilityForm, *, problem: str | None = None, status: int = 200) -> Response:
    template = "place/new_facility.html"
    return render(request, template, status=status, form=form, problem=problem, access_words=ACCESS_WORDS)


@router.get("/facilities/{slug}/edit")
async def edit_page(request: Request, parts: Parts, looker: SignedIn, slug: str) -> Response:
    """The form with what is known of the facility."""
    found = await parts.db.read(lambda connection: facility_to_run(connection, slug, looker))
    return _edit_form(request, slug, FacilityForm.of(slug, found.text))


@router.post("/facilities/{slug}/edit")
async def edit(
    request: Request, parts: Parts, looker: SignedIn, slug: str, form: Annotated[FacilityForm, Form()]
) -> Response:
    """Change it, and go back to its page."""
    try:
        await change_facility(slug, FacilityEdit.model_validate(form.edit()), looker, parts)
    except (Invalid, ValidationError) as error:
        told = form_problem(error)
        return _edit_form(request, slug, form, problem=told.words, status=told.status)
    return see_other(f"/facilities/{slug}")


def _edit_form(
    request: Request, slug: str, form: FacilityForm, *, problem: str | None = None, status: int = 200
) -> Response:
    template = "place/edit_facility.html"
    return render(request, template, status=status, slug=slug, form=form, problem=problem, access_words=ACCESS_WORDS)


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
    def load(connection: sa.Connection) -> tuple[FacilityView, tuple[MachineView, ...], tuple[MadeHere, ...]]:
        machines = list_machines(connection, looker, slug, timing=timing, now=database_now(connection))
        found = read_facility(connection, slug, looker)
        return found, machines, made_in(connection, found.id)

    found, machines, made = await parts.db.read(load)
    return render(
        request,
        "place/facility.html",
        facility=found,
        machines=machines,
        offers=offers(found, machines),
        made=made,
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

    def load(connection: sa.Connection) -> tuple[MachineView, FacilityView, tuple[MadeHere, ...]]:
        found = read_machine(connection, machine, looker, timing=timing, now=database_now(connection))
        return found, read_facility(connection, found.facility, looker), made_on(connection, found.id)

    found, place, made = await parts.db.read(load)
    return render(request, "place/machine.html", machine=found, facility=place, made=made, access_words=ACCESS_WORDS)
