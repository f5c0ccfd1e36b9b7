"""The Merkle tree over a log: its hashes, and the check of proofs about it. Pure, and light enough for the agent.

RFC 9162, section 2.1: a leaf is hashed behind a zero byte, an inner node behind a one byte, so that no leaf can pass
for a node. The check of an inclusion proof is section 2.1.3.2, that of a consistency proof section 2.1.4.2.
"""

import hashlib
from collections.abc import Sequence

from designs.errors import DesignError

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""
HASH_BYTES = 32
MAX_PATH = 64
"""Hashes in a proof: a tree has fewer than 2^63 leaves."""


class BadProof(DesignError):
    """The proof does not prove what it was given for."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf (32 bytes)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (32 bytes)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Whether the leaf with this hash is the `index`th (from 0) in the tree of `size` leaves. Raises BadProof."""
    _check_shape(path)
    if not 0 <= index < size:
        raise BadProof(f"there is no entry {index} in a log of {size}")
    here, last, found = index, size - 1, leaf
    for beside in path:
        if last == 0:
            raise BadProof("the proof of inclusion is too long")
        if here & 1 or here == last:
            found = node_hash(beside, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        here, last = here >> 1, last >> 1
    if last != 0 or found != root:
        raise BadProof(f"entry {index} is not in the log that the checkpoint of {size} entries names")


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> None:
    """Whether the tree of `second` leaves only adds to the one of `first`. Raises BadProof."""
    _check_shape(path)
    if not 0 <= first <= second:
        raise BadProof(f"a log of {second} entries cannot continue one of {first}")
    if first in {0, second}:
        if path or first_root != (second_root if first == second else EMPTY_ROOT):
            raise BadProof(f"two logs of {first} and {second} entries contradict each other")
        return
    nodes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not nodes:
        raise BadProof("the proof of consistency is empty")
    if _roots_by(first - 1, second - 1, nodes) != (first_root, second_root):
        raise BadProof(f"the log of {second} entries does not continue the one of {first} that was seen before")


def _roots_by(here: int, last: int, nodes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The older and the newer root that a proof leads to, from the last leaf (`here`, `last`) of either tree."""
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = nodes[0]
    for beside in nodes[1:]:
        if last == 0:
            raise BadProof("the proof of consistency is too long")
        if here & 1 or here == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise BadProof("the proof of consistency is too short")
    return old, new


def _check_shape(path: Sequence[bytes]) -> None:
    if len(path) > MAX_PATH or any(len(node) != HASH_BYTES for node in path):
        raise BadProof(f"a proof is at most {MAX_PATH} hashes of {HASH_BYTES} bytes")
