"""How thick a body's walls are, as bars: each as wide as the next, whatever lengths it stands for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.web import formatting
from registry.web.languages import _

WIDTH, HEIGHT = 360.0, 176.0
"""Of the drawing, in its own units: pixels on a phone."""
LEFT, RIGHT, TOP, FOOT = 34.0, 8.0, 22.0, 34.0
LEAST_BARS = 8
"""Up to 2 mm: what a nozzle cares about is always shown."""
MOST_LABELS = 10


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    thin: bool
    """Thinner than the nozzle, wholly or in part."""
    words: str
    """`0.4 to 0.6 mm: 12 % of the surface`."""


@dataclass(frozen=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True)
class WallChart:
    """The bars with their axes."""

    bars: tuple[Bar, ...]
    lengths: tuple[Tick, ...]
    """Along the foot, mm."""
    shares: tuple[Tick, ...]
    """Up the side, %."""
    nozzle: Tick
    words: str
    """The same for who does not see it."""

    @property
    def floor(self) -> float:
        """Where bars stand."""
        return HEIGHT - FOOT


def draw_walls(edges: Sequence[float], shares: Sequence[float], nozzle_mm: float) -> WallChart | None:
    """`edges` begin the bins, in mm; `shares` of the surface are between 0 and 1. None where nothing was felt."""
    used = [number for number, share in enumerate(shares) if share > 0]
    if not used:
        return None
    count = min(max(used[-1] + 1, LEAST_BARS), len(shares))
    ends = [*edges[1:], None][:count]
    step, room = (WIDTH - LEFT - RIGHT) / count, HEIGHT - TOP - FOOT
    top = _ceiling(max(shares))
    bars = []
    for number, (start, end, share) in enumerate(zip(edges, ends, shares, strict=False)):
        tall = max(room * share / top, 1.0) if share else 0.0
        words = _("%(lengths)s: %(share)s of the surface") % {"lengths": _span(start, end), "share": _percent(share)}
        thin = start < nozzle_mm
        bars.append(Bar(_at(LEFT + number * step + 1), _at(TOP + room - tall), _at(step - 2), _at(tall), thin, words))
    return WallChart(
        tuple(bars),
        tuple(_lengths(edges, count, step)),
        (Tick(TOP + room, "0"), Tick(TOP, f"{top * 100:.0f} %")),
        Tick(
            _at(_position(edges, nozzle_mm, count, step)),
            _("%(width)s mm nozzle") % {"width": formatting.figure(nozzle_mm)},
        ),
        _summary(edges, shares, nozzle_mm),
    )


def _lengths(edges: Sequence[float], count: int, step: float) -> list[Tick]:
    every = -(-count // MOST_LABELS)
    return [Tick(_at(LEFT + number * step), formatting.figure(edges[number])) for number in range(0, count, every)]


def _position(edges: Sequence[float], value: float, count: int, step: float) -> float:
    """Where a length is, straight within its bar."""
    for number in range(count - 1):
        if value < edges[number + 1]:
            share = (value - edges[number]) / (edges[number + 1] - edges[number])
            return LEFT + (number + share) * step
    return LEFT + count * step


def _summary(edges: Sequence[float], shares: Sequence[float], nozzle_mm: float) -> str:
    ends = [*edges[1:], None]
    most = max(range(len(shares)), key=lambda number: shares[number])
    thin = sum(share for end, share in zip(ends, shares, strict=False) if end is not None and end <= nozzle_mm)
    some = _(
        "%(share)s of the surface has less than %(nozzle)s mm behind it, the nozzle's width; "
        "the largest part, %(most)s, has %(lengths)s"
    )
    none = _(
        "None of the surface has less than %(nozzle)s mm behind it, the nozzle's width; "
        "the largest part, %(most)s, has %(lengths)s"
    )
    told = (some if thin else none) % {
        "share": _percent(thin),
        "nozzle": formatting.figure(nozzle_mm),
        "most": _percent(shares[most]),
        "lengths": _span(edges[most], ends[most]),
    }
    return formatting.capitalise(told)


def _span(start: float, end: float | None) -> str:
    if end is None:
        return _("%(length)s mm or more") % {"length": formatting.figure(start)}
    return _("%(least)s to %(most)s mm") % {"least": formatting.figure(start), "most": formatting.figure(end)}


def _percent(share: float) -> str:
    return _("under 1 %%") % {} if 0 < share < 0.01 else f"{share * 100:.0f} %"


def _ceiling(share: float) -> float:
    return next(top for top in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, share) if share <= top)


def _at(value: float) -> float:
    return round(value, 1)
