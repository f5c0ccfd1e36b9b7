"""A TOML text as tables that are read strictly: each value once, and each problem with file, line and key.

The lines of keys come from `designs.toml_lines`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from designs.errors import DesignError
from designs.exact import NotANumber, exact, parse_number, shown
from designs.toml_lines import Key, key_lines
from designs.wording import suggestion, text_problem

MAX_CHARACTERS = 64 * 1024
MAX_LINE = 4096
"""tomllib takes time with the square of a dotted key's length, so a line is bounded."""
MAX_PROBLEMS = 100


@dataclass(frozen=True)
class Problem:
    """Something that is not as it must be, and where."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class DocumentError(DesignError):
    """The document does not say what it must; `problems` lists every reason, in the order of the lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        ordered = sorted(problems, key=lambda problem: problem.line or 0)[:MAX_PROBLEMS]
        super().__init__("\n".join(map(str, ordered)))
        self.problems = tuple(ordered)


@dataclass(frozen=True)
class NumberText:
    """A TOML float as it was written, so that nothing of it is lost."""

    text: str


@dataclass
class Document:
    """A read document: its values, the line of each key, and the problems found so far."""

    file: str
    root: Mapping[str, object]
    lines: Mapping[Key, int] = field(default_factory=dict)
    numbers_are_text: bool = False
    """JSON form: numbers stand as decimal strings."""
    problems: list[Problem] = field(default_factory=list)

    def problem(self, key: Key, message: str) -> None:
        line = next((self.lines[key[:n]] for n in range(len(key), -1, -1) if key[:n] in self.lines), None)
        self.problems.append(Problem(self.file, line, key_text(key), message))


