"""The parameters of a script that comes without a manifest, read from its source. Pure, on the AST."""

import ast
import math
import re
from dataclasses import dataclass

from designs.errors import DesignError
from designs.scripts.assignments import Value, assignments, at_top_level
from designs.scripts.counting import counting_names

MAX_PARAMETERS = 100
MAX_TEXT = 200
_COUNT_NAME = re.compile(
    r"(?:^|_)(?:n|num|number|count|qty|quantity|teeth|sides|rows|cols|columns|segments|holes_[xyn])(?:_|$)", re.I
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_FOR_FILES = re.compile(
    r"(?:^|_)(?:paths?|files?|filename|dir|directory|folder|output|url|author|licen[cs]e|version|date|email)(?:_|$)",
    re.I,
)
_FILE = re.compile(
    r"[/\\]|\.(?:stl|ste?p|3mf|dxf|svg|png|jpe?g|gl[bt]f?|obj|amf|brep|iges|tt[fc]|otf|py|json|csv|txt)$", re.I
)
_FOR_RUNS = re.compile(
    r"(?:^|_)(?:debug|debugging|verbose|export|exports|save|dry_run|preview)(?:_|$)|^(?:show|render|plot|display)$",
    re.I,
)
_UNITS = frozenset({"mm", "cm", "inch", "inches", "pi", "tau"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class UnreadableScript(DesignError):
    """The script is no Python. The message has its line."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Guess:
    """A parameter as far as the source tells it."""

    name: str
    type: str
    """`number`, `integer`, `boolean`, `text`, or `choice` for a text with choices."""
    default: Value
    description: str = ""
    min: float | int | None = None
    """Of a text: its least length."""
    max: float | int | None = None
    step: float | int | None = None
    choices: tuple[float | int | str, ...] = ()
    group: str = ""


def parse(source: str, file: str) -> ast.Module:
    """The script's AST; raises UnreadableScript."""
    try:
        return ast.parse(source, file)
    except SyntaxError as error:
        raise UnreadableScript(f"{file} line {error.lineno}: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableScript(f"{file} is not a Python script: {error or type(error).__name__}", None) from error


def guess_parameters(tree: ast.Module, source: str) -> list[Guess]:
    """Top-level literals, in order of appearance, with the words that stand beside them."""
    counted = counting_names(tree)
    described = _descriptions(tree)
    changing = _changing(tree)
    lines = source.splitlines()
    guesses: dict[str, Guess] = {}
    for assignment in assignments(tree):
        value, name = assignment.literal, assignment.name
        if value is None or name.startswith("_") or not _NAME.fullmatch(name) or len(guesses) >= MAX_PARAMETERS:
            continue
        if name not in described and (name in changing or _is_no_measure(name, value)):
            continue
        if isinstance(value, str) and (len(value) > MAX_TEXT or not value.isprintable()):
            continue
        if not isinstance(value, str) and not math.isfinite(value):
            continue
        comment = described.get(name) or _comment(lines, assignment.line)
        guesses[name] = Guess(name, _type_of(name, value, counted), value, comment)
    return list(guesses.values())


def _is_no_measure(name: str, value: Value) -> bool:
    """Whether it says where files go, how much to print while running, or what a unit is, rather than how a part is."""
    words = _CAMEL.sub("_", name)
    if isinstance(value, str):
        return bool(_FOR_FILES.search(words) or _FILE.search(value))
    return bool(_FOR_RUNS.search(words)) if isinstance(value, bool) else name.lower() in _UNITS


def _changing(tree: ast.Module) -> frozenset[str]:
    """Names that are no parameter although they are assigned literals: loop variables, sums that start from nothing,
    and those that get one literal after another."""
    literals: dict[str, set[tuple[str, Value]]] = {}
    for assignment in assignments(tree):
        if assignment.literal is not None:
            value = assignment.literal
            literals.setdefault(assignment.name, set()).add((type(value).__name__, value))
    changing = {name for name, values in literals.items() if len(values) > 1}
    empty = {name for name, values in literals.items() if not any(value for _, value in values)}
    for node in at_top_level(tree):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)) if name in empty:
                changing.add(name)
            case ast.For(target=target):
                changing |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return frozenset(changing)


def is_count(name: str) -> bool:
    """Whether a name sounds as if only whole numbers made sense."""
    return bool(_COUNT_NAME.search(name))


def _type_of(name: str, value: Value, counted: frozenset[str]) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    whole = isinstance(value, int) and (name in counted or is_count(name))
    return "integer" if whole else "number"


def _descriptions(tree: ast.Module) -> dict[str, str]:
    """CQGI's own: `describe_parameter(name, "text")`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="describe_parameter"), args=[ast.Name(id=name), ast.Constant(value=str(text)), *_]
            ):
                found[name] = text[:MAX_TEXT]
    return found


def _comment(lines: list[str], number: int) -> str:
    """The comment at the end of the line, when there is one."""
    line = lines[number - 1] if number <= len(lines) else ""
    _, mark, comment = line.partition("#")
    text = comment.strip(" #\t")[:MAX_TEXT]
    return (
        text
        if mark and text.isprintable() and "'" not in line.partition("#")[0] and '"' not in line.partition("#")[0]
        else ""
    )
