"""How values are written."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from registry.web import formatting

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (300 * 1024, "300 KiB"), (5 << 30, "5.0 GiB")]
)
def test_file_size(size: int, words: str) -> None:
    assert formatting.file_size(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.84, "0.8 s"),
        (42.4, "42 s"),
        (59.7, "1 min"),
        (4210, "1 h 10 min"),
        (7200, "2 h"),
        (3599, "1 h"),
        (400_000, "4 days"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert formatting.duration(seconds) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=40), "25 Mar 2026"),
        (timedelta(seconds=-20), "just now"),
    ],
)
def test_how_long_ago(before: timedelta, words: str) -> None:
    assert formatting.how_long_ago(NOW - before, NOW) == words


def test_until() -> None:
    assert formatting.until(NOW + timedelta(minutes=14), NOW) == "in 14 min"
    assert formatting.until(NOW - timedelta(minutes=1), NOW) == "expired"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (12.5, "12.5"),
        (0.1234567, "0.123"),
        (12345.678, "12\u202f346"),
        (Decimal("2.00"), "2"),
        (1234567, "1\u202f234\u202f567"),
        (-3.14159, "-3.14"),
    ],
)
def test_figure(value: float | Decimal | int, words: str) -> None:
    assert formatting.figure(value) == words


def test_volume_and_plural() -> None:
    assert formatting.volume(950) == "950 mm³"
    assert formatting.volume(12_400) == "12.4 cm³"
    assert formatting.plural(1, "version") == "1 version"
    assert formatting.plural(2, "copy", "copies") == "2 copies"
