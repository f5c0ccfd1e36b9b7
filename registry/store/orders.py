"""Queries of orders, of their story, and of what agents reported."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from registry.core.attempts import AttemptState, JobState
from registry.store.designs import full_name
from registry.store.records import insert_rows
from registry.store.tables.builds import build_artifacts, builds
from registry.store.tables.designs import designs, versions
from registry.store.tables.facilities import facilities, machines
from registry.store.tables.members import members
from registry.store.tables.orders import attempts, jobs, order_events, orders, reports


def add_order(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(orders).values(values))


def add_jobs(connection: sa.Connection, rows: Sequence[dict[str, object]]) -> None:
    connection.execute(sa.insert(jobs), list(rows))


def change_order(connection: sa.Connection, order: str, **values: object) -> None:
    connection.execute(sa.update(orders).where(orders.c.id == order).values(values))


def _shown() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            orders,
            full_name(designs, versions).label("version"),
            designs.c.title,
            versions.c.snapshot,
            versions.c.manifest,
            versions.c.recalled_at,
            members.c.name.label("member_name"),
            facilities.c.slug.label("facility_slug"),
            facilities.c.name.label("facility_name"),
            builds.c.state.label("build_state"),
            builds.c.progress.label("build_progress"),
            builds.c.stage.label("build_stage"),
        )
        .join(versions, versions.c.id == orders.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .join(members, members.c.id == orders.c.member_id)
        .join(builds, builds.c.id == orders.c.build_id)
        .outerjoin(facilities, facilities.c.id == orders.c.facility_id)
    )


def order_by_id(connection: sa.Connection, order: str) -> sa.RowMapping | None:
    """An order with its version, its member, its build's progress and the facility that it names."""
    return connection.execute(_shown().where(orders.c.id == order)).mappings().one_or_none()


def order_by_request(connection: sa.Connection, member: str, key: str) -> str | None:
    """The order that the member placed under this idempotency key."""
    query = sa.select(orders.c.id).where(orders.c.member_id == member, orders.c.request_key == key)
    return connection.execute(query).scalar_one_or_none()


def orders_of_member(connection: sa.Connection, member: str, before: datetime, limit: int) -> list[sa.RowMapping]:
    """A member's orders that were placed before a moment, newest first."""
    query = _shown().where(orders.c.member_id == member, orders.c.placed_at < before)
    return list(connection.execute(query.order_by(orders.c.placed_at.desc(), orders.c.id).limit(limit)).mappings())


def orders_at(connection: sa.Connection, wanted: Iterable[str], before: datetime, limit: int) -> list[sa.RowMapping]:
    """Orders that name one of these facilities or had an attempt in one, newest first."""
    places = list(wanted)
    tried = sa.select(attempts.c.order_id).where(attempts.c.facility_id.in_(places))
    query = _shown().where(
        sa.or_(orders.c.facility_id.in_(places), orders.c.id.in_(tried)), orders.c.placed_at < before
    )
    return list(connection.execute(query.order_by(orders.c.placed_at.desc(), orders.c.id).limit(limit)).mappings())


def tallies(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, dict[JobState, int]]:
    """How many copies of each of these orders are in which state."""
    query = (
        sa.select(jobs.c.order_id, jobs.c.state, sa.func.count())
        .where(jobs.c.order_id.in_(list(wanted)))
        .group_by(jobs.c.order_id, jobs.c.state)
    )
    found: dict[str, dict[JobState, int]] = {}
    for order, state, number in connection.execute(query):
        found.setdefault(order, {})[JobState(state)] = number
    return found


def jobs_of_order(connection: sa.Connection, order: str) -> list[sa.RowMapping]:
    return list(connection.execute(sa.select(jobs).where(jobs.c.order_id == order).order_by(jobs.c.copy)).mappings())


def attempts_of_order(connection: sa.Connection, order: str) -> list[sa.RowMapping]:
    """All tries of an order with their machine and facility, oldest first."""
    query = (
        sa.select(
            attempts,
            machines.c.name.label("machine_name"),
            machines.c.key.label("machine_key"),
            machines.c.progress,
            machines.c.seconds_left,
            machines.c.attempt_id.label("machine_attempt"),
            facilities.c.slug.label("facility_slug"),
            facilities.c.name.label("facility_name"),
        )
        .join(machines, machines.c.id == attempts.c.machine_id)
        .join(facilities, facilities.c.id == attempts.c.facility_id)
        .where(attempts.c.order_id == order)
        .order_by(attempts.c.claimed_at, attempts.c.id)
    )
    return list(connection.execute(query).mappings())


def facilities_of_order(connection: sa.Connection, order: str) -> set[str]:
    """The facilities in which an attempt of the order was made."""
    query = sa.select(attempts.c.facility_id).where(attempts.c.order_id == order).distinct()
    return set(connection.execute(query).scalars())


def add_events(connection: sa.Connection, rows: Sequence[dict[str, object]]) -> None:
    """Go on with the stories of orders."""
    insert_rows(connection, order_events, rows)


