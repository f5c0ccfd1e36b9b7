"""The oracle: an account that comes out even, and every way in which it does not."""

from dataclasses import replace

import pytest

from testbed.faults.accounts import Account, AttemptFacts, Facts, settle

EVEN = Facts(
    attempts=(
        AttemptFacts("a1", "j1", "a1", "one.gcode", "lost", permits=0),
        AttemptFacts("a2", "j1", "a2", "two.gcode", "good", permits=1),
        AttemptFacts("a3", "j2", "a3", "three.gcode", "scrap", permits=2),
        AttemptFacts("a4", "j2", "a4", "plate.gcode", "good", permits=1),
        AttemptFacts("a5", "j3", "a4", "plate.gcode", "scrap", permits=1),
        AttemptFacts("a6", "j3", "a6", "six.gcode", "good", permits=1),
    ),
    jobs={"j1": "done", "j2": "done", "j3": "done"},
    starts={"two.gcode": 1, "three.gcode": 1, "plate.gcode": 1, "six.gcode": 1},
    finished={"two.gcode": 1, "plate.gcode": 1, "six.gcode": 1},
    journal={"a1": "cancelled", "a2": "good", "a3": "scrap", "a4": "good", "a6": "good"},
    accepted={"a2": 1, "a3": 0, "a4": 1, "a6": 1},
)
"""Two of the copies were made on one plate, and one of them is no good."""


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
        (replace(EVEN, starts={**EVEN.starts, "one.gcode": 1}), "double_starts", "attempt a1 with 0 permits"),
        (with_attempt(5, permits=0), "double_starts", "plate.gcode was begun 1 times"),
        (replace(EVEN, starts={**EVEN.starts, "alien.gcode": 1}), "double_starts", "no attempt"),
        (replace(EVEN, finished={**EVEN.finished, "one.gcode": 1}), "lost_parts", "attempt a1 is lost"),
        (with_attempt(2, state="failed"), "lost_parts", "1 copies of attempt a2 were accepted"),
        (replace(EVEN, accepted={**EVEN.accepted, "a4": 2}), "lost_parts", "2 copies of attempt a4"),
        (with_attempt(2, state="printing"), "unaccounted", "it has no end"),
        (replace(EVEN, journal={**EVEN.journal, "a2": "scrap"}), "unaccounted", "good at the registry and scrap"),
        (replace(EVEN, journal={**EVEN.journal, "a9": "good"}), "unaccounted", "the registry does not"),
        (
            replace(EVEN, journal={"a3": "scrap", "a4": "good", "a6": "good"}),
            "unaccounted",
            "its agent does not know it",
        ),
        (replace(EVEN, jobs={**EVEN.jobs, "j1": "needs_redo"}), "unaccounted", "job j1 is needs_redo"),
        (with_attempt(3, state="good"), "unaccounted", "job j2 is done with 2 good parts"),
        (replace(EVEN, jobs={**EVEN.jobs, "j4": "done"}), "unaccounted", "job j4 is done with 0 good parts"),
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
