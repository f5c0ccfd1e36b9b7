"""The words for what happened: what the registry hears of a step, and why an event was refused. Decides nothing."""

from fabnode import events as e
from fabnode.events import Event, Tell
from fabnode.protocol import AttemptState as S

LONGEST_REASON = 2000
"""What the protocol takes. Errors carry the words of machines, slicers and registries, which may be of any length."""

_FIXED_REASONS: dict[type[Event], str] = {
    e.PermitExpired: "the permit ran out before the machine was told: nothing was begun",
    e.LeaseLost: "the lease was lost before the start: nothing was begun",
}


def _reason(event: Event, copies: int) -> str | None:
    """Why the attempt moved, in words for a person, where the state alone does not say."""
    match event:
        case e.StartRefused(reason):
            return f"the machine refused to start: {reason}"
        case e.AcceptedGood(by, good):
            which = "" if copies == 1 else f"{copies if good is None else good} of {copies} copies "
            return f"{which}accepted by {by}"
        case e.AcceptedScrap(by, reason):
            return f"scrapped by {by}" + (f": {reason}" if reason else "")
        case e.SettledNotStarted(by):
            return f"{by} looked: the machine never began it"
        case (
            e.PreparationFailed(reason=reason)
            | e.NoProof(reason=reason)
            | e.CancelAsked(reason=reason)
            | e.PermitRefused(reason=reason)
            | e.BedDoubted(reason=reason)
            | e.BedTaken(reason=reason)
            | e.Ending(reason=reason)
        ):
            return reason
        case _:
            return _FIXED_REASONS.get(type(event))


def tell(state: S, event: Event, copies: int) -> Tell:
    """What the registry hears when the event moved the attempt, with so many copies on its plate, to `state`."""
    reason = _bounded(_reason(event, copies))
    if state is S.AWAITING_OPERATOR and reason is None:
        reason = "the bed has to be cleared"
    retry = isinstance(event, e.PermitExpired | e.StartRefused) or (
        isinstance(event, e.PreparationFailed) and event.retry
    )
    return Tell(
        state,
        reason,
        retry=retry,
        figures=event.figures if isinstance(event, e.Sliced) else None,
        print_seconds=event.print_seconds if isinstance(event, e.Ending) else None,
        starts_seen=event.starts_seen if isinstance(event, e.Ending | e.NoProof) else None,
        good_copies=event.good_copies if isinstance(event, e.AcceptedGood) else None,
    )


def _bounded(reason: str | None) -> str | None:
    too_long = reason is not None and len(reason) > LONGEST_REASON
    return f"{reason[: LONGEST_REASON - 2]} …" if reason and too_long else reason


def not_so_many(copies: int, event: e.AcceptedGood) -> str:
    """The reason for a person, when more or fewer copies were called good than the plate holds."""
    there = "one part" if copies == 1 else f"{copies} copies"
    return f"the plate holds {there}: {event.good_copies} of them cannot be good"


_WHY_NOT: dict[type[Event], str] = {
    e.AcceptedGood: "only a finished or uncertain part can be accepted",
    e.AcceptedScrap: "only a finished or uncertain part can be accepted",
    e.SettledNotStarted: "only an uncertain attempt needs settling",
    e.CancelAsked: "it cannot be cancelled any more",
    e.PauseAsked: "only a print that runs can be paused",
    e.ResumeAsked: "only a paused print can go on",
}


def why_not(attempt: str, current: S, event: Event) -> str:
    """The reason for a person, when an event has no place in the table."""
    state = current.value.replace("_", " ")
    match event:
        case e.BedCleared() if current is S.UNCERTAIN:
            return f"attempt {attempt} is uncertain: settle it first, then clear the bed"
        case e.BedCleared():
            return f"attempt {attempt} is on the machine ({state}): the bed is not clear"
        case _:
            why = _WHY_NOT.get(type(event), f"{type(event).__name__} has no place there")
            return f"attempt {attempt} is {state}: {why}"
