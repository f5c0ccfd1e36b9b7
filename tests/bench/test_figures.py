"""The arithmetic of the benchmarks."""

import json
import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import (
    BadFigures,
    Row,
    paired_difference,
    paired_ratio,
    quantile,
    read_rows,
    slope,
    spread,
    times_faster,
    times_slower,
    write_rows,
)

seconds = st.floats(min_value=1e-3, max_value=1e3)


@given(st.lists(seconds, min_size=1))
def test_the_middle_is_the_median_and_lies_between_the_quartiles(samples: list[float]) -> None:
    found = spread(samples)
    assert math.isclose(found.middle, statistics.median(samples))
    slack = 1e-9 * found.high
    assert found.least <= found.low + slack
    assert found.low <= found.middle + slack
    assert found.middle <= found.high + slack
    assert found.count == len(samples)


@given(st.lists(seconds, min_size=2))
def test_quartiles_agree_with_the_standard_library(samples: list[float]) -> None:
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    found = spread(samples)
    assert math.isclose(found.low, low)
    assert math.isclose(found.high, high)


@pytest.mark.parametrize("samples", [[], [1.0, math.nan], [math.inf]])
def test_samples_that_are_no_figures_are_refused(samples: list[float]) -> None:
    with pytest.raises(BadFigures):
        spread(samples)


def test_quantiles_go_from_the_least_to_the_greatest() -> None:
    assert [quantile([3, 1, 2], share) for share in (0, 0.5, 1)] == [1, 2, 3]
    with pytest.raises(BadFigures):
        quantile([1.0], 1.5)


@given(seconds, seconds)
def test_faster_is_the_inverse_of_slower(value: float, reference: float) -> None:
    assert math.isclose(times_faster(value, reference) * times_slower(value, reference), 1)


def test_nothing_is_compared_with_nothing() -> None:
    with pytest.raises(BadFigures):
        times_slower(1, 0)
    with pytest.raises(BadFigures):
        times_faster(0, 1)


@given(st.lists(seconds, min_size=1), st.floats(min_value=0.5, max_value=20))
def test_a_load_that_weighs_on_both_of_a_pair_leaves_the_ratio(references: list[float], factor: float) -> None:
    assert math.isclose(paired_ratio([factor * reference for reference in references], references), factor)


def test_one_disturbed_pair_moves_neither_ratio_nor_difference() -> None:
    assert paired_ratio([1.1, 1.1, 9.0], [1.0, 1.0, 1.0]) == 1.1
    assert math.isclose(paired_difference([1.1, 1.1, 9.0], [1.0, 1.0, 1.0]), 0.1)


@pytest.mark.parametrize("compare", [paired_ratio, paired_difference])
def test_samples_that_are_no_pairs_are_refused(compare: object) -> None:
    assert callable(compare)
    for values, references in (([1.0], [1.0, 2.0]), ([], [])):
        with pytest.raises(BadFigures):
            compare(values, references)


@given(st.floats(min_value=-5, max_value=5), st.integers(min_value=5, max_value=12))
def test_a_straight_rise_is_found_in_spite_of_a_wild_sample(rise: float, count: int) -> None:
    samples = [7 + rise * position for position in range(count)]
    samples[count // 2] += 1000
    assert math.isclose(slope(list(range(count)), samples), rise, abs_tol=1e-9)


def test_there_is_no_slope_through_one_sample() -> None:
    with pytest.raises(BadFigures):
        slope([1.0], [1.0])


def test_rows_have_five_keys_and_numbers_that_json_knows() -> None:
    row = Row("vs_peer", 0.0123456, "s", 1.23456, 100.0)
    assert row.to_json() == {"name": "vs_peer", "value": 0.01235, "unit": "s", "reference": 1.235, "ratio": 100.0}
    assert Row("alone", None, "MiB").to_json() == {
        "name": "alone",
        "value": None,
        "unit": "MiB",
        "reference": None,
        "ratio": None,
    }


def test_a_part_that_is_run_again_replaces_its_own_rows_only(tmp_path: Path) -> None:
    path = tmp_path / "out" / "build.json"
    assert read_rows(path) == []
    write_rows([Row("a", 1, "s"), Row("b", 2, "s")], path)
    write_rows([Row("b", 3, "s"), Row("c", 4, "s")], path)
    assert [(row["name"], row["value"]) for row in read_rows(path)] == [("a", 1), ("b", 3), ("c", 4)]
    assert isinstance(json.loads(path.read_text("utf-8")), list)


def test_a_figure_that_json_does_not_know_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_rows([Row("a", math.nan, "s")], tmp_path / "build.json")
