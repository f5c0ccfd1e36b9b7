"""The relation language: exact, bounded, and nothing of Python but its grammar."""

import contextlib
import gc
import operator
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.relations import BadRule, parse_rule

VALUES: dict[str, Decimal | int | bool | str] = {
    "a": Decimal("0.1"),
    "b": Decimal("0.2"),
    "n": 7,
    "lid": True,
    "style": "round",
}


def holds(rule: str) -> bool:
    return parse_rule(rule, VALUES.keys()).holds(VALUES)


@pytest.mark.parametrize(
    "rule",
    [
        "a + b == 0.3",
        "a * 3 == 0.3",
        "n / 3 * 3 == n",
        "n // 2 == 3 and n % 2 == 1",
        "-n // 2 == -4",
        "2 ** 10 == 1024 and 2 ** -1 == 0.5",
        "0 < a < b < n",
        "not (a > b) or lid",
        "lid == True",
        "lid",
        "style == 'round' and style != 'plain'",
        "min(a, b, n) == a and max(a, b) == b",
        "abs(a - b) == a and round(2.5) == 2 and round(3.5) == 4 and round(0.125, 2) == 0.12",
        "floor(-0.5) == -1 and ceil(a) == 1",
        "a**2 + b**2 == 0.05",
        "True or 1/0 > 1",
        "1_000 == 1000 and 1e3 == 1000",
    ],
)
def test_true(rule: str):
    assert holds(rule)


@pytest.mark.parametrize("rule", ["a > b", "a == b", "lid and a > 1", "not lid", "a < b < a", "style == 'x'"])
def test_false(rule: str):
    assert not holds(rule)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("9 ** 9 ** 9 < 1", "the power is too large"),
        ("(10 ** 60) ** 60 < 1", "grows too large"),
        ("a ** 0.5 < 1", "compare squares instead"),
        ("0 ** -1 < 1", "negative power"),
        ("1 / (n - 7) < 1", "`n - 7` is zero"),
        ("n % 0 == 1", "`0` is zero"),
        ("a + b", "is not a comparison"),
        ("'x'", "is not a comparison"),
        ("lid + 1 < 3", "`lid` is not a number"),
        ("style < 3", "`style` is not a number"),
        ("a and b", "`a` is neither true nor false"),
        ("style == 3", "of different kinds"),
        ("width < 3", "`width` is not a parameter"),
        ("aa < 3", "is not a parameter"),
        ("__import__('os')", "`__import__` is not a function"),
        ("a.real < 3", "may not contain `a.real`"),
        ("[a][0] < 1", "may not contain `\\[a\\]\\[0\\]`"),
        ("(lambda: 1)() < 1", "`Lambda` is not a function"),
        ("a if lid else b", "may not contain `a if lid else b`"),
        ("f'{a}' == 'x'", "may not contain `f'"),
        ("a is b", "a rule compares with"),
        ("n & 3 == 1", "may not contain `n & 3`"),
        ("~n == 1", "may not contain `~n`"),
        ("(x := 3) < 4", "may not contain `\\(x := 3\\)`"),
        ("1j < 2", "may not contain `1j`"),
        ("b'x' == b'x'", "may not contain `b'x'`"),
        ("None == None", "may not contain `None`"),
        ("min(a) < 1", "wrong number of values"),
        ("min(*a) < 1", "wrong number of values"),
        ("min(a, b, key=1) < 1", "wrong number of values"),
        ("min(*a, b) < 1", "may not contain `\\*a`"),
        ("round(a, 1e9) < 1", "whole number of places"),
        ("1e999 > a", "too large"),
        ("0x10 == 16", "not a number"),
        ("a <", "invalid syntax"),
        ("a < 1; b", "is not a rule"),
        ("a\x00 < 1", "is not a rule"),
        ("(" * 240 + "a" + ")" * 240 + " < 1", "is not a rule"),
        ("-" * 490 + "a < 1", "the rule has too many parts"),
        ("a < " + "1" * 600, "the rule is too long"),
        ("a+" * 240 + "a < 1", "too many parts"),
        ("", "is not a rule"),
    ],
)
def test_refused_with_a_reason(rule: str, reason: str):
    with pytest.raises(BadRule, match=reason):
        holds(rule)


@pytest.mark.parametrize(
    "rule", ["*".join(["(n+a)**40"] * 15) + " < 1", "**".join(["9"] * 60) + " < 1", "*".join(["1.1"] * 120) + " > 1"]
)
def test_no_rule_takes_long(rule: str):
    started = time.process_time()
    with contextlib.suppress(BadRule):
        holds(rule)
    assert time.process_time() - started < 0.3


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=3)
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv}


@given(decimals, decimals.filter(bool), st.sampled_from(sorted(OPERATORS)))
def test_arithmetic_is_that_of_rational_numbers(x: Decimal, y: Decimal, sign: str):
    expected = OPERATORS[sign](Fraction(x), Fraction(y))
    rule = parse_rule(f"x {sign} y == p / q", {"x", "y", "p", "q"})
    result = Fraction(expected)
    assert rule.holds({"x": x, "y": y, "p": result.numerator, "q": result.denominator})


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused(text: str):
    result: object = True
    with contextlib.suppress(BadRule):
        result = holds(text)
    assert isinstance(result, bool)


class Untidy:
    """Garbage whose end takes the interpreter away from whoever is at work."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(200))


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that change places, and garbage that is collected, as often as can be."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def read_often(depth: int) -> int:
    if depth:
        return read_often(depth - 1)
    for _ in range(500):
        Untidy()
        parse_rule("wall * 2 < width and (a + b) * c > min(d, e)", {"wall", "width", "a", "b", "c", "d", "e"})
    return 500


@pytest.mark.usefixtures("restless")
def test_rules_are_read_by_several_threads_at_once():
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(read_often, (3, 30, 60, 90))) == 2000
