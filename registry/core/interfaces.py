"""What changed between two manifests for those who use the design, and the smallest step of the version that says so.

By Semantic Versioning 2.0.0, with these promises of a design: every choice of parameters that worked goes on working,
and every preset is there. Who broke a promise publishes a major version, who added something a minor one.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import semver

from designs.exact import number_text
from designs.manifest import Manifest
from designs.relations import parse_rule
from designs.values import UNITS, Parameter, ParameterType, canonical_value
from registry.core.permissions import ALLOWED, Decision, refused
from registry.core.releases import version_key


class Step(IntEnum):
    """How a version number goes up."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class InterfaceChange:
    """One thing that users of the design may notice."""

    code: str
    """`parameter_vanished`, `range_narrowed`, `default_changed` …"""
    name: str
    """The parameter, preset or rule; empty: the design as a whole."""
    message: str
    """One sentence."""
    step: Step
    """What it asks for: MAJOR when it breaks a promise, MINOR when it adds something."""


def interface_changes(before: Manifest, after: Manifest) -> tuple[InterfaceChange, ...]:
    """What changed, the breaking changes first."""
    found = [*_parameters(before, after), *_presets(before, after), *_relations(before, after), *_making(before, after)]
    return tuple(sorted(found, key=lambda change: -change.step))


def smallest_step(changes: Collection[InterfaceChange]) -> Step:
    """The step that these changes ask for; PATCH when there are none."""
    return max((change.step for change in changes), default=Step.PATCH)


def step_between(before: semver.Version, after: semver.Version) -> Step | None:
    """The step that a number makes; None where it promises nothing: 0.x, previews, and numbers that do not go up."""
    if before.major == 0 or after.major == 0 or before.prerelease or after.prerelease or after <= before:
        return None
    if after.major > before.major:
        return Step.MAJOR
    return Step.MINOR if after.minor > before.minor else Step.PATCH


def next_version(before: semver.Version, step: Step, existing: Collection[str]) -> semver.Version:
    """The smallest free number that makes at least this step from `before`. Below 1.0.0 a break goes up a minor."""
    number = semver.Version(before.major, before.minor, before.patch, before.prerelease)
    if number.prerelease:
        return _free(number.finalize_version(), existing)
    if number.major == 0 and step is Step.MAJOR:
        step = Step.MINOR
    bumped = {Step.MAJOR: number.bump_major, Step.MINOR: number.bump_minor, Step.PATCH: number.bump_patch}[step]()
    return _free(bumped, existing)


def may_step(
    before: semver.Version, after: semver.Version, changes: Collection[InterfaceChange], existing: Collection[str]
) -> Decision:
    """Whether a number says enough of what changed since the version that it revises."""
    made, needed = step_between(before, after), smallest_step(changes)
    if made is None or made >= needed:
        return ALLOWED
    told = [change for change in changes if change.step > made]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    instead = next_version(before, needed, existing)
    return refused(
        f"{after} is a {made.word} step from {before}, but {told[0].message}{more}, which asks for a {needed.word} "
        f"one: publish {instead}",
        *(change.message for change in told),
    )


def _free(number: semver.Version, existing: Collection[str]) -> semver.Version:
    taken = {version_key(version) for version in existing}
    while version_key(str(number)) in taken:
        number = number.bump_patch()
    return number


# ---------------------------------------------------------------------------------------------------------- parameters
def _parameters(before: Manifest, after: Manifest) -> Iterator[InterfaceChange]:
    old = {parameter.name: parameter for parameter in before.parameters}
    new = {parameter.name: parameter for parameter in after.parameters}
    for name in old.keys() - new.keys():
        yield InterfaceChange("parameter_vanished", name, f"the parameter {name} vanished", Step.MAJOR)
    for name, parameter in new.items():
        if name not in old:
            yield InterfaceChange("parameter_added", name, f"the parameter {name} is new", Step.MINOR)
        else:
            yield from _parameter(old[name], parameter)


def _parameter(old: Parameter, new: Parameter) -> Iterator[InterfaceChange]:
    name = new.name
    if old.type is not new.type:
        widened = (old.type, new.type) == (ParameterType.INTEGER, ParameterType.NUMBER)
        words = f"the parameter {name} was of type {old.type}, and is of type {new.type}"
        yield InterfaceChange("type_changed", name, words, Step.MINOR if widened else Step.MAJOR)
        if not widened:
            return
    if old.unit != new.unit:
        words = f"the parameter {name} was in {old.unit}, and is in {new.unit}"
        yield InterfaceChange("unit_changed", name, words, Step.MAJOR)
        return
    yield from _range(old, new)
    yield from _grid(old, new)
    yield from _choices(old, new)
    if canonical_value(old.default) != canonical_value(new.default):
        words = f"the default of {name} was {_shown(old, old.default)}, and is {_shown(new, new.default)}"
        yield InterfaceChange("default_changed", name, words, Step.MINOR)


