"""Queries of the queue as those see it who wait: who has how many turns in it, and how much comes before."""

from dataclasses import dataclass

import sqlalchemy as sa

from registry.core.attempts import AttemptState, JobState
from registry.core.turns import Standing
from registry.store.tables.orders import attempts, jobs, orders


@dataclass(frozen=True)
class Group:
    """Copies that wait for the same machines, as far as they are told apart here."""

    process: str
    material: str
    """In its normal form."""
    facility: str | None
    copies: int
    seconds: float
    """That they might take, as far as it is known."""


def standings(connection: sa.Connection, process: str, material: str) -> tuple[Standing, ...]:
    """How each member stands in the queue of a process and a material (in its normal form)."""
    same = (jobs.c.process == process, jobs.c.material == material)
    waiting = (
        sa.select(jobs.c.member_id, sa.func.min(jobs.c.turn), sa.func.max(jobs.c.turn))
        .where(jobs.c.state == sa.literal_column("'queued'"), *same)
        .group_by(jobs.c.member_id)
    )
    made = (
        sa.select(jobs.c.member_id, sa.func.max(jobs.c.turn))
        .join(attempts, attempts.c.id == jobs.c.attempt_id)
        .where(attempts.c.ended_at.is_(None), jobs.c.state == JobState.ACTIVE, *same)
        .group_by(jobs.c.member_id)
    )
    first = {member: (least, most) for member, least, most in connection.execute(waiting)}
    served: dict[str, int] = {row.member_id: row[1] for row in connection.execute(made)}
    found = []
    for member in sorted(first.keys() | served.keys()):
        least, most = first.get(member, (None, 0))
        last = max(most, served.get(member, 0))
        found.append(Standing(member, least, last, served=member in served))
    return tuple(found)


def waiting_before(connection: sa.Connection, process: str, priority: int, turn: int) -> tuple[Group, ...]:
    """What waits for machines of a process and comes before a copy of this priority and turn."""
    before = sa.or_(jobs.c.priority > priority, sa.and_(jobs.c.priority == priority, jobs.c.turn < turn))
    query = (
        sa.select(
            jobs.c.material, jobs.c.facility_id, sa.func.count(), sa.func.coalesce(sa.func.sum(jobs.c.about_seconds), 0)
        )
        .where(jobs.c.state == sa.literal_column("'queued'"), jobs.c.process == process, before)
        .group_by(jobs.c.material, jobs.c.facility_id)
    )
    return tuple(Group(process, *row) for row in connection.execute(query))


def give_turns(connection: sa.Connection, given: dict[str, int]) -> None:
    """Keep the turns of these jobs."""
    if given:
        query = sa.update(jobs).where(jobs.c.id == sa.bindparam("of")).values(turn=sa.bindparam("new_turn"))
        connection.execute(query, [{"of": job, "new_turn": turn} for job, turn in given.items()])


def raise_order(connection: sa.Connection, order: str, priority: int) -> None:
    """Give all copies of an order this priority."""
    connection.execute(sa.update(jobs).where(jobs.c.order_id == order).values(priority=priority))


def sliced_figures(connection: sa.Connection, build: str, material: str) -> dict[str, object] | None:
    """What a slicer said last of one copy of this part in this material (in its normal form)."""
    other = attempts.alias()
    query = (
        sa.select(attempts.c.figures)
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .join(orders, orders.c.id == attempts.c.order_id)
        .where(
            orders.c.build_id == build,
            jobs.c.material == material,
            attempts.c.gcode_sha256.is_not(None),
            attempts.c.plate.is_(None),
            attempts.c.state != AttemptState.LOST,
            ~sa.exists().where(other.c.plate == attempts.c.id),
        )
        .order_by(attempts.c.claimed_at.desc(), attempts.c.id)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()
