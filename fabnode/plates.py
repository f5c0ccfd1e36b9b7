"""Where the copies of a part stand on a plate: a grid of equal boxes, all turned alike, in the middle of the bed. Pure.

The registry counts by the same rule (`registry.core.plates`) how many copies it gives out together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, hypot

from fabnode.errors import FabnodeError
from fabnode.protocol import Envelope

PLATE_GAP_MM = 6.0
"""Between two boxes: room for the nozzle's way around a part, for a skirt, and for fingers that take one off."""
FIT_TOLERANCE_MM = 0.02
"""A grid counts as fitting when it is larger by no more: the registry measured the exact part, here is its mesh."""


class DoesNotFit(FabnodeError):
    """So many copies do not stand side by side on this machine; the message says how many do."""


@dataclass(frozen=True)
class Place:
    """Where the middle of a copy's box stands, mm from the front left corner of the usable bed."""

    x: float
    y: float


@dataclass(frozen=True)
class Plate:
    """An arrangement of equal copies."""

    turned: bool
    """Every copy is turned by 90° about the vertical."""
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Grid:
    turned: bool
    columns: int
    rows: int
    across: float
    """Width of the whole grid, mm."""
    along: float
    """Depth of the whole grid, mm."""


def arrange(copies: int, box: Envelope, usable: Envelope) -> Plate:
    """Places for so many copies of a part. `box`: its bounding box, the brim included.

    Of all grids that fit, the most compact one: parts near the middle of the bed stick best. Raises DoesNotFit.
    """
    fitting = [grid for grid in _grids(copies, box) if _is_inside(grid, usable)]
    if box.z > usable.z + FIT_TOLERANCE_MM or not fitting:
        raise DoesNotFit(_why_not(copies, box, usable))
    chosen = min(fitting, key=lambda grid: (hypot(grid.across, grid.along), grid.turned, grid.columns))
    return Plate(chosen.turned, tuple(_places(copies, chosen, usable)))


def most_copies(box: Envelope, usable: Envelope) -> int:
    """How many copies of a part stand side by side; 0 when not even one does."""
    if box.z > usable.z + FIT_TOLERANCE_MM:
        return 0
    straight = _in_a_row(box.x, usable.x) * _in_a_row(box.y, usable.y)
    return max(straight, _in_a_row(box.y, usable.x) * _in_a_row(box.x, usable.y))


def _in_a_row(side: float, room: float) -> int:
    return floor((room + PLATE_GAP_MM + FIT_TOLERANCE_MM) / (side + PLATE_GAP_MM))


def _grids(copies: int, box: Envelope) -> Iterator[_Grid]:
    for turned, wide, deep in ((False, box.x, box.y), (True, box.y, box.x)):
        for columns in range(1, copies + 1):
            rows = ceil(copies / columns)
            yield _Grid(turned, columns, rows, _extent(columns, wide), _extent(rows, deep))


def _extent(number: int, side: float) -> float:
    return number * (side + PLATE_GAP_MM) - PLATE_GAP_MM


def _is_inside(grid: _Grid, usable: Envelope) -> bool:
    return grid.across <= usable.x + FIT_TOLERANCE_MM and grid.along <= usable.y + FIT_TOLERANCE_MM


def _places(copies: int, grid: _Grid, usable: Envelope) -> Iterator[Place]:
    """Row by row from the front left."""
    step_x = (grid.across + PLATE_GAP_MM) / grid.columns
    step_y = (grid.along + PLATE_GAP_MM) / grid.rows
    first_x = (usable.x - grid.across + step_x - PLATE_GAP_MM) / 2
    first_y = (usable.y - grid.along + step_y - PLATE_GAP_MM) / 2
    for number in range(copies):
        row, column = divmod(number, grid.columns)
        yield Place(first_x + column * step_x, first_y + row * step_y)


def _why_not(copies: int, box: Envelope, usable: Envelope) -> str:
    there = most_copies(box, usable)
    size = f"{box.x:.4g} × {box.y:.4g} × {box.z:.4g} mm"
    room = f"{usable.x:.4g} × {usable.y:.4g} × {usable.z:.4g} mm"
    if there == 0:
        return f"the part takes {size} with its brim, and there is room for {room}"
    return (
        f"{copies} copies of {size} do not stand side by side in {room}: {there} do. "
        "Set plate_copies of the machine to that in fabnode.toml"
    )
