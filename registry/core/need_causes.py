"""What the registry itself notices to be missing: from which cause, under which identity, in which words. Pure.

The same cause has the same identity always, and names of designs stand in the words only, because they change.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import ceil

from designs.values import Parameter, ParameterType
from registry.core.asking import Asks
from registry.core.capability import Place, normal
from registry.core.matching import Work
from registry.core.needs import NeedKind
from registry.core.reasons import Code, Decision
from registry.errors import Fact

LATEST_ENDINGS = 10
"""So many of the last copies say how a design prints now."""
MOST_VALUES = 12
"""Values that a need of a parameter names."""
LONGEST_VALUE = 40
SIZE_CLASS_MM = 100
_OWN_CHOICE = frozenset({Code.FACILITY, Code.MACHINE})
"""The order named the place or the machine itself: nothing is missing in the commons."""
_FIRST = (
    Code.PROCESS, Code.LICENCE, Code.SIZE, Code.MATERIAL, Code.THICKNESS, Code.COLOUR, Code.NOZZLE, Code.TOLERANCE,
    Code.DISTANCE, Code.COST, Code.ACCESS,
)  # fmt: skip
"""Of several reasons the one that a need is about."""


@dataclass(frozen=True)
class Cause:
    """Something missing that was noticed, ready to be kept as a need."""

    kind: NeedKind
    identity: str
    title: str
    words: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    design: str | None = None
    """Its id."""
    material: str | None = None
    place: Place | None = None


class Bound(StrEnum):
    """On which side of what is allowed a value lies."""

    ABOVE = "above"
    BELOW = "below"
    BESIDE = "beside"
    """It is none of the choices."""


def build_cause(design: str, name: str, version: str, choice: str, failure: str) -> Cause:
    """A design that does not build with its own `choice`: `defaults`, or the name of a preset."""
    what = "its default parameters" if choice == "defaults" else f"its preset {choice!r}"
    return Cause(
        NeedKind.BUILD,
        f"build:{design}:{choice}",
        f"{name} cannot be built with {what}",
        f"The build of {name}@{version} with {what} ended with {failure.replace('_', ' ')}: a version is missing that "
        f"builds as its designer set it.",
        {"choice": choice, "failure": failure, "version": version},
        design,
    )


def print_cause(design: str, name: str, version: str, endings: Sequence[bool]) -> Cause:
    """A design whose copies come out badly; `endings` as `has_trouble` takes them."""
    latest = endings[:LATEST_ENDINGS]
    bad = len(latest) - sum(latest)
    return Cause(
        NeedKind.PRINT,
        f"print:{design}",
        f"Copies of {name} fail when they are made",
        f"Of the last {len(latest)} copies of {name}@{version}, {bad} failed or were scrapped: a version is missing "
        f"that prints well, or a hint about how to make this one.",
        {"version": version, "copies": len(latest), "bad": bad},
        design,
    )


def has_trouble(endings: Sequence[bool]) -> bool:
    """Whether copies fail again and again. `endings`: of one version, the newest first, True for a good copy."""
    latest = endings[:LATEST_ENDINGS]
    bad = len(latest) - sum(latest)
    return bad >= 2 and 2 * bad >= len(latest)


def beyond(parameter: Parameter, value: str) -> Bound | None:
    """Where a refused value lies beyond what the parameter allows; None: it does not, or it is no value at all."""
    if parameter.type is ParameterType.CHOICE:
        fit = 0 < len(value) <= LONGEST_VALUE and value.isprintable() and value not in parameter.choices
        return Bound.BESIDE if fit else None
    if parameter.type not in {ParameterType.NUMBER, ParameterType.INTEGER}:
        return None
    number = _number(value)
    if number is None or len(value) > LONGEST_VALUE:
        return None
    if parameter.choices:
        return None if number in parameter.choices else Bound.BESIDE
    if parameter.max is not None and number > parameter.max:
        return Bound.ABOVE
    return Bound.BELOW if parameter.min is not None and number < parameter.min else None


def parameter_cause(design: str, name: str, parameter: Parameter, bound: Bound, asked: Mapping[str, int]) -> Cause:
    """A parameter that is asked for beyond its range; `asked`: how often each value was."""
    kept = dict(Counter(dict(asked)).most_common(MOST_VALUES))
    values = ", ".join(f"{value} ({times}×)" if times > 1 else value for value, times in kept.items())
    where = {Bound.ABOVE: "above its largest", Bound.BELOW: "below its smallest", Bound.BESIDE: "beside its choices"}
    return Cause(
        NeedKind.PARAMETER,
        f"parameter:{design}:{parameter.name}:{bound}",
        f"{name}: {parameter.label or parameter.name} {where[bound]} is asked for",
        f"Asked for were {values}; {name} allows {parameter.allowed()}.",
        {"parameter": parameter.name, "bound": bound.value, "asked": dict(kept)},
        design,
    )


def is_met(parameter: Parameter | None, bound: Bound, asked: Mapping[str, int]) -> bool:
    """Whether a newer version allows most of what was asked for; a parameter that is gone is missed no more."""
    if parameter is None:
        return True
    missed = sum(times for value, times in asked.items() if beyond(parameter, value) is bound)
    return 2 * missed < sum(asked.values())


def blocking(decisions: Sequence[Decision]) -> Code | None:
    """Why no machine can make it: the first reason of the machine that comes nearest. None: one can, or it is nobody's
    fault but the order's own, which names a place or a machine.
    """
    if any(decision.can for decision in decisions):
        return None
    if not decisions:
        return Code.PROCESS
    nearest = min(decisions, key=lambda decision: len(decision.reasons))
    codes = {reason.code for reason in nearest.reasons} - _OWN_CHOICE
    return next((code for code in _FIRST if code in codes), None)


def machine_cause(code: Code, work: Work, design: str, name: str) -> Cause:
    """Orders that no machine can make for one reason, joined by what they ask of a machine and by where."""
    place = _cell(work.asks)
    where = "" if place is None else f" near {_degrees(place)}"
    if code is Code.LICENCE:
        words = "none of those who run machines here may make it for money"
        return licence_cause(design, name, "make", work.asks.licence or "", words)
    detail, title = _missing(code, work)
    cell = "anywhere" if place is None else f"{place.latitude:g},{place.longitude:g}"
    return Cause(
        NeedKind.MACHINE,
        f"machine:{code}:{work.process}:{detail}:{cell}",
        f"{title}{where}",
        f"Orders wait that no machine of this registry can make{where}. They are made as soon as one can.",
        {"reason": code.value, "process": work.process, "detail": detail},
        material=work.material,
        place=place,
    )


def licence_cause(design: str, name: str, deed: str, licence: str, reason: str) -> Cause:
    """A licence that forbids what somebody wanted: to `make`, `fork` or `publish`."""
    deeds = {"make": "made", "fork": "forked", "publish": "published as it was changed"}
    return Cause(
        NeedKind.LICENCE,
        f"licence:{design}:{deed}",
        f"{name} cannot be {deeds.get(deed, 'used')}: its licence forbids it",
        f"What the licence says: {reason}. Its authors can allow it, or a design under another licence is missing.",
        {"deed": deed, "licence": licence, "reason": reason},
        design,
    )


def proposal_cause(design: str, name: str, proposal: str, title: str, days: int) -> Cause:
    """A change offered to a design that nobody has judged for long."""
    return Cause(
        NeedKind.PROPOSAL,
        f"proposal:{proposal}",
        f"A change offered to {name} waits for an answer",
        f"“{title}” has been open for {days} days. A maintainer can accept or decline it; anybody can review it.",
        {"proposal": proposal, "days": days},
        design,
    )


def _missing(code: Code, work: Work) -> tuple[str, str]:
    """What tells needs of one reason apart, and the words."""
    material, process = work.material, work.process
    longest = 0.0 if work.size is None else max(work.size.x, work.size.y, work.size.z)
    size = ceil(longest / SIZE_CLASS_MM) * SIZE_CLASS_MM
    sheet = "" if work.thickness_mm is None else f"{work.thickness_mm:g} mm"
    known: Mapping[Code, tuple[str, str]] = {
        Code.PROCESS: ("", f"A machine that works by {process} is missing"),
        Code.SIZE: (str(size), f"A machine for parts up to {size} mm that works by {process} is missing"),
        Code.MATERIAL: (normal(material), f"{material} is loaded nowhere, for {process}"),
        Code.COLOUR: (
            f"{normal(material)}/{normal(work.colour or '')}",
            f"{material} in {work.colour or 'this colour'} is loaded nowhere, for {process}",
        ),
        Code.THICKNESS: (f"{normal(material)}/{sheet}", f"{material} of {sheet} is loaded nowhere, for {process}"),
        Code.NOZZLE: (f"{work.nozzle_mm:g}" if work.nozzle_mm else "", "A finer nozzle is missing"),
        Code.TOLERANCE: (
            f"{work.tolerance_mm:g}" if work.tolerance_mm else "",
            f"A machine that keeps to ±{work.tolerance_mm or 0:g} mm is missing, for {process}",
        ),
        Code.DISTANCE: (normal(material), f"A machine for {material} by {process} is missing nearby"),
        Code.COST: ("", f"A machine that works by {process} at the price that is offered is missing"),
        Code.ACCESS: ("", f"A machine that works by {process} and is open to everybody is missing"),
    }
    return known.get(code, ("", f"A machine that works by {process} is missing"))


def _cell(asks: Asks) -> Place | None:
    """Where it is wanted, to whole degrees: near enough to bring people together, too far to find somebody's door."""
    return None if asks.place is None else Place(float(round(asks.place.latitude)), float(round(asks.place.longitude)))


def _degrees(place: Place) -> str:
    north, east = ("N", "S")[place.latitude < 0], ("E", "W")[place.longitude < 0]
    return f"{abs(place.latitude):g}°{north} {abs(place.longitude):g}°{east}"


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
