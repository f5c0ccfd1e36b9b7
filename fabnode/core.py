"""The rules of an attempt: `step(slot, event)` gives the next slot, what to tell the registry and what to do.

Pure. The shell journals a step before it acts on it. What the rules keep, whatever happens:

- Nothing starts on a bed that is not known to be clear.
- One permit, one start. A start that was not answered is never sent again: the machine's record is asked.
- Before START_INTENT a lost lease or a cancellation ends the attempt. From START_INTENT on only the machine's own
  refusal, its record, or a person ends it; silence makes it uncertain.
- While an attempt is on the machine or uncertain, nobody can declare the bed clear.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fabnode import events as e
from fabnode.events import Command, Event, Tell
from fabnode.protocol import AttemptState as S
from fabnode.protocol import BedState
from fabnode.telling import not_so_many, tell, why_not

PREPARING = frozenset({S.CLAIMED, S.BUILDING, S.SLICED})
READY = frozenset({S.STAGED, S.AWAITING_OPERATOR})
BEFORE_START = PREPARING | READY
RUNNING = frozenset({S.STARTING, S.PRINTING, S.PAUSED})
ON_MACHINE = RUNNING | {S.START_INTENT}
TO_BE_PROVED = ON_MACHINE | {S.UNCERTAIN}
"""The machine's record says how these end."""
HOLDING = BEFORE_START | TO_BE_PROVED
"""While an attempt is in one of these its machine takes no other."""
OVER = frozenset({S.GOOD, S.SCRAP, S.FAILED, S.CANCELLED})


@dataclass(frozen=True)
class Attempt:
    """One try at making one plate on one machine, as this agent knows it."""

    id: str
    job: str
    epoch: int
    machine: str
    file: str
    """Its name on the machine, used by no other attempt."""
    state: S = S.CLAIMED
    gcode_sha256: str | None = None
    permit: str | None = None
    lease_lost: bool = False
    cancel_asked: bool = False
    reason: str | None = None
    copies: int = 1
    """Equal parts on its plate."""


@dataclass(frozen=True)
class Slot:
    """A machine's bed, and the attempt that the event is about."""

    bed: BedState
    attempt: Attempt | None = None


@dataclass(frozen=True)
class Step:
    """What an event leads to."""

    slot: Slot
    tells: tuple[Tell, ...] = ()
    commands: tuple[Command, ...] = ()
    refused: str | None = None
    """Why the event has no place here; nothing was changed."""


def _rows(states: Iterable[S], event: type[Event], to: S | None) -> dict[tuple[S, type[Event]], S | None]:
    return {(state, event): to for state in states}


