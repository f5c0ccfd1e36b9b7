"""What a comment behind a customizer's parameter allows: a range, a list, a step or a length. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

Number = float | int
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
MAX_CHOICES = 100


@dataclass(frozen=True)
class Annotation:
    """Limits; all empty where there are none."""

    min: Number | None = None
    max: Number | None = None
    step: Number | None = None
    choices: tuple[Number | str, ...] = ()
    captions: tuple[str, ...] = ()
    """One for each choice: what people are shown instead of it; empty where it is shown as it is."""
    length: int | None = None
    """Most characters of a text."""


NONE = Annotation()


def read_annotation(comment: str, value: object) -> Annotation:
    """`[min:max]`, `[min:step:max]` and `[max]` for numbers and vectors; `[a, b]` and `[a:Caption, b:Caption]` for
    numbers and texts; a bare number is a step, or the length of a text. NONE for any other comment."""
    first = value[0] if isinstance(value, tuple) and value else value
    bare = _number(comment)
    if isinstance(first, bool):
        return NONE
    if bare is not None:
        return _bare(bare, is_text=isinstance(first, str))
    if not (comment.startswith("[") and "]" in comment):
        return NONE
    inner = comment[1 : comment.rindex("]")]
    if not isinstance(first, str) and "," not in inner:
        return _range([part.strip() for part in inner.split(":")])
    return NONE if isinstance(value, tuple) else _choices(inner, numeric=not isinstance(first, str))


def _bare(number: Number, *, is_text: bool) -> Annotation:
    if number <= 0:
        return NONE
    if not is_text:
        return Annotation(step=number)
    return Annotation(length=int(number)) if float(number).is_integer() else NONE


def _range(parts: Sequence[str]) -> Annotation:
    numbers = [_number(part) for part in parts]
    match numbers:
        case [int() | float() as most]:
            return Annotation(min=min(0, most), max=max(0, most))
        case [int() | float() as least, int() | float() as most] if least <= most:
            return Annotation(min=least, max=most)
        case [int() | float() as least, int() | float() as step, int() | float() as most] if least <= most and step > 0:
            return Annotation(min=least, max=most, step=step)
    captioned = len(parts) == 2 and numbers[1] is None
    return _choices(":".join(parts), numeric=True) if captioned else NONE


def _choices(inner: str, *, numeric: bool) -> Annotation:
    choices: list[Number | str] = []
    captions: list[str] = []
    for item in inner.split(","):
        written, _, caption = item.partition(":")
        text = _without_quotes(written.strip())
        choice: Number | str | None = _number(text) if numeric else text
        if choice is None:
            return NONE
        if choice not in choices:
            choices.append(choice)
            captions.append(_without_quotes(caption.strip()))
    if not 0 < len(choices) <= MAX_CHOICES:
        return NONE
    return Annotation(choices=tuple(choices), captions=tuple(captions))


def _without_quotes(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text


def _number(text: str) -> Number | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(number) if "." not in text and number.is_integer() and abs(number) < 1e15 else number
