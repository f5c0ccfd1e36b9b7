"""Rough figures: of the right size, growing with what is asked, and said roughly."""

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.core.capability import Rates
from registry.core.estimates import Body, Estimate, Printing, about, about_long, cost_of, estimate_print

PLA = Printing(density_g_cm3=1.24)
CUBE = Body(volume_mm3=8000, area_mm2=2400, height_mm=20)
"""20 mm: sliced with usual settings it takes about 4 g and 25 min."""
BODIES = st.builds(Body, st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 500))


@pytest.mark.parametrize(
    ("body", "grams", "minutes"),
    [
        (Body(6782, 4818, 43.4), 7.57, 61),
        (Body(27719, 17039, 24.8), 20.45, 99),
        (Body(41366, 43728, 30.6), 48.84, 287),
        (Body(15527, 6601, 16.0), 10.88, 63),
    ],
    ids=["hose adapter", "gridfinity bin", "electronics enclosure", "wall hook"],
)
def test_designs_of_the_library_come_near_to_what_a_slicer_says(body: Body, grams: float, minutes: float) -> None:
    """Figures of PrusaSlicer 2.5 with the generic profile and PLA."""
    estimate = estimate_print(body, PLA)
    assert estimate.grams == pytest.approx(grams, rel=0.25)
    assert estimate.seconds is not None
    assert estimate.seconds / 60 == pytest.approx(minutes, rel=0.35)


def test_a_calibration_cube_is_estimated_within_a_factor_of_two() -> None:
    estimate = estimate_print(CUBE, PLA)
    assert estimate.grams is not None
    assert estimate.seconds is not None
    assert 2 < estimate.grams < 8
    assert 12 * 60 < estimate.seconds < 50 * 60
    assert not estimate.sliced


@given(BODIES, st.integers(0, 100))
def test_no_part_weighs_more_than_if_it_were_solid(body: Body, infill: int) -> None:
    estimate = estimate_print(body, Printing(density_g_cm3=1.0, infill_percent=infill))
    assert estimate.grams is not None
    assert estimate.grams <= body.volume_mm3 / 1000 * 1.0001
    assert estimate_print(body, Printing()).grams is None


@given(BODIES, st.integers(0, 99))
def test_more_infill_takes_no_less(body: Body, infill: int) -> None:
    less, more = (estimate_print(body, Printing(1.0, percent)) for percent in (infill, infill + 1))
    assert less.grams is not None
    assert more.grams is not None
    assert less.seconds is not None
    assert more.seconds is not None
    assert more.grams >= less.grams - 1e-9
    assert more.seconds >= less.seconds - 1e-9


@pytest.mark.parametrize(
    ("rates", "estimate", "copies", "cost"),
    [
        (Rates("EUR", Decimal("1.50"), Decimal("0.04")), Estimate(10, 3600), 3, Decimal("5.70")),
        (Rates("EUR", Decimal("1.50")), Estimate(None, 1800), 1, Decimal("0.75")),
        (Rates("EUR", per_gram=Decimal("0.05")), Estimate(None, 1800), 1, None),
        (Rates("EUR", Decimal(2)), Estimate(10, None), 1, None),
        (Rates("EUR"), Estimate(), 500, Decimal(0)),
    ],
)
def test_cost_is_exact_money_or_is_not_said(
    rates: Rates, estimate: Estimate, copies: int, cost: Decimal | None
) -> None:
    assert cost_of(rates, estimate, copies) == cost


def test_estimates_are_said_roughly() -> None:
    assert [about(value) for value in (0, 0.0234, 5.678, 14.2, 1234.5)] == ["0", "0.023", "5.7", "14", "1200"]
    assert [about_long(seconds) for seconds in (3, 400, 9000, 400_000)] == ["1 min", "7 min", "2.5 h", "5 days"]


def test_rates_are_said_in_words() -> None:
    assert str(Rates("EUR", Decimal("1.50"), Decimal("0.04"))) == "1.5 EUR an hour and 0.04 EUR a gram"
    assert str(Rates("EUR")) == "no money"
    assert not Rates("EUR").asks_money
