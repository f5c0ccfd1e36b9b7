"""Measurements as JSON, and the table of densities."""

from dataclasses import replace

import pytest

from designs.measure import DENSITIES_G_CM3, BadMeasurements, Measurements, density_of, mass_g

OLD = Measurements(1000.0, 600.0, ((0, 0, 0), (10, 10, 10)), (5, 5, 5), 1.24, 1, 1, 6, 12, 12, watertight=True)
SOME = replace(
    OLD,
    shells=1,
    vertices=8,
    euler_characteristic=2,
    genus=0,
    inertia_mm5=((5e4 / 3, 0, 0), (0, 5e4 / 3, 0), (0, 0, 5e4 / 3)),
    principal_mm5=(5e4 / 3, 5e4 / 3, 5e4 / 3),
)


def test_json_both_ways() -> None:
    again = Measurements.from_json(SOME.to_json())
    assert again.to_json() == SOME.to_json()
    assert replace(again, inertia_mm5=SOME.inertia_mm5, principal_mm5=SOME.principal_mm5) == SOME
    assert SOME.size == (10, 10, 10)


def test_what_older_builds_stored_is_read() -> None:
    told = OLD.to_json()
    stored = {name: value for name, value in told.items() if value is not None and name != "mass_by_material"}
    assert not stored.keys() & {"shells", "genus", "inertia_mm5"}
    assert Measurements.from_json(stored) == OLD


def test_mass_and_inertia_of_a_cube_in_its_material() -> None:
    """m·a²/6 about each axis: 1.24 g, 10 mm."""
    told = SOME.to_json()
    assert told["principal_g_mm2"] == pytest.approx([1.24 * 100 / 6] * 3, abs=1e-4)
    assert SOME.inertia_g_mm2 == (
        pytest.approx((1.24 * 100 / 6, 0, 0)),
        pytest.approx((0, 1.24 * 100 / 6, 0)),
        pytest.approx((0, 0, 1.24 * 100 / 6)),
    )
    assert SOME.mass_by_material["STEEL"] == pytest.approx(7.85)
    assert SOME.mass_by_material.keys() == DENSITIES_G_CM3.keys()
    unknown = replace(SOME, mass_g=None)
    assert (unknown.inertia_g_mm2, unknown.principal_g_mm2) == (None, None)


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
        {"shells": -1},
        {"genus": 0.5},
        {"euler_characteristic": True},
        {"inertia_mm5": [[1, 2, 3]]},
        {"principal_mm5": [1, 2, "3"]},
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
