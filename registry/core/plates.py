"""Several copies of one order made together on one machine: how many of them lie beside each other.

The copies stand in a grid of their bounding boxes, all turned alike. The agent arranges by the same rule; it has the
last word, for it knows the model that it slices.
"""

from math import floor

from registry.core.matching import Size, fits

PLATE_GAP_MM = 6.0
"""Between two boxes: room for the nozzle's way around a part, for a skirt, and for fingers that take one off."""
_ROUNDING_MM = 1e-9


def capacity(short: float, long: float, high: float, envelope: Size) -> int:
    """How many copies of a box (mm, its brim included) stand inside the envelope. 0: not even one.

    One may be larger than the envelope by the tolerance of `fits`; several never are.
    """
    if not fits(Size(short, long, high), envelope):
        return 0
    as_it_lies = _in_a_row(short, envelope.x) * _in_a_row(long, envelope.y)
    turned = _in_a_row(long, envelope.x) * _in_a_row(short, envelope.y)
    return max(1, as_it_lies, turned)


def _in_a_row(side: float, room: float) -> int:
    return floor((room + PLATE_GAP_MM + _ROUNDING_MM) / (side + PLATE_GAP_MM))
