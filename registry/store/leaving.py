"""Queries of what would stay without anybody when a member leaves, and of what is theirs alone."""

import sqlalchemy as sa

from registry.core.attempts import JobState
from registry.core.roles import Role
from registry.store.tables.facilities import facilities, facility_runners, nodes
from registry.store.tables.groups import group_invitations, group_members, groups, transfers
from registry.store.tables.hooks import deliveries, hooks
from registry.store.tables.members import members, namespaces
from registry.store.tables.orders import jobs, orders

_OVER = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


def lock_what_others_rely_on(connection: sa.Connection, member: str) -> None:
    """Let nobody else leave the same groups or facilities, or stop administering, before the end of this transaction
    (SQLite has one writer anyway).
    """
    mine = sa.select(group_members.c.group_id).where(group_members.c.member_id == member)
    run = sa.select(facility_runners.c.facility_id).where(facility_runners.c.member_id == member)
    for query in (
        sa.select(groups.c.id).where(groups.c.id.in_(mine)).order_by(groups.c.id),
        sa.select(facilities.c.id).where(facilities.c.id.in_(run)).order_by(facilities.c.id),
    ):
        connection.execute(query.with_for_update()).all()


def remove_hooks(connection: sa.Connection, member: str) -> None:
    """Send nothing more from the namespaces that are the member's alone: nobody is left who could stop it."""
    own = sa.select(namespaces.c.name).where(namespaces.c.owner_id == member, namespaces.c.group_id.is_(None))
    gone = sa.select(hooks.c.id).where(hooks.c.namespace.in_(own))
    connection.execute(sa.delete(deliveries).where(deliveries.c.hook_id.in_(gone)))
    connection.execute(sa.delete(hooks).where(hooks.c.namespace.in_(own)))


def groups_owned_alone(connection: sa.Connection, member: str) -> list[str]:
    """Names of the groups of which the member is the only owner."""
    other = group_members.alias("other")
    others = sa.exists().where(
        other.c.group_id == group_members.c.group_id, other.c.role == Role.OWNER.word, other.c.member_id != member
    )
    query = (
        sa.select(groups.c.name)
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.member_id == member, group_members.c.role == Role.OWNER.word, ~others)
        .order_by(groups.c.name)
    )
    return list(connection.execute(query).scalars())


def facilities_run_alone(connection: sa.Connection, member: str, *, with_agents: bool) -> list[sa.RowMapping]:
    """The facilities that nobody else runs; `with_agents`: only those that have agents, else only those without."""
    other = facility_runners.alias("other")
    others = sa.exists().where(other.c.facility_id == facility_runners.c.facility_id, other.c.member_id != member)
    agents = sa.exists().where(nodes.c.facility_id == facilities.c.id, nodes.c.removed_at.is_(None))
    query = (
        sa.select(facilities.c.id, facilities.c.slug)
        .join(facility_runners, facility_runners.c.facility_id == facilities.c.id)
        .where(facility_runners.c.member_id == member, ~others, agents if with_agents else ~agents)
        .order_by(facilities.c.slug)
    )
    return list(connection.execute(query).mappings())


def orders_under_way(connection: sa.Connection, member: str) -> int:
    """How many orders of the member have copies about which something is still to happen."""
    query = (
        sa.select(sa.func.count(sa.distinct(orders.c.id)))
        .join(jobs, jobs.c.order_id == orders.c.id)
        .where(orders.c.member_id == member, jobs.c.state.not_in(_OVER))
    )
    found: int = connection.execute(query).scalar_one()
    return found


def let_go(connection: sa.Connection, member: str) -> None:
    """Take the member out of groups, facilities, invitations and offers."""
    for table, column in (
        (group_members, group_members.c.member_id),
        (group_invitations, group_invitations.c.member_id),
        (facility_runners, facility_runners.c.member_id),
    ):
        connection.execute(sa.delete(table).where(column == member))
    connection.execute(sa.delete(group_invitations).where(group_invitations.c.invited_by == member))
    own = sa.or_(transfers.c.asked_by == member, transfers.c.to_member == member)
    connection.execute(sa.delete(transfers).where(own))
    connection.execute(sa.update(orders).where(orders.c.member_id == member).values(note="", request_key=None))
    own_orders = sa.select(orders.c.id).where(orders.c.member_id == member)
    _forget_places(connection, orders, orders.c.id.in_(own_orders))
    _forget_places(connection, jobs, jobs.c.order_id.in_(own_orders))


def _forget_places(connection: sa.Connection, table: sa.Table, own: sa.ColumnElement[bool]) -> None:
    """Forget where the member wanted things made, which is where they live; what else was asked stays."""
    for row in connection.execute(sa.select(table.c.id, table.c.asks).where(own, table.c.asks.is_not(None))).all():
        if isinstance(row.asks, dict) and "place" in row.asks:
            kept = {name: value for name, value in row.asks.items() if name not in {"place", "within_km"}}
            connection.execute(sa.update(table).where(table.c.id == row.id).values(asks=kept or None))


def close_facility(connection: sa.Connection, facility: str) -> None:
    """Show a facility to nobody any more: whoever ran it has left."""
    connection.execute(sa.update(facilities).where(facilities.c.id == facility).values(access="private", address=""))


def empty_member(connection: sa.Connection, member: str, **values: object) -> None:
    """Keep of a member the name alone."""
    query = sa.update(members).where(members.c.id == member)
    connection.execute(
        query.values(display_name=members.c.name, email=None, password_hash="", admin=False, moderator=False, **values)
    )
