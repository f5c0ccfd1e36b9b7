"""Moments that another process can measure from."""

from fabnode.clock import Moment, moment


def test_time_goes_on_within_a_boot_whatever_the_calendar_says() -> None:
    before = moment()
    assert 0 <= before.until(moment()) < 60


def test_nothing_is_known_of_the_time_before_a_boot() -> None:
    seen = Moment("boot-1", 100.0)
    assert seen.until(Moment("boot-1", 160.0)) == 60.0
    assert seen.until(Moment("boot-2", 160.0)) == float("inf")
    assert seen.until(Moment("boot-1", 99.0)) == float("inf")
    assert Moment("", 100.0).until(Moment("", 160.0)) == float("inf"), "a system that does not tell its boots apart"
