"""About how much material and time a part takes, before anybody has sliced it; and what that costs.

Rough on purpose: walls of a usual thickness and the designer's infill, laid down at the pace of a usual printer. Beside
PrusaSlicer 2.5 with the generic profile, time came to 0.73-1.29 and material to 0.79-1.08 of the slicer's over twelve
designs of the library; printers differ by half and double. A slicer's own figures, once there are some, take the place
of this.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from registry.core.capability import Rates

PERIMETERS = 2
INFILL_PERCENT = 20
NOZZLE_MM = 0.4
LAYER_MM = 0.2
LINE_PER_NOZZLE = 1.125
"""Width of a line beside the nozzle's bore, as slicers choose it."""
PACE_MM_S = 28.0
"""Of the nozzle while it lays down, travel and slowing down at corners included."""
LAYER_SECONDS = 2.5
"""Spent on each layer beside laying down: lifting, seams, travel."""
WARM_UP_SECONDS = 240.0
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Estimate:
    """Of one copy. None: it cannot be said."""

    grams: float | None = None
    seconds: float | None = None
    sliced: bool = False
    """A slicer's figures for the same part, not the rough ones of this module."""


NOT_ESTIMATED = Estimate()


@dataclass(frozen=True)
class Body:
    """What the build measured."""

    volume_mm3: float
    area_mm2: float
    height_mm: float


@dataclass(frozen=True)
class Printing:
    """What the designer asks of the print, as far as it counts here; None: as usual."""

    density_g_cm3: float | None = None
    infill_percent: int | None = None
    perimeters: int | None = None
    nozzle_mm: float | None = None
    layer_mm: float | None = None


def estimate_print(body: Body, asked: Printing) -> Estimate:
    """For a print with filament."""
    line = (asked.nozzle_mm or NOZZLE_MM) * LINE_PER_NOZZLE
    layer = asked.layer_mm or min(LAYER_MM, (asked.nozzle_mm or NOZZLE_MM) / 2)
    walls = PERIMETERS if asked.perimeters is None else asked.perimeters
    infill = (INFILL_PERCENT if asked.infill_percent is None else asked.infill_percent) / 100
    volume = max(body.volume_mm3, 0.0)
    shell = min(volume, max(body.area_mm2, 0.0) * walls * line)
    laid = shell + (volume - shell) * infill
    layers = max(body.height_mm, 0.0) / layer
    seconds = WARM_UP_SECONDS + laid / (line * layer * PACE_MM_S) + layers * LAYER_SECONDS
    grams = None if asked.density_g_cm3 is None else laid / 1000 * asked.density_g_cm3
    return Estimate(grams, seconds)


def cost_of(rates: Rates, estimate: Estimate, copies: int) -> Decimal | None:
    """What so many copies cost on a machine, to the cent; None where the estimate lacks what the rates count."""
    total = Decimal(0)
    for rate, amount in ((rates.per_gram, estimate.grams), (rates.per_hour, _hours(estimate.seconds))):
        if rate and amount is None:
            return None
        total += rate * Decimal(str(amount or 0.0)) * copies
    return total.quantize(_CENT, ROUND_HALF_UP)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 3600


def about(value: float) -> str:
    """To two figures, as an estimate deserves: 1234.5 → `1200`, 0.0234 → `0.023`."""
    return f"{Decimal(f'{value:.2g}'):f}"


def about_long(seconds: float) -> str:
    """9000 → `2.5 h`, 400 → `7 min`."""
    if seconds < 3600:
        return f"{max(1, round(seconds / 60))} min"
    return f"{about(seconds / 3600)} h" if seconds < 72 * 3600 else f"{round(seconds / 86_400)} days"
