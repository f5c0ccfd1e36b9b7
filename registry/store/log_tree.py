"""Queries of the tree over the log."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.core.merkle import Node
from registry.store.tables.provenance import log_leaves, log_nodes, log_tree
from registry.store.tables.recording import log


@dataclass(frozen=True)
class Tree:
    """How far the tree is, and what was signed last."""

    size: int
    through: int
    """Number of the last entry that is in it."""
    root: bytes
    origin: str | None
    """The log's name, once anything was signed."""
    checkpoint: str | None
    signed_at: datetime | None


def read_tree(connection: sa.Connection, *, lock: bool = False) -> Tree:
    """The tree as it stands; with `lock` nobody else lets it grow until the end of the transaction."""
    query = sa.select(log_tree)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one()
    return Tree(row["size"], row["through"], row["root"], row["origin"], row["checkpoint"], row["signed_at"])


def save_tree(connection: sa.Connection, tree: Tree) -> None:
    connection.execute(sa.update(log_tree).values(vars(tree)))


def name_log(connection: sa.Connection, origin: str) -> None:
    """Give the log its name, which it keeps."""
    connection.execute(sa.update(log_tree).where(log_tree.c.origin.is_(None)).values(origin=origin))


def add_nodes(connection: sa.Connection, nodes: Mapping[Node, bytes], sequences: Mapping[int, int]) -> None:
    """Keep new nodes; `sequences` says which entry of the log each new leaf (by position) is."""
    leaves = [
        {"position": number, "sequence": sequences[number], "hash": found}
        for (level, number), found in nodes.items()
        if level == 0
    ]
    inner = [{"level": level, "number": number, "hash": found} for (level, number), found in nodes.items() if level > 0]
    if leaves:
        connection.execute(sa.insert(log_leaves), leaves)
    if inner:
        connection.execute(sa.insert(log_nodes), inner)


def nodes_at(connection: sa.Connection, wanted: Collection[Node]) -> dict[Node, bytes]:
    """The hashes of these nodes."""
    by_level: dict[int, list[int]] = {}
    for level, number in sorted(wanted):
        by_level.setdefault(level, []).append(number)
    found: dict[Node, bytes] = {}
    leaves = by_level.pop(0, [])
    if leaves:
        query = sa.select(log_leaves.c.position, log_leaves.c.hash).where(log_leaves.c.position.in_(leaves))
        found |= {(0, position): each for position, each in connection.execute(query)}
    if by_level:
        of_level = (
            sa.and_(log_nodes.c.level == level, log_nodes.c.number.in_(numbers)) for level, numbers in by_level.items()
        )
        query = sa.select(log_nodes).where(sa.or_(*of_level))
        found |= {(row.level, row.number): row.hash for row in connection.execute(query)}
    return found


def positions_of(connection: sa.Connection, sequences: Iterable[int]) -> dict[int, int]:
    """Where these entries of the log stand in the tree; without those that are not in it yet."""
    query = sa.select(log_leaves.c.sequence, log_leaves.c.position).where(log_leaves.c.sequence.in_(set(sequences)))
    return {row.sequence: row.position for row in connection.execute(query)}


def entries_at(connection: sa.Connection, first: int, last: int) -> list[sa.RowMapping]:
    """The entries of the log at these positions, the last one excluded, in their order; with `position`."""
    query = (
        sa.select(log, log_leaves.c.position)
        .join(log_leaves, log_leaves.c.sequence == log.c.sequence)
        .where(log_leaves.c.position >= first, log_leaves.c.position < last)
        .order_by(log_leaves.c.position)
    )
    return list(connection.execute(query).mappings())


def entries_numbered(connection: sa.Connection, sequences: Iterable[int]) -> dict[int, sa.RowMapping]:
    """Entries of the log by their numbers."""
    query = sa.select(log).where(log.c.sequence.in_(set(sequences)))
    return {row["sequence"]: row for row in connection.execute(query).mappings()}


def last_about(connection: sa.Connection, subject: str, kinds: Collection[str]) -> int | None:
    """Number of the newest entry of one of these kinds about a subject."""
    query = sa.select(sa.func.max(log.c.sequence)).where(log.c.subject == subject, log.c.kind.in_(kinds))
    newest: int | None = connection.execute(query).scalar_one()
    return newest
