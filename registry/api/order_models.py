"""What orders look like on the wire."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from registry.actions.order_views import OrderEvent, OrderSummary, OrderView
from registry.actions.wishes import OrderWish
from registry.api.words import Line, Lines
from registry.core.attempts import AttemptState, Command, JobState
from registry.core.capability import Place
from registry.core.orders import OrderState
from registry.core.source_bundle import source_url
from registry.ids import parse_version_name

_LINE: dict[str, JsonValue] = {
    "id": "ord_qvb3m1jp4evzxr6b", "version": "ada/gridfinity-bin@1.2.0", "title": "Gridfinity bin", "member": "grace",
    "quantity": 1, "material": "PETG", "colour": "black", "facility": "fablab-riverside", "state": "making",
    "copies": {
        "waiting": 0, "queued": 0, "active": 1, "done": 0, "needs_redo": 0, "uncertain": 0, "cancelled": 0, "failed": 0,
    },
    "reason": None, "placed_at": "2026-05-04T09:20:00Z", "cancelled_at": None,
}  # fmt: skip
_ATTEMPT: dict[str, JsonValue] = {
    "id": "att_6r1h3w8p0y5s2k9q", "epoch": 1, "state": "printing", "machine": "mac_4f0z8k1n6c2b7d5e",
    "machine_name": "MK3S left", "facility": "fablab-riverside", "facility_name": "FabLab Riverside",
    "plate": None, "command": None, "extra": None, "claimed_at": "2026-05-04T09:20:06Z",
    "started_at": "2026-05-04T09:21:00Z", "ended_at": None,
    "print_seconds": None, "starts_seen": 1, "progress": 0.42, "seconds_left": 1260, "gcode_sha256": None,
    "figures": {"slicer": "PrusaSlicer 2.5.0", "print_seconds": 2180, "filament_g": 14.2}, "reason": None,
}  # fmt: skip
_ORDER: dict[str, JsonValue] = {
    **_LINE, "parameters": {"units_x": "3", "wall": "1.6"}, "note": "for the screws",
    "source_url": "/api/v1/designs/ada/gridfinity-bin/versions/1.2.0/source.zip",
    "asks": {
        "tolerance_mm": 0.3, "thickness_mm": None, "machine": None, "lay": False, "latitude": 53.79, "longitude": -1.54,
        "within_km": 50, "wanted_by": "2026-05-20T18:00:00Z", "most_cost": "20", "currency": "EUR", "commercial": False,
    },
    "machine_name": None, "priority": 0,
    "build": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "build_state": "done",
    "build_stage": "done", "build_progress": 1.0, "facility_name": "FabLab Riverside",
    "jobs": [
        {
            "id": "ord_qvb3m1jp4evzxr6b-1", "copy": 1, "state": "active", "cancelling": False, "reason": None,
            "attempts": [_ATTEMPT],
        }
    ],
    "events": [
        {
            "sequence": 17, "kind": "attempt.printing", "job": "ord_qvb3m1jp4evzxr6b-1",
            "attempt": "att_6r1h3w8p0y5s2k9q", "words": None, "at": "2026-05-04T09:21:00Z",
        }
    ],
    "seconds": {"build": 5.9, "wait": 0.1, "prepare": 54},
}  # fmt: skip

Value = StrictStr | StrictBool | StrictInt | StrictFloat
Words = Annotated[Lines, Field(max_length=2000)]


class OrderBody(BaseModel):
    """What to make. `material` null: what the designer asks for; `facility` null: any that can."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "example": {
                "version": "ada/gridfinity-bin@1.2.0", "parameters": {"units_x": 3, "wall": 1.6}, "quantity": 4,
                "material": "PETG", "colour": "black", "facility": None, "note": "for the screws", "tolerance_mm": 0.3,
                "latitude": 53.79, "longitude": -1.54, "within_km": 50, "wanted_by": "2026-05-20T18:00:00Z",
                "most_cost": "20", "currency": "EUR",
            }
        },
    )  # fmt: skip

    version: Annotated[str, Field(max_length=200)]
    parameters: Annotated[dict[str, Value], Field(max_length=200)] = {}
    preset: Annotated[str, Field(max_length=80)] | None = None
    quantity: StrictInt = 1
    material: Annotated[Line, Field(max_length=80)] | None = None
    colour: Annotated[Line, Field(min_length=1, max_length=40)] | None = None
    facility: Annotated[str, Field(max_length=63)] | None = None
    note: Words = ""
    machine: Annotated[Line, Field(min_length=1, max_length=80)] | None = None
    """The only machine that may make it: its id, or its name where there is one of it."""
    tolerance_mm: Annotated[float, Field(gt=0, le=10)] | None = None
    """The machine must keep to this."""
    thickness_mm: Annotated[float, Field(gt=0, le=500)] | None = None
    """Of the sheet; null: as thick as the part is high."""
    lay: StrictBool | None = None
    """It may be laid on another side where it has no room as it is drawn; null: as the designer says."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Where it is wanted, degrees north."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Degrees east."""
    within_km: Annotated[float, Field(gt=0, le=20_100)] | None = None
    """How far from there it may be made."""
    wanted_by: AwareDatetime | None = None
    """A wish: machines that would be late are named so, and may make it all the same."""
    most_cost: Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=2)] | None = None
    """For all copies; a machine whose estimate is higher is refused."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """Of `most_cost`, ISO 4217."""
    commercial: StrictBool = False
    """It is ordered for a business: some licences forbid that."""
    priority: StrictInt = 0
    """0 to 9; those who run the facility that the order names may raise it."""

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        if (self.latitude is None) is not (self.longitude is None):
            raise ValueError("a place needs both its latitude and its longitude")
        return self

    def wish(self) -> OrderWish:
        return OrderWish(
            version=parse_version_name(self.version),
            parameters=self.parameters,
            preset=self.preset,
            quantity=self.quantity,
            material=self.material,
            colour=self.colour,
            facility=self.facility,
            note=self.note,
            machine=self.machine,
            tolerance_mm=self.tolerance_mm,
            thickness_mm=self.thickness_mm,
            lay=self.lay,
            place=self.place,
            within_km=self.within_km,
            wanted_by=self.wanted_by,
            most_cost=self.most_cost,
            currency=self.currency,
            commercial=self.commercial,
            priority=self.priority,
        )

    @property
    def place(self) -> Place | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Place(self.latitude, self.longitude)


class PriorityBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"priority": 5}})

    priority: Annotated[StrictInt, Field(ge=0, le=9)]
    """Higher comes first; 0 as usual."""


class AsksOut(BaseModel):
    """The order's conditions; null: none of this kind."""

    tolerance_mm: float | None
    thickness_mm: float | None
    machine: str | None
    lay: bool
    latitude: float | None
    longitude: float | None
    within_km: float | None
    wanted_by: datetime | None
    most_cost: Decimal | None
    currency: str | None
    commercial: bool


