"""Agents: joining a facility by a one-time code, announcing machines, and telling how they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.facilities import MOST_LISTED, facility_to_run
from registry.actions.log import append
from registry.core.capability import Access, Loaded, Rates, Size
from registry.core.dispatch import Timing, is_offline
from registry.core.permissions import Caller
from registry.errors import Conflict, Forbidden, Gone, NotFound, Unauthenticated
from registry.ids import FacilityId, MachineId, NodeId
from registry.store import facilities as facility_store
from registry.store import nodes as store


@dataclass(frozen=True)
class NodeIdentity:
    """The agent that calls."""

    id: NodeId
    name: str
    facility: FacilityId
    facility_slug: str
    facility_name: str


@dataclass(frozen=True)
class NewNode:
    """An agent that enrols."""

    id: NodeId
    name: str
    software: str
    secret_sha256: str


@dataclass(frozen=True)
class Card:
    """What an agent announces of a machine."""

    key: str
    name: str
    model: str
    driver: str
    process: str
    envelope: Size
    nozzle_mm: float | None
    materials: tuple[Loaded, ...]
    profile: str
    plate_copies: int = 1
    """How many copies of a part it may be given as one plate."""
    tolerance_mm: float | None = None
    rates: Rates | None = None


@dataclass(frozen=True)
class MachineNow:
    """How an agent says that a machine is."""

    key: str
    state: str
    bed: str
    file: str | None = None
    attempt: str | None = None
    progress: float | None = None
    seconds_left: float | None = None
    nozzle_c: float | None = None
    bed_c: float | None = None
    message: str | None = None


@dataclass(frozen=True)
class NodeView:
    """An agent as those who run its facility see it."""

    id: NodeId
    name: str
    facility: str
    facility_name: str
    software: str
    machines: int
    enrolled_at: datetime
    last_seen_at: datetime | None
    online: bool


def enrol(connection: sa.Connection, code_sha256: str, new: NewNode, now: datetime) -> NodeIdentity:
    """Let an agent join the facility of its one-time code, which is used up by that."""
    code = facility_store.enrolment_for_use(connection, code_sha256)
    advice = "make a new one on the facility's page"
    if code is None:
        raise Forbidden(f"this enrolment code is not known: check its spelling, or {advice}", code="unknown_code")
    if code["used_at"] is not None:
        raise Conflict(f"this enrolment code was used already, and is good for one agent: {advice}", code="code_used")
    if now >= code["expires_at"]:
        raise Gone(f"this enrolment code has expired: {advice}", code="code_expired")
    place = facility_store.facility_by_id(connection, code["facility_id"])
    assert place is not None, "a foreign key holds it"
    facility_store.use_enrolment(connection, code_sha256, now)
    store.add_node(
        connection,
        id=new.id,
        facility_id=place["id"],
        name=new.name,
        secret_sha256=new.secret_sha256,
        software=new.software,
        enrolled_by=code["made_by"],
        enrolled_at=now,
        last_seen_at=now,
        acknowledged=0,
    )
    if Access(place["access"]) is not Access.PRIVATE:
        append(connection, "node.enrolled", place["slug"], new.name, {"node": new.id}, now)
    return NodeIdentity(new.id, new.name, place["id"], place["slug"], place["name"])


def authenticate_node(connection: sa.Connection, secret_sha256: str) -> NodeIdentity:
    """The agent that holds the token with this hash."""
    row = store.node_by_secret(connection, secret_sha256)
    if row is None or row["removed_at"] is not None:
        raise Unauthenticated("this agent's token is unknown or was withdrawn: enrol the agent again", code="bad_token")
    return NodeIdentity(row["id"], row["name"], row["facility_id"], row["facility_slug"], row["facility_name"])


def announce(
    connection: sa.Connection,
    node: NodeIdentity,
    software: str,
    cards: Sequence[Card],
    *,
    make_id: Callable[[], MachineId],
    now: datetime,
) -> dict[str, MachineId]:
    """Take over what the agent says of its machines: key → id. A machine keeps its id as long as its key stays."""
    store.lock_node(connection, node.id)
    known = {row["key"]: row for row in store.machines_of_node(connection, node.id)}
    ids: dict[str, MachineId] = {}
    for card in cards:
        if card.key in ids:
            raise Conflict(f"two machines have the key {card.key!r}: keys are unique within an agent", code="key_twice")
        values = _values(card, now)
        if card.key in known:
            ids[card.key] = known[card.key]["id"]
            store.change_machine(connection, ids[card.key], **values)
        else:
            ids[card.key] = make_id()
            place = {"id": ids[card.key], "node_id": node.id, "facility_id": node.facility}
            store.add_machine(connection, **place, **values, state="offline", bed="unknown")
    gone = [row["id"] for key, row in known.items() if key not in ids and row["withdrawn_at"] is None]
    store.withdraw_machines(connection, gone, now)
    store.note_seen(connection, node.id, now, software=software)
    return ids


def note_machines(connection: sa.Connection, node: NodeIdentity, states: Sequence[MachineNow], now: datetime) -> None:
    """Keep how the agent's machines are; keys that it never announced are passed over."""
    store.note_seen(connection, node.id, now)
    rows: list[dict[str, object]] = [
        {
            "of": one.key,
            "state": one.state,
            "bed": one.bed,
            "file": one.file,
            "attempt_id": one.attempt,
            "progress": one.progress,
            "seconds_left": one.seconds_left,
            "nozzle_c": one.nozzle_c,
            "bed_c": one.bed_c,
            "message": one.message,
            "reported_at": now,
        }
        for one in states
    ]
    store.note_machine_states(connection, node.id, rows)


