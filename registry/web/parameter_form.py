"""A design's parameters as a form: what each field shows, what a posted form means, and where an error belongs.

Pure. A parameter `wall` travels as the form field `p.wall`; an unticked box is simply absent from a post, so a
posted form carries the marker `posted` to tell "unticked" from "not asked".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from designs.exact import number_text
from designs.parameters import (
    UNITS,
    Given,
    Parameter,
    ParameterProblem,
    ParameterType,
    ParameterValue,
    Parametric,
    Preset,
)
from designs.values import MAX_TEXT
from registry.web.languages import _

PREFIX = "p."
PRESET = "preset"
MARKER = "posted"
MOST_FIELDS = 500
MOST_REMARKS = 3
_RAISED = re.compile(r"\b\w*(?:Error|Exception): ")
"""Before what an exception says; its line of the script stands before it and names more."""


@dataclass(frozen=True)
class Field:
    """One parameter, ready to be drawn."""

    name: str
    kind: ParameterType
    label: str
    description: str
    sign: str
    """The unit as people read it: mm, °, %."""
    value: str | bool
    default: str
    minimum: str
    maximum: str
    step: str
    choices: tuple[str, ...]
    span: str
    """What may be given, in short: `0.8 to 2.4 mm, in steps of 0.1`."""
    errors: tuple[str, ...]
    remark: str = ""
    """What the model's script said when it could not be built with this value."""

    @property
    def input(self) -> str:
        """Name and id of the form field."""
        return PREFIX + self.name

    @property
    def slides(self) -> bool:
        """Both ends are known, so that a slider makes sense."""
        numeric = self.kind in {ParameterType.NUMBER, ParameterType.INTEGER}
        return numeric and bool(self.minimum and self.maximum) and not self.choices


@dataclass(frozen=True)
class Group:
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ParameterForm:
    """All fields in groups, in the order of the manifest; and what is wrong with no field in particular."""

    groups: tuple[Group, ...]
    presets: tuple[Preset, ...]
    preset: str | None
    errors: tuple[str, ...]

    @property
    def failed(self) -> bool:
        return bool(self.errors) or any(field.errors for group in self.groups for field in group.fields)


@dataclass(frozen=True)
class Choice:
    """What somebody chose: raw values by parameter name, over a preset where one is named."""

    given: Mapping[str, Given]
    preset: str | None = None


def read_choice(design: Parametric, sent: Mapping[str, str]) -> Choice:
    """What a posted form or a link's query says. Unknown names are kept, so that resolution can refuse them."""
    given: dict[str, Given] = {
        key.removeprefix(PREFIX): value for key, value in list(sent.items())[:MOST_FIELDS] if key.startswith(PREFIX)
    }
    if MARKER in sent:
        for parameter in design.parameters:
            if parameter.type is ParameterType.BOOLEAN:
                given.setdefault(parameter.name, False)
    return Choice(given, sent.get(PRESET) or None)


def link_query(canonical: Mapping[str, str | bool]) -> dict[str, str]:
    """The query of a link that leads to exactly these values."""
    return {PREFIX + name: value if isinstance(value, str) else str(value).lower() for name, value in canonical.items()}


def remarks_on(design: Parametric, message: str) -> dict[str, str]:
    """A script's error by the parameters that it names, by name or label; of one that names many, nothing is known."""
    said = _RAISED.split(message)[-1].strip()
    named = [each.name for each in design.parameters if _mentions(said, (each.name, each.label))]
    return dict.fromkeys(named, said) if len(named) <= MOST_REMARKS else {}


def _mentions(message: str, words: Sequence[str]) -> bool:
    return any(
        re.search(rf"(?<![\w.]){re.escape(each)}(?!\w)", message, re.IGNORECASE) for each in words if len(each) > 1
    )


