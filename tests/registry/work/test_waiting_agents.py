"""Agents that wait, found by what their machines ask."""

import asyncio

import hypothesis.strategies as st
from hypothesis import given

from registry.actions.claims import Claim
from registry.actions.nodes import NodeIdentity
from registry.core.handing_out import ANYWHERE, Queue
from registry.ids import FacilityId, NodeId
from registry.work.waiting_agents import Waiter, WaitingAgents
from tests.registry.core.test_handing_out import machine, queued, seen

PLA = Queue("fdm", "pla", ANYWHERE)


def waiter(number: int) -> Waiter:
    node = NodeIdentity(NodeId(f"nod_{number}"), "n", FacilityId("fac"), "lab", "Lab")
    future: asyncio.Future[None] = asyncio.Future(loop=asyncio.new_event_loop())
    future.get_loop().close()
    return Waiter(Claim(node, "key", ("m",)), future, 0.0, None)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from(["pla", "petg"]), st.integers(0, 40), st.booleans()), max_size=12))
def test_whoever_was_taken_out_is_found_by_nothing(parked: list[tuple[str, int, bool]]) -> None:
    there = WaitingAgents()
    kept = []
    for number, (material, second, stays) in enumerate(parked):
        one = waiter(number)
        there.park(one, (machine(number, [material]),), second)
        kept += [(one, material, second)] if stays else []
        if not stays:
            there.take_out(one)
            there.take_out(one)
    assert list(there) == [one for one, _, _ in kept]
    assert set(there.due(20)) == {one for one, _, second in kept if second <= 20}
    assert {queue.material for queue in there.queues()} == {material for _, material, _ in kept}
    asked = there.asking([PLA], most=3)
    assert sum(asked.values()) == min(3, sum(material == "pla" for _, material, _ in kept))


def test_one_job_wakes_the_one_who_came_first_of_those_who_can_make_it() -> None:
    there = WaitingAgents()
    other, first, second = waiter(0), waiter(1), waiter(2)
    offers = [machine(0, ["petg"]), machine(1, ["pla"]), machine(2, ["pla", "petg"])]
    for one, offer in zip((other, first, second), offers, strict=True):
        there.park(one, (offer,), 10)
    jobs = [queued(1, "pla"), queued(2, "pla"), queued(3, "pla")]
    assert there.chosen(seen(jobs[:1], offers), promised=()) == [first]
    assert there.chosen(seen(jobs, offers), promised={"job_001"}) == [first, second]
    assert there.of_node("nod_2") == (second,)