def list_nodes(
    connection: sa.Connection, caller: Caller, facility: str | None, timing: Timing, now: datetime
) -> tuple[NodeView, ...]:
    """The agents of the facilities that the caller runs; an administrator sees all."""
    if facility is not None:
        wanted: list[str] | None = [facility_to_run(connection, facility, caller).id]
    else:
        wanted = None if caller.admin else facility_store.facilities_run_by(connection, caller.member)
    return tuple(_node_view(row, timing, now) for row in store.nodes_of(connection, wanted, MOST_LISTED))


def remove_node(connection: sa.Connection, caller: Caller, node: str, now: datetime) -> None:
    """Withdraw an agent's token and machines. What it started is heard of no more, and becomes uncertain in time."""
    row = store.node_by_id(connection, node)
    place = None if row is None else facility_store.facility_by_id(connection, row["facility_id"])
    if row is None or place is None or row["removed_at"] is not None:
        raise NotFound(f"there is no agent {node[:80]!r}: see the list of agents", value=node[:80])
    found = facility_to_run(connection, place["slug"], caller)
    store.remove_node(connection, row["id"], now)
    if found.text.access is not Access.PRIVATE:
        append(connection, "node.removed", found.slug, caller.name, {"node": row["id"]}, now)


def _values(card: Card, now: datetime) -> dict[str, object]:
    return {
        "key": card.key,
        "name": card.name,
        "model": card.model,
        "driver": card.driver,
        "process": card.process,
        "x_mm": card.envelope.x,
        "y_mm": card.envelope.y,
        "z_mm": card.envelope.z,
        "nozzle_mm": card.nozzle_mm,
        "materials": [vars(one) for one in card.materials],
        "profile": card.profile,
        "plate_copies": card.plate_copies,
        "tolerance_mm": card.tolerance_mm,
        "rates": None if card.rates is None else {name: str(value) for name, value in vars(card.rates).items()},
        "announced_at": now,
        "withdrawn_at": None,
    }


def _node_view(row: sa.RowMapping, timing: Timing, now: datetime) -> NodeView:
    return NodeView(
        id=row["id"],
        name=row["name"],
        facility=row["facility_slug"],
        facility_name=row["facility_name"],
        software=row["software"],
        machines=row["machines"],
        enrolled_at=row["enrolled_at"],
        last_seen_at=row["last_seen_at"],
        online=not is_offline(row["last_seen_at"], timing, now),
    )
