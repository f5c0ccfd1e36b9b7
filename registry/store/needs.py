"""Queries of needs, of who needs them, and of who takes them up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.designs import designs, versions
from registry.store.tables.facilities import facilities
from registry.store.tables.members import members
from registry.store.tables.needs import need_causes, need_claims, need_links, need_tags, need_voices, needs
from registry.store.tables.proposals import proposals
from registry.store.upsert import insert_if_new

_closer = members.alias("closer")
_answer_design = designs.alias("answer_design")


@dataclass(frozen=True)
class NeedFilter:
    """Which needs are wanted."""

    words: tuple[str, ...] = ()
    """In small letters; all of them."""
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ("open",)
    tag: str | None = None
    design: str | None = None
    """Its id, as `facility` is."""
    facility: str | None = None
    material: str | None = None
    opener: str | None = None
    member: str | None = None
    """Opened, supported or taken up by this member."""
    box: tuple[float, float, float, float] | None = None
    """South, west, north, east, in degrees."""


def _shown() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            needs,
            members.c.name.label("opener"),
            _closer.c.name.label("closer"),
            (designs.c.namespace + "/" + designs.c.name).label("design"),
            facilities.c.slug.label("facility"),
            facilities.c.name.label("facility_name"),
            facilities.c.access.label("facility_access"),
            (_answer_design.c.namespace + "/" + _answer_design.c.name + "@" + versions.c.version).label("answer"),
        )
        .outerjoin(members, members.c.id == needs.c.opener_id)
        .outerjoin(_closer, _closer.c.id == needs.c.closed_by)
        .outerjoin(designs, designs.c.id == needs.c.design_id)
        .outerjoin(facilities, facilities.c.id == needs.c.facility_id)
        .outerjoin(versions, versions.c.id == needs.c.answer_id)
        .outerjoin(_answer_design, _answer_design.c.id == versions.c.design_id)
    )


def need_by_id(connection: sa.Connection, need: str) -> sa.RowMapping | None:
    """A need with the names of everything that it concerns."""
    return connection.execute(_shown().where(needs.c.id == need)).mappings().one_or_none()


def lock_need(connection: sa.Connection, need: str) -> None:
    """Let no other transaction change it until the end of this one (SQLite has one writer anyway)."""
    connection.execute(sa.select(needs.c.id).where(needs.c.id == need).with_for_update()).one_or_none()


def need_by_identity(connection: sa.Connection, identity: str) -> sa.RowMapping | None:
    """The need of a cause, locked until the end of the transaction."""
    query = sa.select(needs).where(needs.c.identity == identity).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def find_needs(
    connection: sa.Connection, wanted: NeedFilter, *, newest: bool, after: tuple[object, str] | None, limit: int
) -> list[sa.RowMapping]:
    """Needs that fit, those with the greatest demand first, or the newest; `after` such a place in the list."""
    key: sa.ColumnElement[object] = needs.c.opened_at if newest else needs.c.rank
    query = _filtered(_shown(), wanted).order_by(key.desc(), needs.c.id.desc()).limit(limit)
    if after is not None:
        place = sa.tuple_(sa.literal(after[0], key.type), sa.literal(after[1]))
        query = query.where(sa.tuple_(key, needs.c.id) < place)
    return list(connection.execute(query).mappings())


def _filtered(query: sa.Select[tuple[object, ...]], wanted: NeedFilter) -> sa.Select[tuple[object, ...]]:
    query = query.where(needs.c.state.in_(wanted.states))
    for word in wanted.words:
        query = query.where(needs.c.search.contains(word, autoescape=True))
    if wanted.kinds:
        query = query.where(needs.c.kind.in_(wanted.kinds))
    if wanted.tag is not None:
        query = query.where(sa.exists().where(need_tags.c.need_id == needs.c.id, need_tags.c.tag == wanted.tag))
    for column, value in (
        (needs.c.design_id, wanted.design),
        (needs.c.facility_id, wanted.facility),
        (needs.c.material, wanted.material),
        (needs.c.opener_id, wanted.opener),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.member is not None:
        query = query.where(_concerns(wanted.member))
    if wanted.box is not None:
        south, west, north, east = wanted.box
        query = query.where(needs.c.latitude.between(south, north), needs.c.longitude.between(west, east))
    return query


def _concerns(member: str) -> sa.ColumnElement[bool]:
    voice = sa.exists().where(need_voices.c.need_id == needs.c.id, need_voices.c.who == member)
    claim = sa.exists().where(need_claims.c.need_id == needs.c.id, need_claims.c.member_id == member)
    return sa.or_(needs.c.opener_id == member, voice, claim)


def count_open(connection: sa.Connection, design: str) -> int:
    """How many open needs concern a design."""
    query = sa.select(sa.func.count()).where(needs.c.design_id == design, needs.c.state == "open")
    return connection.execute(query).scalar_one()


def popular_tags(connection: sa.Connection, limit: int) -> list[str]:
    """The tags that most open needs have."""
    query = (
        sa.select(need_tags.c.tag)
        .join(needs, needs.c.id == need_tags.c.need_id)
        .where(needs.c.state == "open")
        .group_by(need_tags.c.tag)
        .order_by(sa.func.count().desc(), need_tags.c.tag)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def add_need(connection: sa.Connection, values: Mapping[str, object], tags: Iterable[str]) -> bool:
    """Keep a new need; False when somebody else kept one of the same identity."""
    if not insert_if_new(connection, needs, [values]):
        return False
    insert_if_new(connection, need_tags, [{"need_id": values["id"], "tag": tag} for tag in tags])
    return True


def change_need(connection: sa.Connection, need: str, **values: object) -> None:
    connection.execute(sa.update(needs).where(needs.c.id == need).values(values))


def forget_faint(connection: sa.Connection, before: datetime) -> int:
    """Forget what was heard too seldom and for long no more; how many those were."""
    old = sa.select(needs.c.id).where(needs.c.state == "faint", needs.c.changed_at < before)
    for table in (need_tags, need_voices, need_causes, need_claims, need_links):
        connection.execute(sa.delete(table).where(table.c.need_id.in_(old)))
    return connection.execute(sa.delete(needs).where(needs.c.state == "faint", needs.c.changed_at < before)).rowcount


def voices_of(connection: sa.Connection, need: str) -> list[sa.RowMapping]:
    """Who needs it, with the names of members, the first ones first."""
    query = (
        sa.select(need_voices, members.c.name)
        .outerjoin(members, members.c.id == need_voices.c.who)
        .where(need_voices.c.need_id == need)
        .order_by(need_voices.c.at, need_voices.c.who)
    )
    return list(connection.execute(query).mappings())


def hear(
    connection: sa.Connection, need: str, who: str, at: datetime, *, note: str | None = None, times: int = 1
) -> None:
    """Note that somebody needs it, now again; without a note the old one stays."""
    key = {"need_id": need, "who": who}
    if insert_if_new(connection, need_voices, [{**key, "at": at, "times": times, "note": note or ""}]):
        return
    values: dict[str, object] = {"at": at, "times": need_voices.c.times + times}
    if note is not None:
        values["note"] = note
    same = sa.and_(need_voices.c.need_id == need, need_voices.c.who == who)
    connection.execute(sa.update(need_voices).where(same).values(values))


def fall_silent(connection: sa.Connection, need: str, who: str) -> bool:
    """Take somebody's voice back; False when there was none."""
    query = sa.delete(need_voices).where(need_voices.c.need_id == need, need_voices.c.who == who)
    return connection.execute(query).rowcount == 1


