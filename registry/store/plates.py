"""Attempts as their agents know them. Several copies that are made together on one plate are one attempt to the agent,
known by the first of them; to the registry each is an attempt of its own.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.core.attempts import SETTLED, Command
from registry.store.handout import KeptAttempt, KeptJob, kept_attempt, lock_attempts, lock_jobs
from registry.store.tables.orders import attempts, jobs

Copy = tuple[KeptJob, KeptAttempt]
"""A copy with its attempt."""

_known_as = sa.func.coalesce(attempts.c.plate, attempts.c.id)
"""The attempt under which the agent knows this one."""


@dataclass(frozen=True)
class Seen:
    """An attempt as it stands, and the one under which its agent knows it: itself, unless it lies on a plate."""

    known_as: str
    at: KeptAttempt


def with_companions(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, Seen]:
    """These attempts and all that share a plate with one of them, without a lock."""
    rows = _rows(connection, attempts.c.id, set(wanted))
    shared = {row["plate"] for row in rows} - {None}
    found = (*rows, *_rows(connection, attempts.c.plate, shared))
    return {row["id"]: Seen(row["plate"] or row["id"], kept_attempt(row)) for row in found}


def _rows(connection: sa.Connection, column: sa.Column[str], wanted: Set[str]) -> Sequence[sa.RowMapping]:
    """Looked up in the column's index, where anything is."""
    if not wanted:
        return ()
    return connection.execute(sa.select(attempts).where(column.in_(sorted(wanted)))).mappings().all()


def lock_plates(connection: sa.Connection, seen: Mapping[str, Seen]) -> dict[str, list[Copy]]:
    """Whole plates by the attempts under which their agents know them: the copies with their jobs, that one first.

    Locked in the order that everybody keeps, and as they are then.
    """
    kept = lock_jobs(connection, [one.at.job for one in seen.values()])
    locked = [(seen[id_].known_as, kept[at.job], at) for id_, at in lock_attempts(connection, seen).items()]
    found: dict[str, list[Copy]] = {}
    for known_as, job, at in sorted(locked, key=lambda one: (one[2].attempt.id != one[0], one[1].copy)):
        found.setdefault(known_as, []).append((job, at))
    return found


def attempt_of_job(connection: sa.Connection, job: str) -> str | None:
    """The current attempt at this job, without a lock."""
    return connection.execute(sa.select(jobs.c.attempt_id).where(jobs.c.id == job)).scalar_one_or_none()


def renew_leases(connection: sa.Connection, node: str, held: Mapping[str, int], until: datetime) -> set[str]:
    """Prolong those of these attempts (id → epoch) that are this agent's and of which a copy still counts. Returns
    their ids.
    """
    if not held:
        return set()
    ids = sorted(held)
    is_current = sa.and_(jobs.c.attempt_id == attempts.c.id, jobs.c.epoch == attempts.c.epoch)
    query = (
        sa.select(
            attempts.c.id, _known_as.label("known_as"), attempts.c.epoch, attempts.c.state, jobs.c.id.label("job")
        )
        .outerjoin(jobs, is_current)
        .where(sa.or_(attempts.c.id.in_(ids), attempts.c.plate.in_(ids)), attempts.c.node_id == node)
        .order_by(attempts.c.id)
        .with_for_update(of=attempts)
    )
    rows = connection.execute(query).all()
    named = {row.id for row in rows if row.id == row.known_as and row.epoch == held.get(row.id)}
    good = [row for row in rows if row.known_as in named and row.job is not None and row.state not in SETTLED]
    if good:
        chosen = attempts.c.id.in_(sorted(row.id for row in good))
        connection.execute(sa.update(attempts).where(chosen).values(lease_until=until))
    return {row.known_as for row in good}


def shorten_leases(connection: sa.Connection, until: datetime) -> None:
    """Let no open attempt's lease last beyond this: it was given before the clock was set back."""
    too_long = (
        sa.select(attempts.c.id)
        .where(attempts.c.ended_at.is_(None), attempts.c.lease_until > until)
        .order_by(attempts.c.id)
        .with_for_update()
    )
    found = list(connection.execute(too_long).scalars())
    if found:
        connection.execute(sa.update(attempts).where(attempts.c.id.in_(found)).values(lease_until=until))


def commands_for(connection: sa.Connection, node: str) -> list[tuple[str, Command]]:
    """What the agent is asked to do with its running attempts."""
    query = (
        sa.select(_known_as.label("known_as"), attempts.c.command)
        .join(jobs, jobs.c.attempt_id == attempts.c.id)
        .where(attempts.c.node_id == node, attempts.c.command.is_not(None))
        .distinct()
        .order_by("known_as", attempts.c.command)
    )
    return [(attempt, Command(command)) for attempt, command in connection.execute(query)]
