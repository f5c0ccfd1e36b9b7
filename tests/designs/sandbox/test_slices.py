"""Who used a slice of time lately gives way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.sandbox.slices import HALF_LIFE_SECONDS, SLICE_SECONDS, Slices

SPANS = st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), max_size=20)
"""Pauses and tasks, one after the other."""


def test_a_first_task_is_young_for_a_slice() -> None:
    assert Slices().begin("ada", 5.0) == SLICE_SECONDS


def test_what_ran_before_counts_for_the_next_and_fades() -> None:
    slices = Slices()
    slices.begin("ada", 0.0)
    slices.end("ada", 0.0, 1.5)
    assert slices.begin("ada", 1.5) == pytest.approx(0.5)
    slices.end("ada", 1.5, 1.5)
    assert slices.begin("ada", 1.5 + HALF_LIFE_SECONDS) == pytest.approx(2.0 - 0.75)


def test_tasks_side_by_side_share_their_owners_slice() -> None:
    slices = Slices()
    slices.begin("ada", 0.0)
    assert slices.begin("ada", 1.5) == pytest.approx(0.5)
    assert slices.begin("ada", 2.5) == 0
    assert slices.begin("bea", 2.5) == SLICE_SECONDS


def test_a_task_without_owner_counts_by_itself() -> None:
    slices = Slices()
    for moment in range(5):
        assert slices.begin("", float(moment)) == SLICE_SECONDS
        slices.end("", float(moment), moment + 30.0)


@given(SPANS)
def test_however_an_owner_cuts_it_up_young_time_is_bounded(spans: list[tuple[float, float]]) -> None:
    """Never more than a slice, and what fades meanwhile, is young: short tasks in a row win nothing over a long one."""
    slices, now, young = Slices(), 0.0, 0.0
    for pause, length in spans:
        now += pause
        left = slices.begin("mallory", now)
        young += min(left, length)
        slices.end("mallory", now, now + length)
        now += length
    fading = SLICE_SECONDS * now / HALF_LIFE_SECONDS
    assert young <= SLICE_SECONDS + fading + 1e-6


@given(SPANS)
def test_nothing_is_kept_of_who_is_gone(spans: list[tuple[float, float]]) -> None:
    slices, now = Slices(), 0.0
    for number, (pause, length) in enumerate(spans):
        now += pause
        slices.begin(f"guest-{number}", now)
        slices.end(f"guest-{number}", now, now + length)
        now += length
    slices.begin("last", now + 1000)
    slices.end("last", now + 1000, now + 1000)
    assert vars(slices) == {"_used": {}, "_since": {}}
