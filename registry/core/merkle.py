"""How the tree over the log grows and is proved (RFC 9162, section 2.1). Pure; checking is in designs.merkle.

Of the tree only whole subtrees are kept: a node is (level, number), the root over the leaves from number * 2^level on,
2^level of them; level 0 are the leaves. A node never changes once it is there, so that a crash can leave nothing
half-changed.
"""

from collections.abc import Iterable, Mapping, Sequence

from designs.merkle import EMPTY_ROOT, node_hash

Node = tuple[int, int]
Range = tuple[int, int]
"""Leaves from the first position up to, but without, the second."""


def whole_subtrees(leaves: Range) -> tuple[Node, ...]:
    """The nodes that a range of leaves falls into, from left to right. The range begins at a multiple of the power of
    two that covers it, as every range of a proof does.
    """
    start, end = leaves
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return tuple(found)


def root_of(leaves: Range, nodes: Mapping[Node, bytes]) -> bytes:
    """Root over a range of leaves, from the nodes that it falls into."""
    parts = [nodes[node] for node in whole_subtrees(leaves)]
    if not parts:
        return EMPTY_ROOT
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def grown(size: int, edge: Mapping[Node, bytes], added: Iterable[bytes]) -> tuple[dict[Node, bytes], bytes]:
    """Append leaves (by their hashes) to a tree of `size` leaves whose right edge are `whole_subtrees((0, size))`.

    Returns the new nodes, leaves included, and the root of the grown tree.
    """
    known, fresh = dict(edge), dict[Node, bytes]()
    position = size
    for leaf in added:
        level, found = 0, leaf
        fresh[level, position] = known[level, position] = found
        while position >> level & 1:
            found = node_hash(known[level, (position >> level) - 1], found)
            level += 1
            fresh[level, position >> level] = known[level, position >> level] = found
        position += 1
    return fresh, root_of((0, position), known)


def inclusion(index: int, size: int) -> tuple[Range, ...]:
    """The ranges whose roots prove that a leaf is in the tree, in the order of the proof (section 2.1.3.1)."""
    return tuple(_inclusion(index, 0, size))


def consistency(first: int, second: int) -> tuple[Range, ...]:
    """The ranges whose roots prove that the tree of `second` leaves continues the one of `first` (section 2.1.4.1)."""
    return tuple(_consistency(first, 0, second, whole=True)) if 0 < first < second else ()


def nodes_for(ranges: Iterable[Range]) -> frozenset[Node]:
    """What must be looked up to give the roots of these ranges."""
    return frozenset(node for leaves in ranges for node in whole_subtrees(leaves))


def path_of(ranges: Sequence[Range], nodes: Mapping[Node, bytes]) -> tuple[bytes, ...]:
    """The hashes of a proof."""
    return tuple(root_of(leaves, nodes) for leaves in ranges)


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _inclusion(index: int, start: int, size: int) -> list[Range]:
    """The leaf `index` of the `size` leaves from `start` on."""
    if size <= 1:
        return []
    left = _split(size)
    if index < left:
        return [*_inclusion(index, start, left), (start + left, start + size)]
    return [*_inclusion(index - left, start + left, size - left), (start, start + left)]


def _consistency(first: int, start: int, size: int, *, whole: bool) -> list[Range]:
    if first == size:
        return [] if whole else [(start, start + size)]
    left = _split(size)
    if first <= left:
        return [*_consistency(first, start, left, whole=whole), (start + left, start + size)]
    return [*_consistency(first - left, start + left, size - left, whole=False), (start, start + left)]