TRANSITIONS: dict[tuple[S, type[Event]], S | None] = {
    **_rows({S.CLAIMED, S.BUILDING}, e.PreparationBegan, S.BUILDING),
    **_rows({S.CLAIMED, S.BUILDING}, e.Sliced, S.SLICED),
    **_rows({S.SLICED, *READY}, e.Sliced, None),
    **_rows(BEFORE_START, e.PreparationFailed, S.FAILED),
    **_rows({S.SLICED, *READY}, e.Staged, S.STAGED),
    **_rows({S.AWAITING_OPERATOR}, e.BedCleared, S.STAGED),
    **_rows({*PREPARING, S.STAGED, S.FINISHED_UNVERIFIED, *OVER}, e.BedCleared, None),
    **_rows({S.STAGED}, e.BedDoubted, S.AWAITING_OPERATOR),
    **_rows({*PREPARING, S.AWAITING_OPERATOR, S.FINISHED_UNVERIFIED, *OVER}, e.BedDoubted, None),
    **_rows({S.STAGED}, e.BedTaken, S.AWAITING_OPERATOR),
    **_rows({*PREPARING, S.AWAITING_OPERATOR, S.FINISHED_UNVERIFIED, *OVER}, e.BedTaken, None),
    **_rows({S.STAGED}, e.PermitGranted, S.START_INTENT),
    **_rows({S.STAGED}, e.PermitRefused, S.CANCELLED),
    **_rows({S.START_INTENT}, e.PermitExpired, S.FAILED),
    **_rows({S.START_INTENT}, e.StartRefused, S.FAILED),
    **_rows({S.START_INTENT}, e.Started, S.STARTING),
    **_rows({S.START_INTENT}, e.StartUnknown, None),
    **_rows(TO_BE_PROVED, e.SeenPrinting, S.PRINTING),
    **_rows(TO_BE_PROVED, e.SeenPaused, S.PAUSED),
    **_rows(TO_BE_PROVED, e.SeenDone, S.FINISHED_UNVERIFIED),
    **_rows(TO_BE_PROVED, e.SeenCancelled, S.CANCELLED),
    **_rows(TO_BE_PROVED, e.SeenFailed, S.FAILED),
    **_rows(ON_MACHINE, e.NoProof, S.UNCERTAIN),
    **_rows(BEFORE_START, e.LeaseLost, S.CANCELLED),
    **_rows({*ON_MACHINE, S.UNCERTAIN, S.FINISHED_UNVERIFIED}, e.LeaseLost, None),
    **_rows(BEFORE_START, e.CancelAsked, S.CANCELLED),
    **_rows(ON_MACHINE, e.CancelAsked, None),
    **_rows({S.STARTING, S.PRINTING}, e.PauseAsked, None),
    **_rows({S.PAUSED}, e.ResumeAsked, None),
    **_rows({S.FINISHED_UNVERIFIED, S.UNCERTAIN}, e.AcceptedGood, S.GOOD),
    **_rows({S.FINISHED_UNVERIFIED, S.UNCERTAIN}, e.AcceptedScrap, S.SCRAP),
    **_rows({S.UNCERTAIN}, e.SettledNotStarted, S.FAILED),
    **_rows(HOLDING, e.Restarted, None),
}
"""(state, event) → next state; None keeps the state. What is not listed is refused.

One condition beside the table: STAGED on a bed that is not clear is AWAITING_OPERATOR.
"""


def step(slot: Slot, event: Event) -> Step:
    """What `event` leads to. An event without a place in the table changes nothing and is refused with a reason."""
    bed = _bed_after(slot, event)
    if slot.attempt is None:
        if isinstance(event, e.BedCleared | e.BedDoubted | e.BedTaken):
            return Step(Slot(bed))
        return Step(slot, refused="there is no attempt on this machine")
    attempt = slot.attempt
    key = (attempt.state, type(event))
    if key not in TRANSITIONS:
        return Step(slot, refused=why_not(attempt.id, attempt.state, event))
    if isinstance(event, e.AcceptedGood) and not _are_on_the_plate(attempt, event.good_copies):
        return Step(slot, refused=not_so_many(attempt.copies, event))
    state = TRANSITIONS[key] or attempt.state
    if state is S.STAGED and bed is not BedState.CLEAR:
        state = S.AWAITING_OPERATOR
    told = tell(state, event, attempt.copies)
    moved = state is not attempt.state
    after = replace(_noted(attempt, event), state=state, reason=told.reason if moved else attempt.reason)
    tells = (told,) if _worth_telling(attempt.state, state, event) else ()
    return Step(Slot(bed, after), tells, _commands(attempt.state, after, event))


def begin(bed: BedState, attempt: Attempt) -> Step:
    """The first step of a claimed attempt."""
    return Step(Slot(bed, attempt), (Tell(S.CLAIMED),), (e.Prepare(),))


def bed_after_gap(bed: BedState, gap_seconds: float, trusted_seconds: float) -> BedState:
    """What is known of a clear bed that nobody watched for a while. A clock that went backwards proves nothing."""
    if bed is BedState.CLEAR and not 0 <= gap_seconds <= trusted_seconds:
        return BedState.UNKNOWN
    return bed


def _are_on_the_plate(attempt: Attempt, good_copies: int | None) -> bool:
    return good_copies is None or 1 <= good_copies <= attempt.copies


def _worth_telling(before: S, after: S, event: Event) -> bool:
    """Every move, save START_INTENT: the registry gave the permit and knows. It hears of an intent that hangs.

    G-code that was made anew is told too: its figures may differ.
    """
    if after is S.START_INTENT:
        return isinstance(event, e.StartUnknown | e.Restarted)
    return after is not before or isinstance(event, e.Sliced)


