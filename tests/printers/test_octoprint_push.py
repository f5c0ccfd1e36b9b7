"""Hearing OctoPrint: what its pushes mean, and that a broken push is made anew while the machine is asked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.machine import MachineEvent, MachineState, Outcome
from printers.octoprint import OctoPrintMachine
from printers.octoprint_messages import read_push
from tests.simulators.pushing_octoprint import PRINTING, PushingOctoPrint, pushing_octoprint

DONE = {"event": {"type": "PrintDone", "payload": {"path": "a.gcode", "origin": "local", "time": 12.5}}}


@pytest.fixture
async def server() -> AsyncIterator[PushingOctoPrint]:
    async with pushing_octoprint() as server:
        yield server


@pytest.fixture
async def machine(server: PushingOctoPrint) -> AsyncIterator[OctoPrintMachine]:
    machine = OctoPrintMachine(server.url, "k" * 32, patience_seconds=0.3)
    yield machine
    await machine.close()


async def hear(machine: OctoPrintMachine, count: int) -> list[MachineEvent]:
    events = machine.events()
    async with asyncio.timeout(15):
        heard = [await anext(events) for _ in range(count)]
    await events.aclose()
    return heard


async def test_status_and_ends_are_heard_after_logging_in(server: PushingOctoPrint, machine: OctoPrintMachine) -> None:
    server.pushes = [{"current": {"state": PRINTING, "progress": {"completion": 25}}}, {"plugin": {}}, DONE]
    running, done = await hear(machine, 2)
    assert running.status
    assert (running.status.state, running.status.progress) == (MachineState.PRINTING, 0.25)
    assert (done.outcome, done.file) == (Outcome.DONE, "a.gcode")
    assert server.logins == 1
    assert server.subscribed_first


async def test_logs_in_again_when_asked_to(server: PushingOctoPrint, machine: OctoPrintMachine) -> None:
    server.pushes = [{"reauthRequired": {"reason": "stale"}}, DONE]
    assert (await hear(machine, 1))[0].outcome is Outcome.DONE
    assert (server.logins, server.connections) == (2, 1)


@pytest.mark.parametrize("what", ["greets", "accepts_login"])
async def test_a_push_that_stays_silent_is_made_anew_while_the_machine_is_asked(
    server: PushingOctoPrint, machine: OctoPrintMachine, what: str
) -> None:
    setattr(server, what, False)
    asked = await hear(machine, 2)
    assert [event.status and event.status.state for event in asked] == [MachineState.IDLE] * 2
    assert server.connections == 2


@pytest.mark.parametrize("nonsense", ["not json", "[1, 2]", "[" * 5000, '"text"'])
async def test_nonsense_ends_one_connection_only(
    server: PushingOctoPrint, machine: OctoPrintMachine, nonsense: str
) -> None:
    server.pushes = [nonsense, DONE]
    asked, done = await hear(machine, 2)
    assert asked.status
    assert done.outcome is Outcome.DONE
    assert server.connections == 2


def test_a_cancelled_print_is_told_twice_and_read_once() -> None:
    payload = {"path": "a.gcode", "origin": "local"}
    cancelled = read_push({"event": {"type": "PrintCancelled", "payload": payload}})
    assert cancelled == MachineEvent(outcome=Outcome.CANCELLED, file="a.gcode")
    assert read_push({"event": {"type": "PrintFailed", "payload": payload | {"reason": "cancelled"}}}) is None
    failed = read_push({"event": {"type": "PrintFailed", "payload": payload | {"reason": "error", "error": "hot"}}})
    assert failed == MachineEvent(outcome=Outcome.FAILED, file="a.gcode", reason="hot")
    card = read_push({"event": {"type": "PrintDone", "payload": payload | {"origin": "sdcard"}}})
    assert card == MachineEvent(outcome=Outcome.DONE, file="sdcard:a.gcode")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["state", "flags", "job", "x"]), inner),
    max_leaves=10,
)
KEYS = st.sampled_from(["current", "history", "event", "type", "payload", "connected"])


@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_any_object_is_a_push_or_nothing(message: dict[str, object]) -> None:
    event = read_push(message)
    assert event is None or event.status is not None or event.outcome is not None
