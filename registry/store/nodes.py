"""Queries of agents and their machines."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from registry.store.records import among
from registry.store.tables.facilities import facilities, machines, nodes


def node_by_secret(connection: sa.Connection, secret_sha256: str) -> sa.RowMapping | None:
    """The agent that holds the token with this hash, with its facility's name."""
    query = (
        sa.select(nodes, facilities.c.name.label("facility_name"), facilities.c.slug.label("facility_slug"))
        .join(facilities, facilities.c.id == nodes.c.facility_id)
        .where(nodes.c.secret_sha256 == secret_sha256)
    )
    return connection.execute(query).mappings().one_or_none()


def add_node(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(nodes).values(values))


def node_by_id(connection: sa.Connection, node: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(nodes).where(nodes.c.id == node)).mappings().one_or_none()


def nodes_of(connection: sa.Connection, wanted: Iterable[str] | None, limit: int) -> list[sa.RowMapping]:
    """The agents of these facilities (None: of all) that were not removed, with their number of machines."""
    counted = sa.select(sa.func.count(machines.c.id)).where(
        machines.c.node_id == nodes.c.id, machines.c.withdrawn_at.is_(None)
    )
    query = (
        sa.select(
            nodes,
            facilities.c.name.label("facility_name"),
            facilities.c.slug.label("facility_slug"),
            counted.scalar_subquery().label("machines"),
        )
        .join(facilities, facilities.c.id == nodes.c.facility_id)
        .where(nodes.c.removed_at.is_(None))
        .order_by(sa.func.lower(nodes.c.name), nodes.c.id)
        .limit(limit)
    )
    if wanted is not None:
        query = query.where(nodes.c.facility_id.in_(list(wanted)))
    return list(connection.execute(query).mappings())


def remove_node(connection: sa.Connection, node: str, at: datetime) -> None:
    """Make the agent's token worthless and withdraw its machines; what they made stays."""
    connection.execute(sa.update(nodes).where(nodes.c.id == node).values(removed_at=at))
    connection.execute(
        sa.update(machines).where(machines.c.node_id == node, machines.c.withdrawn_at.is_(None)).values(withdrawn_at=at)
    )


def lock_node(connection: sa.Connection, node: str) -> sa.RowMapping:
    """The agent, locked: what one agent sends is handled one after the other."""
    return connection.execute(sa.select(nodes).where(nodes.c.id == node).with_for_update()).mappings().one()


def lock_free_nodes(connection: sa.Connection, wanted: Iterable[str]) -> set[str]:
    """Lock those of these agents that nothing else is being done for. Returns their ids."""
    query = sa.select(nodes.c.id).where(among(connection, nodes.c.id, set(wanted))).order_by(nodes.c.id)
    return set(connection.execute(query.with_for_update(skip_locked=True)).scalars().all())


def note_seen(connection: sa.Connection, node: str, at: datetime, **values: object) -> None:
    connection.execute(sa.update(nodes).where(nodes.c.id == node).values(last_seen_at=at, **values))


def note_acknowledged(connection: sa.Connection, node: str, sequence: int) -> None:
    connection.execute(sa.update(nodes).where(nodes.c.id == node).values(acknowledged=sequence))


def machines_of_node(connection: sa.Connection, node: str) -> list[sa.RowMapping]:
    """Every machine that the agent ever announced, withdrawn ones too."""
    query = sa.select(machines).where(machines.c.node_id == node).order_by(machines.c.key)
    return list(connection.execute(query).mappings())


def add_machine(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(machines).values(values))


def change_machine(connection: sa.Connection, machine: str, **values: object) -> None:
    connection.execute(sa.update(machines).where(machines.c.id == machine).values(values))


def withdraw_machines(connection: sa.Connection, gone: Iterable[str], at: datetime) -> None:
    connection.execute(sa.update(machines).where(machines.c.id.in_(list(gone))).values(withdrawn_at=at))


def note_machine_states(connection: sa.Connection, node: str, states: Sequence[dict[str, object]]) -> None:
    """Keep how the agent's machines are now; each state names its machine by `of`."""
    if states:
        query = sa.update(machines).where(machines.c.node_id == node, machines.c.key == sa.bindparam("of"))
        connection.execute(query, list(states))


def shown_machines() -> sa.Select[tuple[object, ...]]:
    """Machines with their agent and facility."""
    return (
        sa.select(
            machines,
            nodes.c.name.label("node_name"),
            nodes.c.last_seen_at,
            facilities.c.name.label("facility_name"),
            facilities.c.slug.label("facility_slug"),
            facilities.c.access,
            facilities.c.latitude,
            facilities.c.longitude,
            facilities.c.worker_owned,
        )
        .join(nodes, nodes.c.id == machines.c.node_id)
        .join(facilities, facilities.c.id == machines.c.facility_id)
    )


def machines_shown(connection: sa.Connection, facility: str | None, limit: int) -> list[sa.RowMapping]:
    """Machines that are announced now, of one facility or of all, with their agent and facility."""
    query = (
        shown_machines()
        .where(machines.c.withdrawn_at.is_(None))
        .order_by(sa.func.lower(facilities.c.name), sa.func.lower(machines.c.name), machines.c.id)
        .limit(limit)
    )
    if facility is not None:
        query = query.where(machines.c.facility_id == facility)
    return list(connection.execute(query).mappings())


def machine_shown(connection: sa.Connection, machine: str) -> sa.RowMapping | None:
    """One machine, withdrawn or not, with its agent and facility."""
    return connection.execute(shown_machines().where(machines.c.id == machine)).mappings().one_or_none()
