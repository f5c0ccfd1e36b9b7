"""What a parameter is, which values it allows, and the exact form of a value."""

import keyword
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from designs.errors import DesignError
from designs.exact import NotANumber, exact, number_text, parse_number, written_whole
from designs.wording import text_problem

UNITS: Mapping[str, str] = {"mm": "mm", "deg": "°", "g": "g", "s": "s", "degC": "°C", "percent": "%", "none": ""}
"""Every unit a parameter may have, with the sign people read. Values are in this unit, never converted."""

MAX_TEXT = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})

ParameterValue = Decimal | int | bool | str
Given = str | int | float | bool | Decimal | None
"""What comes in from a form, JSON or the command line."""
Canonical = dict[str, str | bool]


class ParameterType(StrEnum):
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class Parameter:
    """One value that a user of the design may choose."""

    name: str
    type: ParameterType
    default: ParameterValue
    unit: str = "none"
    min: Decimal | None = None
    """Smallest number; for text the smallest length in characters."""
    max: Decimal | None = None
    step: Decimal | None = None
    """Values lie on `min + n * step`, or `default + n * step` where there is no min."""
    choices: tuple[Decimal | str, ...] = ()
    """The only values allowed, where there are any: text for a choice, numbers for a number or integer."""
    label: str = ""
    description: str = ""
    group: str = ""

    def allowed(self) -> str:
        """What may be given, in words."""
        sign = f" {UNITS[self.unit]}" if UNITS[self.unit] else ""
        if self.choices:
            return f"one of {', '.join(number_text(c) if isinstance(c, Decimal) else c for c in self.choices)}{sign}"
        match self.type:
            case ParameterType.BOOLEAN:
                return "true or false"
            case ParameterType.TEXT:
                least = f"{number_text(self.min)} to " if self.min else "at most "
                return (
                    f"text of {least}{number_text(MAX_TEXT if self.max is None else self.max)} characters on one line"
                )
            case ParameterType.CHOICE:
                return "one of its choices"
            case ParameterType.NUMBER | ParameterType.INTEGER:
                return self._allowed_number(sign)
        assert_never(self.type)

    def _allowed_number(self, sign: str) -> str:
        words = "a whole number" if self.type is ParameterType.INTEGER else "a number"
        if self.min is not None and self.max is not None:
            words += f" from {number_text(self.min)} to {number_text(self.max)}{sign}"
        elif self.min is not None:
            words += f" of at least {number_text(self.min)}{sign}"
        elif self.max is not None:
            words += f" of at most {number_text(self.max)}{sign}"
        elif sign:
            words += f" in{sign}"
        return words if self.step is None else f"{words} in steps of {number_text(self.step)}"


class BadValue(DesignError):
    """A value that its parameter does not allow."""


def name_problem(name: str) -> str | None:
    """Why no parameter may be called this, or None. The name must be assignable in a script."""
    if not _NAME.fullmatch(name):
        return "a name has letters, digits and _ only, begins with a letter or _, and is at most 63 characters long"
    if keyword.iskeyword(name) or name.startswith("__"):
        return "a name that Python keeps for itself: choose another"
    return None


def parse_value(parameter: Parameter, given: Given) -> ParameterValue:
    """The exact value that was meant, when this parameter allows it; raises BadValue saying what is wrong with it."""
    match parameter.type:
        case ParameterType.BOOLEAN:
            return _boolean(given)
        case ParameterType.NUMBER:
            number = _number(given, parameter.unit)
            check_number(parameter, number)
            return number
        case ParameterType.INTEGER:
            number = _number(given, parameter.unit)
            check_number(parameter, number)
            return int(number)
        case ParameterType.TEXT | ParameterType.CHOICE:
            if not isinstance(given, str):
                raise BadValue("is not text")
            text = unicodedata.normalize("NFC", given)
            check_text(parameter, text)
            return text
    assert_never(parameter.type)


def check_number(parameter: Parameter, number: Decimal) -> None:
    """Raise BadValue unless the number is whole where it must be, within min and max, on a step, and a choice."""
    sign = f" {UNITS[parameter.unit]}" if UNITS[parameter.unit] else ""
    if parameter.type is ParameterType.INTEGER and number != int(number):
        raise BadValue("is not a whole number")
    if parameter.min is not None and number < parameter.min:
        raise BadValue(f"is less than {number_text(parameter.min)}{sign}")
    if parameter.max is not None and number > parameter.max:
        raise BadValue(f"is more than {number_text(parameter.max)}{sign}")
    if parameter.choices and number not in parameter.choices:
        raise BadValue("is not one of the choices")
    if parameter.step is None or not isinstance(parameter.default, Decimal | int):
        return
    base = Fraction(parameter.default if parameter.min is None else parameter.min)
    step = Fraction(parameter.step)
    steps = (Fraction(number) - base) / step
    if steps.denominator != 1:
        below = base + (steps // 1) * step
        near = " or ".join(number_text(_decimal(value)) for value in (below, below + step))
        raise BadValue(f"is not on a step of {number_text(parameter.step)} (near it: {near})")


def check_text(parameter: Parameter, text: str) -> None:
    """Raise BadValue unless the text is a choice, or of allowed length and without invisible characters."""
    if parameter.choices:
        if text not in parameter.choices:
            raise BadValue("is not one of the choices")
        return
    limit = MAX_TEXT if parameter.max is None else int(parameter.max)
    problem = text_problem(text, limit=limit)
    if problem:
        raise BadValue(f"is {problem}")
    if parameter.min is not None and len(text) < parameter.min:
        raise BadValue(f"is too short: {len(text)} characters, at least {number_text(parameter.min)}")


def canonical_value(value: ParameterValue) -> str | bool:
    """The one form for cache keys: a number as its normalised decimal string."""
    if isinstance(value, bool | str):
        return value
    return number_text(value)


def value_text(value: ParameterValue) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, str) else number_text(value)


def script_value(parameter: Parameter, value: ParameterValue) -> float | int | bool | str:
    """The Python value to assign in a script. A number whose default is written `2` stays int while it is whole (so
    that `range(n)` works); one written `2.0` is always float."""
    if not isinstance(value, Decimal):
        return value
    default = parameter.default
    if isinstance(default, Decimal) and written_whole(default) and value == value.to_integral_value():
        return int(value)
    return float(value)


def _number(given: Given, unit: str) -> Decimal:
    if given is None or isinstance(given, bool):
        raise BadValue("is not a number")
    try:
        if not isinstance(given, str):
            return exact(given)
        text = given.strip()
        for sign in {unit, UNITS[unit]} - {"none", ""}:
            text = text.removesuffix(sign).rstrip()
        return parse_number(text)
    except NotANumber as error:
        raise BadValue(f"is {error}") from error


def _boolean(given: Given) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.strip().casefold() in _TRUE | _FALSE:
        return given.strip().casefold() in _TRUE
    raise BadValue("is neither true nor false")


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
