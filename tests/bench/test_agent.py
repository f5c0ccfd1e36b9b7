"""The agent's cost is taken from a real agent before simulated printers."""

from bench.agent import measure


def test_a_small_hall_is_measured() -> None:
    cost = measure(3, settle=0, watch=0.3)
    assert cost.machines == 3
    assert 20 < cost.mib < 80
    assert 0 <= cost.core_share < 1
