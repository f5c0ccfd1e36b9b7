"""Measurements as JSON, and the table of densities."""

import pytest

from designs.measure import DENSITIES_G_CM3, BadMeasurements, Measurements, density_of, mass_g

SOME = Measurements(1000.0, 600.0, ((0, 0, 0), (10, 10, 10)), (5, 5, 5), 1.24, 1, 1, 6, 12, 12, watertight=True)


def test_json_both_ways() -> None:
    assert Measurements.from_json(SOME.to_json()) == SOME
    assert SOME.size == (10, 10, 10)


def test_last_bits_are_not_told() -> None:
    noisy = Measurements(0.1 + 0.2, -1e-17, ((0, 0, 0), (1, 1, 1)), (0, 0, 0), None, 1, 1, 1, 1, 1, watertight=False)
    told = noisy.to_json()
    assert (told["volume_mm3"], str(told["area_mm2"]), told["mass_g"]) == (0.3, "0.0", None)


@pytest.mark.parametrize(
    "change",
    [
        {"volume_mm3": "1"},
        {"volume_mm3": True},
        {"faces": -1},
        {"faces": 1.5},
        {"bounding_box": []},
        {"centre_of_mass": [1, 2]},
        {"mass_g": "x"},
    ],
)
def test_bad_json(change: dict[str, object]) -> None:
    with pytest.raises(BadMeasurements):
        Measurements.from_json(SOME.to_json() | change)
    with pytest.raises(BadMeasurements):
        Measurements.from_json([])


def test_mass() -> None:
    assert mass_g(1000, "pla") == pytest.approx(1.24)
    assert density_of(" PETG ") == DENSITIES_G_CM3["PETG"]
    assert mass_g(1000, "unobtainium") is None
