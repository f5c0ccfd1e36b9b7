"""What differs about parameters: which there are, what may be chosen, and what was chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from designs.comparing.changes import Change, changes, union
from designs.digest import JsonValue
from designs.exact import number_text, parse_number
from designs.manifest import Manifest
from designs.values import Parameter, ParameterType

_NUMBERS = {ParameterType.NUMBER, ParameterType.INTEGER}


class Presence(StrEnum):
    """On which side something is."""

    ADDED = "added"
    REMOVED = "removed"
    BOTH = "both"


@dataclass(frozen=True)
class Choice:
    """One parameter that is not the same on both sides: gone, new, declared otherwise, or chosen otherwise."""

    name: str
    label: str
    presence: Presence
    unit: str
    """Of the side where it is; of the second where it is on both."""
    before: str | bool | None
    """The chosen value in canonical form; None: there is no such parameter."""
    after: str | bool | None
    difference: str | None
    """After minus before, exactly, in the unit; None: they are no numbers, or of different units."""
    relative: float | None
    """The difference as a share of the value before; None: there is no difference, or it was zero."""
    declared: tuple[Change, ...] = ()
    """What the manifest says differently of it: default, min, max, unit, label …"""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "presence": self.presence.value,
            "unit": self.unit,
            "before": self.before,
            "after": self.after,
            "difference": self.difference,
            "relative": self.relative,
            "declared": [change.to_json() for change in self.declared],
        }


def compare_choices(
    before: tuple[Manifest, Mapping[str, str | bool]], after: tuple[Manifest, Mapping[str, str | bool]]
) -> tuple[Choice, ...]:
    """Each side: its manifest, and every parameter's chosen value in canonical form."""
    old = {parameter.name: parameter for parameter in before[0].parameters}
    new = {parameter.name: parameter for parameter in after[0].parameters}
    old_json, new_json = _declarations(before[0]), _declarations(after[0])
    found = []
    for name in union(old, new):
        declared = tuple(changes(old_json[name], new_json[name])) if name in old and name in new else ()
        choice = _choice(name, old.get(name), new.get(name), (before[1].get(name), after[1].get(name)), declared)
        if choice.presence is not Presence.BOTH or choice.before != choice.after or declared:
            found.append(choice)
    return tuple(found)


def _choice(
    name: str,
    old: Parameter | None,
    new: Parameter | None,
    values: tuple[str | bool | None, str | bool | None],
    declared: tuple[Change, ...],
) -> Choice:
    there = new or old
    assert there is not None
    presence = Presence.BOTH if old and new else Presence.ADDED if new else Presence.REMOVED
    difference = relative = None
    if old and new and {old.type, new.type} <= _NUMBERS and old.unit == new.unit and values[0] != values[1]:
        first, second = parse_number(str(values[0])), parse_number(str(values[1]))
        difference = number_text(second - first)
        relative = float((second - first) / first) if first else None
    return Choice(name, there.label, presence, there.unit, *values, difference, relative, declared)


def _declarations(manifest: Manifest) -> dict[str, dict[str, JsonValue]]:
    """By name, in canonical form: numbers are texts. A default of 2 and one of 2.0 are told apart, as scripts do."""
    value = manifest.to_json()
    parameters = value["parameters"] if isinstance(value, dict) else None
    assert isinstance(parameters, list)
    named: dict[str, dict[str, JsonValue]] = {}
    for parameter in parameters:
        assert isinstance(parameter, dict)
        named[str(parameter["name"])] = {key: content for key, content in parameter.items() if key != "name"}
    return named
