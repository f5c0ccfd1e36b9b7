"""The hose adapter: a solid of revolution, so its volume is a sum of frustums."""

import math

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library, Value
from tests.library.solids import clear, overlap, polygon_turned_volume, rod, size

CASES = [
    {"hose_1": 19.0, "hose_2": 12.5, "barbs": 3, "barb_length": 6.0, "bite": 0.7, "wall": 2.4},
    {"hose_1": 12.5, "hose_2": 32.0, "barbs": 2, "barb_length": 8.0, "bite": 0.5, "wall": 2.0},
    {"hose_1": 12.5, "hose_2": 12.5, "barbs": 4, "barb_length": 6.0, "bite": 0.7, "wall": 2.4},
]
STEEP, COLLAR_WIDTH, COLLAR_RIM = 1.2, 3.0, 3.0


def section(case: dict[str, float]) -> tuple[list[tuple[float, float]], float, float]:
    """Half the section as (radius, height) points; total height and collar radius."""
    low, high = case["hose_1"] / 2, case["hose_2"] / 2
    bite, step, count, wall = case["bite"], case["barb_length"], int(case["barbs"]), case["wall"]
    collar = max(low, high) + bite + COLLAR_WIDTH
    collar_foot = count * step + STEEP * (collar - low)
    shoulder = collar_foot + COLLAR_RIM
    total = shoulder + count * step
    points = [(low, 0.0)]
    for barb in range(1, count + 1):
        points += [(low + bite, barb * step - bite), (low, barb * step)]
    points += [(collar, collar_foot), (collar, shoulder), (high, shoulder)]
    for barb in range(count):
        points += [(high + bite, shoulder + barb * step + STEEP * bite), (high, shoulder + (barb + 1) * step)]
    narrowing = STEEP * abs(low - high)
    points += [(high - wall, total), (high - wall, shoulder), (low - wall, shoulder - narrowing), (low - wall, 0.0)]
    return points, total, collar


@pytest.mark.parametrize("case", CASES)
def test_volume_and_size(library: Library, case: dict[str, Value]) -> None:
    made = library.body("hose-adapter", **case)
    points, total, collar = section(case)
    assert made.Volume() == pytest.approx(polygon_turned_volume(points), rel=1e-6)
    assert size(made) == pytest.approx((2 * collar, 2 * collar, total), abs=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_water_goes_through_and_barbs_bite(library: Library, case: dict[str, Value]) -> None:
    made = library.body("hose-adapter", **case)
    _, total, _ = section(case)
    bore = min(float(case["hose_1"]), float(case["hose_2"])) - 2 * float(case["wall"])
    assert clear(made, rod(bore, (0, 0, -1), (0, 0, total + 1)))
    end = float(case["barbs"]) * float(case["barb_length"])
    for hose, start, stop in ((case["hose_1"], 0, end), (case["hose_2"], total - end, total)):
        wide, inner = rod(float(hose) + 20, (0, 0, start), (0, 0, stop)), float(hose)
        sleeve = wide.cut(rod(inner, (0, 0, start), (0, 0, stop)))
        assert overlap(made, sleeve) > 1, "the barbs stretch the hose"
        loose = wide.cut(rod(inner + 2 * float(case["bite"]), (0, 0, start), (0, 0, stop)))
        assert clear(made, loose), "by no more than the bite"


def test_a_wall_without_bore_is_refused(library: Library) -> None:
    with pytest.raises(ParameterError, match="no bore"):
        library.body("hose-adapter", hose_2=6, wall=3)


def test_flat_washer_like_adapter_is_still_tubular(library: Library) -> None:
    made = library.body("hose-adapter", hose_1=100, hose_2=100, barbs=1, barb_length=4, bite=1.5)
    inner = 50 - 2.4
    assert made.Volume() < math.pi * ((50 + 1.5 + 3) ** 2 - inner**2) * size(made)[2]
