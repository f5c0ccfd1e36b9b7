"""The whole agent against a working registry in memory, virtual machines and the real PrusaSlicer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from fabnode import events as e
from fabnode.agent import Agent
from fabnode.cli.local import desk
from fabnode.clock import boot_seconds
from fabnode.config import Config, parse_config
from fabnode.decisions import Refused, settlement, verdict
from fabnode.home import Identity
from fabnode.journal import Journal
from fabnode.link import machine_report
from fabnode.protocol import BedState
from fabnode.safety import machine_limits
from fabnode.slicers.profiles import ProfileError, load_profile
from fabnode.slicers.profiles import reading as profiles
from printers.gcode import judge
from printers.virtual import Faults, VirtualMachine
from tests.fabnode.conftest import QUICK, Lab, box_stl
from tests.simulators.registry import Fault, Job, SimulatedRegistry

MADE = ["claimed", "building", "sliced", "awaiting_operator", "staged", "starting", "printing"]
MADE += ["finished_unverified", "good"]


@pytest.fixture
async def simulator(lab: Lab) -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        yield simulator
        assert simulator.violations == []


@asynccontextmanager
async def running(lab: Lab, config: Config) -> AsyncIterator[Agent]:
    agent = Agent(lab.home, config, lab.home.identity())
    task = asyncio.create_task(agent.run())
    try:
        yield agent
    finally:
        if task.done():
            task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def told(simulator: SimulatedRegistry, job: Job, state: str) -> str:
    """Wait until the job's newest attempt has told of the state; its id."""
    await simulator.until(lambda: bool(job.attempts) and state in simulator.told(job.attempts[-1]))
    return job.attempts[-1]


async def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def shown(simulator: SimulatedRegistry, machine: str) -> str | None:
    """The machine's state as the registry heard it last."""
    report = simulator.machine_reports.get(machine)
    return report.state if report else None


def starts(folder: Path) -> int:
    return len(VirtualMachine(folder)._record().runs)


async def test_a_part_is_made_and_accepted(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "finished_unverified")
        await agent.decide(attempt, verdict("good", "ada", None))
        await told(simulator, job, "good")
    assert simulator.told(attempt) == MADE
    assert starts(lab.machine("m1")) == simulator.attempts[attempt].permits == 1
    reports = {report.state.value: report for report in simulator.attempts[attempt].reports}
    figures = reports["sliced"].figures
    assert figures
    assert figures.slicer.startswith("PrusaSlicer")
    assert figures.layers == 20
    assert figures.filament_g
    assert reports["finished_unverified"].starts_seen == 1
    assert reports["finished_unverified"].print_seconds is not None
    assert not (lab.home.work / f"cofab-{attempt}").exists()