def parameter_form(
    design: Parametric,
    choice: Choice,
    problems: Sequence[ParameterProblem] = (),
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> ParameterForm:
    """The form with what was chosen, and each problem and remark at the fields it concerns."""
    preset_values: Mapping[str, str | bool] = next(
        (preset.values for preset in design.presets if preset.name == choice.preset), {}
    )
    at_field: dict[str, list[str]] = {parameter.name: [] for parameter in design.parameters}
    elsewhere: list[str] = []
    for problem in problems:
        concerned = [name for name in problem.name.split(", ") if name in at_field]
        for name in concerned:
            at_field[name].append(_sentence(problem))
        if not concerned:
            elsewhere.append(str(problem))
    groups: dict[str, list[Field]] = {}
    for parameter in design.parameters:
        given = choice.given.get(parameter.name, preset_values.get(parameter.name, parameter.default))
        field = _field(parameter, given, tuple(at_field[parameter.name]), remarks.get(parameter.name, ""))
        groups.setdefault(parameter.group, []).append(field)
    return ParameterForm(
        tuple(Group(title, tuple(fields)) for title, fields in groups.items()),
        tuple(design.presets),
        choice.preset,
        tuple(elsewhere),
    )


def _sentence(problem: ParameterProblem) -> str:
    words = f"{problem.value} {problem.message}" if problem.message.startswith("is ") else problem.message
    if not problem.allowed:
        return f"{words}."
    return _("%(problem)s. Allowed: %(allowed)s.") % {"problem": words, "allowed": problem.allowed}


def _field(parameter: Parameter, given: Given, errors: tuple[str, ...], remark: str) -> Field:
    return Field(
        name=parameter.name,
        kind=parameter.type,
        label=parameter.label or parameter.name.replace("_", " ").capitalize(),
        description=parameter.description,
        sign=UNITS[parameter.unit],
        value=_shown_value(parameter, given),
        default=_text(parameter.default),
        minimum=_number(parameter.min),
        maximum=_number(parameter.max),
        step=_step(parameter),
        choices=tuple(_text(choice) for choice in parameter.choices),
        span=_span(parameter),
        errors=errors,
        remark=remark,
    )


def _shown_value(parameter: Parameter, given: Given) -> str | bool:
    if parameter.type is ParameterType.BOOLEAN:
        return given if isinstance(given, bool) else str(given).strip().casefold() in {"true", "yes", "on", "1"}
    return "" if given is None else _text(given)


def _text(value: ParameterValue | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number_text(value) if isinstance(value, int | Decimal) else str(value)


def _number(value: Decimal | None) -> str:
    return "" if value is None else number_text(value)


def _span(parameter: Parameter) -> str:
    """What may be given; nothing where the field shows it by itself."""
    if parameter.choices or parameter.type not in {ParameterType.NUMBER, ParameterType.INTEGER, ParameterType.TEXT}:
        return ""
    least, most = _number(parameter.min), _number(parameter.max)
    if parameter.type is ParameterType.TEXT:
        most = most or str(MAX_TEXT)
        if parameter.min:
            return _("Text of %(least)s to %(most)s characters on one line") % {"least": least, "most": most}
        return _("Text of at most %(most)s characters on one line") % {"most": most}
    bounds, step = _bounds(least, most, UNITS[parameter.unit]), _number(parameter.step)
    if not step:
        return bounds
    if not bounds:
        return _("In steps of %(step)s") % {"step": step}
    return _("%(bounds)s in steps of %(step)s") % {"bounds": bounds, "step": step}


def _bounds(least: str, most: str, sign: str) -> str:
    """Between which numbers, with the unit at the last one."""
    unit = f" {sign}" if sign else ""
    if least and most:
        return _("%(least)s to %(most)s") % {"least": least, "most": most + unit}
    if least:
        return _("At least %(least)s") % {"least": least + unit}
    if most:
        return _("At most %(most)s") % {"most": most + unit}
    return _("In %(unit)s") % {"unit": sign} if sign else ""


def _step(parameter: Parameter) -> str:
    if parameter.step is not None:
        return number_text(parameter.step)
    return "1" if parameter.type is ParameterType.INTEGER else "any"
