"""One word for what became of an attempt."""

import pytest

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
    assert outcome_of("a1", {"a1": lines}) is outcome


def test_a_claim_that_was_hurt_has_no_attempt() -> None:
    assert outcome_of(None, {}) is Outcome.NO_ATTEMPT
