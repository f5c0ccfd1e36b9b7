"""A soak is cut into rounds that can be repeated one by one."""

from hypothesis import given
from hypothesis import strategies as st

from testbed.faults.plans import ROUND_FAULTS, short_cut, soak_round, soak_rounds


@given(st.integers(0, 10 * ROUND_FAULTS))
def test_the_rounds_make_up_the_soak(faults: int) -> None:
    rounds = soak_rounds("7", faults)
    assert sum(plan.faults for plan in rounds) == faults
    assert [plan.seed for plan in rounds] == [f"7.{number}" for number in range(1, len(rounds) + 1)]
    assert all(plan == soak_round(plan.seed, plan.faults) for plan in rounds)


def test_the_short_cut_is_long_enough() -> None:
    assert short_cut("7").faults >= 200
