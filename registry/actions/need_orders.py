"""Orders that no machine can make: judged now and then, joined by the reason and by where they are wanted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.actions.machines import capability
from registry.actions.matches import work_of_order
from registry.actions.need_signals import MakeId, end_causes, notice
from registry.actions.story import Story
from registry.core.capability import Access, Capability
from registry.core.matching import match
from registry.core.need_causes import Cause, blocking, machine_cause
from registry.store import facilities as facility_store
from registry.store import need_causes as causes
from registry.store import need_facts as facts
from registry.store import needs as store
from registry.store import nodes
from registry.store import orders as order_store

PATIENCE = timedelta(minutes=2)
"""Machines come and go; a need is what waits longer."""
AT_ONCE = 25
"""Orders that one round judges: it goes on with the others in the next one."""
MOST_MACHINES = 5000
_PREFIX = "order:"


@dataclass(frozen=True)
class Waiting:
    """An order that waits, as it was judged."""

    order: str
    member: str
    cause: Cause | None
    """Why no machine can make it; None: one can, or nothing is missing but what the order itself names."""
    words: str = ""
    """Who can make it."""


@dataclass(frozen=True)
class Round:
    """What was found, and where the next round goes on."""

    waiting: tuple[Waiting, ...]
    over: tuple[str, ...]
    """Orders of which nothing waits any more."""
    next_order: str
    next_cause: str


def look(connection: sa.Connection, after_order: str, after_cause: str, now: datetime) -> Round:
    """Judge the next orders that wait, and see which others wait no longer. Reads only: it may take a while."""
    ids = facts.waiting_orders(connection, now - PATIENCE, after_order, AT_ONCE)
    machines = _machines(connection) if ids else []
    found = [one for order in ids if (one := _judge(connection, order, machines)) is not None]
    kept = causes.causes_from(connection, _PREFIX, after_cause, AT_ONCE * 4)
    held = [cause.removeprefix(_PREFIX) for cause in kept]
    over = sorted(set(held) - facts.still_waiting(connection, held))
    return Round(
        tuple(found), tuple(over), ids[-1] if len(ids) == AT_ONCE else "",
        kept[-1] if len(kept) == AT_ONCE * 4 else "",
    )  # fmt: skip


def keep(story: Story, found: Round, make_id: MakeId) -> None:
    """Write it down. The caller finishes the story."""
    for one in found.waiting:
        held_by = _PREFIX + one.order
        if one.cause is None:
            end_causes(story, [held_by], one.words)
        else:
            need = _notice(story, one, one.cause, held_by, make_id)
            end_causes(story, [held_by], "what waits for it waits for something else now", but=need)
    end_causes(story, [_PREFIX + order for order in found.over], "no order waits for it any more")


def _notice(story: Story, one: Waiting, cause: Cause, held_by: str, make_id: MakeId) -> str:
    """An order speaks once, however often it is looked at."""
    row = store.need_by_identity(story.connection, cause.identity)
    known = row is not None and row["state"] == "open" and causes.is_held_by(story.connection, row["id"], held_by)
    return row["id"] if row is not None and known else notice(story, cause, {one.member: 1}, make_id, held_by=held_by)


def _judge(connection: sa.Connection, order: str, machines: list[Capability]) -> Waiting | None:
    row = order_store.order_by_id(connection, order)
    if row is None:
        return None
    work = work_of_order(connection, row)
    alike = [machine for machine in machines if machine.process == work.process]
    decisions = [(machine, match(work, machine)) for machine in alike]
    able = [machine for machine, decision in decisions if decision.can]
    code = blocking([decision for _, decision in decisions])
    if code is None:
        return Waiting(order, work.member, None, _who_can(able))
    design = facts.design_of_order(connection, order)
    assert design is not None, "its version is there"
    return Waiting(order, work.member, machine_cause(code, work, design, row["version"].partition("@")[0]))


def _who_can(able: list[Capability]) -> str:
    shown = [machine for machine in able if machine.access is not Access.PRIVATE]
    if not shown:
        return "a machine can make it now" if able else "only the order itself keeps it from being made"
    return f"{shown[0].name} at {shown[0].facility_name} can make it"


def _machines(connection: sa.Connection) -> list[Capability]:
    rows = nodes.machines_shown(connection, None, MOST_MACHINES)
    runners = facility_store.runners_of(connection, {row["facility_id"] for row in rows})
    return [capability(row, frozenset(runners.get(row["facility_id"], {}))) for row in rows]
