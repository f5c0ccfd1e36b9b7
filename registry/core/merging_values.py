"""Three-way merge of the values of a design.toml: tables by key, parameters and presets by name, each field for itself.

Lists in which each entry stands for itself (authors, tags, images, choices) are merged as sets that keep their order.
Relations are known by their rule. A value is what `designs.toml_document.read_toml` gives; ABSENT where there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from designs.toml_document import NumberText

Path = tuple[str, ...]
Tree = dict[str, object]
"""A table by key. The list of relations stands in it as a table by rule (see `trees_of`)."""


class Absent(Enum):
    ABSENT = "absent"


ABSENT = Absent.ABSENT
RELATIONS = "relations"
_OPEN_TABLES = ((), ("design",), ("parameters",), ("presets",), ("print",), (RELATIONS,))
"""Tables that are merged entry by entry even where one side has none of it."""
_SETS = frozenset({("design", "authors"), ("design", "tags"), ("design", "images")})


@dataclass(frozen=True)
class ValueClash:
    """A value that both sides changed differently, or that one removed and the other changed."""

    path: Path
    base: object
    ours: object
    theirs: object

    @property
    def removed(self) -> bool:
        """One side has none of it, though both came from one that had it."""
        return self.base is not ABSENT and ABSENT in {_marker(self.ours), _marker(self.theirs)}


Settle = Callable[[ValueClash], object]
"""What to put where two sides clash; ABSENT: nothing."""


def trees_of(*roots: Mapping[str, object]) -> tuple[Tree, ...]:
    """The values of documents, with their relations by rule, where in all of them each has a rule of its own."""
    if not all(_has_rules(root.get(RELATIONS, [])) for root in roots):
        return tuple(dict(root) for root in roots)
    return tuple(_by_rule(root) for root in roots)


def _by_rule(root: Mapping[str, object]) -> Tree:
    relations = root.get(RELATIONS)
    if not isinstance(relations, list):
        return dict(root)
    return {**root, RELATIONS: {relation["rule"]: relation for relation in relations}}


def _has_rules(relations: object) -> bool:
    if not isinstance(relations, list):
        return False
    rules = [relation.get("rule") if isinstance(relation, dict) else None for relation in relations]
    return all(isinstance(rule, str) for rule in rules) and len(set(map(str, rules))) == len(rules)


def same(one: object, other: object) -> bool:
    """Whether two values mean the same: 2.0 is 2.00, but not 2, which a script is given as a whole number."""
    match one, other:
        case (dict(), dict()):
            assert isinstance(one, dict)
            assert isinstance(other, dict)
            return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
        case (list(), list()):
            assert isinstance(one, list)
            assert isinstance(other, list)
            return len(one) == len(other) and all(map(same, one, other))
        case (NumberText(text=first), NumberText(text=second)):
            return _number(first) == _number(second)
    return type(one) is type(other) and one == other


def merge_trees(base: Tree, ours: Tree, theirs: Tree, settle: Settle) -> tuple[Tree, tuple[ValueClash, ...]]:
    """The merged values, and where the sides clash: `settle` says what stands there then."""
    clashes: list[ValueClash] = []

    def put(clash: ValueClash) -> object:
        clashes.append(clash)
        return settle(clash)

    merged = _merge((), base, ours, theirs, put)
    assert isinstance(merged, dict)
    return merged, tuple(clashes)


def _merge(path: Path, base: object, ours: object, theirs: object, settle: Settle) -> object:
    if same(ours, theirs) or same(base, theirs):
        return ours
    if same(base, ours):
        return theirs
    if path in _OPEN_TABLES:
        base, ours, theirs = (({} if side is ABSENT else side) for side in (base, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _tables(path, base if isinstance(base, dict) else {}, ours, theirs, settle)
    if _is_set(path) and isinstance(ours, list) and isinstance(theirs, list):
        return _sets(base if isinstance(base, list) else [], ours, theirs)
    return settle(ValueClash(path, base, ours, theirs))


def _tables(
    path: Path, base: Mapping[str, object], ours: Mapping[str, object], theirs: Mapping[str, object], settle: Settle
) -> object:
    merged: Tree = {}
    for key in in_order(list(ours), list(theirs)):
        old, mine, other = (side.get(key, ABSENT) for side in (base, ours, theirs))
        value = _merge((*path, key), old, mine, other, settle)
        if value is not ABSENT:
            merged[key] = value
    return ABSENT if path and not merged and path in _OPEN_TABLES else merged


def in_order(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """All names: ours in their order, and each that only theirs has after the one that it follows there."""
    found = list(ours)
    known = set(found)
    for at, name in enumerate(theirs):
        if name in known:
            continue
        before = next((earlier for earlier in reversed(theirs[:at]) if earlier in known), None)
        found.insert(len(found) if before is None else found.index(before) + 1, name)
        known.add(name)
    return found


def _sets(base: Sequence[object], ours: Sequence[object], theirs: Sequence[object]) -> list[object]:
    """What both kept, and what either added, each once."""
    kept = [item for item in ours if _has(theirs, item) or not _has(base, item)]
    added = [item for item in theirs if not _has(ours, item) and not _has(base, item)]
    return kept + [item for index, item in enumerate(added) if not _has(added[:index], item)]


def _has(items: Sequence[object], wanted: object) -> bool:
    return any(same(item, wanted) for item in items)


def _is_set(path: Path) -> bool:
    return path in _SETS or (len(path) == 3 and path[0] == "parameters" and path[2] == "choices")


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation:
        return text


def _marker(value: object) -> object:
    return value if value is ABSENT else None