async def test_two_machines_make_three_parts_one_after_the_other(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    blob = simulator.blob(cube)
    jobs = [await simulator.order(blob) for _ in range(3)]
    async with running(lab, lab.config("m1", "m2")) as agent:

        async def tend() -> None:
            while True:
                for key, worker in agent.workers.items():
                    if worker.bed is not BedState.CLEAR:
                        with suppress(Refused):
                            await agent.clear_bed(key, "ada")
                await asyncio.sleep(0.05)

        tending = asyncio.create_task(tend())
        for job in jobs:
            await told(simulator, job, "finished_unverified")
        tending.cancel()
    assert starts(lab.machine("m1")) + starts(lab.machine("m2")) == 3
    assert [(a.permits, simulator.told(a.id)[-1]) for a in simulator.attempts.values()] == [
        (1, "finished_unverified")
    ] * 3
    assert simulator.blob_bytes_sent == len(cube), "one fetch serves all"


async def test_a_model_that_does_not_fit_is_failed_for_good_with_the_reason(
    lab: Lab, simulator: SimulatedRegistry
) -> None:
    job = await simulator.order(simulator.blob(box_stl(300, 10, 10)))
    async with running(lab, lab.config("m1")):
        attempt = await told(simulator, job, "failed")
    report = simulator.attempts[attempt].reports[-1]
    assert report.reason
    assert "300 × 10 × 10 mm; Original Prusa MK4 has room for 250 × 210 × 220 mm" in report.reason
    assert not report.retry


async def test_a_plate_that_does_not_fit_is_given_back_with_how_many_would(
    lab: Lab, simulator: SimulatedRegistry
) -> None:
    job = await simulator.order(simulator.blob(box_stl(100, 90, 4)), copies=9)
    async with running(lab, lab.config("m1")):
        attempt = await told(simulator, job, "failed")
    report = simulator.attempts[attempt].reports[-1]
    assert report.retry
    assert "9 copies of 100 × 90 × 4 mm do not stand side by side in 250 × 210 × 220 mm: 4 do" in (report.reason or "")


async def test_gcode_that_would_harm_the_machine_never_reaches_it(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    shipped = (profiles.FOLDER / "machines" / "prusa-mk4.ini").read_text()
    lab.home.folder.mkdir(exist_ok=True)
    (lab.home.folder / "worn.ini").write_text(shipped.replace("    G29 ; measure the bed", "    M500 ; keep settings"))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", profile="worn.ini")):
        attempt = await told(simulator, job, "failed")
    reason = simulator.attempts[attempt].reports[-1].reason
    assert reason
    assert "the G-code was refused for Original Prusa MK4 with PLA" in reason
    assert "M500" in reason
    assert list((lab.machine("m1") / "files").iterdir()) == []


async def test_a_part_stands_where_the_machine_can_be_used(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    config = lab.config("m1", profile="generic", more="envelope = { x = 120, y = 60, z = 50 }")
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, config):
        await told(simulator, job, "awaiting_operator")
    assert simulator.cards["m1"].envelope.y == 60
    (gcode,) = (lab.machine("m1") / "files").iterdir()
    figures = judge(gcode, machine_limits(load_profile("generic"))).figures
    assert figures.extrusion_box
    assert figures.extrusion_box.max_y < 60


async def test_a_refused_start_is_given_back_and_the_bed_stays_clear(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(refuse=("start",)))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        first = await told(simulator, job, "failed")
        assert simulator.attempts[first].reports[-1].retry
        VirtualMachine(lab.machine("m1")).inject(Faults())
        await simulator.until(lambda: len(job.attempts) >= 2)
        await told(simulator, job, "finished_unverified")
    assert starts(lab.machine("m1")) == 1


async def test_a_start_whose_answer_is_lost_is_found_running_and_not_sent_again(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(lose_reply=("start",)))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "finished_unverified")
    assert "start_intent" in simulator.told(attempt)
    assert starts(lab.machine("m1")) == 1


@pytest.mark.parametrize(("word", "state"), [("not-started", "failed"), ("scrap", "scrap"), ("good", "good")])
async def test_a_start_without_any_trace_is_uncertain_until_a_person_settles_it(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes, word: str, state: str
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(unreachable=("start",)))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "uncertain")
        with pytest.raises(Refused, match="settle it first"):
            await agent.clear_bed("m1", "ada")
        await agent.decide(attempt, settlement(word, "ada", None))
        await told(simulator, job, state)
        await agent.clear_bed("m1", "ada")
    assert starts(lab.machine("m1")) == 0
    assert len(job.attempts) == 1, "nothing is made again by itself"


async def test_a_print_that_fails_by_itself_is_said_and_leaves_the_bed_occupied(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(fail_at=0.5))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "failed")
        assert agent.workers["m1"].bed is BedState.OCCUPIED
    assert not simulator.attempts[attempt].reports[-1].retry


async def test_a_cancelled_order_stops_the_print(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=600)) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "printing")
        simulator.command(attempt, "pause")
        await told(simulator, job, "paused")
        simulator.command(attempt, "resume")
        await simulator.until(lambda: simulator.told(attempt).count("printing") == 2)
        simulator.command(attempt, "cancel")
        await told(simulator, job, "cancelled")
        assert agent.workers["m1"].bed is BedState.OCCUPIED


async def test_a_machine_that_does_not_pause_is_quoted_until_it_does(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=600)) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "printing")
        VirtualMachine(lab.machine("m1")).inject(Faults(refuse=("pause",)))
        simulator.command(attempt, "pause")
        words = "it did not pause when it was asked to: the virtual machine is set to refuse `pause`"
        await simulator.until(lambda: simulator.machine_reports["m1"].message == words)
        assert simulator.told(attempt)[-1] == "printing"
        VirtualMachine(lab.machine("m1")).inject(Faults())
        await told(simulator, job, "paused")
        await simulator.until(lambda: simulator.machine_reports["m1"].message != words)


async def test_what_a_slow_machine_is_told_already_is_not_told_again_with_every_heartbeat(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=600)) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "printing")
        VirtualMachine(lab.machine("m1")).inject(Faults(slow_seconds=0.5))
        beats = simulator.calls.count("/node/heartbeat")
        simulator.command(attempt, "pause")
        await told(simulator, job, "paused")
        assert simulator.calls.count("/node/heartbeat") - beats >= 5
    journal = Journal(lab.home.journal, "node-1")
    assert [past.event for past in journal.history(attempt)].count("PauseAsked") <= 3
    journal.close()


