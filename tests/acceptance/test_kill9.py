"""kill -9 of each part at each moment of an order: nothing begun twice, nothing lost, every try with one known end."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.workshop import BRISK, MACHINE, Workshop

SLOW_COMMAND_S = 0.05
"""Between the commands of a print that is to be caught in the middle."""
START_REQUEST = b"POST /api/files/local/"
CAUGHT_SECONDS = 60


@contextmanager
def when_claimed(workshop: Workshop, order: str) -> Iterator[None]:
    """The job was just taken; nothing is sliced or uploaded, or only just."""
    workshop.until(lambda: workshop.state(order) is not None, "the agent to take the job")
    yield


@contextmanager
def when_uploaded(workshop: Workshop, order: str) -> Iterator[None]:
    """The file is on the machine and the operator has not cleared the bed."""
    workshop.until_state(order, "awaiting_operator")
    yield


@contextmanager
def when_start_is_on_its_way(workshop: Workshop, order: str) -> Iterator[None]:
    """START_INTENT is journaled and the request sent, but it arrives only after the kill."""
    workshop.until_state(order, "awaiting_operator")
    hold = workshop.relay.hold(START_REQUEST)
    workshop.agent.clear_bed(MACHINE)
    assert hold.caught.wait(CAUGHT_SECONDS)
    yield
    hold.release()


@contextmanager
def when_start_is_not_answered(workshop: Workshop, order: str) -> Iterator[None]:
    """OctoPrint has begun the file, and nobody has heard it."""
    workshop.until_state(order, "awaiting_operator")
    workshop.octoprint.set_pace(speed=BRISK, command_interval_s=SLOW_COMMAND_S)
    hold = workshop.relay.hold(START_REQUEST, answer=True)
    workshop.agent.clear_bed(MACHINE)
    assert hold.caught.wait(CAUGHT_SECONDS)
    attempt = workshop.newest(order)
    assert attempt
    workshop.until(lambda: workshop.starts_of(attempt) == 1, "OctoPrint to begin the file")
    yield
    hold.release()


@contextmanager
def when_printing(workshop: Workshop, order: str) -> Iterator[None]:
    """In the middle of the print."""
    workshop.until_state(order, "awaiting_operator")
    workshop.octoprint.set_pace(speed=BRISK, command_interval_s=SLOW_COMMAND_S)
    workshop.agent.clear_bed(MACHINE)
    workshop.until_state(order, "printing")
    yield


@contextmanager
def when_finished(workshop: Workshop, order: str) -> Iterator[None]:
    """The part lies on the bed and nobody has judged it."""
    workshop.until_state(order, "awaiting_operator")
    workshop.agent.clear_bed(MACHINE)
    workshop.until_state(order, "finished_unverified")
    yield


MOMENTS = [
    when_claimed, when_uploaded, when_start_is_on_its_way, when_start_is_not_answered, when_printing, when_finished
]  # fmt: skip


@pytest.mark.parametrize("victim", ["registry", "agent", "octoprint"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_costs_at_most_the_print_that_it_cut_short(
    workshop: Workshop, moment: Callable[[Workshop, str], Iterator[None]], victim: str
) -> None:
    order = workshop.place_order(length=9)
    with moment(workshop, order):
        workshop.victims[victim].kill9()
    workshop.victims[victim].start()
    workshop.octoprint.set_pace(speed=BRISK)
    workshop.tend(order)
    workshop.assert_accounted(order)
    cut_short = victim == "octoprint" and moment in {when_start_is_not_answered, when_printing}
    attempts = workshop.attempts(order)
    if not cut_short:
        physical = [attempt for attempt in attempts if attempt["state"] in {"good", "scrap"}]
        assert len(physical) == 1, attempts


def test_a_storm_of_kills_leaves_every_copy_made_once(workshop: Workshop) -> None:
    dice = random.Random(20)
    order = workshop.place_order(quantity=3, length=9)
    pause = threading.Event()
    for _ in range(9):
        pause.wait(dice.uniform(0.1, 2.5))
        victim = workshop.victims[dice.choice(sorted(workshop.victims))]
        victim.kill9()
        pause.wait(dice.uniform(0, 0.5))
        victim.start()
        workshop.tend_once(order)
    workshop.tend(order)
    workshop.assert_accounted(order)
    assert len(workshop.order(order)["jobs"]) == 3
