"""Queries of proposals, their merges, the builds of their checks, and how conflicts were resolved."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.ids import DesignName
from registry.store.tables.designs import designs, versions
from registry.store.tables.members import members
from registry.store.tables.proposals import (
    proposal_builds,
    proposal_comments,
    proposal_merges,
    proposal_offers,
    proposal_resolutions,
    proposal_threads,
    proposals,
)
from registry.store.upsert import insert_if_new

OPEN = ("open", "changes_requested")
_target, _source = designs.alias("target"), designs.alias("source")
_offered, _ender = versions.alias("offered"), members.alias("ender")


def _heads() -> sa.Select[tuple[object, ...]]:
    comments = (
        sa.select(sa.func.count())
        .select_from(proposal_comments.join(proposal_threads, proposal_threads.c.id == proposal_comments.c.thread_id))
        .where(proposal_threads.c.proposal_id == proposals.c.id, proposal_comments.c.deleted_at.is_(None))
        .correlate(proposals)
        .scalar_subquery()
    )
    return (
        sa.select(
            proposals,
            _target.c.namespace.label("target_namespace"),
            _target.c.name.label("target_name"),
            _target.c.latest_id.label("target_latest"),
            _source.c.namespace.label("source_namespace"),
            _source.c.name.label("source_name"),
            _offered.c.version.label("offered"),
            members.c.name.label("opener"),
            _ender.c.name.label("ender"),
            comments.label("comments"),
            proposal_merges.c.state.label("merge_state"),
            proposal_merges.c.target_version.label("merge_target"),
            proposal_merges.c.source_version.label("merge_source"),
            proposal_merges.c.checking,
            proposal_merges.c.checks,
        )
        .join_from(proposals, _target, _target.c.id == proposals.c.target_id)
        .join(_source, _source.c.id == proposals.c.source_id)
        .join(_offered, _offered.c.id == proposals.c.source_version)
        .join(members, members.c.id == proposals.c.opened_by)
        .outerjoin(_ender, _ender.c.id == proposals.c.ended_by)
        .outerjoin(proposal_merges, proposal_merges.c.id == proposals.c.merge_id)
    )


def proposal_by_id(connection: sa.Connection, proposal: str) -> sa.RowMapping | None:
    """One proposal with the names of what belongs to it, and how its last merge stands."""
    return connection.execute(_heads().where(proposals.c.id == proposal)).mappings().one_or_none()


def id_of_number(connection: sa.Connection, target: DesignName, number: int) -> str | None:
    query = (
        sa.select(proposals.c.id)
        .join(designs, designs.c.id == proposals.c.target_id)
        .where(designs.c.namespace == target.namespace, designs.c.name == target.name, proposals.c.number == number)
    )
    return connection.execute(query).scalar_one_or_none()


def list_heads(
    connection: sa.Connection, where: Sequence[sa.ColumnElement[bool]], before: str | None, limit: int
) -> list[sa.RowMapping]:
    """The newest first; ids of one registry sort as they come only within `opened_at`."""
    query = _heads().where(*where)
    if before is not None:
        edge = sa.select(proposals.c.opened_at).where(proposals.c.id == before).scalar_subquery()
        query = query.where(
            sa.or_(proposals.c.opened_at < edge, sa.and_(proposals.c.opened_at == edge, proposals.c.id < before))
        )
    ordered = query.order_by(proposals.c.opened_at.desc(), proposals.c.id.desc()).limit(limit)
    return list(connection.execute(ordered).mappings())


def of_target(name: DesignName) -> sa.ColumnElement[bool]:
    return sa.and_(_target.c.namespace == name.namespace, _target.c.name == name.name)


def of_source(name: DesignName) -> sa.ColumnElement[bool]:
    return sa.and_(_source.c.namespace == name.namespace, _source.c.name == name.name)


def in_namespaces(names: Sequence[str]) -> sa.ColumnElement[bool]:
    """Offered to a design of one of these."""
    return _target.c.namespace.in_(names)


def of_member(name: str) -> sa.ColumnElement[bool]:
    return members.c.name == name


def is_open() -> sa.ColumnElement[bool]:
    return proposals.c.state.in_(OPEN)


def count_open(connection: sa.Connection, target: DesignName) -> int:
    """How many wait for the maintainers of a design."""
    query = (
        sa.select(sa.func.count())
        .select_from(proposals.join(designs, designs.c.id == proposals.c.target_id))
        .where(designs.c.namespace == target.namespace, designs.c.name == target.name, is_open())
    )
    return connection.execute(query).scalar_one()


def next_number(connection: sa.Connection, target: str) -> int:
    """Of a design that is locked."""
    query = sa.select(sa.func.coalesce(sa.func.max(proposals.c.number), 0)).where(proposals.c.target_id == target)
    return int(connection.execute(query).scalar_one()) + 1


def open_between(connection: sa.Connection, source: str, target: str) -> list[sa.RowMapping]:
    """The open proposals of one design to another, oldest first."""
    query = sa.select(proposals).where(proposals.c.source_id == source, proposals.c.target_id == target, is_open())
    return list(connection.execute(query.order_by(proposals.c.opened_at)).mappings())


def add_proposal(connection: sa.Connection, values: Mapping[str, object]) -> None:
    connection.execute(sa.insert(proposals).values(values))


def lock_proposal(connection: sa.Connection, proposal: str) -> None:
    """Let no other transaction change it until the end of this one (SQLite has one writer anyway)."""
    connection.execute(sa.select(proposals.c.id).where(proposals.c.id == proposal).with_for_update()).one()


def change_proposal(connection: sa.Connection, proposal: str, **values: object) -> None:
    connection.execute(sa.update(proposals).where(proposals.c.id == proposal).values(values))


def add_offer(connection: sa.Connection, proposal: str, version: str, by: str, now: datetime) -> None:
    row = {"proposal_id": proposal, "version_id": version, "offered_by": by, "offered_at": now}
    insert_if_new(connection, proposal_offers, [row])


def offers_of(connection: sa.Connection, proposal: str) -> list[sa.RowMapping]:
    """Every version that was offered, oldest first."""
    query = (
        sa.select(designs.c.namespace, designs.c.name, versions.c.version, members.c.name.label("by"), proposal_offers)
        .join_from(proposal_offers, versions, versions.c.id == proposal_offers.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .join(members, members.c.id == proposal_offers.c.offered_by)
        .where(proposal_offers.c.proposal_id == proposal)
        .order_by(proposal_offers.c.offered_at, versions.c.published_at)
    )
    return list(connection.execute(query).mappings())


# ---------------------------------------------------------------------------------------------------------- resolutions
def resolutions_of(connection: sa.Connection, proposal: str) -> list[sa.RowMapping]:
    query = (
        sa.select(proposal_resolutions, members.c.name.label("by"))
        .join(members, members.c.id == proposal_resolutions.c.resolved_by)
        .where(proposal_resolutions.c.proposal_id == proposal)
        .order_by(proposal_resolutions.c.conflict_id)
    )
    return list(connection.execute(query).mappings())


def put_resolution(
    connection: sa.Connection, proposal: str, conflict: str, values: Mapping[str, object] | None
) -> None:
    """Resolve a conflict; None: it is open again."""
    at = sa.and_(proposal_resolutions.c.proposal_id == proposal, proposal_resolutions.c.conflict_id == conflict)
    connection.execute(sa.delete(proposal_resolutions).where(at))
    if values is not None:
        row = {"proposal_id": proposal, "conflict_id": conflict, **values}
        connection.execute(sa.insert(proposal_resolutions).values(row))


# --------------------------------------------------------------------------------------------------- merges and checks
def merge_by_id(connection: sa.Connection, merge: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(proposal_merges).where(proposal_merges.c.id == merge)).mappings().one_or_none()


def count_open_conflicts(connection: sa.Connection, merge: str) -> int:
    """Conflicts of a merge that nobody has resolved."""
    result = connection.execute(sa.select(proposal_merges.c.result).where(proposal_merges.c.id == merge)).scalar_one()
    return sum(bool(conflict["open"]) for conflict in result["conflicts"])


def add_merge_if_new(connection: sa.Connection, values: Mapping[str, object]) -> None:
    insert_if_new(connection, proposal_merges, [values])


def stale(connection: sa.Connection, limit: int) -> list[str]:
    """Open proposals whose last merge is not of their present sides: one of these moved."""
    present = sa.and_(
        proposal_merges.c.target_version == designs.c.latest_id,
        proposal_merges.c.source_version == proposals.c.source_version,
    )
    query = (
        sa.select(proposals.c.id)
        .join(designs, designs.c.id == proposals.c.target_id)
        .outerjoin(proposal_merges, proposal_merges.c.id == proposals.c.merge_id)
        .where(is_open(), sa.or_(proposal_merges.c.id.is_(None), sa.not_(present)))
        .order_by(proposals.c.changed_at)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def take_check(
    connection: sa.Connection, worker: str, now: datetime, lease: timedelta, *, due: datetime
) -> sa.RowMapping | None:
    """Give the worker the merge whose checks wait longest to be looked after, of those that are due until then; None:
    there is none, or another was quicker."""
    free = sa.or_(proposal_merges.c.lease_until.is_(None), proposal_merges.c.lease_until < now)
    waiting = sa.and_(proposal_merges.c.checking == "open", free)
    query = sa.select(proposal_merges.c.id).where(waiting, proposal_merges.c.look_at <= due)
    merge = connection.execute(query.order_by(proposal_merges.c.look_at).limit(1)).scalar_one_or_none()
    if merge is None:
        return None
    held = {"worker": worker, "lease_until": now + lease, "tries": proposal_merges.c.tries + 1}
    taken = sa.update(proposal_merges).where(proposal_merges.c.id == merge, waiting).values(held)
    return connection.execute(taken.returning(proposal_merges)).mappings().one_or_none()


def release_check(connection: sa.Connection, merge: str, worker: str, **values: object) -> bool:
    """Let go of a merge; False, and nothing written, when it is no longer this worker's."""
    held = sa.and_(proposal_merges.c.id == merge, proposal_merges.c.worker == worker)
    values = {"worker": None, "lease_until": None, "tries": 0, **values}
    return connection.execute(sa.update(proposal_merges).where(held).values(values)).rowcount == 1


