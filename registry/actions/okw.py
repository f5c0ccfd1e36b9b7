"""A facility with its machines as Open Know-Where."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from designs.okw import Equipment, Workplace
from registry.actions.facilities import read_facility
from registry.actions.machines import MachineView, list_machines
from registry.core.dispatch import Timing
from registry.core.permissions import Caller

KINDS = {"fdm": "3D printer", "laser": "Laser cutter", "cnc": "CNC router"}
ACTIVE = "Active"


def read_workplace(
    connection: sa.Connection, slug: str, caller: Caller | None, timing: Timing, now: datetime
) -> Workplace:
    """A facility as the caller may see it. Raises NotFound."""
    text = read_facility(connection, slug, caller).text
    machines = [each for each in list_machines(connection, caller, slug, timing, now) if not each.withdrawn]
    return Workplace(
        name=text.name,
        address=text.address,
        latitude=_exact(text.latitude),
        longitude=_exact(text.longitude),
        status=ACTIVE,
        access=text.access.value,
        opening_hours=text.opening_hours,
        description=text.description,
        equipment=tuple(map(_equipment, machines)),
        processes=tuple(sorted({machine.process for machine in machines})),
        materials=tuple(sorted({loaded.material for machine in machines for loaded in machine.materials})),
    )


def _equipment(machine: MachineView) -> Equipment:
    sides = [_exact(side) for side in (machine.envelope.x, machine.envelope.y, machine.envelope.z)]
    x, y, z = sides
    return Equipment(
        kind=KINDS.get(machine.process, machine.process),
        model=machine.model or machine.name,
        process=machine.process,
        materials=tuple(dict.fromkeys(loaded.material for loaded in machine.materials)),
        tolerance_class="" if machine.tolerance_mm is None else f"±{machine.tolerance_mm:g} mm",
        nozzle_mm=_exact(machine.nozzle_mm),
        travel_mm=None if not x or not y or not z else (x, y, z),
    )


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))
