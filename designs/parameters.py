"""The exact resolution of what somebody chose for a design's parameters.

A resolved value has one canonical form: numbers are normalised decimal strings (2, 2.0 and 2.00 are all `2`), so that
equal choices give equal cache keys on every machine.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from designs.errors import DesignError
from designs.exact import shown
from designs.relations import BadRule, Relation, parse_rule
from designs.values import (
    UNITS,
    BadValue,
    Canonical,
    Given,
    Parameter,
    ParameterType,
    ParameterValue,
    canonical_value,
    parse_value,
    script_value,
    value_text,
)
from designs.wording import suggestion

__all__ = [
    "UNITS",
    "Canonical",
    "Given",
    "Parameter",
    "ParameterError",
    "ParameterProblem",
    "ParameterType",
    "ParameterValue",
    "Parametric",
    "Preset",
    "ResolvedParameters",
    "broken_relations",
    "resolve",
]


@dataclass(frozen=True)
class Preset:
    """A named set of values; what it does not name keeps its default."""

    name: str
    values: Mapping[str, str | bool]
    """In canonical form."""
    title: str = ""


class Parametric(Protocol):
    """What resolution needs of a manifest."""

    @property
    def parameters(self) -> Sequence[Parameter]: ...
    @property
    def relations(self) -> Sequence[Relation]: ...
    @property
    def presets(self) -> Sequence[Preset]: ...


@dataclass(frozen=True)
class ParameterProblem:
    """What is wrong with one given value."""

    name: str
    """The parameter, or the names of those in a relation."""
    value: str
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        hint = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self.name} = {self.value}: {self.message}{hint}"


class ParameterError(DesignError):
    """The given values do not resolve; `problems` lists every reason."""

    def __init__(self, problems: Sequence[ParameterProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class ResolvedParameters:
    """One value for every parameter of a design, all allowed and in relation."""

    values: tuple[tuple[Parameter, ParameterValue], ...]

    @property
    def canonical(self) -> Canonical:
        """The one form for cache keys: numbers as decimal strings, true/false, text."""
        return {parameter.name: canonical_value(value) for parameter, value in self.values}

    def for_script(self) -> dict[str, float | int | bool | str]:
        """Python values to assign in the script, by name."""
        return {parameter.name: script_value(parameter, value) for parameter, value in self.values}

    @classmethod
    def from_canonical(cls, design: Parametric, canonical: Mapping[str, object]) -> "ResolvedParameters":
        """Read the canonical form back, strictly: every parameter, in canonical spelling; raises ParameterError."""
        given = {name: value if isinstance(value, str | bool) else None for name, value in canonical.items()}
        resolved = resolve(design, given)
        wrong = [name for name, value in resolved.canonical.items() if canonical.get(name) != value]
        if wrong:
            raise ParameterError(
                [ParameterProblem(n, shown(canonical.get(n, "nothing")), "not in canonical form") for n in wrong]
            )
        return resolved


def resolve(design: Parametric, given: Mapping[str, Given], preset: str | None = None) -> ResolvedParameters:
    """Defaults, then the preset, then what was given: checked, exact, complete. Raises ParameterError."""
    problems: list[ParameterProblem] = []
    known = {parameter.name: parameter for parameter in design.parameters}
    for name, value in given.items():
        if name not in known:
            message = f"the design has no parameter of this name{suggestion(name, known)}"
            problems.append(ParameterProblem(shown(name).strip("'"), shown(value), message, ", ".join(known) or "none"))
    chosen: dict[str, Given] = dict(_preset_values(design, preset, problems))
    chosen.update((name, value) for name, value in given.items() if name in known)
    values: dict[str, ParameterValue] = {}
    for parameter in design.parameters:
        try:
            values[parameter.name] = (
                parse_value(parameter, chosen[parameter.name]) if parameter.name in chosen else parameter.default
            )
        except BadValue as error:
            value = shown(chosen[parameter.name])
            problems.append(ParameterProblem(parameter.name, value, str(error), parameter.allowed()))
    problems.extend(broken_relations(design.relations, values, known.keys()))
    if problems:
        raise ParameterError(problems)
    return ResolvedParameters(tuple((parameter, values[parameter.name]) for parameter in design.parameters))


def _preset_values(design: Parametric, name: str | None, problems: list[ParameterProblem]) -> Mapping[str, str | bool]:
    if name is None:
        return {}
    presets = {preset.name: preset for preset in design.presets}
    if name in presets:
        return presets[name].values
    message = f"the design has no preset of this name{suggestion(name, presets)}"
    problems.append(ParameterProblem("preset", shown(name), message, ", ".join(presets) or "none"))
    return {}


def broken_relations(
    relations: Sequence[Relation], values: Mapping[str, ParameterValue], known: Set[str]
) -> list[ParameterProblem]:
    """The relations that these values break. A relation over a value that is missing is passed over."""
    problems = []
    for relation in relations:
        rule = parse_rule(relation.rule, known)
        if not all(name in values for name in rule.names):
            continue
        try:
            reason = None if rule.holds(values) else (relation.message or "the values do not go together")
        except BadRule as error:
            reason = f"{relation.message}: {error}" if relation.message else str(error)
        if reason is not None:
            shown_values = ", ".join(f"{name} = {value_text(values[name])}" for name in rule.names)
            problems.append(
                ParameterProblem(", ".join(rule.names), shown_values, reason, f"values with {relation.rule}")
            )
    return problems
