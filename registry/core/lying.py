"""How a part may lie on a machine's bed, and whether it has room there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from registry.core.capability import FIT_TOLERANCE_MM, Size

AS_DRAWN = "as drawn"
Direction = tuple[float, float, float]


@dataclass(frozen=True)
class Way:
    """One way to lie."""

    name: str
    """In words: as drawn, on its back, on its left side …"""
    up: Direction
    """The direction of the model that points up, unit."""
    size: Size
    """As it lies."""

    def with_margin(self, margin_mm: float) -> "Way":
        """What it takes on the bed with a brim all around."""
        return replace(self, size=Size(self.size.x + 2 * margin_mm, self.size.y + 2 * margin_mm, self.size.z))


def fits(size: Size, envelope: Size) -> bool:
    """Whether the box stands inside the envelope, turned by 90° about Z where that helps, never laid on its side."""
    short, long = sorted((size.x, size.y))
    narrow, wide = sorted((envelope.x, envelope.y))
    room = FIT_TOLERANCE_MM
    return short <= narrow + room and long <= wide + room and size.z <= envelope.z + room


def as_drawn(size: Size) -> Way:
    return Way(AS_DRAWN, (0.0, 0.0, 1.0), size)


def ways_to_lie(size: Size) -> tuple[Way, ...]:
    """As drawn, and the ways to lay a box on another side that take another space: upside down takes the same."""
    return (
        as_drawn(size),
        Way("on its back", (0.0, -1.0, 0.0), Size(size.x, size.z, size.y)),
        Way("on its left side", (1.0, 0.0, 0.0), Size(size.z, size.y, size.x)),
    )


def way_that_fits(ways: Iterable[Way], envelope: Size) -> Way | None:
    """The first of the ways in which it has room."""
    return next((way for way in ways if fits(way.size, envelope)), None)


def bounds(ways: Iterable[Way]) -> tuple[float, float, float]:
    """(short, long, high) that no way undercuts: what cannot take this takes it in no way. Of one way it is exact."""
    sizes = [way.size for way in ways]
    sides = [sorted((size.x, size.y)) for size in sizes]
    return min(short for short, _ in sides), min(long for _, long in sides), min(size.z for size in sizes)
