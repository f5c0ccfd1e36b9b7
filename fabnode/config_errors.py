"""What is wrong with a configuration, in words: the line, the key, and what is allowed there."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

Location = tuple[int | str, ...]


def problem_words(problem: Mapping[str, Any], text: str, root: type[BaseModel]) -> str:
    """One of pydantic's problems with the file `text`, which was to be a `root`."""
    location: Location = problem["loc"]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = _unknown_key(str(location[-1]), _model_at(root, location[:-1]))
    elif "input" in problem and not isinstance(problem["input"], Mapping | list) and problem["type"] != "value_error":
        message = f"{message}, not {problem['input']!r}"
    line = _line(text, location)
    return f"{f'line {line}: ' if line else ''}{where(location)}: {message}"


def where(location: Location) -> str:
    words = ""
    for part in location:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words or "the file"


def _unknown_key(key: str, model: type[BaseModel] | None) -> str:
    if model is None:
        return "this key is not known"
    allowed = sorted(model.model_fields)
    near = get_close_matches(key, allowed, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"this key is not known: {meant}allowed are {', '.join(allowed)}"


def _model_at(root: type[BaseModel], location: Location) -> type[BaseModel] | None:
    model: type[BaseModel] | None = root
    for part in location:
        if isinstance(part, str) and model is not None:
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The one model among the parts of a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _line(text: str, location: Location) -> int | None:
    """Where the key stands; the table's own line when it stands nowhere. None for the whole file."""
    names = [part for part in location if isinstance(part, str)]
    if not names:
        return None
    lines = text.splitlines()
    nth = next((part for part in location if isinstance(part, int)), 0)
    heads = [n for n, line in enumerate(lines) if re.match(rf"\s*\[+\s*{re.escape(names[0])}\s*[\].]", line)]
    firsts = [n for n in heads if re.match(rf"\s*\[+\s*{re.escape(names[0])}\s*\]", lines[n])] or heads
    start = firsts[nth] if nth < len(firsts) else 0
    end = next((n for n in firsts if n > start), len(lines))
    for number in range(start, end):
        if re.match(rf"\s*{re.escape(names[-1])}\s*=", lines[number]):
            return number + 1
    return start + 1 if firsts else None