class TallyOut(BaseModel):
    """How many copies are where; together the quantity."""

    waiting: int
    queued: int
    active: int
    done: int
    needs_redo: int
    uncertain: int
    cancelled: int
    failed: int


class OrderLine(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": _LINE})

    id: str
    version: str
    title: str
    member: str
    quantity: int
    material: str
    colour: str | None
    facility: str | None
    state: OrderState
    copies: TallyOut
    reason: str | None
    placed_at: datetime
    cancelled_at: datetime | None


class Orders(BaseModel):
    orders: tuple[OrderLine, ...]
    next_before: datetime | None
    """For `before` in the request for the following part; null at the end."""


class AttemptOut(BaseModel):
    id: str
    epoch: int
    state: AttemptState
    machine: str
    machine_name: str
    facility: str
    facility_name: str
    plate: str | None
    """The attempt under which the machine makes it together with other copies; null: alone."""
    command: Command | None
    """What the agent is asked to do, until its report shows it; `cancel`: to stop."""
    extra: AttemptState | None
    """What it made although its claim counts no more: an extra physical part."""
    claimed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    print_seconds: float | None
    starts_seen: int | None
    progress: float | None
    seconds_left: float | None
    gcode_sha256: str | None
    figures: dict[str, str | int | float | None] | None
    reason: str | None


class JobOut(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)

    id: str
    copy_number: Annotated[int, Field(alias="copy")]
    state: JobState
    cancelling: bool
    reason: str | None
    attempts: tuple[AttemptOut, ...]


class EventOut(BaseModel):
    sequence: int
    kind: str
    job: str | None
    attempt: str | None
    words: str | None
    at: datetime


class OrderOut(OrderLine):
    model_config = ConfigDict(json_schema_extra={"example": _ORDER})

    parameters: dict[str, str | bool]
    note: str
    source_url: str
    """Where the complete source can be had: it goes along with the part, as its licence may ask."""
    asks: AsksOut
    machine_name: str | None
    """Of the only machine that may make it, where it names one."""
    priority: int
    """0, as usual, to 9: higher comes first."""
    build: str
    build_state: str
    build_stage: str
    build_progress: float
    facility_name: str | None
    jobs: tuple[JobOut, ...]
    events: tuple[EventOut, ...]
    seconds: dict[str, float]
    """How long each stage took so far."""


def line_out(view: OrderSummary) -> OrderLine:
    return OrderLine.model_validate(asdict(view))


def order_out(view: OrderView) -> OrderOut:
    fields = asdict(view)
    asks = view.asks
    fields["asks"] = {name: value for name, value in vars(asks).items() if name in AsksOut.model_fields} | {
        "latitude": None if asks.place is None else asks.place.latitude,
        "longitude": None if asks.place is None else asks.place.longitude,
    }
    summary = fields.pop("summary")
    return OrderOut.model_validate({**summary, **fields, "source_url": source_url("", summary["version"])})


def event_out(event: OrderEvent) -> EventOut:
    return EventOut.model_validate(asdict(event))
