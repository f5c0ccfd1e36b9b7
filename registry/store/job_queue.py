"""The queue of jobs, as the hand-out asks it: by probes (registry.core.handing_out), many in one statement.

On PostgreSQL each probe is a LATERAL look into its own range of ix_jobs_queue, and a claim locks what it sees and
passes over what others are just taking. SQLite has one writer and no LATERAL: one prepared statement, probe by probe.
The conditions are those of `registry.core.matching.match`, in SQL, once for both.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from registry.core.asking import Asks
from registry.core.capability import FIT_TOLERANCE_MM, SHEET_TOLERANCE_MM
from registry.core.handing_out import Probe, Queued
from registry.store.records import as_text, records
from registry.store.tables.orders import jobs

_HAIR_MM = 1e-9
"""What is written as the same number is the same tolerance."""
_QUEUED: sa.ColumnElement[str] = sa.literal_column("'queued'")
"""Written out, as the partial indexes have it: a parameter would hide from the planner that they apply."""
_PLACE = sa.func.coalesce(jobs.c.facility_id, sa.literal_column("''"))
_ORDER = (jobs.c.priority.desc(), jobs.c.turn, jobs.c.id)
_SEEN = (
    jobs.c.id, jobs.c.order_id, jobs.c.copy, jobs.c.member_id, jobs.c.priority, jobs.c.turn, jobs.c.process,
    jobs.c.material, jobs.c.facility_id, jobs.c.short_mm, jobs.c.long_mm, jobs.c.high_mm, jobs.c.epoch,
    jobs.c.attempt_id, jobs.c.cancelling, jobs.c.failures, jobs.c.losses, jobs.c.asks,
)  # fmt: skip
"""What a `Queued` consists of, in its order."""
_OTHER = jobs.alias("other")
_EARLIER_COPY = sa.exists().where(
    _OTHER.c.order_id == jobs.c.order_id,
    _OTHER.c.state == _QUEUED,
    _OTHER.c.priority == jobs.c.priority,
    sa.or_(_OTHER.c.turn < jobs.c.turn, sa.and_(_OTHER.c.turn == jobs.c.turn, _OTHER.c.id < jobs.c.id)),
)
"""The copies of an order have one priority."""
_ANY_ASKING = sa.select(sa.exists().where(jobs.c.state == _QUEUED, jobs.c.asks.is_not(sa.null())))
"""Mostly nobody asks for more: then nothing is looked for."""
_KINDS: Mapping[str, Any] = {
    "process": sa.Text,
    "material": sa.Text,
    "colour": sa.Text,
    "thickness_mm": sa.Float,
    "narrow_mm": sa.Float,
    "wide_mm": sa.Float,
    "high_mm": sa.Float,
    "nozzle_mm": sa.Float,
    "tolerance_mm": sa.Float,
    "place": sa.Text,
    "members": postgresql.ARRAY(sa.Text),
    "most": sa.Integer,
    "number": sa.Integer,
}
"""The columns of a probe: `most` says how many jobs are wanted at most, `number` which probe of the statement it is."""


class Kind(Enum):
    """Which jobs are looked at."""

    PLAIN = "plain"
    """Those that SQL can judge."""
    ASKING = "asking"
    """Those whose orders ask for more."""
    FIRST_ASKING = "first asking"
    """The first copy of each order of these."""


def first_jobs(
    connection: sa.Connection, wanted: Mapping[Probe, int], *, judged: int, take: bool, one_an_order: bool = False
) -> dict[Probe, list[Queued]]:
    """The first jobs that each probe finds, at most so many, in the order of the queue; beside them at most `judged`
    that ask for more than SQL can judge, so that neither keep the other from being seen. `one_an_order`: of these the
    first copy of each order alone, for what its order asks is judged alike for all of them.

    `take` locks them until the end of the transaction and passes over those that others are just taking.
    """
    probes = list(wanted)
    if not probes:
        return {}
    plain = _ask(connection, [(probe, wanted[probe]) for probe in probes], take=take, kind=Kind.PLAIN)
    kind = Kind.FIRST_ASKING if one_an_order else Kind.ASKING
    judging = judged and connection.execute(_ANY_ASKING).scalar_one()
    asking = _ask(connection, [(probe, judged) for probe in probes], take=take, kind=kind) if judging else {}
    found: dict[Probe, list[Queued]] = {}
    for number, probe in enumerate(probes):
        there = plain.get(number, []) + asking.get(number, [])
        if there:
            found[probe] = sorted(there, key=lambda job: job.rank)
    return found


def more_of_orders(connection: sa.Connection, wanted: Mapping[str, int]) -> dict[str, list[Queued]]:
    """Further queued copies of these orders, at most so many of each, locked until the end of the transaction."""
    if not wanted:
        return {}
    found: dict[str, list[Queued]] = {}
    for order, most in sorted(wanted.items()):
        query: sa.Select[*tuple[Any, ...]] = sa.select(*_SEEN)
        query = query.where(jobs.c.order_id == order, jobs.c.state == _QUEUED)
        rows = connection.execute(query.order_by(*_ORDER).limit(most).with_for_update(skip_locked=True))
        found[order] = [_queued(row) for row in rows.all()]
    return found


def _ask(
    connection: sa.Connection, wanted: Sequence[tuple[Probe, int]], *, take: bool, kind: Kind
) -> dict[int, list[Queued]]:
    found: dict[int, list[Queued]] = {}
    rows = [probe_values(probe, most, number) for number, (probe, most) in enumerate(wanted)]
    if connection.dialect.name == "postgresql":
        query = lateral_look(take=take, kind=kind)
        for number, *row in connection.execute(query, {"probes": as_text(rows)}).all():
            found.setdefault(number, []).append(_queued(row))
    else:
        query = _one_by_one(kind=kind)
        for number, values in enumerate(rows):
            values["members"] = None if values["members"] is None else as_text(values["members"])  # type: ignore[arg-type]
            there = [_queued(row) for row in connection.execute(query, values).all()]
            if there:
                found[number] = there
    return found


@cache
def lateral_look(*, take: bool, kind: Kind) -> sa.Select[*tuple[Any, ...]]:
    """The statement on PostgreSQL; its parameter `probes` is a JSON array of what `probe_values` gives."""
    probe = records("postgresql", "probes", **_KINDS)
    first = sa.select(*_SEEN).where(*_fits(probe.c, jobs.c.member_id == sa.any_(probe.c.members), kind))
    first = first.order_by(*_ORDER).limit(probe.c.most)
    if take:
        first = first.with_for_update(skip_locked=True)
    job = first.lateral("job")
    return sa.select(probe.c.number, *job.c).select_from(probe.join(job, sa.true()))


@cache
def _one_by_one(*, kind: Kind) -> sa.Select[*tuple[Any, ...]]:
    probe = SimpleNamespace(
        **{name: sa.bindparam(name, type_=sa.Text if name == "members" else kind) for name, kind in _KINDS.items()}
    )
    named = sa.select(sa.func.json_each(probe.members).table_valued("value").c.value)
    conditions = _fits(probe, jobs.c.member_id.in_(named), kind)
    return sa.select(*_SEEN).where(*conditions).order_by(*_ORDER).limit(probe.most)


def _fits(probe: Any, is_member: sa.ColumnElement[bool], kind: Kind) -> Collection[sa.ColumnElement[bool]]:
    """What `match` judges of process, material, colour, sheet, size, nozzle, tolerance, facility and access."""
    room = FIT_TOLERANCE_MM
    sheet = sa.func.abs(jobs.c.thickness_mm - probe.thickness_mm) <= SHEET_TOLERANCE_MM
    return (
        jobs.c.state == _QUEUED,
        jobs.c.process == probe.process,
        jobs.c.material == probe.material,
        probe.place == _PLACE,
        jobs.c.asks.is_(sa.null()) if kind is Kind.PLAIN else jobs.c.asks.is_not(sa.null()),
        sa.or_(jobs.c.colour.is_(None), jobs.c.colour == probe.colour),
        sa.or_(jobs.c.thickness_mm.is_(None), sheet),
        jobs.c.short_mm <= probe.narrow_mm + room,
        jobs.c.long_mm <= probe.wide_mm + room,
        jobs.c.high_mm <= probe.high_mm + room,
        sa.or_(jobs.c.nozzle_mm.is_(None), probe.nozzle_mm.is_(None), jobs.c.nozzle_mm + room >= probe.nozzle_mm),
        sa.or_(jobs.c.tolerance_mm.is_(None), probe.tolerance_mm <= jobs.c.tolerance_mm + _HAIR_MM),
        sa.or_(probe.members.is_(None), is_member),
        *([~_EARLIER_COPY] if kind is Kind.FIRST_ASKING else []),
    )


def probe_values(probe: Probe, most: int, number: int) -> dict[str, object]:
    """A probe as the statement reads it: how many jobs are wanted, and which probe of the statement it is."""
    return {**_own_values(probe), "most": most, "number": number}


@lru_cache(4096)
def _own_values(probe: Probe) -> Mapping[str, object]:
    return {name: getattr(probe, name) for name in _KINDS if name not in {"most", "number"}}


def _queued(row: Sequence[Any]) -> Queued:
    """A row of the columns of _SEEN."""
    asks = row[-1]
    return Queued._make(row) if asks is None else Queued._make([*row[:-1], Asks.from_json(asks)])
