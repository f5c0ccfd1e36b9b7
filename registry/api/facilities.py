"""Facilities: places where things are made, and one-time codes by which agents join them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool

from registry import credentials
from registry.actions import facilities as actions
from registry.actions.facilities import FacilityText, FacilityView
from registry.api.deps import FacilityKeeper, Parts, Visitor
from registry.api.problems import documented
from registry.api.timing import HandOutTiming
from registry.api.words import Line, Lines
from registry.core.matching import Access
from registry.errors import Invalid
from registry.ids import FacilityId, new_id, parse_name
from registry.store.clock import database_now

router = APIRouter(tags=["facilities"])

EXAMPLE: dict[str, JsonValue] = {
    "name": "FabLab Riverside",
    "slug": "fablab-riverside",
    "address": "12 Mill Lane, Leeds",
    "latitude": 53.79,
    "longitude": -1.54,
    "access": "public",
    "opening_hours": "Tue-Sat 10:00-18:00",
    "description": "Four printers, a laser cutter, and tea.",
    "worker_owned": False,
}
ShortLine = Annotated[Line, Field(max_length=200)]


class FacilityEdit(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"opening_hours": "daily 9:00-21:00"}})

    name: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    address: ShortLine | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    access: Access | None = None
    opening_hours: ShortLine | None = None
    description: Annotated[Lines, Field(max_length=4000)] | None = None
    worker_owned: StrictBool | None = None
    runners: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)] | None = None
    """Names of the members who run it."""


class FacilityWish(BaseModel):
    """`access`: who may order there. `public`: every member; `restricted`: those who run it; `private`: those who run
    it, and nobody else sees it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Annotated[Line, Field(min_length=1, max_length=120)]
    slug: Annotated[str, Field(max_length=63)]
    address: ShortLine = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    access: Access = Access.PUBLIC
    opening_hours: ShortLine = ""
    description: Annotated[Lines, Field(max_length=4000)] = ""
    worker_owned: StrictBool = False
    """It belongs to those who work in it, and they share all gains: some licences ask that of who makes for money."""


class FacilityOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **EXAMPLE, "id": "fac_2k9qv0m4x7d1", "runners": ["ada"], "machines": 4, "yours": False,
                "created_at": "2026-05-04T09:30:00Z",
            }
        }
    )  # fmt: skip

    id: str
    slug: str
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    access: Access
    opening_hours: str
    description: str
    worker_owned: bool
    """It says that it belongs to those who work in it, and that they share all gains."""
    runners: tuple[str, ...]
    """Names of the members who run it."""
    machines: int
    yours: bool
    """Whether the caller runs it."""
    created_at: datetime


class Facilities(BaseModel):
    facilities: tuple[FacilityOut, ...]


class EnrolmentCode(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"code": "7k2m-9xqd-0v4r-hs1c", "expires_at": "2026-05-04T10:30:00Z"}}
    )

    code: str
    """For `fabnode enroll`; good for one agent. Shown this once."""
    expires_at: datetime


def _out(view: FacilityView) -> FacilityOut:
    return FacilityOut(
        id=view.id,
        slug=view.slug,
        runners=view.runners,
        machines=view.machines,
        yours=view.yours,
        created_at=view.created_at,
        **vars(view.text),
    )


@router.get("/facilities", responses=documented(401))
async def list_facilities(caller: Visitor, parts: Parts) -> Facilities:
    """The facilities that the caller may see, by name."""
    views = await parts.db.read(lambda connection: actions.list_facilities(connection, caller))
    return Facilities(facilities=tuple(map(_out, views)))


@router.post("/facilities", status_code=201, responses=documented(401, 403, 409))
async def make_facility(body: FacilityWish, caller: FacilityKeeper, parts: Parts) -> FacilityOut:
    """Make a facility that the caller runs."""
    slug, fresh = parse_name(body.slug, what="short name"), FacilityId(new_id("fac"))
    text = FacilityText(**body.model_dump(exclude={"slug"}))
    view = await parts.db.write(
        lambda connection: actions.make_facility(
            connection, caller, slug, text, facility=fresh, now=database_now(connection)
        )
    )
    parts.signals.notify("log")
    return _out(view)


@router.get("/facilities/{slug}", responses=documented(401, 404))
async def read_facility(slug: str, caller: Visitor, parts: Parts) -> FacilityOut:
    """One facility."""
    return _out(await parts.db.read(lambda connection: actions.read_facility(connection, slug, caller)))


@router.patch("/facilities/{slug}", responses=documented(401, 403, 404))
async def change_facility(slug: str, body: FacilityEdit, caller: FacilityKeeper, parts: Parts) -> FacilityOut:
    """Change a facility that the caller runs; only latitude and longitude can be emptied by null."""
    changes = body.model_dump(exclude_unset=True, exclude={"runners"})
    emptied = sorted(name for name, value in changes.items() if value is None and name not in {"latitude", "longitude"})
    if emptied:
        raise Invalid(f"{emptied[0]} cannot be null: leave it out to keep it", code="not_null", value=emptied[0])
    view = await parts.db.write(
        lambda connection: actions.change_facility(
            connection, caller, slug, changes, runners=body.runners, now=database_now(connection)
        )
    )
    parts.signals.notify("log")
    return _out(view)


@router.post("/facilities/{slug}/enrolments", status_code=201, responses=documented(401, 403, 404))
async def make_enrolment(slug: str, caller: FacilityKeeper, parts: Parts, timing: HandOutTiming) -> EnrolmentCode:
    """A one-time code by which an agent joins a facility that the caller runs."""
    letters = new_id("").removeprefix("_")
    code = "-".join(letters[at : at + 4] for at in range(0, 16, 4))
    expires_at = await parts.db.write(
        lambda connection: actions.make_enrolment(
            connection,
            caller,
            slug,
            credentials.secret_hash(code),
            lasts=timing.enrolment,
            now=database_now(connection),
        )
    )
    return EnrolmentCode(code=code, expires_at=expires_at)