def busy_workers(connection: sa.Connection) -> list[str]:
    query = sa.select(proposal_merges.c.worker).where(proposal_merges.c.worker.is_not(None)).distinct()
    return [worker for worker in connection.execute(query).scalars() if worker]


def free_checks_of(connection: sa.Connection, worker: str) -> None:
    """Let go of all that a worker holds: it stops, or has died."""
    held = proposal_merges.c.worker == worker
    connection.execute(sa.update(proposal_merges).where(held).values(worker=None, lease_until=None))


def has_open_checks(connection: sa.Connection) -> bool:
    """Whether any checks are to be looked after."""
    return connection.execute(sa.select(sa.exists().where(proposal_merges.c.checking == "open"))).scalar_one()


def change_merge(connection: sa.Connection, merge: str, **values: object) -> None:
    connection.execute(sa.update(proposal_merges).where(proposal_merges.c.id == merge).values(values))


def stop_checks(connection: sa.Connection, proposal: str, *, but: str | None) -> None:
    """End the checks of merges that count no more."""
    others = sa.and_(
        proposal_merges.c.proposal_id == proposal,
        proposal_merges.c.checking == "open",
        sa.true() if but is None else proposal_merges.c.id != but,
    )
    connection.execute(sa.update(proposal_merges).where(others).values(checking="none"))


def begin_checks(connection: sa.Connection, merge: str, now: datetime) -> None:
    """Have a merge checked that was computed before and set aside."""
    idle = sa.and_(
        proposal_merges.c.id == merge, proposal_merges.c.checking == "none", proposal_merges.c.state == "clean"
    )
    connection.execute(sa.update(proposal_merges).where(idle).values(checking="open", look_at=now, tries=0))


def builds_of(connection: sa.Connection, merge: str) -> list[sa.RowMapping]:
    query = sa.select(proposal_builds).where(proposal_builds.c.merge_id == merge).order_by(proposal_builds.c.position)
    return list(connection.execute(query).mappings())


def add_builds(connection: sa.Connection, rows: Sequence[Mapping[str, object]]) -> None:
    insert_if_new(connection, proposal_builds, rows)


def set_target_build(connection: sa.Connection, merge: str, position: int, build: str) -> None:
    at = sa.and_(proposal_builds.c.merge_id == merge, proposal_builds.c.position == position)
    connection.execute(sa.update(proposal_builds).where(at).values(target_build=build))
