"""The log's tree beside a naive implementation that follows the definitions of RFC 9162 word by word."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.merkle import EMPTY_ROOT, BadProof, check_consistency, check_inclusion, leaf_hash, node_hash
from registry.core.merkle import Node, consistency, grown, inclusion, nodes_for, path_of, root_of, whole_subtrees


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = next(1 << bit for bit in range(64) if 1 << bit < len(leaves) <= 2 << bit)
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def entries(count: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(count)]


def tree(steps: Sequence[int]) -> tuple[dict[Node, bytes], int, bytes]:
    """A tree that grew by so many leaves at a time."""
    nodes, size, root = dict[Node, bytes](), 0, EMPTY_ROOT
    every = entries(sum(steps))
    for step in steps:
        edge = {node: nodes[node] for node in whole_subtrees((0, size))}
        fresh, root = grown(size, edge, map(leaf_hash, every[size : size + step]))
        assert not set(fresh) & set(nodes)
        nodes |= fresh
        size += step
    return nodes, size, root


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 40), max_size=8))
def test_however_it_grows_its_root_is_that_of_the_definition(steps: list[int]) -> None:
    _, size, root = tree(steps)
    assert root == naive_root(entries(size))


@settings(deadline=None, max_examples=50)
@given(st.data(), st.integers(1, 200))
def test_every_leaf_is_proved_and_no_other(data: st.DataObject, size: int) -> None:
    nodes, _, root = tree([size])
    index = data.draw(st.integers(0, size - 1))
    ranges = inclusion(index, size)
    path = path_of(ranges, {node: nodes[node] for node in nodes_for(ranges)})
    check_inclusion(leaf_hash(entries(size)[index]), index, size, path, root)
    for wrong in (
        (leaf_hash(b"another"), index, size, path, root),
        (leaf_hash(entries(size)[index]), (index + 1) % size if size > 1 else 1, size, path, root),
        (leaf_hash(entries(size)[index]), index, size, [*path, bytes(32)], root),
        (leaf_hash(entries(size)[index]), index, size, path, bytes(32)),
    ):
        with pytest.raises(BadProof):
            check_inclusion(*wrong)


@settings(deadline=None, max_examples=50)
@given(st.data(), st.integers(1, 200))
def test_a_log_that_grew_is_consistent_and_one_that_was_changed_is_not(data: st.DataObject, second: int) -> None:
    first = data.draw(st.integers(0, second))
    nodes, _, root = tree([first, second - first])
    old = naive_root(entries(first))
    ranges = consistency(first, second)
    path = path_of(ranges, nodes)
    assert root == root_of((0, second), nodes)
    check_consistency(first, old, second, root, path)
    if first:
        changed = naive_root([b"changed", *entries(first)[1:]])
        with pytest.raises(BadProof):
            check_consistency(first, changed, second, root, path)
    with pytest.raises(BadProof):
        check_consistency(first, old, second, root, [*path, bytes(32)])


def test_proofs_of_other_shapes_prove_nothing() -> None:
    with pytest.raises(BadProof):
        check_inclusion(bytes(32), 5, 5, [], bytes(32))
    with pytest.raises(BadProof):
        check_inclusion(bytes(32), 0, 2, [b"short"], bytes(32))
    with pytest.raises(BadProof):
        check_consistency(5, bytes(32), 3, bytes(32), [])
    with pytest.raises(BadProof):
        check_consistency(3, bytes(32), 5, bytes(32), [])


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