def events_of_order(connection: sa.Connection, order: str, after: int, limit: int) -> list[sa.RowMapping]:
    """The order's story after a number, oldest first."""
    query = (
        sa.select(order_events)
        .where(order_events.c.order_id == order, order_events.c.sequence > after)
        .order_by(order_events.c.sequence)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def newest_events_of_order(connection: sa.Connection, order: str, limit: int) -> list[sa.RowMapping]:
    """The latest lines of the order's story, newest first."""
    query = sa.select(order_events).where(order_events.c.order_id == order)
    return list(connection.execute(query.order_by(order_events.c.sequence.desc()).limit(limit)).mappings())


def made_of_versions(connection: sa.Connection, wanted: Iterable[str], limit: int) -> list[sa.RowMapping]:
    """Good parts made of these versions, by version and facility, the latest first."""
    latest = sa.func.max(attempts.c.ended_at)
    query = (
        sa.select(
            full_name(designs, versions).label("version"),
            facilities.c.slug,
            facilities.c.name,
            facilities.c.access,
            sa.func.count().label("parts"),
            latest.label("latest"),
        )
        .join(orders, orders.c.id == attempts.c.order_id)
        .join(versions, versions.c.id == orders.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .join(facilities, facilities.c.id == attempts.c.facility_id)
        .where(orders.c.version_id.in_(list(wanted)), attempts.c.state == AttemptState.GOOD)
        .group_by(
            designs.c.namespace, designs.c.name, versions.c.version, facilities.c.slug, facilities.c.name,
            facilities.c.access,
        )
        .order_by(latest.desc())
        .limit(limit)
    )  # fmt: skip
    return list(connection.execute(query).mappings())


def made_at(
    connection: sa.Connection, limit: int, *, facility: str | None = None, machine: str | None = None
) -> list[sa.RowMapping]:
    """Good parts made in a facility or on a machine, by version, the latest first."""
    latest = sa.func.max(attempts.c.ended_at)
    version = full_name(designs, versions)
    place = attempts.c.facility_id == facility if machine is None else attempts.c.machine_id == machine
    query = (
        sa.select(version.label("version"), designs.c.title, sa.func.count().label("parts"), latest.label("latest"))
        .join(orders, orders.c.id == attempts.c.order_id)
        .join(versions, versions.c.id == orders.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(place, attempts.c.state == AttemptState.GOOD)
        .group_by(designs.c.namespace, designs.c.name, versions.c.version, designs.c.title)
        .order_by(latest.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def builds_to_settle(connection: sa.Connection, files: Mapping[str, str], limit: int) -> list[str]:
    """Builds for which jobs still wait although there is nothing more to wait for: it failed, or what was asked of it
    for the machine (`files`: by process) is there, is not to be had, or was never asked for.
    """
    wanted = sa.case(dict(files), value=jobs.c.process)
    asked = sa.and_(build_artifacts.c.build_id == builds.c.id, build_artifacts.c.name == wanted)
    under_way = sa.and_(builds.c.state == "done", build_artifacts.c.state.in_(["queued", "running"]))
    query = (
        sa.select(builds.c.id)
        .join(jobs, jobs.c.build_id == builds.c.id)
        .outerjoin(build_artifacts, asked)
        .where(
            jobs.c.state == JobState.WAITING,
            builds.c.state.in_(["done", "failed"]),
            sa.not_(sa.func.coalesce(under_way, sa.false())),
        )
        .distinct()
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def process_of_build(connection: sa.Connection, build: str) -> str | None:
    """By which process the jobs that wait for a build are made: its manifest's. None when none waits."""
    query = sa.select(jobs.c.process).where(jobs.c.build_id == build, jobs.c.state == JobState.WAITING)
    return connection.execute(query.limit(1)).scalar_one_or_none()


def jobs_waiting_for(connection: sa.Connection, build: str, limit: int) -> list[str]:
    """Jobs that wait for a build, in their order."""
    query = sa.select(jobs.c.id).where(jobs.c.build_id == build, jobs.c.state == JobState.WAITING)
    return list(connection.execute(query.order_by(jobs.c.id).limit(limit)).scalars())


def note_part(connection: sa.Connection, wanted: Iterable[str], **values: object) -> None:
    """Keep what these jobs need of a machine, once their part is built."""
    connection.execute(sa.update(jobs).where(jobs.c.id.in_(list(wanted))).values(values))


def reports_known(connection: sa.Connection, node: str, sequences: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Which of these sequence numbers are here already: the digest of what came, and what it did."""
    query = sa.select(reports.c.sequence, reports.c.body_sha256, reports.c.effect).where(
        reports.c.node_id == node, reports.c.sequence.in_(list(sequences))
    )
    return {row.sequence: (row.body_sha256, row.effect) for row in connection.execute(query)}


def add_report(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(reports).values(values))


def sequences_after(connection: sa.Connection, node: str, sequence: int, limit: int) -> list[int]:
    """Sequence numbers of the agent's reports beyond one, ascending."""
    query = (
        sa.select(reports.c.sequence)
        .where(reports.c.node_id == node, reports.c.sequence > sequence)
        .order_by(reports.c.sequence)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())
