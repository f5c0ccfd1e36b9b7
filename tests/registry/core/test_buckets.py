"""The token-bucket rule: never more than the bucket and its rate allow, and nobody waits longer than was said."""

from hypothesis import given
from hypothesis import strategies as st

from registry.core.buckets import MOST_REMEMBERED, Allowance, Buckets, Level, take

ALLOWANCES = st.builds(Allowance, st.floats(1, 1000), st.floats(0.1, 100))
STEPS = st.lists(st.tuples(st.floats(0, 30), st.floats(0.5, 50)), max_size=40)


@given(allowance=ALLOWANCES, steps=STEPS)
def test_never_more_is_given_than_fits_and_comes_in(allowance: Allowance, steps: list[tuple[float, float]]):
    level: Level | None = None
    now, given_out = 0.0, 0.0
    for pause, cost in steps:
        now += pause
        level, wait = take(level, allowance, cost, now)
        assert 0 <= level.permits <= allowance.capacity
        if wait == 0:
            given_out += min(cost, allowance.capacity)
    assert given_out <= allowance.capacity + now * allowance.per_second + 1e-6


@given(allowance=ALLOWANCES, steps=STEPS, cost=st.floats(0.5, 2000))
def test_after_the_wait_that_was_told_it_works(allowance: Allowance, steps: list[tuple[float, float]], cost: float):
    level: Level | None = None
    now = 0.0
    for pause, each in steps:
        now += pause
        level, _ = take(level, allowance, each, now)
    level, wait = take(level, allowance, cost, now)
    if wait:
        _, again = take(level, allowance, cost, now + wait + 1e-6)
        assert again == 0


def test_each_has_a_bucket_of_their_own_and_the_oldest_is_forgotten():
    buckets, allowance = Buckets(), Allowance(1, 0.001)
    assert buckets.take("ada", allowance, 1, 0) == 0
    assert buckets.take("ada", allowance, 1, 0) > 0
    assert buckets.take("grace", allowance, 1, 0) == 0
    for number in range(MOST_REMEMBERED):
        buckets.take(str(number), allowance, 1, 0)
    assert buckets.take("ada", allowance, 1, 0) == 0
