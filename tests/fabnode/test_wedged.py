"""Machines and people that do what nobody planned for: no machine and no job is stuck for ever, and nothing is
printed over a part.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from fabnode import events as e
from fabnode.agent import Agent
from fabnode.clock import boot_seconds
from fabnode.decisions import settlement
from fabnode.ledger import JournalUnwritable
from fabnode.protocol import BedState
from printers.virtual import Faults, VirtualMachine
from tests.fabnode.conftest import QUICK, Lab
from tests.fabnode.test_agent import eventually, running, starts, told
from tests.simulators.registry import Fault, SimulatedRegistry

IMPATIENT = QUICK.replace("[operator]", "give_back_seconds = 0.3\n[operator]")


@pytest.fixture
async def simulator(lab: Lab) -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        yield simulator
        assert simulator.violations == []


def cancels(machine: VirtualMachine) -> int:
    return sum(run.cancelled_at is not None for run in machine._record().runs)


async def test_our_file_started_by_hand_takes_the_bed(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    machine = VirtualMachine(lab.machine("m1"), seconds_of=lambda _: 1.0)
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        (staged,) = (lab.machine("m1") / "files").glob("*.gcode")
        await machine.start(staged.name)
        await eventually(lambda: agent.workers["m1"].bed is BedState.OCCUPIED)
        await eventually(lambda: machine._status().state.value == "idle")
        await told(simulator, job, "awaiting_operator")
        await asyncio.sleep(0.5)
    assert starts(lab.machine("m1")) == 1


async def test_our_staged_file_started_by_hand_is_not_started_again_over_the_part(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    """The bed was clear, so nothing would wait for the operator if the print by hand went unnoticed."""
    machine = VirtualMachine(lab.machine("m1"), seconds_of=lambda _: 1.0)
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        simulator.misbehave("/node/permit", *[Fault.FAIL] * 200)
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "staged")
        (staged,) = (lab.machine("m1") / "files").glob("*.gcode")
        await machine.start(staged.name)
        await eventually(lambda: agent.workers["m1"].status.state.value == "printing")
        await eventually(lambda: machine._status().state.value == "idle")
        simulator.faults.clear()
        await asyncio.sleep(1)
        assert agent.workers["m1"].bed is BedState.OCCUPIED
        assert simulator.told(attempt)[-1] == "awaiting_operator"
    assert starts(lab.machine("m1")) == 1


async def test_a_start_that_was_doubted_before_it_was_sent_is_not_sent(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    """While the machine is slow at something else: a person may have settled by then that it was not begun."""
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        worker = agent.workers["m1"]
        await agent._ledger.change_bed("m1", e.BedCleared("ada"), "cleared by ada")
        granted = await agent._ledger.advance(attempt, e.PermitGranted("permit", float("inf")))
        (start,) = granted.commands
        await agent._ledger.advance(attempt, e.NoProof("no record"))
        await worker._obey(attempt, start)
        assert (await agent._ledger.attempt(attempt)).attempt.state.value == "uncertain"
    assert starts(lab.machine("m1")) == 0


async def test_a_bed_is_doubted_when_everything_stood_still_between_permit_and_start(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        bench = agent.workers["m1"].bench
        trusted = bench.shop.settings.trust_bed_seconds
        now = boot_seconds()
        assert await bench.start(e.StartOnce("f.gcode", now - 1)) == e.PermitExpired()
        assert await bench.start(e.StartOnce("f.gcode", now - trusted - 1)) == e.PermitExpired(unwatched=True)
    assert starts(lab.machine("m1")) == 0


async def test_a_cancellation_that_the_machine_does_not_take_is_asked_again_at_intervals(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    machine = VirtualMachine(lab.machine("m1"))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=20)) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "printing")
        machine.inject(Faults(confuse=("cancel",)))
        history = len(agent._ledger._journal.history(attempt))
        await agent.decide(attempt, e.CancelAsked("ada"))
        await asyncio.sleep(1)
        assert len(agent._ledger._journal.history(attempt)) - history < 15
        assert agent.workers["m1"]._orders.qsize() <= 1
        machine.inject(Faults())
        await told(simulator, job, "cancelled")


async def test_a_late_cancellation_does_not_stop_what_somebody_else_prints(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes, tmp_path: Path
) -> None:
    machine = VirtualMachine(lab.machine("m1"), seconds_of=lambda _: 30.0)
    (tmp_path / "mine.gcode").write_text("G28\n")
    job = await simulator.order(simulator.blob(cube))
    config = lab.config("m1", print_seconds=0.5, agent=QUICK.replace("poll_seconds = 0.1", "poll_seconds = 1"))
    async with running(lab, config) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "printing")
        machine.inject(Faults(unreachable=("status", "events", "evidence")))
        await eventually(lambda: machine._status().state.value == "idle")
        await machine.upload("mine.gcode", tmp_path / "mine.gcode")
        await machine.start("mine.gcode")
        await agent.decide(attempt, e.CancelAsked("ada"))
        await asyncio.sleep(0.5)
        machine.inject(Faults())
        await told(simulator, job, "finished_unverified")
        assert machine._status().file == "mine.gcode"
        assert machine._status().state.value == "printing"


async def test_a_machine_taken_out_of_the_configuration_gives_its_job_back(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube), machines=("m1",))
    async with running(lab, lab.config("m1")):
        first = await told(simulator, job, "awaiting_operator")
    job.machines = ("m2",)
    async with running(lab, lab.config("m2")):
        await simulator.until(lambda: "failed" in simulator.told(first), seconds=5)
        await told(simulator, job, "awaiting_operator")


async def test_a_print_on_a_machine_taken_out_of_the_configuration_is_uncertain_and_can_be_settled(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=60)) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "printing")
    async with running(lab, lab.config("m2")) as agent:
        await simulator.until(lambda: "uncertain" in simulator.told(attempt), seconds=5)
        await agent.decide(attempt, settlement("good", "ada", None))
        await told(simulator, job, "good")


async def test_a_machine_that_never_becomes_idle_gives_its_job_back(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube), machines=("m1",))
    async with running(lab, lab.config("m1", "m2", agent=IMPATIENT)) as agent:
        await told(simulator, job, "awaiting_operator")
        VirtualMachine(lab.machine("m1")).inject(Faults(unreachable=("status", "events", "evidence")))
        await eventually(lambda: agent.workers["m1"].trouble is not None)
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "failed")
        job.machines = ("m2",)
        await told(simulator, job, "awaiting_operator")


async def test_a_job_that_comes_while_a_claim_waits_is_taken_at_once(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    async with running(lab, lab.config("m1")):
        await simulator.until(lambda: "/node/claim" in simulator.calls)
        job = await simulator.order(simulator.blob(cube))
        await simulator.until(lambda: bool(job.attempts), seconds=1)
        await told(simulator, job, "awaiting_operator")


async def test_a_bed_cleared_while_other_machines_wait_in_a_claim_joins_at_once(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    config = lab.config("m1", "m2", agent=QUICK.replace("[operator]", "stage_ahead = false\n[operator]"))
    job = await simulator.order(simulator.blob(cube), machines=("m2",))
    async with running(lab, config) as agent:
        await eventually(lambda: agent.workers["m2"].status.state.value == "idle")
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: "/node/claim" in simulator.calls)
        assert job.attempts == []
        await agent.clear_bed("m2", "ada")
        await simulator.until(lambda: bool(job.attempts), seconds=1.5)
        await told(simulator, job, "finished_unverified")


async def test_a_full_disk_begins_nothing_loses_nothing_and_ends_nobody(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await eventually(lambda: agent.link.state.owed == 0)
        disk(agent, full=True)
        with pytest.raises(JournalUnwritable, match="nothing is begun"):
            await agent.clear_bed("m1", "ada")
        await eventually(lambda: "journal" in (agent.link.state.trouble or ""))
        assert starts(lab.machine("m1")) == 0
        disk(agent, full=False)
        await eventually(lambda: agent.link.state.trouble is None)
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "finished_unverified")
    assert simulator.told(attempt)[-1] == "finished_unverified"
    assert starts(lab.machine("m1")) == 1


async def test_a_disk_that_fills_up_when_the_permit_comes_starts_nothing(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        simulator.misbehave("/node/permit", *[Fault.FAIL] * 3)
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "staged")
        disk(agent, full=True)
        await simulator.until(lambda: bool(simulator.attempts[job.attempts[0]].permits))
        await asyncio.sleep(0.3)
        assert starts(lab.machine("m1")) == 0
        disk(agent, full=False)
        await told(simulator, job, "finished_unverified")
    assert starts(lab.machine("m1")) == 1


async def test_a_clear_bed_is_doubted_after_the_computer_was_started_anew(
    lab: Lab, simulator: SimulatedRegistry
) -> None:
    """A small computer without a battery comes up minutes after it went down, by its own clock, whatever passed."""
    async with running(lab, lab.config("m1")) as agent:
        await eventually(lambda: agent.workers["m1"].ready)
        await agent.clear_bed("m1", "ada")
    with closing(sqlite3.connect(lab.home.journal)) as journal, journal:
        journal.execute("UPDATE machines SET watched_boot = 'the boot before'")
    async with running(lab, lab.config("m1")) as agent:
        await eventually(lambda: agent.workers["m1"].ready)
        assert agent.workers["m1"].bed is BedState.UNKNOWN
        assert "started anew" in (await agent.overview()).beds["m1"].note


async def test_files_left_on_a_machine_that_was_off_are_removed_when_it_is_back(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    machine = VirtualMachine(lab.machine("m1"))
    job = await simulator.order(simulator.blob(cube), machines=("m1",))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        machine.inject(Faults(unreachable=("status", "events", "remove")))
        await agent.decide(attempt, e.CancelAsked("ada"))
        await told(simulator, job, "cancelled")
        await eventually(lambda: agent.workers["m1"].trouble is not None)
        assert list((lab.machine("m1") / "files").iterdir())
        machine.inject(Faults())
        await eventually(lambda: not list((lab.machine("m1") / "files").iterdir()))


def disk(agent: Agent, *, full: bool) -> None:
    """Let the journal's disk be full, or not: SQLite refuses to write, by the error that a full disk raises too."""
    agent._ledger._journal._db.execute(f"PRAGMA query_only={int(full)}")
