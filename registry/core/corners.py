"""Which parameter values of a design are worth building to see whether it holds: defaults, presets, and corners of the
parameter space, chosen so that each pair of extremes comes together at least once as far as the number goes.

Pairs, because most faults of a parametric model need no more than two values at their ends to show; a greedy covering
array after D. M. Cohen et al., "The AETG System", IEEE Transactions on Software Engineering 23 (1997).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from math import ceil, floor

from designs.manifest import Manifest
from designs.parameters import Canonical, Given, ParameterError, resolve
from designs.values import Parameter, ParameterType, ParameterValue, canonical_value

MOST_BUILDS = 16
MOST_PRESETS = 6
MOST_VARIED = 40
"""Parameters whose extremes are looked at: the first ones."""

Level = tuple[str, str | bool]
"""A parameter at one of its ends, in canonical form."""


@dataclass(frozen=True)
class Trial:
    """One choice of values."""

    label: str
    """`defaults`, `preset large`, `corner 3`."""
    values: Canonical
    """Every parameter in canonical form."""


@dataclass(frozen=True)
class Trials:
    """What to build, and how much of the parameter space it covers."""

    trials: tuple[Trial, ...]
    pairs: int
    """Pairs of extremes that the design's relations allow, as far as is known."""
    covered: int
    """Of them, those that come together in a corner."""
    untold: str = ""
    """Why there is none of the defaults: the relations forbid them."""


def trials_of(manifest: Manifest, most: int = MOST_BUILDS) -> Trials:
    """The trials of a design, the most telling first, no values twice."""
    found: list[Trial] = []
    untold = ""
    try:
        found.append(Trial("defaults", resolve(manifest, {}).canonical))
    except ParameterError as error:
        untold = str(error.problems[0])
    for preset in manifest.presets[:MOST_PRESETS]:
        _add(found, f"preset {preset.name}", resolve(manifest, {}, preset.name).canonical)
    array = _Array(manifest)
    number = 0
    for values in array.rows():
        if len(found) >= most:
            break
        array.cover(values)
        number += _add(found, f"corner {number + 1}", values)
    return Trials(tuple(found[:most]), len(array.pairs), len(array.pairs) - len(array.open), untold)


def _add(found: list[Trial], label: str, values: Canonical) -> int:
    if any(trial.values == values for trial in found):
        return 0
    found.append(Trial(label, values))
    return 1


class _Array:
    """Rows of values, until every pair of extremes has come together or cannot."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        ends = {parameter.name: ends_of(parameter) for parameter in manifest.parameters[:MOST_VARIED]}
        self._levels: Mapping[str, Sequence[str | bool]] = {name: found for name, found in ends.items() if found}
        self.pairs: set[frozenset[Level]] = {
            frozenset({(one, first), (other, second)})
            for one, other in combinations(self._levels, 2)
            for first, second in product(self._levels[one], self._levels[other])
        }
        if len(self._levels) == 1:
            self.pairs = {frozenset({(name, end)}) for name, ends in self._levels.items() for end in ends}
        self.open = set(self.pairs)

    def rows(self) -> Iterator[Canonical]:
        """Rows to try: all at the lower end, all at the upper one, then what covers most of what is open."""
        for at in (0, -1):
            row = self._resolved({name: ends[at] for name, ends in self._levels.items()})
            if row is not None and self._levels:
                yield row
        while self.open:
            pair = min(self.open, key=lambda each: sorted(map(str, each)))
            row = self._row(dict(pair))
            if row is None:
                self.open.discard(pair)
                self.pairs.discard(pair)
                continue
            yield row

    def cover(self, values: Canonical) -> None:
        """Note which pairs come together in a row."""
        self.open -= {pair for pair in self.open if all(values[name] == end for name, end in pair)}

    def _row(self, fixed: dict[str, str | bool]) -> Canonical | None:
        """The pair, with the others where they cover most, or else at their defaults; None: it is forbidden."""
        chosen = dict(fixed)
        for name, ends in self._levels.items():
            if name not in chosen:
                chosen[name] = max(ends, key=lambda end: self._gain(name, end, chosen))
        return self._resolved(chosen) or self._resolved(fixed)

    def _gain(self, name: str, end: str | bool, chosen: Mapping[str, str | bool]) -> int:
        return sum(frozenset({(name, end), other}) in self.open for other in chosen.items())

    def _resolved(self, chosen: Mapping[str, str | bool]) -> Canonical | None:
        given: dict[str, Given] = dict(chosen)
        try:
            return resolve(self._manifest, given).canonical
        except ParameterError:
            return None


def ends_of(parameter: Parameter) -> tuple[str | bool, ...]:
    """The two ends of what a parameter allows, in canonical form; empty where it has none, or they are one."""
    ends: tuple[ParameterValue, ...] = ()
    if parameter.type is ParameterType.BOOLEAN:
        ends = (False, True)
    elif parameter.choices:
        numeric = [choice for choice in parameter.choices if isinstance(choice, Decimal)]
        ends = (min(numeric), max(numeric)) if numeric else (parameter.choices[0], parameter.choices[-1])
    elif parameter.type in {ParameterType.NUMBER, ParameterType.INTEGER}:
        ends = _numbers(parameter)
    found = tuple(dict.fromkeys(canonical_value(end) for end in ends))
    return found if len(found) > 1 else ()


def _numbers(parameter: Parameter) -> tuple[ParameterValue, ...]:
    default = Decimal(parameter.default) if isinstance(parameter.default, Decimal | int) else Decimal(0)
    lower, upper = parameter.min, parameter.max
    base = default if lower is None else lower
    if upper is not None and parameter.step is not None:
        steps = (Fraction(upper) - Fraction(base)) // Fraction(parameter.step)
        upper = base + steps * parameter.step
    if parameter.type is ParameterType.INTEGER:
        lower = None if lower is None else Decimal(ceil(lower))
        upper = None if upper is None else Decimal(floor(upper))
    return (default if lower is None else lower, default if upper is None else upper)
