"""The line to the registry is cut: nothing new begins, nothing that runs stops, and nothing is lost."""

from tests.acceptance.workshop import BRISK, MACHINE, Workshop

SLOW_COMMAND_S = 0.05


def state_at_registry(workshop: Workshop, attempt: str) -> str:
    order = next(line["order"] for line in workshop.lines() if line["attempt"] == attempt)
    return next(str(one["state"]) for one in workshop.attempts(order) if one["id"] == attempt)


def test_work_goes_on_without_the_registry_and_is_told_once_it_is_back(workshop: Workshop) -> None:
    order = workshop.place_order(quantity=2, length=8)
    workshop.until_state(order, "awaiting_operator")
    first = workshop.newest(order)
    assert first

    workshop.line.cut()
    workshop.agent.clear_bed(MACHINE)
    workshop.until(lambda: workshop.agent.status()["trouble"] is not None, "the agent to miss the registry")
    assert workshop.state(order) == "staged", "without leave nothing is begun"
    assert workshop.starts_of(first) == 0

    workshop.octoprint.set_pace(speed=BRISK, command_interval_s=SLOW_COMMAND_S)
    workshop.line.mend()
    workshop.until_state(order, "printing")
    workshop.line.cut()
    workshop.octoprint.set_pace(speed=BRISK)
    workshop.until_state(order, "finished_unverified")
    workshop.agent.accept(first)
    workshop.agent.kill9()
    workshop.agent.start()
    workshop.until_state(order, "good")
    assert workshop.agent.status()["owed_reports"] > 0
    assert state_at_registry(workshop, first) not in {"finished_unverified", "good"}

    workshop.line.mend()
    workshop.until(lambda: state_at_registry(workshop, first) == "good", "the registry to hear of the good part")
    workshop.tend(order)
    workshop.assert_accounted(order)
    kinds = [event["kind"] for event in workshop.order(order)["events"] if event["attempt"] == first]
    assert [kinds.count(kind) for kind in ("attempt.finished_unverified", "attempt.good")] == [1, 1]
    workshop.until(lambda: workshop.agent.status()["owed_reports"] == 0, "every report to be kept")
