"""The tree over the log: entries come into it in their order, and everybody can have it proved that they are there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from designs.checkpoints import Checkpoint
from designs.merkle import leaf_hash
from designs.provenance import LoggedEntry
from registry.core import merkle
from registry.core.log_leaves import leaf_text
from registry.errors import Invalid, NotFound, Unavailable
from registry.store import log_tree as store
from registry.store import recording
from registry.store.log_tree import Tree

AT_ONCE = 128
"""Entries of one transaction: some milliseconds, so that SQLite's one writer serves others in between."""
SIGN_AGAIN = timedelta(minutes=5)
"""After so long the same tree is signed anew, so that everybody sees that the registry still stands behind it."""
Sign = Callable[[Checkpoint], str]


@dataclass(frozen=True)
class Leaf:
    """An entry at its place."""

    position: int
    text: str


def is_behind(connection: sa.Connection, now: datetime) -> bool:
    """Whether `fold` has anything to do: a look that costs no write."""
    tree = store.read_tree(connection)
    return tree.through < recording.last_sequence(connection) or _is_stale(tree, now)


def fold(connection: sa.Connection, sign: Sign, now: datetime) -> bool:
    """Take the next entries into the tree, and sign it. True when there may be more of them.

    Entries become visible in the order of their numbers, so none can still come before one that is there. Only a
    process that can sign lets the tree grow: it is always as large as its checkpoint says.
    """
    tree = store.read_tree(connection, lock=True)
    entries = recording.entries_after(connection, tree.through, AT_ONCE, None)
    if entries:
        tree = _grow(connection, tree, entries)
    if tree.origin is not None and (entries or _is_stale(tree, now)):
        checkpoint = Checkpoint(tree.origin, tree.size, tree.root, now)
        tree = replace(tree, checkpoint=sign(checkpoint), signed_at=now)
    store.save_tree(connection, tree)
    return len(entries) == AT_ONCE


def checkpoint_of(connection: sa.Connection) -> str:
    """The newest signed checkpoint."""
    tree = store.read_tree(connection)
    if tree.checkpoint is None:
        raise Unavailable("the log is not signed yet: try again in a moment", code="log_unsigned")
    return tree.checkpoint


def consistency_proof(connection: sa.Connection, first: int, second: int) -> tuple[bytes, ...]:
    """What shows that the log of `second` entries continues the one of `first`. Raises Invalid."""
    size = store.read_tree(connection).size
    if not 0 <= first <= second <= size:
        raise Invalid(
            f"the log has {size} entries: ask for 0 ≤ first ≤ second ≤ {size}, not {first} and {second}",
            code="no_such_size",
        )
    ranges = merkle.consistency(first, second)
    return merkle.path_of(ranges, store.nodes_at(connection, merkle.nodes_for(ranges)))


def leaves_between(connection: sa.Connection, first: int, limit: int) -> tuple[Leaf, ...]:
    """Entries by their places in the tree."""
    rows = store.entries_at(connection, first, first + limit)
    return tuple(Leaf(row["position"], _text(row)) for row in rows)


def proofs_of(connection: sa.Connection, sequences: Iterable[int]) -> tuple[str, dict[int, LoggedEntry]]:
    """The newest checkpoint, and these entries of the log with their proofs for it, by their numbers.

    Raises Unavailable for entries that are not in the tree yet.
    """
    wanted = set(sequences)
    note, tree = checkpoint_of(connection), store.read_tree(connection)
    positions = store.positions_of(connection, wanted)
    rows = store.entries_numbered(connection, wanted)
    for sequence in sorted(wanted - set(rows)):
        raise NotFound(f"the log has no entry {sequence}", code="no_entry", value=sequence)
    if wanted - set(positions):
        raise Unavailable("the newest entries are just coming into the log's tree: try again", code="log_unsigned")
    ranges = {sequence: merkle.inclusion(position, tree.size) for sequence, position in positions.items()}
    nodes = store.nodes_at(connection, merkle.nodes_for(each for found in ranges.values() for each in found))
    return note, {
        sequence: LoggedEntry(
            leaf=_text(rows[sequence]),
            position=positions[sequence],
            path=tuple(node.hex() for node in merkle.path_of(ranges[sequence], nodes)),
        )
        for sequence in wanted
    }


def _grow(connection: sa.Connection, tree: Tree, entries: list[sa.RowMapping]) -> Tree:
    edge = store.nodes_at(connection, merkle.whole_subtrees((0, tree.size)))
    fresh, root = merkle.grown(tree.size, edge, [leaf_hash(_text(row).encode()) for row in entries])
    sequences = {tree.size + number: row["sequence"] for number, row in enumerate(entries)}
    store.add_nodes(connection, fresh, sequences)
    return replace(tree, size=tree.size + len(entries), through=entries[-1]["sequence"], root=root)


def _is_stale(tree: Tree, now: datetime) -> bool:
    if tree.origin is None:
        return False
    return tree.signed_at is None or not timedelta() <= now - tree.signed_at < SIGN_AGAIN


def _text(row: sa.RowMapping) -> str:
    return leaf_text(row["sequence"], row["kind"], row["subject"], row["actor"], row["data"], row["at"])
