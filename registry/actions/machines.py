"""Machines as they are shown, and what matching knows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from registry.actions.facilities import find_facility
from registry.core.capability import Access, Capability, Loaded, Place, Rates, Size
from registry.core.dispatch import Timing, is_offline
from registry.core.facilities import may_see
from registry.core.permissions import Caller
from registry.errors import NotFound
from registry.ids import MachineId
from registry.store import facilities as facility_store
from registry.store import nodes as store

MOST_LISTED = 5000


@dataclass(frozen=True)
class LiveState:
    """How a machine is now. What it does not report is None."""

    state: str
    """idle, printing, paused, busy, error, or offline: also when its agent has been silent."""
    bed: str
    file: str | None
    attempt: str | None
    progress: float | None
    seconds_left: float | None
    nozzle_c: float | None
    bed_c: float | None
    message: str | None
    reported_at: datetime | None


@dataclass(frozen=True)
class MachineView:
    """A machine: what it is, where it stands, and how it is."""

    id: MachineId
    key: str
    name: str
    model: str
    driver: str
    process: str
    envelope: Size
    nozzle_mm: float | None
    materials: tuple[Loaded, ...]
    profile: str
    tolerance_mm: float | None
    """What it keeps to; None: nobody has measured it."""
    plate_copies: int
    """How many copies of a part it takes at once."""
    rates: Rates | None
    """None: the facility names no prices."""
    node: str
    node_name: str
    facility: str
    """The facility's short name."""
    facility_name: str
    live: LiveState
    withdrawn: bool
    """Its agent announces it no longer."""


def list_machines(
    connection: sa.Connection, caller: Caller | None, facility: str | None, timing: Timing, now: datetime
) -> tuple[MachineView, ...]:
    """The machines that the caller may see, of one facility (by its short name) or of all."""
    place = None if facility is None else find_facility(connection, facility, caller).id
    return tuple(machine_view(row, timing, now) for row, _ in seen_machines(connection, caller, place))


def read_machine(
    connection: sa.Connection, machine: str, caller: Caller | None, timing: Timing, now: datetime
) -> MachineView:
    """One machine, withdrawn ones too. Raises NotFound also when the caller may not see its facility."""
    row = store.machine_shown(connection, machine)
    if row is not None:
        runners = frozenset(facility_store.runners_of(connection, [row["facility_id"]]).get(row["facility_id"], {}))
        if may_see(Access(row["access"]), runners, caller).allowed:
            return machine_view(row, timing, now)
    raise NotFound(f"there is no machine {machine[:80]!r}: see the list of machines", value=machine[:80])


def seen_machines(
    connection: sa.Connection, caller: Caller | None, facility: str | None
) -> list[tuple[sa.RowMapping, frozenset[str]]]:
    """The announced machines that the caller may see, of one facility (by its id) or of all, with who runs each."""
    rows = store.machines_shown(connection, facility, MOST_LISTED)
    runners = facility_store.runners_of(connection, {row["facility_id"] for row in rows})
    found = [(row, frozenset(runners.get(row["facility_id"], {}))) for row in rows]
    return [(row, those) for row, those in found if may_see(Access(row["access"]), those, caller).allowed]


def capability(row: sa.RowMapping, runners: frozenset[str]) -> Capability:
    """What matching needs to know of a machine; the row comes with its facility's name, access and place."""
    latitude, longitude = row["latitude"], row["longitude"]
    return Capability(
        process=row["process"],
        envelope=Size(row["x_mm"], row["y_mm"], row["z_mm"]),
        materials=loaded(row),
        nozzle_mm=row["nozzle_mm"],
        facility=row["facility_id"],
        facility_name=row["facility_name"],
        access=Access(row["access"]),
        runners=runners,
        machine=row["id"],
        name=row["name"],
        tolerance_mm=row["tolerance_mm"],
        rates=rates(row["rates"]),
        place=None if latitude is None or longitude is None else Place(latitude, longitude),
        worker_owned=row["worker_owned"],
        plate_copies=row["plate_copies"],
    )


def loaded(row: sa.RowMapping) -> tuple[Loaded, ...]:
    """What lies in it; older rows lack the later fields."""
    return tuple(Loaded(**one) for one in row["materials"])


def rates(kept: Mapping[str, str] | None) -> Rates | None:
    """As a machine's row keeps them: exact numbers as text."""
    if kept is None:
        return None
    return Rates(kept["currency"], Decimal(kept["per_hour"]), Decimal(kept["per_gram"]))


def machine_view(row: sa.RowMapping, timing: Timing, now: datetime) -> MachineView:
    """A machine's row as it is shown; an agent that is silent tells nothing of now."""
    gone = row["withdrawn_at"] is not None
    silent = gone or is_offline(row["last_seen_at"], timing, now)
    live = LiveState(
        state="offline" if silent else row["state"],
        bed=row["bed"],
        file=row["file"],
        attempt=row["attempt_id"],
        progress=row["progress"],
        seconds_left=row["seconds_left"],
        nozzle_c=None if silent else row["nozzle_c"],
        bed_c=None if silent else row["bed_c"],
        message=row["message"],
        reported_at=row["reported_at"],
    )
    return MachineView(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        model=row["model"],
        driver=row["driver"],
        process=row["process"],
        envelope=Size(row["x_mm"], row["y_mm"], row["z_mm"]),
        nozzle_mm=row["nozzle_mm"],
        materials=loaded(row),
        profile=row["profile"],
        tolerance_mm=row["tolerance_mm"],
        plate_copies=row["plate_copies"],
        rates=rates(row["rates"]),
        node=row["node_id"],
        node_name=row["node_name"],
        facility=row["facility_slug"],
        facility_name=row["facility_name"],
        live=live,
        withdrawn=gone,
    )
