"""Copies of an order that are sliced onto one plate, begun once, judged one by one; only the bad one is made again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from printers.virtual import VirtualMachine
from testbed.node import NodeAgent
from tests.acceptance.workshop import Json, Workshop

KEY = "bench"


@pytest.fixture
def bench(workshop: Workshop, tmp_path: Path) -> Iterator[NodeAgent]:
    """An agent with a virtual machine that takes four copies at once, and what nobody else has: TPU."""
    agent = NodeAgent(tmp_path / "fabnode", workshop.registry.url)
    agent.enrol(workshop.ask("fay", "POST", "/facilities/riverside/enrolments")["code"])
    agent.add_virtual(tmp_path / KEY, key=KEY, print_seconds=0.3, materials=("TPU",), plate_copies=4)
    with agent:
        yield agent


def make(workshop: Workshop, bench: NodeAgent, order: str, attempt: str | None, good_copies: int | None) -> str:
    """Clear the bed for the newest attempt that is not `attempt`, let it be made and judge it; its id."""

    def newest() -> str | None:
        held = bench.status()["machines"][0]["attempt"]
        return held["attempt"] if held and held["attempt"] != attempt else None

    workshop.until(lambda: newest() is not None, f"the bench to take copies of {order}")
    made = newest()
    assert made
    bench.wait_for(made, "awaiting_operator")
    bench.clear_bed(KEY)
    bench.wait_for(made, "finished_unverified")
    bench.accept(made, good_copies=good_copies)
    return made


def states(placed: Json) -> list[str]:
    return [job["attempts"][-1]["state"] for job in placed["jobs"]]


def test_three_of_four_are_good_and_the_fourth_is_made_again(
    workshop: Workshop, bench: NodeAgent, tmp_path: Path
) -> None:
    body = {"version": "ada/tag@1.0.0", "parameters": {"length": 12}, "quantity": 4, "material": "TPU"}
    order: str = workshop.ask("ben", "POST", "/orders", body)["id"]
    first = make(workshop, bench, order, None, good_copies=3)
    workshop.until(lambda: workshop.order(order)["copies"]["done"] == 3, "the registry to hear of three good parts")
    judged = workshop.order(order)
    assert states(judged) == ["good", "good", "good", "scrap"]
    assert {job["attempts"][0]["plate"] for job in judged["jobs"]} == {first}
    workshop.ask("ben", "POST", f"/orders/{order}/jobs/{judged['jobs'][3]['id']}/redo")
    again = make(workshop, bench, order, first, good_copies=None)
    workshop.until(lambda: workshop.order(order)["state"] == "done", "the order to be done")
    done = workshop.order(order)
    assert [len(job["attempts"]) for job in done["jobs"]] == [1, 1, 1, 2]
    assert (done["jobs"][3]["attempts"][1]["id"], done["jobs"][3]["attempts"][1]["plate"]) == (again, None)
    assert len(VirtualMachine(tmp_path / KEY)._record().runs) == 2, "one start for each plate"
