"""From samples to rows: medians, spreads, ratios, and the file that they are written to. Pure but for `write_rows`."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class BadFigures(ValueError):
    """The samples do not give a figure. The message says why."""


@dataclass(frozen=True)
class Spread:
    """A set of samples by its quartiles; the unit is the samples' own."""

    count: int
    low: float
    """A quarter of the samples are below."""
    middle: float
    high: float
    """A quarter of the samples are above."""
    least: float

    def __str__(self) -> str:
        return f"{self.middle:.4g} ({self.low:.4g} to {self.high:.4g}, {self.count}x)"


@dataclass(frozen=True)
class Row:
    """One result. `value` and `reference` are in `unit`; `ratio` is what they come to, as the README says by name."""

    name: str
    value: float | None
    unit: str
    reference: float | None = None
    """The same for what it is compared with, in the same run; None where nothing is."""
    ratio: float | None = None

    def to_json(self) -> dict[str, Json]:
        """With four significant digits: more are noise."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "reference": _rounded(self.reference),
            "ratio": _rounded(self.ratio),
        }


def spread(samples: Sequence[float]) -> Spread:
    """Quartiles by linear interpolation between the sorted samples. Raises BadFigures where there are none, or where
    one is not finite."""
    if not samples:
        raise BadFigures("no samples")
    if not all(math.isfinite(sample) for sample in samples):
        raise BadFigures(f"not all samples are finite: {samples}")
    ordered = sorted(samples)
    return Spread(len(ordered), _at(ordered, 0.25), _at(ordered, 0.5), _at(ordered, 0.75), ordered[0])


def quantile(samples: Sequence[float], share: float) -> float:
    """The sample below which this share (0 to 1) of them lies. Raises BadFigures where there are none."""
    if not samples or not 0 <= share <= 1:
        raise BadFigures(f"no quantile {share} of {len(samples)} samples")
    return _at(sorted(samples), share)


def times_slower(value: float, reference: float) -> float:
    """How many times the reference the value is. Raises BadFigures for a reference that is not above zero."""
    if not reference > 0:
        raise BadFigures(f"nothing can be compared with {reference}")
    return value / reference


def times_faster(value: float, reference: float) -> float:
    """How often the value goes into the reference. Raises BadFigures for a value that is not above zero."""
    return times_slower(reference, value)


def paired_ratio(values: Sequence[float], references: Sequence[float]) -> float:
    """The median of the ratios of samples that were taken one right after the other: what else the machine does at
    the time weighs on both. Raises BadFigures where they are not pairs."""
    if len(values) != len(references) or not values:
        raise BadFigures(f"{len(values)} samples are not pairs with {len(references)}")
    return median(times_slower(value, reference) for value, reference in zip(values, references, strict=True))


def paired_difference(values: Sequence[float], references: Sequence[float]) -> float:
    """The median of the differences of samples that were taken one right after the other. Raises BadFigures where
    they are not pairs."""
    if len(values) != len(references) or not values:
        raise BadFigures(f"{len(values)} samples are not pairs with {len(references)}")
    return median(value - reference for value, reference in zip(values, references, strict=True))


def slope(positions: Sequence[float], samples: Sequence[float]) -> float:
    """By how much the samples rise for each unit of position: Theil and Sen's median of all pairs' slopes, which one
    wild sample does not move. Raises BadFigures for fewer than two positions."""
    pairs = [
        (samples[j] - samples[i]) / (positions[j] - positions[i])
        for i in range(len(samples))
        for j in range(i + 1, len(samples))
        if positions[j] != positions[i]
    ]
    if len(positions) != len(samples) or not pairs:
        raise BadFigures(f"no slope through {len(samples)} samples at {len(positions)} positions")
    return median(pairs)


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """A JSON list; rows of the file that are not in `rows` stay, so that a part of the benchmark can be run again."""
    kept: dict[str, Mapping[str, Json]] = {str(row["name"]): row for row in read_rows(path)}
    kept.update((row.name, row.to_json()) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(kept.values()), indent=1, allow_nan=False, ensure_ascii=False) + "\n", "utf-8")


def read_rows(path: Path) -> list[dict[str, Json]]:
    """What `write_rows` wrote; empty where there is no file."""
    if not path.exists():
        return []
    found: list[dict[str, Json]] = json.loads(path.read_text("utf-8"))
    return found


def _at(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