async def test_a_lease_lost_before_the_start_ends_the_attempt_and_another_takes_its_place(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        first = await told(simulator, job, "awaiting_operator")
        await simulator.lose_lease(first)
        await simulator.until(lambda: len(job.attempts) == 2 and "awaiting_operator" in simulator.told(job.attempts[1]))
        assert simulator.told(first)[-1] == "cancelled"
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "finished_unverified")
    assert starts(lab.machine("m1")) == 1


async def test_a_lease_lost_while_printing_changes_nothing(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=1)) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "printing")
        await simulator.stop_counting(attempt)
        await told(simulator, job, "finished_unverified")
        await agent.decide(attempt, verdict("good", "ada", None))
        await told(simulator, job, "good")
    assert starts(lab.machine("m1")) == 1


async def test_a_refused_permit_stops_before_the_machine_is_told(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        simulator.attempts[attempt].may_start = False
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "cancelled")
        assert agent.workers["m1"].bed is BedState.CLEAR
    assert starts(lab.machine("m1")) == 0


async def test_a_permit_that_has_run_out_starts_nothing(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    simulator.permit_seconds = 1e-9
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "failed")
        simulator.permit_seconds = 30
        await simulator.until(lambda: len(job.attempts) == 2)
        await told(simulator, job, "finished_unverified")
    assert simulator.attempts[attempt].reports[-1].retry
    assert starts(lab.machine("m1")) == 1


async def test_a_bed_cleared_while_the_file_is_put_there_again_asks_for_leave_once(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")):
        attempt = await told(simulator, job, "awaiting_operator")
    VirtualMachine(lab.machine("m1")).inject(Faults(slow_seconds=0.15))
    async with running(lab, lab.config("m1")) as agent:
        await eventually(lambda: agent.workers["m1"].held is not None)
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "finished_unverified")
    assert simulator.attempts[attempt].permits == starts(lab.machine("m1")) == 1


async def test_a_machine_that_takes_longer_than_the_permit_lasts_is_not_told_late(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    """What was not sent in time is not sent at all; nobody knows that, so a person looks."""
    simulator.permit_seconds = 0.15
    VirtualMachine(lab.machine("m1")).inject(Faults(slow_seconds=0.25))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "uncertain")
    assert starts(lab.machine("m1")) == 0


async def test_a_permit_from_before_the_registry_was_lost_is_used_while_it_is_valid(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(slow_seconds=0.15))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=0.5)) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: simulator.attempts[attempt].permits == 1)
        simulator.offline = True
        assert starts(lab.machine("m1")) == 0
        await eventually(lambda: agent.workers["m1"].held is None)
        assert starts(lab.machine("m1")) == 1
        assert "starting" not in simulator.told(attempt)
        simulator.offline = False
        await told(simulator, job, "finished_unverified")
    assert simulator.told(attempt) == MADE[:-1]


async def test_a_permit_that_ran_out_while_the_registry_was_away_starts_nothing(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    """The answer to the request for leave is lost, and the registry with it; the leave has run out when it is back."""
    simulator.misbehave("/node/permit", Fault.LOSE_ANSWER)
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: simulator.attempts[attempt].permits == 1)
        simulator.offline = True
        await eventually(lambda: agent.link.state.trouble is not None)
        assert starts(lab.machine("m1")) == 0
        await simulator.stop_counting(attempt)
        simulator.offline = False
        await told(simulator, job, "cancelled")
    assert starts(lab.machine("m1")) == 0


async def test_without_the_registry_a_print_goes_on_and_its_reports_wait(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=0.5)) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "printing")
        simulator.offline = True
        await eventually(lambda: agent.workers["m1"].held is None)
        await agent.decide(attempt, verdict("good", "ada", None))
        assert "finished_unverified" not in simulator.told(attempt)
        await eventually(lambda: agent.link.state.trouble is not None)
        simulator.offline = False
        await told(simulator, job, "good")
    assert simulator.told(attempt) == MADE


async def test_without_the_registry_nothing_is_begun(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        simulator.offline = True
        await agent.clear_bed("m1", "ada")
        await eventually(lambda: agent.link.state.trouble is not None)
        assert starts(lab.machine("m1")) == 0
        simulator.offline = False
        await told(simulator, job, "finished_unverified")
    assert starts(lab.machine("m1")) == 1


async def test_lost_and_doubled_answers_change_nothing(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    for path in ("/node/machines", "/node/claim", "/node/heartbeat", "/node/permit", "/node/reports", "/blobs"):
        simulator.misbehave(path, Fault.FAIL, Fault.LOSE_ANSWER, Fault.LOSE_REQUEST)
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, job, "finished_unverified")
    assert len(simulator.attempts) == 1
    assert simulator.told(attempt) == MADE[:-1]
    assert starts(lab.machine("m1")) == 1


async def test_a_foreign_print_is_left_alone_and_nothing_is_started_over_it(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes, tmp_path: Path
) -> None:
    by_hand = VirtualMachine(lab.machine("m1"), seconds_of=lambda _: 600.0)
    (tmp_path / "mine.gcode").write_text("G28\n")
    await by_hand.upload("mine.gcode", tmp_path / "mine.gcode")
    await by_hand.start("mine.gcode")
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await eventually(lambda: agent.workers["m1"].bed is BedState.OCCUPIED)
        await simulator.until(lambda: shown(simulator, "m1") == "printing")
        assert job.attempts == []
        await by_hand.cancel()
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "finished_unverified")
    assert starts(lab.machine("m1")) == 2


