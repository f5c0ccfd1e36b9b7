"""A YAML text as a document that is read like a TOML one: strictly, each problem with file, line and key.

Anybody may have written it. Anchors and aliases (which can grow without bound), tags (which name classes to make) and
deep nesting are refused, a key given twice too. Only the parser of the YAML package is used, never its constructors;
plain `true` and `false` are flags, `null` is as if the key were not there, all else is text as it is written.
"""

import re
from typing import TYPE_CHECKING

from designs.exact import shown
from designs.toml_document import MAX_CHARACTERS, Document, DocumentError, Problem
from designs.toml_lines import Key

if TYPE_CHECKING:
    from yaml.events import Event

MAX_DEPTH = 16
MAX_VALUES = 20_000
_DECLARATION = re.compile(r"%Open Know-How[^\n]*\n")
"""The first line of an OKH 1.0 manifest looks like a YAML directive and is none."""
_FLAGS = {"true": True, "false": False, "True": True, "False": False}
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def read_yaml(text: str, file: str) -> Document:
    """Read one YAML document whose root is a mapping. Raises DocumentError."""
    if len(text) > MAX_CHARACTERS:
        raise DocumentError([Problem(file, None, "", f"too large: {len(text)} characters, at most {MAX_CHARACTERS}")])
    text = _DECLARATION.sub("\n", text.removeprefix("\ufeff"), count=1)
    reader = _Reader(file)
    reader.take_all(text)
    return Document(file, reader.root(), reader.lines)


class _Open:
    """A mapping or list that is not closed yet."""

    def __init__(self, key: Key, value: dict[str, object] | list[object]) -> None:
        self.key = key
        self.value = value
        self.name: str | None = None
        """The key of a mapping that waits for its value."""


class _Reader:
    """Builds values from the parser's events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Key, int] = {}
        self.stack: list[_Open] = []
        self.whole: list[object] = []
        self.values = 0

    def root(self) -> dict[str, object]:
        if len(self.whole) != 1 or not isinstance(self.whole[0], dict):
            raise self._wrong(1, "must be one mapping of keys to values")
        return self.whole[0]

    def take_all(self, text: str) -> None:
        import yaml

        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            raise DocumentError([Problem(self.file, line, "", f"not YAML: {error.problem or error}")]) from error
        except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
            raise DocumentError([Problem(self.file, None, "", f"not YAML: {shown(str(error))[1:-1]}")]) from error

    def _take(self, event: "Event") -> None:
        from yaml import events

        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, events.AliasEvent) or _has_anchor(event):
            raise self._wrong(line, "anchors and aliases (& and *) are not read: write the value out")
        if isinstance(event, events.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, events.MappingStartEvent | events.SequenceStartEvent):
            if event.tag is not None:
                raise self._wrong(line, f"the tag {shown(event.tag)} is not read: leave it out")
            self._begin({} if isinstance(event, events.MappingStartEvent) else [], line)
        elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
            self._end()

    def _scalar(self, event: "Event", line: int) -> None:
        tag, value, plain = vars(event)["tag"], str(vars(event)["value"]), vars(event)["implicit"][0]
        if tag is not None:
            raise self._wrong(line, f"the tag {shown(tag)} is not read: leave it out")
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].name is None:
            self._name(self.stack[-1], value, line)
        elif plain and value in _NOTHING:
            self._skip()
        else:
            self._put(_FLAGS.get(value, value) if plain else value, line)

    def _name(self, at: _Open, name: str, line: int) -> None:
        key = (*at.key, name)
        if key in self.lines:
            raise self._wrong(line, f"{shown(name)} is given twice, first on line {self.lines[key]}")
        at.name = name
        self.lines[key] = line

    def _begin(self, value: dict[str, object] | list[object], line: int) -> None:
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].name is None:
            raise self._wrong(line, "a key must be text")
        if len(self.stack) == MAX_DEPTH:
            raise self._wrong(line, "nested too deeply")
        key = self._put(value, line)
        self.stack.append(_Open(key, value))

    def _end(self) -> None:
        self.stack.pop()

    def _skip(self) -> None:
        """A value that is not there: the key is dropped; in a list it is passed over."""
        if self.stack:
            self.stack[-1].name = None

    def _put(self, value: object, line: int) -> Key:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self._wrong(line, f"more than {MAX_VALUES} values")
        if not self.stack:
            self.whole.append(value)
            return ()
        at = self.stack[-1]
        if isinstance(at.value, dict):
            name = at.name or ""
            at.value[name], at.name = value, None
            return (*at.key, name)
        at.value.append(value)
        key = (*at.key, len(at.value) - 1)
        self.lines[key] = line
        return key

    def _wrong(self, line: int, words: str) -> DocumentError:
        return DocumentError([Problem(self.file, line, "", words)])


def _has_anchor(event: "Event") -> bool:
    """Whether an event carries an anchor."""
    return vars(event).get("anchor") is not None