def _range(old: Parameter, new: Parameter) -> Iterator[InterfaceChange]:
    for bound, sign in (("min", 1), ("max", -1)):
        first: Decimal | None = getattr(old, bound)
        second: Decimal | None = getattr(new, bound)
        if first == second:
            continue
        narrowed = second is not None and (first is None or (second - first) * sign > 0)
        if narrowed and new.choices and not old.choices:
            continue
        was = "nothing" if first is None else _shown(old, first)
        words = f"the {bound} of {new.name} was {was}, and is {'nothing' if second is None else _shown(new, second)}"
        code, step = ("range_narrowed", Step.MAJOR) if narrowed else ("range_widened", Step.MINOR)
        yield InterfaceChange(code, new.name, words, step)


def _grid(old: Parameter, new: Parameter) -> Iterator[InterfaceChange]:
    """Steps: the values that were allowed are allowed still when the old steps fall onto the new ones."""
    if new.step is None:
        if old.step is not None:
            words = f"{new.name} may have any value now, not only steps of {number_text(old.step)}"
            yield InterfaceChange("step_widened", new.name, words, Step.MINOR)
        return
    fits = old.step is not None and _is_multiple(old.step, new.step) and _is_multiple(_base(old) - _base(new), new.step)
    if fits and old.step == new.step:
        return
    if old.step is None and old.type is ParameterType.INTEGER and new.step == 1:
        return
    words = f"{new.name} comes in steps of {number_text(new.step)} from {number_text(_base(new))}"
    code, step = ("step_widened", Step.MINOR) if fits else ("step_narrowed", Step.MAJOR)
    yield InterfaceChange(code, new.name, words, step)


def _base(parameter: Parameter) -> Decimal:
    if parameter.min is not None:
        return parameter.min
    return Decimal(parameter.default) if isinstance(parameter.default, Decimal | int) else Decimal(0)


def _is_multiple(value: Decimal, step: Decimal) -> bool:
    return (Fraction(value) / Fraction(step)).denominator == 1


def _choices(old: Parameter, new: Parameter) -> Iterator[InterfaceChange]:
    first, second = set(old.choices), set(new.choices)
    if not first and second:
        yield InterfaceChange("choices_narrowed", new.name, f"{new.name} was free, and has choices now", Step.MAJOR)
    elif first and not second:
        yield InterfaceChange("choices_widened", new.name, f"{new.name} had choices, and is free now", Step.MINOR)
    else:
        for choice in old.choices:
            if choice not in second:
                words = f"the choice {_shown(old, choice)} of {new.name} vanished"
                yield InterfaceChange("choice_vanished", new.name, words, Step.MAJOR)
        for choice in new.choices:
            if choice not in first:
                words = f"the choice {_shown(new, choice)} of {new.name} is new"
                yield InterfaceChange("choice_added", new.name, words, Step.MINOR)


def _shown(parameter: Parameter, value: Decimal | int | bool | str) -> str:
    sign = UNITS[parameter.unit]
    text = str(canonical_value(value)).lower() if isinstance(value, bool) else str(canonical_value(value))
    return f"{text} {sign}" if sign else text


# --------------------------------------------------------------------------------------- presets, relations, the making
def _presets(before: Manifest, after: Manifest) -> Iterator[InterfaceChange]:
    old = {preset.name: preset for preset in before.presets}
    new = {preset.name: preset for preset in after.presets}
    for name in old.keys() - new.keys():
        yield InterfaceChange("preset_vanished", name, f"the preset {name} vanished", Step.MAJOR)
    for name, preset in new.items():
        if name not in old:
            yield InterfaceChange("preset_added", name, f"the preset {name} is new", Step.MINOR)
        elif dict(old[name].values) != dict(preset.values):
            yield InterfaceChange("preset_changed", name, f"the preset {name} has other values", Step.MINOR)


def _relations(before: Manifest, after: Manifest) -> Iterator[InterfaceChange]:
    old, new = ({relation.rule for relation in manifest.relations} for manifest in (before, after))
    names = {parameter.name for parameter in after.parameters}
    added = names - {parameter.name for parameter in before.parameters}
    for rule in sorted(new - old):
        if added.isdisjoint(parse_rule(rule, names).names):
            words = f"the rule {rule!r} forbids what was allowed"
            yield InterfaceChange("relation_added", rule, words, Step.MAJOR)
    for rule in sorted(old - new):
        yield InterfaceChange("relation_vanished", rule, f"the rule {rule!r} is gone", Step.MINOR)


def _making(before: Manifest, after: Manifest) -> Iterator[InterfaceChange]:
    if before.print.process != after.print.process:
        words = f"it was made by {before.print.process}, and is made by {after.print.process}"
        yield InterfaceChange("process_changed", "", words, Step.MAJOR)
    elif before.print.material != after.print.material:
        words = f"it was made of {before.print.material}, and is made of {after.print.material}"
        yield InterfaceChange("material_changed", "", words, Step.MINOR)
