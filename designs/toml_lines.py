"""On which line each key of a TOML text stands: tomllib does not say.

A small scanner that knows just enough of the grammar. It runs on text of bounded size and is linear in it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Key = tuple[str | int, ...]
"""Where a value stands: names of tables and keys, and positions in arrays from zero."""

MAX_DEPTH = 16
"""Keys that are nested deeper are noted under the key that holds them."""


@dataclass(frozen=True)
class Repeated:
    """A key or table that is given twice."""

    key: Key
    line: int
    first: int


@dataclass(frozen=True)
class KeyLines:
    lines: Mapping[Key, int]
    repeated: tuple[Repeated, ...]


def key_lines(text: str) -> KeyLines:
    """The line of every key. Where the text is not TOML, of every key up to there."""
    scan = _Scan(text)
    repeated = tuple(scan.run())
    return KeyLines(scan.lines, repeated)


_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)|(?P<newline>\n)|(?P<open>\"{3}|'{3})"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*"|'[^'\n]*')|(?P<mark>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.\#"']+)"""
)


_END_OF_VALUE = frozenset({"\n", ",", "]", "}"})


@dataclass
class _Scan:
    """Walks the tokens of a TOML text."""

    text: str
    lines: dict[Key, int] = field(default_factory=dict)

    def run(self) -> Iterator[Repeated]:
        """Fill `lines`; yields what is given twice. Ends where the text is not TOML."""
        self.tokens = list(self._tokens())
        self.at = 0
        self.counts: dict[Key, int] = {}
        self.given: dict[Key, int] = {}
        table: Key = ()
        try:
            while self.at < len(self.tokens):
                kind, text, line = self.tokens[self.at]
                if kind == "newline":
                    self.at += 1
                elif text == "[":
                    table = self._header(line)
                    if table in self.given:
                        yield Repeated(table, line, self.given[table])
                    self.given[table] = line
                else:
                    yield from self._pair(table)
        except (IndexError, ValueError, RecursionError):
            return

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        at, line = 0, 1
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if found is None:
                return
            kind, text, end = found.lastgroup or "", found[0], found.end()
            if kind == "open":
                end = self._end_of_block(text, end)
                kind, text = "string", self.text[at:end]
            if kind != "skip":
                yield kind, text, line
            line += text.count("\n")
            at = end

    def _end_of_block(self, quotes: str, at: int) -> int:
        while True:
            close = self.text.find(quotes, at)
            if close < 0:
                return len(self.text)
            slashes = 0
            while quotes[0] == '"' and self.text[close - 1 - slashes] == "\\":
                slashes += 1
            if slashes % 2 == 0:
                end = close + 3
                while end < min(close + 5, len(self.text)) and self.text[end] == quotes[0]:
                    end += 1
                return end
            at = close + 1

    def _header(self, line: int) -> Key:
        """Read `[table]` or `[[array of tables]]`; for the latter the key of its new element."""
        array = self.tokens[self.at + 1][1] == "["
        self.at += 2 if array else 1
        path = self._path()
        self.at += 2 if array else 1
        table = self._resolved(path)
        if array:
            self.counts[table] = self.counts.get(table, -1) + 1
            table = (*table, self.counts[table])
        self._note(table, line)
        return table

    def _path(self) -> Key:
        parts: list[str | int] = []
        while True:
            kind, text, _ = self.tokens[self.at]
            if kind == "string":
                parts.append(next(iter(tomllib.loads(f"{text}=0"))))
            elif kind == "bare":
                parts.append(text)
            else:
                raise ValueError(text)
            self.at += 1
            if self.tokens[self.at][1] != ".":
                return tuple(parts)
            self.at += 1

    def _pair(self, table: Key) -> Iterator[Repeated]:
        line = self.tokens[self.at][2]
        key = (*table, *self._path())
        if self.tokens[self.at][1] != "=":
            raise ValueError(key)
        self.at += 1
        if key in self.given:
            yield Repeated(key, line, self.given[key])
        self.given.setdefault(key, line)
        self._note(key, line)
        yield from self._value(key)

    def _value(self, key: Key) -> Iterator[Repeated]:
        opening = self.tokens[self.at][1]
        if opening not in {"[", "{"}:
            while self.at < len(self.tokens) and self.tokens[self.at][1] not in _END_OF_VALUE:
                self.at += 1
            return
        self.at += 1
        index = 0
        while (token := self.tokens[self.at])[1] not in {"]", "}"}:
            if token[0] == "newline" or token[1] == ",":
                self.at += 1
            elif opening == "[":
                self._note((*key, index), token[2])
                yield from self._value((*key, index))
                index += 1
            else:
                yield from self._pair(key)
        self.at += 1

    def _resolved(self, path: Key) -> Key:
        """The path with the current element of each array of tables on the way."""
        resolved: Key = ()
        for part in path[:-1]:
            resolved = (*resolved, part)
            if resolved in self.counts:
                resolved = (*resolved, self.counts[resolved])
        return (*resolved, path[-1])

    def _note(self, key: Key, line: int) -> None:
        for length in range(1, min(len(key), MAX_DEPTH)):
            self.lines.setdefault(key[:length], line)
        if len(key) <= MAX_DEPTH:
            self.lines[key] = line