async def test_a_bed_cleared_just_before_the_agent_comes_up_stays_clear(lab: Lab, simulator: SimulatedRegistry) -> None:
    """Whoever clears it has looked at it: that the agent had not is no reason to doubt."""
    config = lab.config("m1")
    with desk(lab.home) as there:
        there.clear_bed("m1", "ada")
    async with running(lab, config) as agent:
        await eventually(lambda: agent.workers["m1"].ready)
        assert agent.workers["m1"].bed is BedState.CLEAR
        assert (await agent.overview()).beds["m1"].note == "cleared by ada"


async def test_a_clear_bed_that_nobody_watched_for_long_is_doubted(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    config = lab.config("m1", agent=QUICK.replace("[operator]", "trust_bed_seconds = 0.5\n[operator]"))
    async with running(lab, config) as agent:
        await eventually(lambda: agent.workers["m1"].ready)
        await agent.clear_bed("m1", "ada")
        VirtualMachine(lab.machine("m1")).inject(Faults(unreachable=("status", "events")))
        await eventually(lambda: agent.workers["m1"].trouble is not None)
        lost_at = boot_seconds()
        await eventually(lambda: boot_seconds() > lost_at + 0.6)
        VirtualMachine(lab.machine("m1")).inject(Faults())
        await eventually(lambda: agent.workers["m1"].bed is BedState.UNKNOWN)
        overview = await agent.overview()
    assert "out of sight" in overview.beds["m1"].note


async def test_a_verdict_out_of_place_is_refused_with_the_reason(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        with pytest.raises(Refused, match="only a finished or uncertain part can be accepted"):
            await agent.decide(attempt, verdict("good", "ada", None))
        with pytest.raises(Refused, match="no machine 'm9'; it has m1"):
            await agent.clear_bed("m9", "ada")
        await agent.decide(attempt, e.CancelAsked("ada"))
        await told(simulator, job, "cancelled")


async def test_an_unreachable_machine_holds_nothing_up_but_itself(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(unreachable=("check", "status", "events")))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", "m2")) as agent:
        await told(simulator, job, "awaiting_operator")
        assert simulator.attempts[job.attempts[0]].machine == "m2"
        report = machine_report(agent.workers["m1"])
        assert report.state == "offline"
        assert "set not to answer" in (report.message or "")


async def test_a_machine_that_never_takes_the_file_gives_its_job_to_another(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(unreachable=("upload",)))
    config = lab.config("m1", "m2", agent=QUICK.replace("[operator]", "give_back_seconds = 0.3\n[operator]"))
    job = await simulator.order(simulator.blob(cube), machines=("m1",))
    async with running(lab, config):
        first = await told(simulator, job, "failed")
        assert "does not take the file" in (simulator.attempts[first].reports[-1].reason or "")
        job.machines = ("m2",)
        await told(simulator, job, "awaiting_operator")
        assert simulator.attempts[job.attempts[-1]].machine == "m2"


async def test_without_a_slicer_no_work_is_asked_for(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    config = lab.config("m1", agent=QUICK.replace("[operator]", "slicer = 'no-such-slicer'\n[operator]"))
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, config) as agent:
        await eventually(lambda: agent.not_claiming is not None)
        await simulator.until(lambda: shown(simulator, "m1") == "idle")
        assert "apt install prusa-slicer" in (agent.not_claiming or "")
    assert job.attempts == []


def test_a_loaded_material_without_slicer_settings_is_said_at_once(lab: Lab) -> None:
    lab.config("m1")
    nylon = parse_config(lab.home.config.read_text().replace('"PLA"', '"NYLON"'), "fabnode.toml")
    Journal.create(lab.home.journal, "node-1")
    identity = Identity("http://127.0.0.1:9", "node-1", "token", "lab", "The lab")
    with pytest.raises(
        ProfileError, match="no slicer settings for the material 'NYLON'; known are ABS, PETG, PLA, TPU"
    ):
        Agent(lab.home, nylon, identity)
