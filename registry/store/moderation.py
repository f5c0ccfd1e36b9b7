"""Queries of reports and of what is hidden."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from registry.ids import DesignName
from registry.store.tables.designs import designs
from registry.store.tables.members import members
from registry.store.tables.moderation import complaints, hidings

_hider, _decider = members.alias("hider"), members.alias("decider")


def hidden_reason(connection: sa.Connection, design: DesignName) -> str | None:
    """Why a design is hidden; None where it is not, or is not there."""
    query = sa.select(designs.c.hidden_reason).where(
        designs.c.namespace == design.namespace, designs.c.name == design.name
    )
    return connection.execute(query).scalar_one_or_none()


def set_hidden(connection: sa.Connection, kind: str, subject_id: str, reason: str | None) -> None:
    """Mark the design or the member itself, so that whoever reads it knows."""
    table = {"design": designs, "member": members}.get(kind)
    if table is not None:
        connection.execute(sa.update(table).where(table.c.id == subject_id).values(hidden_reason=reason))


def hidden_now(connection: sa.Connection, kind: str, subjects: Collection[str]) -> dict[str, str]:
    """Subject's id → reason, of those that are hidden."""
    query = sa.select(hidings.c.subject_id, hidings.c.reason).where(
        hidings.c.kind == kind, hidings.c.lifted_at.is_(None), hidings.c.subject_id.in_(sorted(subjects))
    )
    return {row.subject_id: row.reason for row in connection.execute(query)}


def add_complaint(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(complaints).values(values))


def open_complaint_by(connection: sa.Connection, member: str, kind: str, subject_id: str) -> str | None:
    """The open report that this member made of this thing."""
    query = sa.select(complaints.c.id).where(
        complaints.c.reported_by == member,
        complaints.c.kind == kind,
        complaints.c.subject_id == subject_id,
        complaints.c.closed_at.is_(None),
    )
    return connection.execute(query).scalars().first()


def open_complaints(connection: sa.Connection, limit: int) -> list[sa.RowMapping]:
    """Reports that nobody has answered, the oldest first."""
    subject = sa.func.coalesce(designs.c.namespace + "/" + designs.c.name, _decider.c.name, complaints.c.subject_id)
    query = (
        sa.select(complaints, members.c.name.label("reporter"), subject.label("subject"))
        .join(members, members.c.id == complaints.c.reported_by)
        .outerjoin(designs, sa.and_(complaints.c.kind == "design", designs.c.id == complaints.c.subject_id))
        .outerjoin(_decider, sa.and_(complaints.c.kind == "member", _decider.c.id == complaints.c.subject_id))
        .where(complaints.c.closed_at.is_(None))
        .order_by(complaints.c.reported_at, complaints.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def complaint_by_id(connection: sa.Connection, complaint: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(complaints).where(complaints.c.id == complaint)).mappings().one_or_none()


def close_complaint(connection: sa.Connection, complaint: str, **values: object) -> None:
    connection.execute(sa.update(complaints).where(complaints.c.id == complaint).values(values))


def close_complaints_about(connection: sa.Connection, kind: str, subject_id: str, **values: object) -> None:
    """Answer every open report of a thing at once."""
    query = sa.update(complaints).where(
        complaints.c.kind == kind, complaints.c.subject_id == subject_id, complaints.c.closed_at.is_(None)
    )
    connection.execute(query.values(values))


def add_hiding(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(hidings).values(values))


def change_hiding(connection: sa.Connection, hiding: str, **values: object) -> None:
    connection.execute(sa.update(hidings).where(hidings.c.id == hiding).values(values))


def _hidings() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(hidings, _hider.c.name.label("hider"), _decider.c.name.label("decider"))
        .join(_hider, _hider.c.id == hidings.c.hidden_by)
        .outerjoin(_decider, _decider.c.id == hidings.c.decided_by)
    )


def hiding_by_id(connection: sa.Connection, hiding: str) -> sa.RowMapping | None:
    return connection.execute(_hidings().where(hidings.c.id == hiding)).mappings().one_or_none()


def hiding_of(connection: sa.Connection, kind: str, subject_id: str) -> sa.RowMapping | None:
    """What hides a thing now."""
    query = _hidings().where(hidings.c.kind == kind, hidings.c.subject_id == subject_id, hidings.c.lifted_at.is_(None))
    return connection.execute(query).mappings().first()


def newest_hidings(connection: sa.Connection, before: datetime, limit: int) -> list[sa.RowMapping]:
    """What was ever hidden, the newest first."""
    query = _hidings().where(hidings.c.hidden_at < before).order_by(hidings.c.hidden_at.desc(), hidings.c.id)
    return list(connection.execute(query.limit(limit)).mappings())
