"""A print on a real OctoPrint that is paused, let go on, stopped and cancelled from the registry."""

import httpx
import pytest

from tests.acceptance.workshop import BRISK, MACHINE, Json, Workshop

SLOW_COMMAND_S = 0.05


@pytest.fixture
def printing(workshop: Workshop) -> str:
    """An order that OctoPrint prints slowly."""
    order = workshop.place_order(length=9)
    workshop.until_state(order, "awaiting_operator")
    workshop.octoprint.set_pace(speed=BRISK, command_interval_s=SLOW_COMMAND_S)
    workshop.agent.clear_bed(MACHINE)
    workshop.until(lambda: attempt(workshop, order)["state"] == "printing", "the registry to hear of the print")
    return order


def attempt(workshop: Workshop, order: str) -> Json:
    return workshop.attempts(order)[-1]


def direct(workshop: Workshop, who: str, order: str, verb: str) -> Json:
    job = workshop.order(order)["jobs"][0]["id"]
    return workshop.ask(who, "POST", f"/orders/{order}/jobs/{job}/{verb}")


def until(workshop: Workshop, order: str, state: str) -> None:
    workshop.until(lambda: attempt(workshop, order)["state"] == state, f"the registry to hear that it is {state}")


def refused(workshop: Workshop, who: str, order: str, verb: str) -> tuple[int, str]:
    with pytest.raises(AssertionError) as answer:
        direct(workshop, who, order, verb)
    return int(str(answer.value).split(": ", 1)[1][:3]), str(answer.value)


def test_whoever_runs_the_facility_pauses_a_print_lets_it_go_on_and_stops_it(workshop: Workshop, printing: str) -> None:
    assert refused(workshop, "ben", printing, "pause")[0] == httpx.codes.FORBIDDEN
    asked = direct(workshop, "fay", printing, "pause")["jobs"][0]["attempts"][-1]
    assert (asked["state"], asked["command"]) == ("printing", "pause")
    until(workshop, printing, "paused")
    assert workshop.octoprint.state_text() == "Paused"
    assert attempt(workshop, printing)["command"] is None
    status, words = refused(workshop, "fay", printing, "pause")
    assert (status, "it cannot be paused" in words) == (httpx.codes.CONFLICT, True)

    direct(workshop, "fay", printing, "resume")
    until(workshop, printing, "printing")
    assert workshop.octoprint.state_text() == "Printing"

    direct(workshop, "fay", printing, "stop")
    until(workshop, printing, "cancelled")
    assert workshop.order(printing)["jobs"][0]["state"] == "needs_redo"
    workshop.octoprint.set_pace(speed=BRISK)
    workshop.tend(printing)
    workshop.assert_accounted(printing)
    assert [one["state"] for one in workshop.attempts(printing)] == ["cancelled", "good"]


def test_whoever_ordered_leaves_a_copy_out_and_its_print_stops(workshop: Workshop, printing: str) -> None:
    assert refused(workshop, "ben", printing, "stop")[0] == httpx.codes.FORBIDDEN
    job = direct(workshop, "ben", printing, "cancel")["jobs"][0]
    assert (job["state"], job["cancelling"], job["attempts"][-1]["command"]) == ("active", True, "cancel")
    until(workshop, printing, "cancelled")
    assert workshop.order(printing)["state"] == "cancelled"
    assert workshop.starts_of(attempt(workshop, printing)["id"]) == 1
    workshop.octoprint.set_pace(speed=BRISK)
