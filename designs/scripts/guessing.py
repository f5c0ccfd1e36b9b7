"""The parameters of a script that comes without a manifest, read from its source. Pure, on the AST."""

import ast
import math
import re
from dataclasses import dataclass

from designs.errors import DesignError
from designs.scripts.assignments import Value, assignments

MAX_PARAMETERS = 100
MAX_TEXT = 200
_COUNT_NAME = re.compile(
    r"(?:^|_)(?:n|num|number|count|qty|quantity|teeth|sides|rows|cols|columns|segments|holes_[xyn])(?:_|$)", re.I
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_COUNTING_CALLS = frozenset({"range", "polarArray", "rarray", "polygon", "parray"})


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
    """`number`, `integer`, `boolean` or `text`."""
    default: Value
    description: str = ""


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
    counted = _counted_names(tree)
    described = _descriptions(tree)
    lines = source.splitlines()
    guesses: dict[str, Guess] = {}
    for assignment in assignments(tree):
        value, name = assignment.literal, assignment.name
        if value is None or name.startswith("_") or not _NAME.fullmatch(name) or len(guesses) >= MAX_PARAMETERS:
            continue
        if isinstance(value, str) and (len(value) > MAX_TEXT or not value.isprintable()):
            continue
        if not isinstance(value, str) and not math.isfinite(value):
            continue
        comment = described.get(name) or _comment(lines, assignment.line)
        guesses[name] = Guess(name, _type_of(name, value, counted), value, comment)
    return list(guesses.values())


def _type_of(name: str, value: Value, counted: frozenset[str]) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    whole = isinstance(value, int) and (name in counted or bool(_COUNT_NAME.search(name)))
    return "integer" if whole else "number"


def _counted_names(tree: ast.Module) -> frozenset[str]:
    """Names that are handed to something that counts: `range(n)`, `polarArray(r, 0, 360, n)`, `[x] * n`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            called = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            positions = node.args if called == "range" else node.args[-1:] if called == "polarArray" else node.args[2:4]
            if called in _COUNTING_CALLS - {"polygon"}:
                for argument in positions:
                    names |= {part.id for part in ast.walk(argument) if isinstance(part, ast.Name)}
            elif called == "polygon" and node.args and isinstance(node.args[0], ast.Name):
                names.add(node.args[0].id)
            continue
        match node:
            case ast.BinOp(left=ast.List(), op=ast.Mult(), right=ast.Name(id=name)):
                names.add(name)
    return frozenset(names)


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
