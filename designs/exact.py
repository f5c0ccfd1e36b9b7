"""Exact numbers: read from text, bounded, and written in one canonical form. Never through a float."""

import re
from decimal import Context, Decimal

from designs.errors import DesignError

MAX_DIGITS = 17
"""A double never needs more significant digits, so every literal of a script fits."""
MAX_MAGNITUDE = Decimal(10) ** 15
MIN_EXPONENT = -30
_CONTEXT = Context(prec=60)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)


class NotANumber(DesignError):
    """The text is no finite decimal number, or one outside of what is kept exactly. The message says which."""


def parse_number(text: str) -> Decimal:
    """Read a decimal number. Its written form (`2` or `2.0`) is kept in the exponent; raises NotANumber."""
    if not _NUMBER.fullmatch(text):
        raise NotANumber(f"not a number: {shown(text)} (write it like 1.2)")
    return bounded(Decimal(text))


def exact(value: int | float | Decimal) -> Decimal:
    """The number as a person would write it (0.1 stays 0.1); raises NotANumber on NaN or too large a number."""
    if isinstance(value, int):
        if abs(value) >= MAX_MAGNITUDE:
            raise NotANumber(f"too large: {shown(value)} (less than {MAX_MAGNITUDE:.0e} is kept)")
        return Decimal(value)
    return bounded(value if isinstance(value, Decimal) else Decimal(repr(value)))


def bounded(value: Decimal) -> Decimal:
    """The same number, when it is finite and within what is kept exactly; raises NotANumber otherwise."""
    if not value.is_finite():
        raise NotANumber(f"not a finite number: {value}")
    if value and value.adjusted() >= MAX_MAGNITUDE.adjusted():
        raise NotANumber(f"too large: {shown(value)} (less than {MAX_MAGNITUDE:.0e} is kept)")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < 3 * MIN_EXPONENT:
        raise NotANumber(f"too many decimal places: {shown(value)}")
    short = value.normalize(_CONTEXT)
    _, digits, least = short.as_tuple()
    if len(digits) > MAX_DIGITS:
        raise NotANumber(f"too many digits: {shown(value)} ({MAX_DIGITS} significant digits are kept)")
    if isinstance(least, int) and least < MIN_EXPONENT:
        raise NotANumber(f"too small: {shown(value)} ({-MIN_EXPONENT} decimal places are kept)")
    return value


def number_text(value: Decimal | int) -> str:
    """The one text of a number: no exponent, no trailing zeros, no plus, no negative zero. 2, 2.0 and 2.00 give `2`."""
    number = Decimal(value)
    return "0" if not number else format(number.normalize(_CONTEXT), "f")


def written_whole(value: Decimal) -> bool:
    """Written without decimal places: `2`, not `2.0`."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= 0


def shown(value: object) -> str:
    """An offending value for a message: bounded, on one line, with nothing invisible in it."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    text = repr(str(value)) if isinstance(value, str) else str(value)
    text = text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)
