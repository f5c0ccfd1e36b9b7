"""One word for what became of an attempt."""

import pytest

from testbed.faults.accounts import Account
from testbed.faults.outcomes import Line, Outcome, outcome_of

MADE = [Line("Claimed", "claimed"), Line("SeenPrinting", "printing"), Line("AcceptedGood", "good")]


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        (MADE, Outcome.UNNOTICED),
        ([Line("Restarted", "building"), *MADE], Outcome.UNNOTICED),
        ([*MADE[:2], Line("Restarted", "printing"), MADE[2]], Outcome.ADOPTED),
        ([*MADE[:2], Line("NoProof", "uncertain"), MADE[2]], Outcome.UNCERTAIN),
        ([Line("LeaseLost", "cancelled"), Line("job.queued", "")], Outcome.REQUEUED),
        ([Line("SeenCancelled", "cancelled"), Line("job.needs_redo", "")], Outcome.ENDED),
    ],
)
def test_what_became_of_it(lines: list[Line], outcome: Outcome) -> None:
    assert outcome_of("a1", {"a1": lines}, Account()) is outcome


def test_a_claim_that_was_hurt_has_no_attempt() -> None:
    assert outcome_of(None, {}, Account()) is Outcome.NO_ATTEMPT


def test_what_does_not_add_up_is_put_down_to_its_attempt() -> None:
    double = Account(double_starts=("a1.gcode was begun 2 times (attempt a1 with 1 permits)",))
    lost = Account(lost_parts=("a1.gcode was made, and attempt a1 is lost",))
    assert outcome_of("a1", {"a1": MADE}, double) is Outcome.DOUBLE_START
    assert outcome_of("a1", {"a1": MADE}, lost) is Outcome.LOST_PART
    assert outcome_of("b2", {"b2": MADE}, double) is Outcome.UNNOTICED
