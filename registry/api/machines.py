"""Machines: what they are and how they are now."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.actions import machines as actions
from registry.actions.machines import MachineView
from registry.api.deps import Parts, Visitor
from registry.api.problems import documented
from registry.api.timing import HandOutTiming
from registry.store.clock import database_now

router = APIRouter(tags=["machines"])


class SizeOut(BaseModel):
    """mm."""

    x: float
    y: float
    z: float


class LoadedOut(BaseModel):
    material: str
    colour: str | None
    thickness_mm: float | None
    """Of a sheet."""
    remaining_g: float | None
    """What is left on the spool, where somebody keeps count."""


class RatesOut(BaseModel):
    """What the use of the machine costs; exact numbers as text."""

    currency: str
    per_hour: Decimal
    per_gram: Decimal


class LiveOut(BaseModel):
    """What the machine does not report is null."""

    state: str
    """idle, printing, paused, busy, error, or offline."""
    bed: str
    """clear, occupied or unknown."""
    file: str | None
    attempt: str | None
    progress: float | None
    seconds_left: float | None
    nozzle_c: float | None
    bed_c: float | None
    message: str | None
    reported_at: datetime | None


class MachineOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "mac_4f0z8k1n6c2b", "key": "mk3s-left", "name": "MK3S left", "model": "Prusa MK3S",
                "driver": "octoprint", "process": "fdm", "envelope": {"x": 250, "y": 210, "z": 210}, "nozzle_mm": 0.4,
                "materials": [{"material": "PLA", "colour": "black", "thickness_mm": None, "remaining_g": 640}],
                "profile": "prusa-mk3s", "tolerance_mm": 0.2, "plate_copies": 4,
                "rates": {"currency": "EUR", "per_hour": "1.50", "per_gram": "0.04"},
                "node": "nod_9d3x7v5q1m0t", "node_name": "workshop", "facility": "fablab-riverside",
                "facility_name": "FabLab Riverside", "withdrawn": False,
                "live": {
                    "state": "printing", "bed": "occupied", "file": "att_6r1h3w8p0y5s.gcode",
                    "attempt": "att_6r1h3w8p0y5s", "progress": 0.42, "seconds_left": 1260, "nozzle_c": 215,
                    "bed_c": 60, "message": None, "reported_at": "2026-05-04T09:31:12Z",
                },
            }
        }
    )  # fmt: skip

    id: str
    key: str
    name: str
    model: str
    driver: str
    process: str
    envelope: SizeOut
    nozzle_mm: float | None
    materials: tuple[LoadedOut, ...]
    profile: str
    tolerance_mm: float | None
    """What it keeps to; null: nobody has measured it."""
    plate_copies: int
    """How many copies of a part it takes at once."""
    rates: RatesOut | None
    """null: the facility names no prices."""
    node: str
    node_name: str
    facility: str
    facility_name: str
    live: LiveOut
    withdrawn: bool


class Machines(BaseModel):
    machines: tuple[MachineOut, ...]


def machine_out(view: MachineView) -> MachineOut:
    return MachineOut.model_validate(asdict(view))


@router.get("/machines", responses=documented(401, 404))
async def list_machines(
    caller: Visitor,
    parts: Parts,
    timing: HandOutTiming,
    facility: Annotated[str | None, Query(max_length=63, description="Short name of one facility")] = None,
) -> Machines:
    """The machines that the caller may see, with their live state."""
    views = await parts.db.read(
        lambda connection: actions.list_machines(connection, caller, facility, timing, database_now(connection))
    )
    return Machines(machines=tuple(map(machine_out, views)))


@router.get("/machines/{machine}", responses=documented(401, 404))
async def read_machine(machine: str, caller: Visitor, parts: Parts, timing: HandOutTiming) -> MachineOut:
    """One machine, also one that its agent announces no longer."""
    return machine_out(
        await parts.db.read(
            lambda connection: actions.read_machine(connection, machine, caller, timing, database_now(connection))
        )
    )
