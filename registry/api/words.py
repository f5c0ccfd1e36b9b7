"""Words that members write for others to read: nothing invisible that changes how the rest is read."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from designs.wording import text_problem


def _one_line(text: str) -> str:
    return _readable(text, text_problem(text, limit=len(text)))


def _lines(text: str) -> str:
    return _readable(text, text_problem(text, limit=len(text), lines=True))


def _readable(text: str, problem: str | None) -> str:
    if problem:
        raise PydanticCustomError("invisible_sign", "{problem}", {"problem": problem})
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""A name, a label, a title: no line break, no control or bidirectional character."""
Lines = Annotated[str, AfterValidator(_lines)]
"""A description, a note, a reason: line breaks and tabs may stand in it."""
