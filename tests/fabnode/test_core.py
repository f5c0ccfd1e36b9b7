"""The rules of an attempt, against every order of events that hypothesis can think of."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fabnode import core
from fabnode import events as e
from fabnode.core import Attempt, Slot, Step
from fabnode.protocol import AttemptState as S
from fabnode.protocol import BedState, SliceFigures

FIGURES = SliceFigures(slicer="s", profile="p", gcode_sha256="a" * 64, gcode_bytes=10)
ATTEMPT = Attempt("a1", "j1", 1, "m1", "cofab-a1.gcode")

EVENTS = [
    e.PreparationBegan(),
    e.Sliced(FIGURES),
    e.PreparationFailed("no", retry=True),
    e.PreparationFailed("no", retry=False),
    e.Staged(),
    e.BedCleared("ada"),
    e.BedDoubted("gap"),
    e.BedTaken("foreign"),
    e.PermitGranted("p1", 10.0),
    e.PermitRefused("cancelled"),
    e.PermitExpired(),
    e.PermitExpired(unwatched=True),
    e.Started(),
    e.StartRefused("409"),
    e.StartUnknown("time-out"),
    e.SeenPrinting(),
    e.SeenPaused(),
    e.SeenDone(print_seconds=3.0, starts_seen=1),
    e.SeenCancelled(),
    e.SeenFailed("thermal"),
    e.NoProof("idle without record"),
    e.LeaseLost(),
    e.CancelAsked("by the owner"),
    e.PauseAsked(),
    e.ResumeAsked(),
    e.AcceptedGood("ada"),
    e.AcceptedScrap("ada", "warped"),
    e.SettledNotStarted("ada"),
    e.Restarted(),
]
INTO_THE_MACHINE = core.ON_MACHINE | {S.UNCERTAIN}


def test_every_event_is_tried() -> None:
    assert {type(event) for event in EVENTS} == set(e.Event.__args__)


class AnyOrder(RuleBasedStateMachine):
    """Throws any event at an attempt and counts what the machine would have seen."""

    @initialize(bed=st.sampled_from(BedState))
    def claim(self, bed: BedState) -> None:
        self.starts = 0
        self.permits = 0
        self.slot = Slot(bed, ATTEMPT)
        self.apply(core.begin(bed, ATTEMPT))

    def apply(self, step: Step) -> None:
        before, self.slot = self.slot, step.slot
        for command in step.commands:
            if isinstance(command, e.StartOnce):
                assert before.bed is BedState.CLEAR, "a start on a bed that is not clear"
                assert before.attempt
                assert before.attempt.state is S.STAGED
                self.starts += 1

    @rule(event=st.sampled_from(EVENTS))
    def happen(self, event: e.Event) -> None:
        before = self.slot
        step = core.step(before, event)
        assert before.attempt
        assert step.slot.attempt
        old, new = before.attempt.state, step.slot.attempt.state
        if step.refused:
            assert step == Step(before, refused=step.refused)
        if isinstance(event, e.PermitGranted) and not step.refused:
            self.permits += 1
        if old in core.OVER:
            assert new is old, "what is over stays over"
        if old in INTO_THE_MACHINE and new in core.BEFORE_START:
            pytest.fail("what may have begun never goes back to the queue")
        if isinstance(event, e.LeaseLost) and old in INTO_THE_MACHINE | {S.FINISHED_UNVERIFIED}:
            assert new is old, "lost contact never ends a print"
        if old is S.UNCERTAIN and step.slot.bed is BedState.CLEAR:
            pytest.fail("an uncertain attempt cannot leave a clear bed")
        retried = [tell for tell in step.tells if tell.retry]
        assert not retried or old in core.BEFORE_START or isinstance(event, e.PermitExpired | e.StartRefused)
        assert [tell.state for tell in step.tells] in ([], [new])
        self.apply(step)

    @invariant()
    def one_permit_one_start(self) -> None:
        assert self.starts <= self.permits <= 1

    @invariant()
    def a_ready_attempt_knows_its_bed(self) -> None:
        if self.slot.attempt and self.slot.attempt.state is S.STAGED:
            assert self.slot.bed is BedState.CLEAR
        if self.slot.attempt and self.slot.attempt.state in INTO_THE_MACHINE:
            assert self.slot.bed is not BedState.CLEAR


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def run(bed: BedState, *events: e.Event) -> Step:
    step = core.begin(bed, ATTEMPT)
    for event in events:
        step = core.step(step.slot, event)
        assert step.refused is None
    return step


PREPARED = (e.PreparationBegan(), e.Sliced(FIGURES), e.Staged())
INTENT = (*PREPARED, e.PermitGranted("p", 10.0))


def state(step: Step) -> S:
    assert step.slot.attempt
    return step.slot.attempt.state


def test_the_straight_way_to_a_good_part() -> None:
    step = run(BedState.CLEAR, *PREPARED)
    assert step.commands == (e.AskPermit(),)
    step = core.step(step.slot, e.PermitGranted("p", 10.0))
    assert step.commands == (e.StartOnce("cofab-a1.gcode", 10.0),)
    assert step.slot.bed is BedState.UNKNOWN
    step = run(BedState.CLEAR, *INTENT, e.Started(), e.SeenPrinting(), e.SeenDone(print_seconds=9.0, starts_seen=1))
    assert state(step) is S.FINISHED_UNVERIFIED
    assert step.slot.bed is BedState.OCCUPIED
    assert step.tells[0].print_seconds == 9.0
    assert state(core.step(step.slot, e.AcceptedGood("ada"))) is S.GOOD


@pytest.mark.parametrize("bed", [BedState.OCCUPIED, BedState.UNKNOWN])
def test_a_bed_that_is_not_clear_waits_for_the_operator(bed: BedState) -> None:
    step = run(bed, *PREPARED)
    assert state(step) is S.AWAITING_OPERATOR
    assert step.commands == ()
    step = core.step(step.slot, e.BedCleared("ada"))
    assert state(step) is S.STAGED
    assert step.commands == (e.AskPermit(),)


def test_an_unanswered_start_is_never_sent_again() -> None:
    step = run(BedState.CLEAR, *INTENT, e.StartUnknown("time-out"))
    assert state(step) is S.START_INTENT
    assert [tell.state for tell in step.tells] == [S.START_INTENT]
    assert step.commands == (e.Follow(),)
    assert core.step(step.slot, e.Restarted()).commands == (e.Follow(),)
    assert state(core.step(step.slot, e.NoProof("idle"))) is S.UNCERTAIN


def test_only_the_machines_refusal_lets_the_job_be_tried_again() -> None:
    step = run(BedState.CLEAR, *INTENT, e.StartRefused("409"))
    assert state(step) is S.FAILED
    assert step.tells[0].retry
    assert step.slot.bed is BedState.CLEAR


def test_a_bed_is_not_trusted_that_nobody_watched_while_a_permit_ran_out() -> None:
    for unwatched, bed in ((True, BedState.UNKNOWN), (False, BedState.CLEAR)):
        step = run(BedState.CLEAR, *INTENT, e.PermitExpired(unwatched=unwatched))
        assert state(step) is S.FAILED
        assert step.tells[0].retry
        assert step.slot.bed is bed


def test_the_machines_record_settles_what_was_uncertain() -> None:
    uncertain = run(BedState.CLEAR, *INTENT, e.NoProof("idle"))
    assert state(core.step(uncertain.slot, e.SeenDone())) is S.FINISHED_UNVERIFIED
    assert state(core.step(uncertain.slot, e.SeenPrinting())) is S.PRINTING
    refused = core.step(uncertain.slot, e.BedCleared("ada"))
    assert refused.refused == "attempt a1 is uncertain: settle it first, then clear the bed"


def test_a_cancellation_while_the_start_is_on_its_way_is_sent_as_soon_as_it_runs() -> None:
    asked = run(BedState.CLEAR, *INTENT, e.CancelAsked("owner"))
    assert state(asked) is S.START_INTENT
    assert asked.commands == ()
    assert e.CancelOnMachine() in core.step(asked.slot, e.Started()).commands


def test_a_cancellation_before_the_start_ends_it_at_once() -> None:
    step = run(BedState.CLEAR, *PREPARED, e.CancelAsked("owner"))
    assert state(step) is S.CANCELLED
    assert step.commands == (e.StopWork(), e.Tidy())
    late = core.step(step.slot, e.PermitGranted("p", 10.0))
    assert late.refused
    assert late.commands == ()


PLATE = replace(ATTEMPT, copies=4)


@pytest.mark.parametrize(
    ("good", "words"), [(None, "4 of 4 copies accepted by ada"), (3, "3 of 4 copies accepted by ada")]
)
@pytest.mark.parametrize("seen", [e.SeenDone(), e.NoProof("idle")])
def test_a_plate_is_good_with_as_many_copies_as_the_operator_says(good: int | None, words: str, seen: e.Event) -> None:
    step = core.begin(BedState.CLEAR, PLATE)
    for event in (*INTENT, seen, e.AcceptedGood("ada", good)):
        step = core.step(step.slot, event)
        assert step.refused is None
    assert state(step) is S.GOOD
    assert (step.tells[0].good_copies, step.tells[0].reason) == (good, words)


@pytest.mark.parametrize(
    ("attempt", "good", "words"),
    [
        (PLATE, 5, "the plate holds 4 copies: 5 of them cannot be good"),
        (PLATE, 0, "the plate holds 4 copies: 0 of them cannot be good"),
        (ATTEMPT, 2, "the plate holds one part: 2 of them cannot be good"),
    ],
)
def test_more_copies_than_there_are_cannot_be_good(attempt: Attempt, good: int, words: str) -> None:
    finished = Slot(BedState.OCCUPIED, replace(attempt, state=S.FINISHED_UNVERIFIED))
    assert core.step(finished, e.AcceptedGood("ada", good)) == Step(finished, refused=words)


def test_only_what_runs_is_paused_and_only_what_is_paused_goes_on() -> None:
    printing = Slot(BedState.OCCUPIED, replace(ATTEMPT, state=S.PRINTING))
    assert core.step(printing, e.PauseAsked()).commands == (e.PauseOnMachine(),)
    assert core.step(printing, e.ResumeAsked()).refused == "attempt a1 is printing: only a paused print can go on"
    paused = Slot(BedState.OCCUPIED, replace(ATTEMPT, state=S.PAUSED))
    assert core.step(paused, e.ResumeAsked()).commands == (e.ResumeOnMachine(),)
    assert core.step(paused, e.PauseAsked()).refused == "attempt a1 is paused: only a print that runs can be paused"


def test_an_empty_machine_takes_only_news_of_its_bed() -> None:
    assert core.step(Slot(BedState.UNKNOWN), e.BedCleared("ada")) == Step(Slot(BedState.CLEAR))
    assert core.step(Slot(BedState.CLEAR), e.BedDoubted("gap")) == Step(Slot(BedState.UNKNOWN))
    assert core.step(Slot(BedState.OCCUPIED), e.BedDoubted("gap")) == Step(Slot(BedState.OCCUPIED))
    assert core.step(Slot(BedState.CLEAR), e.Started()).refused


@pytest.mark.parametrize(
    ("gap", "after"), [(0, "clear"), (600, "clear"), (601, "unknown"), (-5, "unknown"), (float("inf"), "unknown")]
)
def test_a_clear_bed_is_trusted_only_as_long_as_somebody_watched(gap: float, after: str) -> None:
    assert core.bed_after_gap(BedState.CLEAR, gap, 600).value == after
    assert core.bed_after_gap(BedState.OCCUPIED, gap, 600) is BedState.OCCUPIED


def test_a_restart_goes_on_where_the_journal_stands() -> None:
    staged = run(BedState.CLEAR, *PREPARED).slot
    assert core.step(staged, e.Restarted()).commands == (e.Stage(),)
    assert core.step(Slot(BedState.CLEAR, ATTEMPT), e.Restarted()).commands == (e.Prepare(),)
    printing = Slot(BedState.OCCUPIED, replace(ATTEMPT, state=S.PRINTING))
    assert core.step(printing, e.Restarted()).commands == (e.Follow(),)
