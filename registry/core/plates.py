"""Several copies of one order made together on one machine: how many lie beside each other, and what happens to them.

The copies stand in a grid of their bounding boxes, all turned alike. The agent arranges by the same rule; it has the
last word, for it knows the model that it slices. What happens to a plate happens to each of its copies by the one
transition table of registry.core.attempts; here stands how they hang together.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import floor

from registry.core.attempts import Attempt, AttemptState, Job, Outcome, Refusal, Told, is_current, permit, report
from registry.core.matching import Size, fits

PLATE_GAP_MM = 6.0
"""Between two boxes: room for the nozzle's way around a part, for a skirt, and for fingers that take one off."""
_ROUNDING_MM = 1e-9


def capacity(short: float, long: float, high: float, envelope: Size) -> int:
    """How many copies of a box (mm, its brim included) stand inside the envelope. 0: not even one.

    One may be larger than the envelope by the tolerance of `fits`; several never are.
    """
    if not fits(Size(short, long, high), envelope):
        return 0
    as_it_lies = _in_a_row(short, envelope.x) * _in_a_row(long, envelope.y)
    turned = _in_a_row(long, envelope.x) * _in_a_row(short, envelope.y)
    return max(1, as_it_lies, turned)


def _in_a_row(side: float, room: float) -> int:
    return floor((room + PLATE_GAP_MM + _ROUNDING_MM) / (side + PLATE_GAP_MM))


Copy = tuple[Job, Attempt]
"""A copy on a plate: its job, and its own try that the plate is a part of. Plates are sequences of these; the first
copy's attempt is the one that the agent knows, by whose epoch it speaks of them all.
"""


def permit_plate(copies: Sequence[Copy], epoch: int) -> tuple[Outcome, ...] | Refusal:
    """Leave to start once: for all copies or for none, as the machine makes them together."""
    first_job, first = copies[0]
    outcomes = [permit(first_job, first, epoch), *(permit(job, at, at.epoch) for job, at in copies[1:])]
    refused = next((outcome for outcome in outcomes if isinstance(outcome, Refusal)), None)
    return refused or tuple(outcome for outcome in outcomes if isinstance(outcome, Outcome))


def report_plate(copies: Sequence[Copy], told: Told, good_copies: int | None = None) -> tuple[Outcome, ...]:
    """What the agent's report of the plate changes for each copy.

    `good_copies`, told of a plate that is good, is how many of its parts are (None: all). Copies that still count get
    them first: a part is an extra one only when nobody waits for it.
    """
    in_time = told.epoch == copies[0][1].epoch
    waiting = sorted(range(len(copies)), key=lambda number: not is_current(*copies[number]))
    good = set(waiting if good_copies is None else waiting[:good_copies])
    outcomes = []
    for number, (job, at) in enumerate(copies):
        state = AttemptState.SCRAP if told.state is AttemptState.GOOD and number not in good else told.state
        epoch = at.epoch if in_time else told.epoch if number == 0 else _OF_ANOTHER_CLAIM
        outcomes.append(report(job, at, replace(told, state=state, epoch=epoch)))
    return tuple(outcomes)


_OF_ANOTHER_CLAIM = 0
"""An epoch that no attempt has."""
