"""Many machines in one sentence, the most promising first."""

from datetime import UTC, datetime

from registry.core.reasons import Code, Decision, Outlook, Reason
from registry.core.verdicts import NOBODY, Judged, rank, where_words

CAN = Decision(can=True, reasons=())
BUSY = Decision(can=True, reasons=(), notes=(Reason(Code.BUSY, "it is busy"),))
LATE = Decision(can=True, reasons=(), notes=(Reason(Code.DEADLINE, "too late"),))
CANNOT = Decision(can=False, reasons=(Reason(Code.SIZE, "too small"),))
HOPELESS = Decision(can=False, reasons=(Reason(Code.SIZE, "too small"), Reason(Code.MATERIAL, "no PLA")))


def judged(*decisions: Decision, place: str = "The lab") -> list[Judged]:
    return [Judged(f"Machine {number}", place, decision) for number, decision in enumerate(decisions, 1)]


def test_where_it_will_be_made() -> None:
    assert where_words([]) == where_words(judged(CANNOT)) == NOBODY
    assert where_words(judged(CANNOT, BUSY)) == "Machine 2 at The lab can make it later, and no other machine"
    assert where_words(judged(LATE)) == "Machine 1 at The lab can make it, but late, and no other machine"
    assert where_words(judged(CAN, CAN)) == "2 machines at The lab can make it: whichever is free first takes it"
    two = judged(CAN, BUSY) + judged(CAN, place="The shed")
    assert where_words(two) == (
        "3 machines in 2 facilities can make it, 2 of them at once: whichever is free first takes it"
    )
    assert "none of them at once" in where_words(judged(BUSY, BUSY))


def test_those_that_can_come_first_and_of_those_the_soonest() -> None:
    soon = Decision(can=True, reasons=(), outlook=Outlook(ready_at=datetime(2026, 5, 1, tzinfo=UTC)))
    later = Decision(can=True, reasons=(), outlook=Outlook(ready_at=datetime(2026, 5, 2, tzinfo=UTC)))
    ordered = [soon, later, CAN, BUSY, LATE, CANNOT, HOPELESS]
    assert sorted([*ordered[3:], *ordered[:3]], key=rank) == ordered
