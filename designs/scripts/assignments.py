"""The top-level assignments of a script: which of them are parameters, and how to give them other values. Pure, on
the AST.

As CQGI (CadQuery's gateway interface) has it, a parameter is a top-level assignment of a literal. On top of that:
negative numbers, annotated assignments and pairwise tuple assignments (`a, b = 1, 2`) count, and in scripts that import
build123d a number times one of its units of length (`3 * MM`, `1 / 4 * IN`), which is a number of mm.
"""

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Value = float | int | bool | str
_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


_UNITS_MM = {"MM": 1.0, "CM": 10.0, "M": 1000.0, "IN": 25.4, "FT": 304.8, "THOU": 0.0254, "MC": 0.001}


@dataclass(frozen=True)
class Assignment:
    """One name given a value at the top level."""

    name: str
    node: ast.expr
    """The expression on the right."""
    replace: Callable[[ast.expr], None]
    """Puts another expression in its place."""
    line: int
    units: frozenset[str] = frozenset()
    """Names that stand for units of length in this script."""

    @property
    def literal(self) -> Value | None:
        """The plain value, or None where it is computed (or is None, a tuple, NaN …)."""
        try:
            value = ast.literal_eval(self.node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            value = _length(self.node, self.units)
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return value if isinstance(value, bool | int | float | str) else None


def assignments(tree: ast.Module) -> Iterator[Assignment]:
    """Every top-level assignment to a plain name, in order."""
    units = _units(tree)
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield Assignment(statement.target.id, statement.value, _setter(statement), statement.lineno, units)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _of_target(statement, target, units)


def at_top_level(node: ast.AST) -> Iterator[ast.AST]:
    """Everything that is not inside a function, class or comprehension, in order."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, _SCOPES):
            yield current
            waiting.extend(reversed(list(ast.iter_child_nodes(current))))


def _units(tree: ast.Module) -> frozenset[str]:
    """Those of build123d's units that the script imports from there."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in ("build123d", "build123d.build_enums"):
            for alias in node.names:
                found |= set(_UNITS_MM) if alias.name == "*" else {alias.name} & set(_UNITS_MM)
    return frozenset(found)


def _length(node: ast.expr, units: frozenset[str]) -> float | None:
    """mm of a number times or by numbers and at most one unit; None for anything else, and for one without unit."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    if len(names) != 1 or names[0] not in units:
        return None
    try:
        return _product(node)
    except (ValueError, ArithmeticError, RecursionError):
        return None


def _product(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=bool()):
            raise ValueError(node)
        case ast.Constant(value=float() | int() as value):
            return float(value)
        case ast.Name(id=name):
            return _UNITS_MM[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_product(operand)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _product(left) * _product(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _product(left) / _product(right)
    raise ValueError(node)


def _of_target(statement: ast.Assign, target: ast.expr, units: frozenset[str]) -> Iterator[Assignment]:
    value = statement.value
    if isinstance(target, ast.Name):
        yield Assignment(target.id, value, _setter(statement), statement.lineno, units)
        return
    pairs = (ast.Tuple, ast.List)
    if not isinstance(target, pairs) or not isinstance(value, pairs) or len(target.elts) != len(value.elts):
        return
    for index, (name, element) in enumerate(zip(target.elts, value.elts, strict=True)):
        if isinstance(name, ast.Name):
            yield Assignment(name.id, element, _element_setter(value, index), statement.lineno, units)


def _setter(statement: ast.Assign | ast.AnnAssign) -> Callable[[ast.expr], None]:
    def replace(expression: ast.expr) -> None:
        statement.value = expression

    return replace


def _element_setter(value: ast.Tuple | ast.List, index: int) -> Callable[[ast.expr], None]:
    def replace(expression: ast.expr) -> None:
        value.elts[index] = expression

    return replace


def replace_values(tree: ast.Module, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Give the named top-level variables these values, in place; returns the names that the script does not assign.

    Every literal assignment of the name is replaced; where there is none, the first computed one. A script that says
    `teeth = 20` may count with it, so it is given whole numbers as integers there.
    """
    found: dict[str, list[Assignment]] = {}
    for assignment in list(assignments(tree)):
        found.setdefault(assignment.name, []).append(assignment)
    for name, value in values.items():
        of_name = found.get(name, [])
        for assignment in [a for a in of_name if a.literal is not None] or of_name[:1]:
            fitting = _like(value, assignment.literal)
            assignment.replace(ast.copy_location(ast.Constant(fitting), assignment.node))
    return tuple(name for name in values if name not in found)


def _like(value: Value, before: Value | None) -> Value:
    whole = isinstance(value, float) and isinstance(before, int) and not isinstance(before, bool)
    return int(value) if whole and float(value).is_integer() else value
