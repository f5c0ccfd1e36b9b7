"""Conditions as people write them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from registry.core.capability import Place
from registry.core.conditions import read_day, read_distance, read_place, read_price
from registry.errors import Invalid


@pytest.mark.parametrize("text", ["20 EUR", "20eur", " EUR 20 ", "20,00 EUR"])
def test_prices(text: str) -> None:
    assert read_price(text) == (Decimal(20), "EUR")


@pytest.mark.parametrize(("text", "km"), [("50km", 50), ("50", 50), ("2.5 KM", 2.5), ("0,5km", 0.5)])
def test_distances(text: str, km: float) -> None:
    assert read_distance(text) == km


@pytest.mark.parametrize("text", ["53.79,-1.54", "53.79, -1.54", "53.79 -1.54"])
def test_places_by_degrees(text: str) -> None:
    assert read_place(text) == Place(53.79, -1.54)


def test_a_facilitys_name_is_no_place_by_degrees() -> None:
    assert read_place("fablab-riverside") is None


def test_a_day_lasts_until_its_end() -> None:
    assert read_day("2026-12-01", UTC) == datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
    assert read_day("2026-12-01T18:30", UTC) == datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
    assert read_day("2026-12-01T18:30+02:00", UTC) == datetime(2026, 12, 1, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (read_price, "20", "bad_price"),
        (read_price, "EUR", "bad_price"),
        (read_price, "EUR 20 USD", "bad_price"),
        (read_price, "20 €", "bad_price"),
        (read_distance, "near", "bad_distance"),
        (read_distance, "0", "bad_distance"),
        (read_distance, "5 miles", "bad_distance"),
        (read_place, "91, 0", "bad_place"),
        (read_place, "0, 181", "bad_place"),
        (lambda text: read_day(text, UTC), "tomorrow", "bad_moment"),
        (lambda text: read_day(text, UTC), "2026-02-30", "bad_moment"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_words_that_were_given(
    read: Callable[[str], object], text: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert refused.value.reason == code
    assert text in refused.value.message
