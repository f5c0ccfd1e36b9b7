"""The oracle: an account that comes out even, and every way in which it does not."""

from dataclasses import replace

import pytest

from testbed.faults.accounts import Account, AttemptFacts, Facts, settle

EVEN = Facts(
    attempts=(
        AttemptFacts("a1", "j1", "one.gcode", "lost", permits=0),
        AttemptFacts("a2", "j1", "two.gcode", "good", permits=1),
        AttemptFacts("a3", "j2", "three.gcode", "scrap", permits=2),
        AttemptFacts("a4", "j2", "four.gcode", "good", permits=1),
    ),
    jobs={"j1": "done", "j2": "done"},
    starts={"two.gcode": 1, "three.gcode": 1, "four.gcode": 1},
    finished={"two.gcode": 1, "four.gcode": 1},
    journal={"a1": "cancelled", "a2": "good", "a3": "scrap", "a4": "good"},
    accepted={"a2": "good", "a3": "scrap", "a4": "good"},
)


def with_attempt(number: int, **changed: object) -> Facts:
    attempts = list(EVEN.attempts)
    attempts[number - 1] = replace(attempts[number - 1], **changed)  # type: ignore[arg-type]
    return replace(EVEN, attempts=tuple(attempts))


def test_an_even_account_is_clean() -> None:
    assert settle(EVEN) == Account()
    assert settle(EVEN).clean


@pytest.mark.parametrize(
    ("facts", "where", "words"),
    [
        (replace(EVEN, starts={**EVEN.starts, "two.gcode": 2}), "double_starts", "two.gcode was begun 2 times"),
        (replace(EVEN, starts={**EVEN.starts, "one.gcode": 1}), "double_starts", "attempt a1, 0 permits"),
        (replace(EVEN, starts={**EVEN.starts, "alien.gcode": 1}), "double_starts", "no attempt"),
        (replace(EVEN, finished={**EVEN.finished, "one.gcode": 1}), "lost_parts", "attempt a1 is lost"),
        (with_attempt(2, state="failed"), "lost_parts", "accepted as good"),
        (with_attempt(2, state="printing"), "unaccounted", "it has no end"),
        (replace(EVEN, journal={**EVEN.journal, "a2": "scrap"}), "unaccounted", "good at the registry and scrap"),
        (replace(EVEN, journal={**EVEN.journal, "a9": "good"}), "unaccounted", "the registry does not"),
        (replace(EVEN, journal={"a3": "scrap", "a4": "good"}), "unaccounted", "its agent does not know it"),
        (replace(EVEN, jobs={**EVEN.jobs, "j1": "needs_redo"}), "unaccounted", "job j1 is needs_redo"),
        (with_attempt(3, state="good"), "unaccounted", "job j2 is done with 2 good parts"),
        (replace(EVEN, jobs={**EVEN.jobs, "j3": "done"}), "unaccounted", "job j3 is done with 0 good parts"),
        (replace(EVEN, owed=2), "unaccounted", "2 reports"),
    ],
)
def test_what_does_not_add_up_is_told(facts: Facts, where: str, words: str) -> None:
    account = settle(facts)
    assert not account.clean
    assert any(words in line for line in getattr(account, where)), account


def test_a_late_part_that_was_kept_is_not_lost() -> None:
    late = with_attempt(1, permits=1, extra="good")
    late = replace(late, starts={**EVEN.starts, "one.gcode": 1}, finished={**EVEN.finished, "one.gcode": 1})
    assert settle(late).clean