def tags_of(connection: sa.Connection, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The tags of each of these needs."""
    query = sa.select(need_tags).where(need_tags.c.need_id.in_(wanted)).order_by(need_tags.c.tag)
    found: dict[str, tuple[str, ...]] = {}
    for need, tag in connection.execute(query):
        found[need] = (*found.get(need, ()), tag)
    return found


def claims_of(connection: sa.Connection, wanted: Sequence[str]) -> list[sa.RowMapping]:
    """Who has taken these needs up, the first ones first; lapsed ones too."""
    query = (
        sa.select(need_claims, members.c.name)
        .join(members, members.c.id == need_claims.c.member_id)
        .where(need_claims.c.need_id.in_(wanted))
        .order_by(need_claims.c.since, need_claims.c.member_id)
    )
    return list(connection.execute(query).mappings())


def take_up(connection: sa.Connection, need: str, member: str, plan: str | None, now: datetime) -> bool:
    """Note that a member is at it; True when they were not. Without a plan the old one stays."""
    row = {"need_id": need, "member_id": member, "plan": plan or "", "since": now, "heard_at": now}
    if insert_if_new(connection, need_claims, [row]):
        return True
    same = sa.and_(need_claims.c.need_id == need, need_claims.c.member_id == member)
    lapsed = connection.execute(sa.select(need_claims.c.lapsed_at).where(same)).scalar_one() is not None
    values: dict[str, object] = {"heard_at": now, "lapsed_at": None}
    if plan is not None:
        values["plan"] = plan
    connection.execute(sa.update(need_claims).where(same).values(values))
    return lapsed


def let_go(connection: sa.Connection, need: str, member: str) -> bool:
    """A member is at it no longer; False when they were not."""
    query = sa.delete(need_claims).where(need_claims.c.need_id == need, need_claims.c.member_id == member)
    return connection.execute(query).rowcount == 1


def lapse_claims(connection: sa.Connection, silent_since: datetime, now: datetime, limit: int) -> list[sa.RowMapping]:
    """End the take-ups of open needs of which nothing was heard for so long: their needs and the members' names."""
    query = (
        sa.select(need_claims.c.need_id, need_claims.c.member_id, members.c.name, needs.c.title)
        .join(members, members.c.id == need_claims.c.member_id)
        .join(needs, needs.c.id == need_claims.c.need_id)
        .where(need_claims.c.lapsed_at.is_(None), need_claims.c.heard_at <= silent_since, needs.c.state == "open")
        .limit(limit)
    )
    found = list(connection.execute(query).mappings())
    for row in found:
        same = sa.and_(need_claims.c.need_id == row["need_id"], need_claims.c.member_id == row["member_id"])
        connection.execute(sa.update(need_claims).where(same).values(lapsed_at=now))
    return found


def links_of(connection: sa.Connection, need: str) -> list[sa.RowMapping]:
    """Where it is worked at: with the member's name, the design's, and the proposal's number in it."""
    query = (
        sa.select(
            need_links,
            members.c.name,
            proposals.c.number,
            (designs.c.namespace + "/" + designs.c.name).label("design"),
        )
        .join(members, members.c.id == need_links.c.member_id)
        .outerjoin(proposals, sa.and_(need_links.c.kind == "proposal", proposals.c.id == need_links.c.target))
        .outerjoin(designs, designs.c.id == sa.func.coalesce(proposals.c.target_id, need_links.c.target))
        .where(need_links.c.need_id == need)
        .order_by(need_links.c.at, need_links.c.target)
    )
    return list(connection.execute(query).mappings())


def add_link(connection: sa.Connection, **values: object) -> bool:
    """False when it is there already."""
    return insert_if_new(connection, need_links, [values]) == 1


def open_of_design(connection: sa.Connection, design: str, kind: str) -> list[sa.RowMapping]:
    """The needs of one kind about a design that are not closed, locked until the end of the transaction."""
    query = (
        sa.select(needs)
        .where(needs.c.design_id == design, needs.c.kind == kind, needs.c.state.in_(["open", "faint"]))
        .with_for_update()
    )
    return list(connection.execute(query).mappings())