_BED_AFTER: dict[type[Event], BedState] = {
    e.BedTaken: BedState.OCCUPIED,
    e.Started: BedState.OCCUPIED,
    e.SeenPrinting: BedState.OCCUPIED,
    e.SeenPaused: BedState.OCCUPIED,
    e.SeenDone: BedState.OCCUPIED,
    e.SeenCancelled: BedState.OCCUPIED,
    e.SeenFailed: BedState.OCCUPIED,
    e.BedCleared: BedState.CLEAR,
    e.PermitExpired: BedState.CLEAR,
    e.StartRefused: BedState.CLEAR,
    e.NoProof: BedState.UNKNOWN,
    e.PermitGranted: BedState.UNKNOWN,
}
"""The bed once the event has had its place. Only a person, or the proof that a start did not happen, clears it."""


def _bed_after(slot: Slot, event: Event) -> BedState:
    if isinstance(event, e.BedDoubted):
        return BedState.UNKNOWN if slot.bed is BedState.CLEAR else slot.bed
    if isinstance(event, e.PermitExpired) and event.unwatched:
        return BedState.UNKNOWN
    if isinstance(event, e.AcceptedGood | e.AcceptedScrap) and slot.attempt and slot.attempt.state is S.UNCERTAIN:
        return BedState.OCCUPIED
    return _BED_AFTER.get(type(event), slot.bed)


def _noted(attempt: Attempt, event: Event) -> Attempt:
    """The attempt with the facts that the event brings, its state aside."""
    match event:
        case e.Sliced(figures):
            return replace(attempt, gcode_sha256=figures.gcode_sha256)
        case e.PermitGranted(permit):
            return replace(attempt, permit=permit)
        case e.LeaseLost():
            return replace(attempt, lease_lost=True)
        case e.CancelAsked():
            return replace(attempt, cancel_asked=True)
        case _:
            return attempt


_ORDERS: dict[type[Event], Command] = {
    e.Started: e.Follow(),
    e.StartUnknown: e.Follow(),
    e.PauseAsked: e.PauseOnMachine(),
    e.ResumeAsked: e.ResumeOnMachine(),
}


def _commands(before: S, attempt: Attempt, event: Event) -> tuple[Command, ...]:
    """What the shell does next, once the step is journaled."""
    if before in OVER:
        return ()
    if attempt.state in OVER:
        return (e.StopWork(), e.Tidy()) if before in BEFORE_START else (e.Tidy(),)
    if isinstance(event, e.Restarted):
        return (_resumption(attempt.state),)
    if attempt.cancel_asked and attempt.state in RUNNING:
        return (e.CancelOnMachine(),)
    if before is S.STAGED and isinstance(event, e.BedDoubted | e.BedTaken):
        return (e.StopWork(),)
    order = _towards_start(before, attempt, event) or _ORDERS.get(type(event))
    return (order,) if order else ()


def _towards_start(before: S, attempt: Attempt, event: Event) -> Command | None:
    """The next stage on the way to the start, where the event opens it."""
    match event:
        case e.Sliced():
            return e.Stage()
        case e.Staged() if attempt.state is S.STAGED:
            return e.AskPermit()
        case e.BedCleared() if before is S.AWAITING_OPERATOR:
            return e.AskPermit()
        case e.PermitGranted(_, valid_until):
            return e.StartOnce(attempt.file, valid_until)
        case _:
            return None


def _resumption(state: S) -> Command:
    """Where an attempt found in the journal goes on. The start is never sent again."""
    if state in {S.CLAIMED, S.BUILDING}:
        return e.Prepare()
    return e.Stage() if state in BEFORE_START else e.Follow()


def bed_refusal(attempt: Attempt | None) -> str | None:
    """Why the bed of the machine that `attempt` holds cannot be declared clear now; None when it can."""
    if attempt is None or (attempt.state, e.BedCleared) in TRANSITIONS:
        return None
    return why_not(attempt.id, attempt.state, e.BedCleared(""))
