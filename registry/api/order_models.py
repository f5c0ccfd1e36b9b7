"""What orders look like on the wire."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from registry.actions.machines import MachineMatch
from registry.actions.order_views import OrderEvent, OrderSummary, OrderView
from registry.actions.orders import OrderWish
from registry.api.machines import MachineOut, machine_out
from registry.core.attempts import AttemptState, Command, JobState
from registry.core.matching import Code
from registry.core.orders import OrderState
from registry.ids import parse_version_name

Value = StrictStr | StrictBool | StrictInt | StrictFloat
Words = Annotated[str, Field(max_length=2000)]


class OrderBody(BaseModel):
    """What to make. `material` null: what the designer asks for; `facility` null: any that can."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "example": {
                "version": "ada/gridfinity-bin@1.2.0", "parameters": {"units_x": 3, "wall": 1.6}, "quantity": 4,
                "material": "PETG", "colour": "black", "facility": "fablab-riverside", "note": "for the screws",
            }
        },
    )  # fmt: skip

    version: Annotated[str, Field(max_length=200)]
    parameters: Annotated[dict[str, Value], Field(max_length=200)] = {}
    preset: Annotated[str, Field(max_length=80)] | None = None
    quantity: StrictInt = 1
    material: Annotated[str, Field(max_length=80)] | None = None
    colour: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    facility: Annotated[str, Field(max_length=63)] | None = None
    note: Words = ""

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
        )


class ReasonOut(BaseModel):
    code: Code
    words: str


class MatchOut(BaseModel):
    machine: MachineOut
    can: bool
    reasons: tuple[ReasonOut, ...]
    """Why it cannot; empty when it can."""
    notes: tuple[ReasonOut, ...]
    """What it must wait for, or what is not known yet."""


class Matches(BaseModel):
    machines: tuple[MatchOut, ...]


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
    command: Command | None
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
    parameters: dict[str, str | bool]
    note: str
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
    return OrderOut.model_validate({**fields.pop("summary"), **fields})


def event_out(event: OrderEvent) -> EventOut:
    return EventOut.model_validate(asdict(event))


def matches_out(found: tuple[MachineMatch, ...]) -> Matches:
    return Matches(
        machines=tuple(
            MatchOut(
                machine=machine_out(one.machine),
                can=one.decision.can,
                reasons=tuple(ReasonOut(code=reason.code, words=reason.words) for reason in one.decision.reasons),
                notes=tuple(ReasonOut(code=note.code, words=note.words) for note in one.decision.notes),
            )
            for one in found
        )
    )
