"""Which file of a design became which, when files were renamed."""

from collections import Counter
from collections.abc import Mapping
from itertools import product
from pathlib import PurePosixPath

from registry.core.merging import Content, Entry
from registry.core.merging_lines import split_lines

ALIKE = 0.5
"""Share of lines that a renamed and changed text keeps, at least."""
MOST_PAIRS = 2500
"""Of files that are compared by their lines: more are only compared by their bytes."""
MIN_LINES = 4
"""A shorter text is too easily like another one."""


def renames(base: Content, side: Content) -> Mapping[str, str]:
    """New path by old path: of files that are gone from where they were, and stand elsewhere with the same bytes or
    mostly the same lines. What could be meant in several ways is no rename."""
    gone = [path for path in base if path not in side]
    come = [path for path in side if path not in base]
    found: dict[str, str] = {}
    for old in gone:
        same = [new for new in come if side[new].sha256 == base[old].sha256]
        twins = [other for other in gone if base[other].sha256 == base[old].sha256]
        if len(same) == len(twins) == 1:
            found[old] = same[0]
    left = [path for path in gone if path not in found], [path for path in come if path not in found.values()]
    if len(left[0]) * len(left[1]) <= MOST_PAIRS:
        found |= _alike(base, side, *left)
    return found


def _alike(base: Content, side: Content, gone: list[str], come: list[str]) -> Mapping[str, str]:
    pairs = [
        (likeness(base[old], side[new]), old, new)
        for old, new in product(gone, come)
        if PurePosixPath(old).suffix == PurePosixPath(new).suffix
    ]
    found: dict[str, str] = {}
    for share, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if share >= ALIKE and old not in found and new not in found.values():
            found[old] = new
    return found


def likeness(one: Entry, other: Entry) -> float:
    """The share of the longer text's lines that both have, 0 to 1; 0 of what is no text."""
    if one.text is None or other.text is None:
        return 0.0
    first, second = Counter(split_lines(one.text)), Counter(split_lines(other.text))
    longer = max(first.total(), second.total())
    return 0.0 if longer < MIN_LINES else (first & second).total() / longer
