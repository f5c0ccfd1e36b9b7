"""How often a password may be guessed."""

from hypothesis import given
from hypothesis import strategies as st

from registry.core.guessing import FREE_GUESSES, MOST_NAME, MOST_REMEMBERED, WINDOW_SECONDS, Guesses

ADDRESS = "192.0.2.1"


def used_up(*, now: float = 0.0) -> Guesses:
    guesses = Guesses()
    assert [guesses.take("ada", ADDRESS, now) for _ in range(FREE_GUESSES)] == [0] * FREE_GUESSES
    return guesses


def test_after_the_free_guesses_one_waits_until_the_window_is_over():
    guesses = used_up()
    assert guesses.take("ada", ADDRESS, 100.0) == WINDOW_SECONDS - 100
    assert guesses.take("ada", ADDRESS, WINDOW_SECONDS - 0.1) == 1
    assert guesses.take("ada", ADDRESS, WINDOW_SECONDS) == 0


def test_other_names_and_other_addresses_are_not_kept_out():
    guesses = used_up()
    assert guesses.take("grace", ADDRESS, 1.0) == 0
    assert guesses.take("ada", "192.0.2.2", 1.0) == 0


def test_the_right_password_forgives_the_mistakes_before_it():
    guesses = used_up()
    guesses.forgive("ada", ADDRESS)
    assert guesses.take("ada", ADDRESS, 1.0) == 0


def test_what_is_remembered_is_bounded():
    guesses = used_up()
    for number in range(MOST_REMEMBERED - 1):
        guesses.take(f"member-{number}", ADDRESS, 1.0)
    assert guesses.take("ada", ADDRESS, 2.0) > 0
    guesses.take("one-more", ADDRESS, 2.0)
    assert guesses.take("ada", ADDRESS, 2.0) == 0


def test_a_long_name_is_one_name():
    guesses = Guesses()
    waits = [guesses.take("a" * MOST_NAME + str(number), ADDRESS, 0.0) for number in range(FREE_GUESSES + 1)]
    assert waits[-1] > 0


@given(st.lists(st.floats(0, WINDOW_SECONDS), max_size=60))
def test_no_more_than_the_free_guesses_pass_within_a_window_and_every_wait_ends_with_it(steps: list[float]):
    guesses, now, began, passed = Guesses(), 0.0, None, 0
    for step in steps:
        now += step
        wait = guesses.take("ada", ADDRESS, now)
        if wait == 0:
            if began is None or now - began >= WINDOW_SECONDS:
                began, passed = now, 0
            passed += 1
            assert passed <= FREE_GUESSES
        else:
            assert began is not None
            assert 1 <= wait <= max(1, began + WINDOW_SECONDS - now)
