"""From what the customizer shows to the parameters of a design, and back to assignments. Pure."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from designs.openscad.annotations import Annotation
from designs.openscad.customizer import Customizer, Literal, Setting
from designs.openscad.tokens import quoted
from designs.scripts.assignments import Value
from designs.scripts.guessing import MAX_PARAMETERS, MAX_TEXT, Guess, is_count
from designs.values import name_problem

MAX_ELEMENTS = 4
"""Of a vector: as many as the customizer shows."""
MAX_WORDS = 500


class UnknownSetting(Exception):
    """A value for something that the file does not assign. The message says what."""


def guesses(customizer: Customizer) -> tuple[list[Guess], list[str]]:
    """The parameters, and why some settings are none: a line of text each. The elements of a vector `size` become
    `size_0`, `size_1` …, after OpenSCAD's own `size[0]`."""
    found: list[Guess] = []
    refused: list[str] = []
    taken = {setting.name for setting in customizer.settings}
    for setting in customizer.settings:
        reason = _refusal(setting, taken)
        if reason is None and len(found) >= MAX_PARAMETERS:
            reason = f"more than {MAX_PARAMETERS} parameters are not read"
        if reason:
            refused.append(f"line {setting.line}: {setting.name} is no parameter: {reason}")
        elif isinstance(setting.value, tuple):
            elements = [(f"{setting.name}_{at}", value) for at, value in enumerate(setting.value)]
            found += [
                _guess(setting, name, value, f"{setting.name}[{at}]") for at, (name, value) in enumerate(elements)
            ]
        else:
            found.append(_guess(setting, setting.name, setting.value, ""))
    return found, refused


def definitions(customizer: Customizer, parameters: Mapping[str, Value]) -> list[str]:
    """`name=value` for each variable that these parameters set, each an assignment in OpenSCAD's language. Raises
    UnknownSetting."""
    vectors = {setting.name: list(setting.value) for setting in customizer.settings if isinstance(setting.value, tuple)}
    written: dict[str, str] = {}
    for name, value in parameters.items():
        stem, _, index = name.rpartition("_")
        if name in customizer.names or (customizer.includes and stem not in vectors and not name_problem(name)):
            written[name] = literal(value)
        elif stem in vectors and index.isascii() and index.isdigit() and int(index) < len(vectors[stem]):
            vectors[stem][int(index)] = value
            written[stem] = literal(vectors[stem])
        else:
            known = ", ".join(sorted(customizer.names)[:20]) or "none"
            raise UnknownSetting(f"it assigns no {name!r} at its top level (it assigns: {known})")
    return [f"{name}={value}" for name, value in written.items()]


def literal(value: Value | Sequence[Value]) -> str:
    """The value as OpenSCAD writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise UnknownSetting(f"{value} is no number that can be written")
        return repr(value)
    return f"[{', '.join(literal(element) for element in value)}]"


def _refusal(setting: Setting, taken: set[str]) -> str | None:
    value = setting.value
    if problem := name_problem(setting.name):
        return problem
    for element in value if isinstance(value, tuple) else (value,):
        if isinstance(element, str) and (len(element) > MAX_TEXT or not element.isprintable()):
            return f"its text has more than {MAX_TEXT} characters, or invisible ones"
    if isinstance(value, tuple):
        if len(value) > MAX_ELEMENTS:
            return f"a vector of {len(value)} elements; at most {MAX_ELEMENTS} become parameters"
        if clash := next((f"{setting.name}_{at}" for at in range(len(value)) if f"{setting.name}_{at}" in taken), None):
            return f"its element would be called {clash}, which there is already"
    return None


def _guess(setting: Setting, name: str, value: Literal, place: str) -> Guess:
    note = setting.annotation
    words = [setting.description, place, _captions(note)]
    description = "; ".join(word for word in words if word)[:MAX_WORDS]
    if isinstance(value, bool):
        return Guess(name, "boolean", value, description, group=setting.group)
    choices = _with(note.choices, value)
    if isinstance(value, str):
        length = max(note.length, len(value)) if note.length and note.length <= MAX_TEXT else None
        kind = "choice" if choices else "text"
        return Guess(name, kind, value, description, max=length, choices=choices, group=setting.group)
    least = None if note.min is None else min(note.min, value)
    most = None if note.max is None else max(note.max, value)
    step = note.step if note.step and _on_step(value, least, note.step) else None
    numbers = [number for number in (value, least, most, step, *choices) if number is not None]
    whole = all(isinstance(number, int) for number in numbers) and (step is not None or bool(choices) or is_count(name))
    return Guess(name, "integer" if whole else "number", value, description, least, most, step, choices, setting.group)


def _with(choices: tuple[float | int | str, ...], value: float | int | str) -> tuple[float | int | str, ...]:
    """A default that is not among the choices is one all the same."""
    return choices if value in choices or not choices else (value, *choices)


def _captions(note: Annotation) -> str:
    shown = [f"{choice} = {caption}" for choice, caption in zip(note.choices, note.captions, strict=True) if caption]
    return ", ".join(shown)


def _on_step(value: float, least: float | None, step: float) -> bool:
    steps = (Fraction(repr(value)) - Fraction(repr(value if least is None else least))) / Fraction(repr(step))
    return steps.denominator == 1
