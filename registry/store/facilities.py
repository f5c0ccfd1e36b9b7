"""Queries of facilities, of who runs them, and of one-time codes."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.facilities import enrolments, facilities, facility_runners, machines
from registry.store.tables.members import members


def facility_by_slug(connection: sa.Connection, slug: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(facilities).where(facilities.c.slug == slug)).mappings().one_or_none()


def facility_by_id(connection: sa.Connection, facility: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(facilities).where(facilities.c.id == facility)).mappings().one_or_none()


def facilities_by_name(connection: sa.Connection, limit: int) -> list[sa.RowMapping]:
    """All facilities, with the number of machines that are announced now."""
    counted = sa.select(sa.func.count(machines.c.id)).where(
        machines.c.facility_id == facilities.c.id, machines.c.withdrawn_at.is_(None)
    )
    query = (
        sa.select(facilities, counted.scalar_subquery().label("machines"))
        .order_by(sa.func.lower(facilities.c.name), facilities.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def count_machines(connection: sa.Connection, facility: str) -> int:
    """How many machines are announced in a facility now."""
    query = sa.select(sa.func.count(machines.c.id)).where(
        machines.c.facility_id == facility, machines.c.withdrawn_at.is_(None)
    )
    return connection.execute(query).scalar_one()


def add_facility(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(facilities).values(values))


def change_facility(connection: sa.Connection, facility: str, values: dict[str, object]) -> None:
    connection.execute(sa.update(facilities).where(facilities.c.id == facility).values(values))


def add_runner(connection: sa.Connection, facility: str, member: str, at: datetime) -> None:
    connection.execute(sa.insert(facility_runners).values(facility_id=facility, member_id=member, added_at=at))


def remove_runners(connection: sa.Connection, facility: str, gone: Iterable[str]) -> None:
    connection.execute(
        sa.delete(facility_runners).where(
            facility_runners.c.facility_id == facility, facility_runners.c.member_id.in_(list(gone))
        )
    )


def runners_of(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    """Who runs each of these facilities: facility → member's id → member's name."""
    query = (
        sa.select(facility_runners.c.facility_id, members.c.id, members.c.name)
        .join(members, members.c.id == facility_runners.c.member_id)
        .where(facility_runners.c.facility_id.in_(list(wanted)))
        .order_by(facility_runners.c.added_at, members.c.name)
    )
    found: dict[str, dict[str, str]] = {}
    for facility, member, name in connection.execute(query):
        found.setdefault(facility, {})[member] = name
    return found


def facilities_run_by(connection: sa.Connection, member: str) -> list[str]:
    """The ids of the facilities that a member runs."""
    query = sa.select(facility_runners.c.facility_id).where(facility_runners.c.member_id == member)
    return list(connection.execute(query).scalars())


def members_named(connection: sa.Connection, names: Iterable[str]) -> dict[str, str]:
    """Name → id of those of these members that there are."""
    query = sa.select(members.c.name, members.c.id).where(members.c.name.in_(list(names)))
    return {row.name: row.id for row in connection.execute(query)}


def add_enrolment(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(enrolments).values(values))


def enrolment_for_use(connection: sa.Connection, code_sha256: str) -> sa.RowMapping | None:
    """The one-time code with this hash, locked until the end of the transaction."""
    query = sa.select(enrolments).where(enrolments.c.code_sha256 == code_sha256).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def use_enrolment(connection: sa.Connection, code_sha256: str, at: datetime) -> None:
    connection.execute(sa.update(enrolments).where(enrolments.c.code_sha256 == code_sha256).values(used_at=at))
