"""Great circles."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.core.capability import Place
from registry.core.distance import EARTH_KM, distance_km

PLACES = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))
ROUNDING_KM = 1e-3


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        (Place(53.79, -1.54), Place(53.79, -1.54), 0),
        (Place(48.8566, 2.3522), Place(52.52, 13.405), 877),
        (Place(0, 179.5), Place(0, -179.5), 111),
        (Place(90, 0), Place(-90, 0), 20015),
        (Place(-33.87, 151.21), Place(51.51, -0.13), 16990),
    ],
)
def test_known_distances(here: Place, there: Place, km: float) -> None:
    assert distance_km(here, there) == pytest.approx(km, rel=0.005, abs=ROUNDING_KM)


@given(PLACES, PLACES, PLACES)
def test_it_is_a_distance(a: Place, b: Place, c: Place) -> None:
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert 0 <= distance_km(a, b) <= math.pi * EARTH_KM + ROUNDING_KM
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + ROUNDING_KM
