"""Needs: demand counts people, not clicks, and sinks with time; the table of moves; who may do what."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.core.needs import (
    CLAIM_LASTS,
    HALF_LIFE,
    TABLE,
    Move,
    NeedKind,
    NeedState,
    Voice,
    after,
    demand_at,
    is_live,
    loud_enough,
    may_answer,
    may_reopen,
    may_withdraw,
    rank_of,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=3652)).map(lambda age: START + age)
voices = st.lists(st.builds(Voice, st.sampled_from("abcdefgh"), moments, st.integers(1, 9)), max_size=20)
NOW = datetime(2036, 1, 2, tzinfo=UTC)


@given(voices)
def test_demand_is_at_most_one_for_each_member(heard: list[Voice]):
    assert 0 <= demand_at(rank_of(heard), NOW) <= len({voice.who for voice in heard})


@given(voices, st.randoms())
def test_the_order_of_the_voices_does_not_matter(heard: list[Voice], random):
    shuffled = list(heard)
    random.shuffle(shuffled)
    assert rank_of(shuffled) == pytest.approx(rank_of(heard))


@given(voices.filter(len), st.integers(1, 50))
def test_one_member_cannot_inflate_a_need(heard: list[Voice], often: int):
    loud = max(heard, key=lambda voice: voice.at)
    assert rank_of([*heard, *[loud] * often]) == pytest.approx(rank_of(heard))


@given(voices, moments)
def test_another_member_raises_it(heard: list[Voice], at: datetime):
    more = rank_of([*heard, Voice("somebody else", at)])
    assert more >= rank_of(heard)
    if all(abs(voice.at - at) < timedelta(days=365) for voice in heard):
        assert more > rank_of(heard)


@given(voices.filter(len), st.timedeltas(timedelta(days=1), timedelta(days=900)))
def test_demand_sinks_with_time_and_halves_in_a_half_life(heard: list[Voice], later: timedelta):
    rank = rank_of(heard)
    now = max(voice.at for voice in heard)
    assert demand_at(rank, now + later) < demand_at(rank, now)
    assert demand_at(rank, now + HALF_LIFE) == pytest.approx(demand_at(rank, now) / 2)


@given(voices.filter(len), voices.filter(len), moments, moments)
def test_time_alone_never_changes_the_order_of_two_needs(one, other, now, then):
    ahead = rank_of(one) - rank_of(other)
    assume(abs(ahead) > 1e-9)
    a, b = demand_at(rank_of(one), now), demand_at(rank_of(other), now)
    assume(min(a, b) > 0 and max(a, b) < 2**59)
    assert (a > b) == (ahead > 0)


def test_what_nobody_needs_comes_last():
    assert rank_of([]) == -math.inf
    assert demand_at(rank_of([]), NOW) == 0


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        ([Voice("ada", START)], False),
        ([Voice("ada", START, times=3)], True),
        ([Voice("ada", START), Voice("bea", START)], True),
        ([], False),
    ],
)
def test_one_slip_of_the_hand_is_no_need(heard: list[Voice], shown: bool):
    assert loud_enough(NeedKind.PARAMETER, heard) is shown
    assert loud_enough(NeedKind.BUILD, heard) is bool(heard)


def test_every_move_of_the_table_ends_in_a_state_that_can_be_seen():
    assert NeedState.FAINT not in TABLE.values()
    reachable = {NeedState.FAINT, *TABLE.values()}
    assert reachable == set(NeedState)
    for state in NeedState:
        assert any(after(state, move) for move in Move)
        assert (after(state, Move.REOPEN) is NeedState.OPEN) is state.closed
    assert after(NeedState.WITHDRAWN, Move.HEARD) is None, "the registry does not overrule a person"
    assert after(NeedState.ANSWERED, Move.ANSWER) is None


def test_a_take_up_lapses_after_silence():
    assert is_live(START, START + CLAIM_LASTS - timedelta(seconds=1))
    assert not is_live(START, START + CLAIM_LASTS)


def test_who_may_withdraw_reopen_and_answer():
    assert may_withdraw("ada", 0, "ada").allowed
    assert "2 others" in may_withdraw("ada", 2, "ada").reasons[0]
    assert not may_withdraw("ada", 0, "bea").allowed
    assert not may_withdraw(None, 0, "ada").allowed
    assert may_reopen(NeedState.ANSWERED, "ada", [], "ada").allowed
    assert may_reopen(NeedState.ANSWERED, "ada", ["bea"], "bea").allowed
    assert not may_reopen(NeedState.ANSWERED, "ada", ["bea"], "eve").allowed
    assert not may_reopen(NeedState.OPEN, "ada", [], "ada").allowed
    assert may_answer("v1", [], "ada", "eve").allowed
    assert not may_answer("v1", ["v1"], "ada", "eve").allowed
    assert may_answer("v1", ["v1"], "ada", "ada").allowed
