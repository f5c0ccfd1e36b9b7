"""What is shown of orders: frozen values for the API and the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.builds import BuildState
from registry.actions.orders import parties
from registry.core.asking import Asks
from registry.core.attempts import AttemptState, Command, JobState
from registry.core.matching import Access
from registry.core.orders import OrderState, Tally, may_cancel, may_raise, may_read, order_state
from registry.core.permissions import Caller, Decision
from registry.errors import NotFound
from registry.ids import AttemptId, BuildId, JobId, OrderId
from registry.store import facilities as facility_store
from registry.store import nodes as node_store
from registry.store import orders as store

MOST_EVENTS = 1000
WRITING = "3mf"
"""The stage of an order whose geometry is built while the file for machines is not there yet."""


@dataclass(frozen=True)
class OrderSummary:
    """An order in a list."""

    id: OrderId
    version: str
    """`namespace/name@version`"""
    title: str
    member: str
    """Name of who placed it."""
    quantity: int
    material: str
    colour: str | None
    facility: str | None
    """Short name of the facility that it names; None: anywhere."""
    state: OrderState
    copies: Tally
    reason: str | None
    """Why it failed."""
    placed_at: datetime
    cancelled_at: datetime | None


@dataclass(frozen=True)
class AttemptView:
    """One try at one copy."""

    id: AttemptId
    epoch: int
    state: AttemptState
    machine: str
    machine_name: str
    facility: str
    facility_name: str
    plate: AttemptId | None
    """The attempt under which the machine makes it together with other copies; None: alone."""
    command: Command | None
    """What its agent is asked to do."""
    extra: AttemptState | None
    """What it made although it counts no more: an extra physical part."""
    claimed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    print_seconds: float | None
    """How long the machine really took."""
    starts_seen: int | None
    progress: float | None
    """0 to 1 while it prints."""
    seconds_left: float | None
    gcode_sha256: str | None
    figures: Mapping[str, object] | None
    """What the slicer says: slicer, profile, print_seconds, filament_g, filament_mm, layers …"""
    reason: str | None


@dataclass(frozen=True)
class JobView:
    """One copy, with all tries at it, the latest last."""

    id: JobId
    copy: int
    state: JobState
    cancelling: bool
    reason: str | None
    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True)
class OrderEvent:
    """One line of an order's story."""

    sequence: int
    kind: str
    """`order.placed`, `job.queued`, `attempt.printing`, `job.done` …"""
    job: JobId | None
    attempt: AttemptId | None
    words: str | None
    at: datetime


@dataclass(frozen=True)
class OrderView:
    """An order with everything that its parties may see."""

    summary: OrderSummary
    parameters: Mapping[str, str | bool]
    note: str
    build: BuildId
    build_state: str
    build_stage: str
    build_progress: float
    facility_name: str | None
    jobs: tuple[JobView, ...]
    events: tuple[OrderEvent, ...]
    """The newest part of its story, oldest first."""
    seconds: Mapping[str, float]
    """How long each stage took so far: build, wait, prepare, make, whole."""
    may_cancel: Decision
    may_raise: Decision
    """Whether the one who asks may change its priority."""
    asks: Asks
    """Its conditions."""
    machine_name: str | None
    """Of the only machine that may make it, where it names one."""
    priority: int
    """0, as usual, to 9."""


@dataclass(frozen=True)
class Made:
    """Good parts of a version that a facility made. Private facilities are counted under no name."""

    version: str
    facility: str | None
    facility_name: str | None
    parts: int
    latest: datetime


def read_order(connection: sa.Connection, order: str, caller: Caller) -> OrderView:
    """One order. Raises NotFound also when the caller has nothing to do with it."""
    row = store.order_by_id(connection, order)
    involved = None if row is None else parties(connection, row)
    if row is None or involved is None or not may_read(row["member_id"], *involved, caller).allowed:
        raise NotFound(f"you have no order {order[:80]!r}: see the list of your orders", value=order[:80])
    tries: dict[str, list[AttemptView]] = {}
    for attempt in store.attempts_of_order(connection, order):
        tries.setdefault(attempt["job_id"], []).append(_attempt(attempt))
    rows = store.jobs_of_order(connection, order)
    asks = Asks.from_json(row["asks"])
    named = None if asks.machine is None else node_store.machine_shown(connection, asks.machine)
    jobs = tuple(
        JobView(
            job["id"], job["copy"], JobState(job["state"]), job["cancelling"], job["reason"],
            tuple(tries.get(job["id"], ())),
        )
        for job in rows
    )  # fmt: skip
    events = tuple(map(_event, reversed(store.newest_events_of_order(connection, order, MOST_EVENTS))))
    summary = _summary(row, store.tallies(connection, [order]).get(order, {}))
    writing = summary.state is OrderState.BUILDING and row["build_state"] == BuildState.DONE
    return OrderView(
        summary=summary,
        parameters=row["parameters"],
        note=row["note"],
        build=row["build_id"],
        build_state=row["build_state"],
        build_stage=WRITING if writing else row["build_stage"],
        build_progress=row["build_progress"],
        facility_name=row["facility_name"],
        jobs=jobs,
        events=events,
        seconds=_seconds(row["placed_at"], events),
        may_cancel=may_cancel(row["member_id"], *involved, caller),
        may_raise=may_raise(involved[0], caller),
        asks=asks,
        machine_name=None if named is None else named["name"],
        priority=max((job["priority"] for job in rows), default=0),
    )


