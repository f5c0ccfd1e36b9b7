"""Queries of offers to hand something over, and of the addresses that designs had before."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from registry.ids import DesignName
from registry.store.tables.designs import designs
from registry.store.tables.groups import design_moves, groups, transfers
from registry.store.tables.members import members

_takers = members.alias("takers")


def _offers() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            transfers,
            members.c.name.label("asker_name"),
            _takers.c.name.label("member_name"),
            groups.c.name.label("group_name"),
            designs.c.namespace.label("from_namespace"),
            designs.c.name.label("design_name"),
        )
        .join(members, members.c.id == transfers.c.asked_by)
        .outerjoin(_takers, _takers.c.id == transfers.c.to_member)
        .outerjoin(groups, groups.c.id == transfers.c.to_group)
        .outerjoin(designs, designs.c.id == transfers.c.design_id)
        .order_by(transfers.c.asked_at, transfers.c.id)
    )


def offer_by_id(connection: sa.Connection, transfer: str) -> sa.RowMapping | None:
    return connection.execute(_offers().where(transfers.c.id == transfer)).mappings().one_or_none()


def offers_for(
    connection: sa.Connection, member: str, in_groups: Collection[str], in_namespaces: Collection[str]
) -> list[sa.RowMapping]:
    """Offers that the member made, and those to them, to these groups and into these namespaces; the oldest first."""
    query = _offers().where(
        sa.or_(
            transfers.c.asked_by == member,
            transfers.c.to_member == member,
            transfers.c.to_group.in_(sorted(in_groups)),
            transfers.c.to_namespace.in_(sorted(in_namespaces)),
        )
    )
    return list(connection.execute(query).mappings())


def offers_of(connection: sa.Connection, *, namespace: str | None = None, design: str | None = None) -> int:
    """How many offers there are of this namespace, or of this design."""
    column, value = (transfers.c.namespace, namespace) if namespace is not None else (transfers.c.design_id, design)
    query = sa.select(sa.func.count()).select_from(transfers).where(column == value)
    found: int = connection.execute(query).scalar_one()
    return found


def add_offer(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(transfers).values(values))


def remove_offer(connection: sa.Connection, transfer: str) -> bool:
    """Take an offer away; False when somebody was quicker."""
    return connection.execute(sa.delete(transfers).where(transfers.c.id == transfer)).rowcount == 1


def moved_to(connection: sa.Connection, old: DesignName) -> sa.RowMapping | None:
    """Namespace and name that the design has now which once had this address."""
    query = (
        sa.select(designs.c.id, designs.c.namespace, designs.c.name)
        .join(design_moves, design_moves.c.design_id == designs.c.id)
        .where(design_moves.c.namespace == old.namespace, design_moves.c.name == old.name)
    )
    return connection.execute(query).mappings().one_or_none()


def move_design(connection: sa.Connection, design: str, old: DesignName, new: DesignName, at: datetime) -> None:
    """Give a design another address; the old one leads there from now on."""
    connection.execute(sa.update(designs).where(designs.c.id == design).values(namespace=new.namespace, name=new.name))
    connection.execute(
        sa.delete(design_moves).where(design_moves.c.namespace == new.namespace, design_moves.c.name == new.name)
    )
    values = {"namespace": old.namespace, "name": old.name, "design_id": design, "moved_at": at}
    connection.execute(sa.insert(design_moves).values(values))
