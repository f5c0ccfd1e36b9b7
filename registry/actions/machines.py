"""Machines as they are shown, and what they can make."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.facilities import find_facility
from registry.core.dispatch import Timing, is_offline
from registry.core.facilities import may_see
from registry.core.matching import Access, Capability, Condition, Decision, Loaded, Size, Work, match
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
    node: str
    node_name: str
    facility: str
    """The facility's short name."""
    facility_name: str
    live: LiveState
    withdrawn: bool
    """Its agent announces it no longer."""


@dataclass(frozen=True)
class MachineMatch:
    """Whether a machine can make something, and why not."""

    machine: MachineView
    decision: Decision


def list_machines(
    connection: sa.Connection, caller: Caller | None, facility: str | None, timing: Timing, now: datetime
) -> tuple[MachineView, ...]:
    """The machines that the caller may see, of one facility (by its short name) or of all."""
    place = None if facility is None else find_facility(connection, facility, caller).id
    return tuple(_view(row, timing, now) for row, _ in _seen(connection, caller, place))


def read_machine(
    connection: sa.Connection, machine: str, caller: Caller | None, timing: Timing, now: datetime
) -> MachineView:
    """One machine, withdrawn ones too. Raises NotFound also when the caller may not see its facility."""
    row = store.machine_shown(connection, machine)
    if row is not None:
        runners = frozenset(facility_store.runners_of(connection, [row["facility_id"]]).get(row["facility_id"], {}))
        if may_see(Access(row["access"]), runners, caller).allowed:
            return _view(row, timing, now)
    raise NotFound(f"there is no machine {machine[:80]!r}: see the list of machines", value=machine[:80])


def match_machines(
    connection: sa.Connection, caller: Caller, work: Work, timing: Timing, now: datetime
) -> tuple[MachineMatch, ...]:
    """Every machine that the caller may see, judged: those that can come first."""
    found = []
    for row, runners in _seen(connection, caller, None):
        view = _view(row, timing, now)
        condition = Condition(view.live.state, view.live.bed, view.live.message)
        found.append(MachineMatch(view, match(work, capability(row, runners), condition)))
    return tuple(sorted(found, key=lambda one: (not one.decision.can, len(one.decision.notes))))


def capability(row: sa.RowMapping, runners: frozenset[str]) -> Capability:
    """What matching needs to know of a machine; the row comes with its facility's name and access."""
    return Capability(
        process=row["process"],
        envelope=Size(row["x_mm"], row["y_mm"], row["z_mm"]),
        materials=loaded(row),
        nozzle_mm=row["nozzle_mm"],
        facility=row["facility_id"],
        facility_name=row["facility_name"],
        access=Access(row["access"]),
        runners=runners,
    )


def loaded(row: sa.RowMapping) -> tuple[Loaded, ...]:
    return tuple(Loaded(one["material"], one["colour"]) for one in row["materials"])


def _seen(
    connection: sa.Connection, caller: Caller | None, facility: str | None
) -> list[tuple[sa.RowMapping, frozenset[str]]]:
    rows = store.machines_shown(connection, facility, MOST_LISTED)
    runners = facility_store.runners_of(connection, {row["facility_id"] for row in rows})
    found = [(row, frozenset(runners.get(row["facility_id"], {}))) for row in rows]
    return [(row, those) for row, those in found if may_see(Access(row["access"]), those, caller).allowed]


def _view(row: sa.RowMapping, timing: Timing, now: datetime) -> MachineView:
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
        node=row["node_id"],
        node_name=row["node_name"],
        facility=row["facility_slug"],
        facility_name=row["facility_name"],
        live=live,
        withdrawn=gone,
    )