def read_events(connection: sa.Connection, order: str, *, after: int) -> tuple[OrderEvent, ...]:
    """The order's story after a number, oldest first. Who may read it is checked by `read_order`."""
    return tuple(map(_event, store.events_of_order(connection, order, after, MOST_EVENTS)))


def list_own_orders(
    connection: sa.Connection, caller: Caller, *, before: datetime, limit: int
) -> tuple[OrderSummary, ...]:
    """The caller's orders, newest first."""
    return _summaries(connection, store.orders_of_member(connection, caller.member, before, limit))


def list_orders_to_make(
    connection: sa.Connection, caller: Caller, *, before: datetime, limit: int
) -> tuple[OrderSummary, ...]:
    """Orders that concern the facilities that the caller runs, newest first."""
    places = facility_store.facilities_run_by(connection, caller.member)
    return _summaries(connection, store.orders_at(connection, places, before, limit))


def made_of(connection: sa.Connection, versions: tuple[str, ...], *, limit: int = 100) -> tuple[Made, ...]:
    """Who made good parts of these versions (by id) and where, the latest first."""
    return tuple(
        Made(
            row["version"],
            None if row["access"] == Access.PRIVATE else row["slug"],
            None if row["access"] == Access.PRIVATE else row["name"],
            row["parts"],
            row["latest"],
        )
        for row in store.made_of_versions(connection, versions, limit)
    )


def _event(row: sa.RowMapping) -> OrderEvent:
    return OrderEvent(row["sequence"], row["kind"], row["job_id"], row["attempt_id"], row["words"], row["at"])


def _summaries(connection: sa.Connection, rows: list[sa.RowMapping]) -> tuple[OrderSummary, ...]:
    counts = store.tallies(connection, [row["id"] for row in rows])
    return tuple(_summary(row, counts.get(row["id"], {})) for row in rows)


def _summary(row: sa.RowMapping, counts: Mapping[JobState, int]) -> OrderSummary:
    copies = Tally(**{state.value: number for state, number in counts.items()})
    return OrderSummary(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        member=row["member_name"],
        quantity=row["quantity"],
        material=row["material"],
        colour=row["colour"],
        facility=row["facility_slug"],
        state=order_state(copies, cancelled=row["cancelled_at"] is not None),
        copies=copies,
        reason=row["reason"],
        placed_at=row["placed_at"],
        cancelled_at=row["cancelled_at"],
    )


def _attempt(row: sa.RowMapping) -> AttemptView:
    known_as = row["plate"] or row["id"]
    shown_now = row["machine_attempt"] == known_as and row["ended_at"] is None
    return AttemptView(
        id=row["id"],
        epoch=row["epoch"],
        state=AttemptState(row["state"]),
        machine=row["machine_id"],
        machine_name=row["machine_name"],
        facility=row["facility_slug"],
        facility_name=row["facility_name"],
        plate=row["plate"],
        command=None if row["command"] is None else Command(row["command"]),
        extra=None if row["extra"] is None else AttemptState(row["extra"]),
        claimed_at=row["claimed_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        print_seconds=row["print_seconds"],
        starts_seen=row["starts_seen"],
        progress=row["progress"] if shown_now else None,
        seconds_left=row["seconds_left"] if shown_now else None,
        gcode_sha256=row["gcode_sha256"],
        figures=row["figures"],
        reason=row["reason"],
    )


_STAGES = (
    ("build", "order.placed", "job.queued"),
    ("wait", "job.queued", "attempt.claimed"),
    ("prepare", "attempt.claimed", "attempt.permitted"),
    ("make", "attempt.permitted", "job.done"),
    ("whole", "order.placed", "order.done"),
)
"""What the stages of an order are: from the first line of one kind to the last of another."""


def _seconds(placed_at: datetime, events: tuple[OrderEvent, ...]) -> dict[str, float]:
    first: dict[str, datetime] = {"order.placed": placed_at}
    last: dict[str, datetime] = {}
    for event in events:
        first.setdefault(event.kind, event.at)
        last[event.kind] = event.at
    pairs = {name: (first.get(begin), last.get(end)) for name, begin, end in _STAGES}
    return {
        name: round((end - begin).total_seconds(), 3)
        for name, (begin, end) in pairs.items()
        if begin is not None and end is not None and end >= begin
    }
