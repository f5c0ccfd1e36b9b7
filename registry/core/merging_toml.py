"""Putting merged values into the text of a design.toml so that its order, its spelling and its comments stay.

The text is taken apart into tables and their lines, and only what differs is written anew. What comes out is read
again: where it does not say exactly what it should, the whole is to be written anew instead.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from designs.toml_document import DocumentError, NumberText, read_toml
from registry.core.merging_values import ABSENT, RELATIONS, Path, Tree, same, trees_of

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_KEY = re.compile(r"""\s*(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')\s*=""")
_FILE = "design.toml"


@dataclass(frozen=True)
class _Item:
    """A key with its value, or (without a key) a line between them."""

    lines: tuple[str, ...]
    key: str | None = None
    value: object = ABSENT


@dataclass(frozen=True)
class _Section:
    """A table as it stands in the text: the lines above its head, the head, and what is in it."""

    path: Path
    head: tuple[str, ...]
    items: tuple[_Item, ...]

    @property
    def text(self) -> str:
        return "".join([*self.head, *(line for item in self.items for line in item.lines)])

    def item(self, key: str) -> _Item | None:
        return next((item for item in self.items if item.key == key), None)


def put_into(text: str, donor: str, merged: Tree) -> str | None:
    """`text` with the merged values in it; lines that it lacks are taken from `donor`, where that has the same value.

    None where it cannot be done so that the result reads as `merged`.
    """
    sections, donors = _sections(text), _sections(donor) or []
    if sections is None:
        return None
    kept = [_edited(section, merged, sections, donors) for section in sections]
    found = [section for section in kept if section is not None]
    _add_missing((), merged, found, donors)
    result = "".join(section.text for section in found)
    return result if reads_as(result, merged) else None


def written(merged: Tree) -> str:
    """The values as a text of their own, table by table."""
    return "".join(section.text for section in _fresh((), merged)).lstrip("\n")


def reads_as(text: str, merged: Tree) -> bool:
    """Whether a text says exactly these values."""
    try:
        root = read_toml(text, _FILE).root
    except DocumentError:
        return False
    return same(trees_of(root)[0], merged)


def value_text(value: object) -> str:
    """A value as it stands in TOML, on one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case NumberText(text=text):
            return text
        case list():
            return f"[{', '.join(map(value_text, value))}]"
        case dict():
            inside = ", ".join(f"{_key(str(name))} = {value_text(inner)}" for name, inner in value.items())
            return f"{{ {inside} }}" if inside else "{}"
    return str(value)


def read_value(text: str) -> object:
    """The value that somebody wrote as it stands in TOML; ABSENT when it is none."""
    try:
        root = read_toml(f"value = {text.strip()}\n", _FILE).root
    except DocumentError:
        return ABSENT
    return root["value"] if set(root) == {"value"} else ABSENT


# ------------------------------------------------------------------------------------------------- taking a text apart
def _sections(text: str) -> list[_Section] | None:
    """The tables in order; None where the text is in a form that is not taken apart here (dotted keys, tables of lists
    other than the relations)."""
    lines = [f"{line}\n" for line in text.split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    found = [_Section((), (), ())]
    at = 0
    while at < len(lines):
        stripped = lines[at].strip()
        if stripped.startswith("["):
            path = _head(lines[at])
            if path is None:
                return None
            above = _trailing(found[-1].items)
            found[-1] = replace(found[-1], items=found[-1].items[: len(found[-1].items) - len(above)])
            head = (*(line for item in above for line in item.lines), lines[at])
            found.append(_Section(path, head, ()))
            at += 1
            continue
        item = _Item((lines[at],)) if not stripped or stripped.startswith("#") else _pair(lines, at)
        if item is None:
            return None
        found[-1] = replace(found[-1], items=(*found[-1].items, item))
        at += len(item.lines)
    named = [_with_rule(section) for section in found]
    return None if None in named else [section for section in named if section is not None]


def _head(line: str) -> Path | None:
    try:
        value: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path: list[str] = []
    while isinstance(value, dict) and value:
        name, value = next(iter(value.items()))
        path.append(name)
    if isinstance(value, list):
        return (RELATIONS, "") if path == [RELATIONS] else None
    return tuple(path)


def _with_rule(section: _Section) -> _Section | None:
    if section.path[:1] != (RELATIONS,):
        return section
    rule = section.item("rule") if section.path == (RELATIONS, "") else None
    return replace(section, path=(RELATIONS, rule.value)) if rule and isinstance(rule.value, str) else None


def _pair(lines: Sequence[str], at: int) -> _Item | None:
    """The key that begins on a line, with all lines of its value; None: it is not taken apart here."""
    if not _PLAIN_KEY.match(lines[at]):
        return None
    for end in range(at + 1, len(lines) + 1):
        try:
            root = tomllib.loads("".join(lines[at:end]), parse_float=NumberText)
        except tomllib.TOMLDecodeError:
            continue
        if len(root) != 1:
            return None
        key, value = next(iter(root.items()))
        return _Item(tuple(lines[at:end]), key, value)
    return None


def _trailing(items: Sequence[_Item]) -> tuple[_Item, ...]:
    count = next((index for index, item in enumerate(reversed(items)) if item.key is not None), len(items))
    return tuple(items[len(items) - count :])


# ---------------------------------------------------------------------------------------------------- putting together
def _at(tree: Tree, path: Path) -> object:
    value: object = tree
    for name in path:
        value = value.get(name, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def _edited(
    section: _Section, merged: Tree, sections: Sequence[_Section], donors: Sequence[_Section]
) -> _Section | None:
    """The table with the merged values; None when there is none of it any more."""
    table = _at(merged, section.path)
    if not isinstance(table, dict):
        return None
    donor = next((other for other in donors if other.path == section.path), None)
    items = [edited for item in section.items for edited in [_item(item, table, donor)] if edited is not None]
    elsewhere = {other.path for other in [*sections, *donors]}
    before: str | None = None
    for key, value in table.items():
        if section.item(key) is None and not (isinstance(value, dict) and _covered((*section.path, key), elsewhere)):
            at = next((index + 1 for index, item in enumerate(items) if item.key == before), 0) if before else 0
            given = None if donor is None else donor.item(key)
            fresh = given if given is not None and same(given.value, value) else _fresh_item(key, value)
            items.insert(at, fresh)
        if any(item.key == key for item in items):
            before = key
    return replace(section, items=tuple(items))


def _covered(path: Path, paths: set[Path]) -> bool:
    return any(other[: len(path)] == path for other in paths)


def _item(item: _Item, table: Mapping[str, object], donor: _Section | None) -> _Item | None:
    if item.key is None:
        return item
    value = table.get(item.key, ABSENT)
    if value is ABSENT:
        return None
    if same(value, item.value):
        return item
    given = None if donor is None else donor.item(item.key)
    fresh = given if given is not None and same(given.value, value) else _fresh_item(item.key, value)
    note = _comment(item)
    if note and len(fresh.lines) == 1:
        line = fresh.lines[0].removesuffix(_comment(fresh)).rstrip()
        return replace(fresh, lines=(f"{line}  {note.rstrip()}\n",))
    return fresh


def _comment(item: _Item) -> str:
    """What stands behind the value on its line, with its `#` and the line's end."""
    if len(item.lines) != 1:
        return ""
    line = item.lines[0]
    for found in re.finditer("#", line):
        try:
            root = tomllib.loads(line[: found.start()], parse_float=NumberText)
        except tomllib.TOMLDecodeError:
            continue
        if item.key is not None and same(root.get(item.key, ABSENT), item.value):
            return line[found.start() :]
    return ""


def _add_missing(path: Path, table: Mapping[str, object], found: list[_Section], donors: Sequence[_Section]) -> None:
    """Put in the tables that the text has nothing of."""
    own = next((section for section in found if section.path == path), None)
    before: str | None = None
    for key, value in table.items():
        inner = (*path, key)
        if isinstance(value, dict) and (own is None or own.item(key) is None):
            if not _covered(inner, {section.path for section in found}):
                taken = [section for section in donors if section.path[: len(inner)] == inner]
                whole = _nested(inner, value)
                edited = [part for section in taken for part in [_edited(section, whole, taken, [])] if part]
                block = edited or _fresh(inner, value)
                at = _place(path, before, found)
                found[at:at] = _set_apart(block, first=at == 0)
            _add_missing(inner, value, found, donors)
        before = key


def _nested(path: Path, value: object) -> Tree:
    for name in reversed(path):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def _place(path: Path, before: str | None, found: Sequence[_Section]) -> int:
    """Behind the table that comes before it, else behind the last of its kind, else at the end."""
    for prefix in ([(*path, before)] if before is not None else []) + ([path] if path else []):
        places = [index + 1 for index, section in enumerate(found) if section.path[: len(prefix)] == prefix]
        if places:
            return places[-1]
    return len(found)


def _set_apart(block: Sequence[_Section], *, first: bool) -> list[_Section]:
    head = block[0].head
    if first or (head and not head[0].strip()):
        return list(block)
    return [replace(block[0], head=("\n", *head)), *block[1:]]


def _fresh(path: Path, table: Mapping[str, object]) -> list[_Section]:
    """Sections for a table: its own values first, then the tables in it; small tables stay on one line."""
    outer = len(path) == 0 or path in {("parameters",), ("presets",), (RELATIONS,)}
    tables = {key: value for key, value in table.items() if outer and isinstance(value, dict)}
    items = tuple(_fresh_item(key, value) for key, value in table.items() if key not in tables)
    title = f"[[{RELATIONS}]]\n" if path[:1] == (RELATIONS,) else f"[{'.'.join(map(_key, path))}]\n"
    head = ("\n", title) if path else ()
    own = [_Section(path, head, items)] if items or (path and not tables) else []
    return own + [section for key, value in tables.items() for section in _fresh((*path, key), value)]


def _fresh_item(key: str, value: object) -> _Item:
    return _Item((f"{_key(key)} = {value_text(value)}\n",), key, value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
