"""Spacers: exact volumes."""

import itertools
import math

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library
from tests.library.solids import clear, rod, size


def spacer(bore: float, outer: float, height: float, edge: float = 0.4) -> float:
    """A ring less its four bevels (triangles turned round the axis, by Pappus)."""
    ring = math.pi / 4 * (outer**2 - bore**2) * height
    bevels = 2 * edge**2 / 2 * 2 * math.pi * ((outer / 2 - edge / 3) + (bore / 2 + edge / 3))
    return ring - bevels


@pytest.mark.parametrize(
    ("bore", "outer", "height", "step", "count"), [(3.4, 8, 4, 2, 5), (5.5, 12, 1.5, 0.5, 4), (20, 22.4, 1.2, 0, 12)]
)
def test_volumes_and_sizes(library: Library, bore: float, outer: float, height: float, step: float, count: int) -> None:
    bodies = library.bodies("spacer-set", bore=bore, outer_diameter=outer, height=height, height_step=step, count=count)
    assert list(bodies) == [f"spacer_{i + 1}" for i in range(count)]
    for i, body in enumerate(bodies.values()):
        high = height + i * step
        assert body.Volume() == pytest.approx(spacer(bore, outer, high), rel=1e-6)
        assert size(body) == pytest.approx((outer, outer, high), abs=1e-3)
        x = i * (outer + 3)
        assert clear(body, rod(bore - 0.01, (x, 0, -1), (x, 0, high + 1)))


def test_spacers_do_not_touch(library: Library) -> None:
    bodies = list(library.bodies("spacer-set").values())
    for one, next_one in itertools.pairwise(bodies):
        assert one.distance(next_one) == pytest.approx(3.0, abs=1e-6)


def test_a_ring_too_thin_to_print_is_refused(library: Library) -> None:
    with pytest.raises(ParameterError, match=r"1\.2 mm"):
        library.bodies("spacer-set", bore=8, outer_diameter=9)
