"""Relations between parameters, such as `wall * 2 < width`: read once, evaluated exactly and within bounds.

The language: + - * / // % ** on exact rational numbers, comparisons, and/or/not, parentheses, min max abs round floor
ceil, text and true/false compared by == and !=. The only names are parameters. Nothing of Python runs: the expression
is walked node by node, and every intermediate number is bounded, so a rule cannot be made to take long.
"""

import ast
import math
import operator
import threading
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from designs.errors import DesignError
from designs.exact import NotANumber, parse_number
from designs.wording import suggestion

MAX_RULE_LENGTH = 500
MAX_NODES = 250
MAX_BITS = 4096
"""Size of a numerator or denominator on the way: far beyond any length in millimetres, and computed in microseconds."""
MAX_POWER = 64
RULES_AT_HAND = 512
"""Rules that were read lately and are kept: some kilobytes each."""

Value = Fraction | bool | str

_PARSING = threading.Lock()
"""CPython counts the depth of `ast.parse` for the whole process: of two threads in it at once one may fail."""

_FUNCTIONS: Mapping[str, range] = {
    "min": range(2, 33),
    "max": range(2, 33),
    "abs": range(1, 2),
    "round": range(1, 3),
    "floor": range(1, 2),
    "ceil": range(1, 2),
}
_ARITHMETIC: Mapping[type[ast.operator], tuple[str, Callable[[Fraction, Fraction], Fraction | int]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}
_ORDER: Mapping[type[ast.cmpop], tuple[str, Callable[[Fraction, Fraction], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}


class BadRule(DesignError):
    """The rule is not in the language, or its value cannot be computed. The message says where and what to write."""


@dataclass(frozen=True)
class Relation:
    """A rule that the values of a design's parameters must satisfy, as its author wrote it."""

    rule: str
    message: str = ""


@dataclass(frozen=True)
class Rule:
    """A relation that has been read: the parameters it speaks of, and whether it holds."""

    text: str
    names: tuple[str, ...]
    _body: ast.expr
    _numbers: Mapping[int, Fraction]

    def holds(self, values: Mapping[str, Decimal | int | bool | str]) -> bool:
        """Whether the rule is true of these values; raises BadRule where it has no value (division by zero)."""
        exact: dict[str, Value] = {}
        for name in self.names:
            value = values[name]
            exact[name] = value if isinstance(value, bool | str) else Fraction(value)
        result = _Evaluation(exact, self._numbers).of(self._body)
        if not isinstance(result, bool):
            raise BadRule(f"`{self.text}` is not a comparison: write one, like wall * 2 < width")
        return result


def parse_rule(text: str, known: Set[str]) -> Rule:
    """Read a rule over these parameter names; raises BadRule. What was read lately is at hand: a design's rules are
    needed at every look at its parameters."""
    return _parse(text, tuple(known))


@lru_cache(maxsize=RULES_AT_HAND)
def _parse(text: str, known: tuple[str, ...]) -> Rule:
    if len(text) > MAX_RULE_LENGTH:
        raise BadRule(f"the rule is too long: {len(text)} characters, at most {MAX_RULE_LENGTH}; split it")
    try:
        with _PARSING:
            body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "nested too deeply"
        raise BadRule(f"`{text}` is not a rule: {reason}; write a comparison, like wall * 2 < width") from error
    nodes = list(ast.walk(body))
    if len(nodes) > MAX_NODES:
        raise BadRule(f"the rule has too many parts: {len(nodes)}, at most {MAX_NODES}; split it")
    functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names: dict[str, None] = {}
    numbers: dict[int, Fraction] = {}
    for node in nodes:
        _check(node, functions)
        if isinstance(node, ast.Name) and id(node) not in functions:
            if node.id not in known:
                raise BadRule(f"`{node.id}` is not a parameter{suggestion(node.id, known)}")
            names[node.id] = None
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool | str):
            numbers[id(node)] = _literal(text.strip(), node)
    return Rule(text, tuple(names), body, numbers)


def _literal(text: str, node: ast.Constant) -> Fraction:
    written = (ast.get_source_segment(text, node) or "").replace("_", "")
    try:
        return Fraction(parse_number(written))
    except NotANumber as error:
        raise BadRule(f"`{written[:40]}` in the rule is {error}") from error


def _check(node: ast.AST, functions: Set[int]) -> None:
    """Refuse whatever is not in the language, by name."""
    match node:
        case ast.Call():
            _check_call(node)
        case ast.BinOp(op=ast.Pow()) | ast.BoolOp() | ast.Compare() | ast.Name():
            pass
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            pass
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not()):
            pass
        case ast.Constant(value=bool() | str() | int() | float()):
            pass
        case ast.cmpop():
            if type(node) not in _ORDER and not isinstance(node, ast.Eq | ast.NotEq):
                raise BadRule("a rule compares with < <= > >= == != only")
        case ast.operator() | ast.unaryop() | ast.boolop() | ast.expr_context():
            pass
        case _:
            raise BadRule(
                f"a rule may not contain `{ast.unparse(node)[:40]}`: it knows + - * / // % **, comparisons, "
                f"and/or/not, parentheses and {', '.join(_FUNCTIONS)}"
            )


def _check_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS:
        called = node.func.id if isinstance(node.func, ast.Name) else type(node.func).__name__
        raise BadRule(f"`{called}` is not a function that a rule knows: {', '.join(_FUNCTIONS)}")
    if node.keywords or len(node.args) not in _FUNCTIONS[node.func.id]:
        raise BadRule(f"`{node.func.id}` is called with the wrong number of values")


class _Evaluation:
    """One walk over a checked expression with these values."""

    def __init__(self, values: Mapping[str, Value], numbers: Mapping[int, Fraction]) -> None:
        self.values = values
        self.numbers = numbers

    def of(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id=name):
                return self.values[name]
            case ast.Constant(value=bool() | str() as value):
                return value
            case ast.Constant():
                return self.numbers[id(node)]
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self.truth_of(node)
        return self.number_of(node)

    def truth_of(self, node: ast.BoolOp | ast.Compare | ast.UnaryOp) -> bool:
        match node:
            case ast.UnaryOp(operand=operand):
                return not self.truth(operand)
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self.comparison(left, ops, others)
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self.truth(part) for part in parts)
            case ast.BoolOp(values=parts):
                return any(self.truth(part) for part in parts)

    def number_of(self, node: ast.expr) -> Fraction:
        match node:
            case ast.UnaryOp(op=op, operand=operand):
                number = self.number(operand, "the sign")
                return -number if isinstance(op, ast.USub) else number
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return _power(self.number(left, "**"), self.number(right, "**"))
            case ast.BinOp(left=left, op=op, right=right):
                return self.arithmetic(op, left, right)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return _call(name, [self.number(argument, name) for argument in arguments])
        raise BadRule(f"a rule may not contain {type(node).__name__}")

    def number(self, node: ast.expr, what: str) -> Fraction:
        value = self.of(node)
        if isinstance(value, bool) or not isinstance(value, Fraction):
            raise BadRule(f"`{ast.unparse(node)}` is not a number, and {what} needs one")
        return value

    def truth(self, node: ast.expr) -> bool:
        value = self.of(node)
        if not isinstance(value, bool):
            raise BadRule(f"`{ast.unparse(node)}` is neither true nor false: compare it with something")
        return value

    def arithmetic(self, op: ast.operator, left: ast.expr, right: ast.expr) -> Fraction:
        symbol, function = _ARITHMETIC[type(op)]
        first, second = self.number(left, symbol), self.number(right, symbol)
        if second == 0 and isinstance(op, ast.Div | ast.FloorDiv | ast.Mod):
            raise BadRule(f"`{ast.unparse(right)}` is zero, and nothing can be divided by it")
        return _bounded(Fraction(function(first, second)))

    def comparison(self, left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr]) -> bool:
        for op, right in zip(ops, others, strict=True):
            if isinstance(op, ast.Eq | ast.NotEq):
                first, second = self.of(left), self.of(right)
                if type(first) is not type(second):
                    raise BadRule(f"`{ast.unparse(left)}` and `{ast.unparse(right)}` are of different kinds")
                true = (first == second) is isinstance(op, ast.Eq)
            else:
                symbol, function = _ORDER[type(op)]
                true = function(self.number(left, symbol), self.number(right, symbol))
            if not true:
                return False
            left = right
        return True


def _call(name: str, arguments: list[Fraction]) -> Fraction:
    first = arguments[0]
    match name:
        case "min":
            return min(arguments)
        case "max":
            return max(arguments)
        case "abs":
            return abs(first)
        case "floor":
            return Fraction(math.floor(first))
        case "ceil":
            return Fraction(math.ceil(first))
    places = arguments[1] if len(arguments) == 2 else Fraction(0)
    if places.denominator != 1 or abs(places) > MAX_POWER:
        raise BadRule(f"round takes a whole number of places, at most {MAX_POWER}")
    return Fraction(round(first, int(places)))


def _power(value: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise BadRule("a power with a fraction is not exact: compare squares instead, like a**2 + b**2 < c**2")
    if abs(exponent) > MAX_POWER:
        raise BadRule(f"the power is too large: at most {MAX_POWER}")
    if value == 0 and exponent < 0:
        raise BadRule("zero cannot be raised to a negative power")
    if max(value.numerator.bit_length(), value.denominator.bit_length()) * abs(int(exponent)) > MAX_BITS:
        raise BadRule("a number in the rule grows too large")
    return Fraction(value ** int(exponent))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise BadRule("a number in the rule grows too large")
    return value
