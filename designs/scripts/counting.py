"""Which names of a script count something: they take whole numbers only. Pure, on the AST."""

import ast
from collections.abc import Iterator

_COUNTS: dict[str, tuple[int | str, ...]] = {
    "range": (0, 1, 2),
    "polarArray": (3, "count"),
    "parray": (3, "n"),
    "rarray": (2, 3, "xCount", "yCount", "nx", "ny"),
    "polygon": (0, "nSides"),
    "regularPolygon": (1, "n"),
    "linspace": (2, "num"),
}
"""Functions that count, and which of their arguments say how many."""
_ROUNDS = 8
"""How many functions deep a count is followed."""


def counting_names(tree: ast.Module) -> frozenset[str]:
    """Names that reach something that counts: `range(n)`, `[x] * n`, `gear(z)` where `gear` has `range(z)` inside."""
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    known = {name for call in calls for argument in _counts(call) for name in _names(argument)}
    for node in nodes:
        match node:
            case ast.BinOp(left=ast.List(), op=ast.Mult(), right=right):
                known |= set(_names(right))
    functions = _functions(tree)
    for _ in range(_ROUNDS):
        before = len(known)
        for call in calls:
            for argument, parameter in _handed_over(call, functions):
                if parameter in known:
                    known |= set(_names(argument))
        for node in nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value) if name in known:
                    known |= set(_names(value))
        if len(known) == before:
            break
    return frozenset(known)


def _counts(call: ast.Call) -> Iterator[ast.expr]:
    counting = _COUNTS.get(_called(call), ())
    yield from (argument for index, argument in enumerate(call.args) if index in counting)
    yield from (keyword.value for keyword in call.keywords if keyword.arg in counting)


def _names(node: ast.expr) -> Iterator[str]:
    """Names whose own value must be whole: not those that are divided or rounded on the way."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.UnaryOp(operand=operand):
                waiting.append(operand)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
                waiting += [left, right]


def _functions(tree: ast.Module) -> dict[str, list[str]]:
    """The parameters' names of every function and class of the script, without `self`."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _parameters(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            starts = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
            found[node.name] = _parameters(starts[0]) if starts else []
    return found


def _parameters(function: ast.FunctionDef) -> list[str]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _handed_over(call: ast.Call, functions: dict[str, list[str]]) -> Iterator[tuple[ast.expr, str]]:
    parameters = functions.get(_called(call))
    if parameters is None:
        return
    yield from zip(call.args, parameters, strict=False)
    yield from ((keyword.value, keyword.arg) for keyword in call.keywords if keyword.arg)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