def key_text(key: Key) -> str:
    """`parameters.wall.min`, `relations[2].rule`: counted from one, as people count."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{_quoted(part)}"
    return text.removeprefix(".")


def _quoted(part: str) -> str:
    return part if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", part) else f'"{shown(part)[1:-1]}"'


def read_toml(text: str, file: str) -> Document:
    """Read a TOML text; raises DocumentError when it is not TOML at all, naming each key that is given twice."""
    problem = _form_problem(text, file)
    if problem:
        raise DocumentError([problem])
    found = key_lines(text)
    try:
        root = tomllib.loads(text, parse_float=NumberText)
    except tomllib.TOMLDecodeError as error:
        twice = [
            Problem(file, r.line, key_text(r.key), f"given twice, first on line {r.first}") for r in found.repeated
        ]
        raise DocumentError(twice or [_syntax_problem(text, file, str(error))]) from error
    except (RecursionError, ValueError) as error:
        deep = isinstance(error, RecursionError)
        message = "nested too deeply" if deep else "a whole number has too many digits"
        raise DocumentError([Problem(file, _suspect_line(text, deep=deep), "", message)]) from error
    return Document(file, root, found.lines)


def _form_problem(text: str, file: str) -> Problem | None:
    if len(text) > MAX_CHARACTERS:
        return Problem(file, None, "", f"too large: {len(text)} characters, at most {MAX_CHARACTERS}")
    if text.startswith("\ufeff"):
        return Problem(file, 1, "", "begins with a byte order mark: save it as plain UTF-8")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            return Problem(file, number, "", f"the line is too long: {len(line)} characters, at most {MAX_LINE}")
    return None


def _syntax_problem(text: str, file: str, message: str) -> Problem:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if found:
        words = message[: found.start()]
        return Problem(file, int(found[1]), "", f"not TOML: {_lower(words)} in column {found[2]}")
    words = message.removesuffix(" (at end of document)")
    return Problem(file, text.rstrip().count("\n") + 1, "", f"not TOML: {_lower(words)} at the end")


def _lower(words: str) -> str:
    return shown(words[:1].lower() + words[1:])[1:-1]


def _suspect_line(text: str, *, deep: bool) -> int | None:
    pattern = r"[\[{]\s*[\[{]\s*[\[{]|(?:\.[A-Za-z0-9_-]+){50}" if deep else r"[0-9][0-9_]{4000}"
    found = re.search(pattern, text)
    return text.count("\n", 0, found.start()) + 1 if found else None


class Table:
    """One table of a document, read key by key. Each reader notes a problem and gives a harmless value instead."""

    def __init__(self, document: Document, key: Key, values: Mapping[str, object]) -> None:
        self.document = document
        self.key = key
        self.values = values
        self.read: set[str] = set()

    @classmethod
    def at_root(cls, document: Document) -> "Table":
        return cls(document, (), document.root)

    def problem(self, name: str, message: str) -> None:
        self.document.problem((*self.key, name), message)

    def has(self, name: str) -> bool:
        return name in self.values

    def take(self, name: str, *, required: bool = False) -> object:
        """The raw value, or None where there is none (a problem when it is required)."""
        self.read.add(name)
        if required and name not in self.values:
            self.document.problem(self.key, f"`{name}` is missing")
        return self.values.get(name)

    def finish(self) -> None:
        """Note every key that nobody has read."""
        for name in self.values:
            if name not in self.read:
                self.problem(name, f"unknown key{suggestion(name, self.read - set(self.values))}")

    def text(self, name: str, *, limit: int, required: bool = False, lines: bool = False) -> str:
        value = self.take(name, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem(name, f"must be text in quotes, not {kind_of(value)}")
            return ""
        problem = text_problem(value, limit=limit, lines=lines)
        if problem is None and required and not value.strip():
            problem = "must not be empty"
        if problem:
            self.problem(name, problem)
            return ""
        return value

    def texts(self, name: str, *, limit: int, most: int, required: bool = False) -> tuple[str, ...]:
        value = self.take(name, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(name, f'must be a list of texts, like ["one", "two"], not {kind_of(value)}')
            return ()
        if len(value) > most or (required and not value):
            self.problem(name, f"has {len(value)} entries: {'1 to' if required else 'at most'} {most}")
            return ()
        for index, item in enumerate(value):
            problem = text_problem(item, limit=limit) or (None if item.strip() else "must not be empty")
            if problem:
                self.document.problem((*self.key, name, index), problem)
        if len(set(value)) < len(value):
            self.problem(name, "has an entry twice")
        return tuple(value)

    def number(self, name: str, *, required: bool = False) -> Decimal | None:
        value = self.take(name, required=required)
        return None if value is None else self.as_number((*self.key, name), value)

    def as_number(self, key: Key, value: object) -> Decimal | None:
        """A raw value as an exact number; notes a problem and gives None when it is none."""
        try:
            if isinstance(value, NumberText):
                return parse_number(value.text.replace("_", ""))
            if isinstance(value, int) and not isinstance(value, bool):
                return exact(value)
            if isinstance(value, str) and self.document.numbers_are_text:
                return parse_number(value)
        except NotANumber as error:
            self.document.problem(key, str(error))
            return None
        self.document.problem(key, f"must be a number without quotes, not {kind_of(value)}")
        return None

    def flag(self, name: str) -> bool | None:
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        self.problem(name, f"must be true or false, not {kind_of(value)}")
        return None

    def table(self, name: str, *, required: bool = False) -> "Table":
        value = self.take(name, required=required)
        if value is not None and not isinstance(value, dict):
            self.problem(name, f"must be a table, like [{key_text((*self.key, name))}], not {kind_of(value)}")
        return Table(self.document, (*self.key, name), value if isinstance(value, dict) else {})

    def tables(self, name: str, *, most: int) -> list["Table"]:
        """The tables of an array of tables (`[[name]]`)."""
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(name, f"must be written as [[{name}]], once for each")
            return []
        if len(value) > most:
            self.problem(name, f"has {len(value)} entries: at most {most}")
            return []
        return [Table(self.document, (*self.key, name, index), item) for index, item in enumerate(value)]

    def named_tables(self, name: str, *, most: int) -> list[tuple[str, "Table"]]:
        """The tables below a table (`[name.x]`), with their names, in the order of the document."""
        outer = self.table(name)
        if len(outer.values) > most:
            self.problem(name, f"has {len(outer.values)} entries: at most {most}")
            return []
        return [(inner, outer.table(inner)) for inner in outer.values]


def kind_of(value: object) -> str:
    """What a value is, in the words of the document, with the value."""
    match value:
        case bool():
            return "true" if value else "false"
        case NumberText(text=text):
            return f"the number {shown(text)[1:-1]}"
        case int():
            return f"the number {shown(value)}"
        case str():
            return f"the text {shown(value)}"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    return f"the date or time {shown(value)}"
