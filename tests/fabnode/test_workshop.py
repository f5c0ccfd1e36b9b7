"""A workshop's own affairs with the whole agent: material, nozzles, care, power, pictures and messages."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fabnode.agent import Agent
from fabnode.config import Config
from fabnode.decisions import Refused
from fabnode.events import CancelAsked
from fabnode.examining import examine
from fabnode.link import machine_report
from fabnode.outfit import Outfitting, SpoolSaid
from fabnode.spools import Spool, Use
from fabnode.stock import Stock
from printers.virtual import Faults, VirtualMachine
from tests.fabnode.conftest import QUICK, Lab
from tests.simulators.listeners import receiver
from tests.simulators.registry import Job, SimulatedRegistry
from tests.simulators.spoolman import KeptSpool, spoolman

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 100


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


async def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def told(simulator: SimulatedRegistry, job: Job, state: str) -> str:
    await simulator.until(lambda: bool(job.attempts) and state in simulator.told(job.attempts[-1]))
    return job.attempts[-1]


def left(agent: Agent, number: str = "1") -> float:
    (grams,) = [line["grams"] for line in _spools(agent) if line["id"] == number]
    return grams


def _spools(agent: Agent) -> list[dict[str, float]]:
    from fabnode.upkeep import spool_lines

    return spool_lines(agent.house.upkeep)  # type: ignore[return-value]


async def with_spool(agent: Agent, grams: float, machine: str = "m1") -> None:
    await agent.outfit.keep_spool(SpoolSaid(material="PLA", colour="black", grams=grams))
    await agent.outfit.do(machine, "load", Outfitting(spool="1", by="ada"))


async def make(agent: Agent, simulator: SimulatedRegistry, job: Job) -> str:
    await told(simulator, job, "awaiting_operator")
    await agent.clear_bed("m1", "ada")
    return await told(simulator, job, "finished_unverified")


async def test_what_is_loaded_is_announced_at_once_and_kept(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    config = lab.config("m1")
    async with running(lab, config) as agent:
        await agent.link.announced.wait()
        await with_spool(agent, 640)
        await simulator.until(lambda: simulator.cards["m1"].materials[0].remaining_g == 640)
        await agent.outfit.do("m1", "fit", Outfitting(nozzle_mm=0.6))
        await simulator.until(lambda: simulator.cards["m1"].nozzle_mm == 0.6)
        for action, said, words in [
            ("load", Outfitting(material="PETG", spool="1"), "spool 1 holds PLA, not PETG"),
            ("load", Outfitting(material="PLA", spool="9"), "there is no spool '9'; known are 1"),
            ("load", Outfitting(material="unobtainium"), "unobtainium"),
            ("load", Outfitting(), "say what is loaded"),
            ("fit", Outfitting(profile="no-such"), "no machine profile 'no-such'"),
            ("done", Outfitting(what="nozzle"), "has no maintenance 'nozzle'"),
        ]:
            with pytest.raises(Refused, match=words):
                await agent.outfit.do("m1", action, said)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="no machine 'm9'; it has m1"):
            await agent.outfit.do("m9", "unload", Outfitting())
    async with running(lab, config) as agent:
        await agent.link.announced.wait()
        card = simulator.cards["m1"]
        assert (card.materials[0].colour, card.materials[0].remaining_g, card.nozzle_mm) == ("black", 640, 0.6)
        await agent.outfit.do("m1", "unload", Outfitting())
        await agent.outfit.do("m1", "fit", Outfitting())
        await simulator.until(lambda: simulator.cards["m1"].nozzle_mm == 0.4)
        assert simulator.cards["m1"].materials[0].remaining_g is None


async def test_a_job_that_was_prepared_for_something_else_goes_back(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=60)) as agent:
        first = await told(simulator, job, "awaiting_operator")
        await agent.outfit.do("m1", "load", Outfitting(material="PETG", by="ada"))
        await simulator.until(lambda: "failed" in simulator.told(first))
        report = simulator.attempts[first].reports[-1]
        assert report.retry
        assert "ada fitted m1 out anew" in (report.reason or "")
        assert agent.house.upkeep.mismatch(await agent._ledger.attempt(first)) == (
            "m1 has PETG loaded now, and the job wants PLA"
        )
        await agent.outfit.do("m1", "load", Outfitting(material="PLA", by="ada"))
        await simulator.until(lambda: len(job.attempts) > 1)
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "printing")
        with pytest.raises(Refused, match=r"m1 is at ada/cube@1\.0\.0: change nozzle or profile when that is over"):
            await agent.outfit.do("m1", "fit", Outfitting(nozzle_mm=0.6))
        await agent.outfit.do("m1", "load", Outfitting(material="PETG", by="ada"))
        assert agent.workers["m1"].held, "a print that runs is not touched"


async def test_a_print_takes_what_the_slicer_says_and_a_cancelled_one_its_share(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=0.5)) as agent:
        await with_spool(agent, 100)
        attempt = await make(agent, simulator, job)
        needs = next(r.figures for r in simulator.attempts[attempt].reports if r.figures)
        assert needs.filament_g
        await eventually(lambda: not agent.house.upkeep.open_uses())
        assert left(agent) == pytest.approx(100 - needs.filament_g, abs=0.1)
    again = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", print_seconds=40)) as agent:
        before = left(agent)
        await told(simulator, again, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        attempt = await told(simulator, again, "printing")
        await eventually(lambda: (agent.workers["m1"].status.progress or 0) > 0.01)
        await agent.decide(attempt, CancelAsked("cancelled by ada"))
        await told(simulator, again, "cancelled")
        await eventually(lambda: not agent.house.upkeep.open_uses())
        assert before - needs.filament_g * 0.5 < left(agent) <= before


async def test_a_print_that_ended_while_the_agent_was_down_is_counted_once(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    config = lab.config("m1", print_seconds=1)
    async with running(lab, config) as agent:
        await with_spool(agent, 100)
        await told(simulator, job, "awaiting_operator")
        await agent.clear_bed("m1", "ada")
        await told(simulator, job, "starting")
        (use,) = agent.house.upkeep.open_uses()
    for _ in range(2):
        async with running(lab, config) as agent:
            await told(simulator, job, "finished_unverified")
            await eventually(lambda: not agent.house.upkeep.open_uses())
            assert left(agent) == pytest.approx(100 - use.grams, abs=0.1)


async def test_a_job_that_the_spool_does_not_last_for_goes_back_until_the_operator_says_otherwise(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    async with running(lab, lab.config("m1")) as agent:
        await with_spool(agent, 0.1)
        job = await simulator.order(simulator.blob(cube))
        first = await told(simulator, job, "failed")
        report = simulator.attempts[first].reports[-1]
        assert report.retry
        assert "spool 1 (PLA black) has 0 g left" in (report.reason or "")
        assert not agent.workers["m1"].ready
        assert "fabnode allow-short m1" in (machine_report(agent.workers["m1"]).message or "")
        await simulator.until(lambda: "load another spool" in (simulator.machine_reports["m1"].message or ""))
        assert len(job.attempts) == 1
        await agent.outfit.do("m1", "allow-short", Outfitting(by="ada"))
        await simulator.until(lambda: len(job.attempts) == 2)
        await make(agent, simulator, job)


async def test_care_that_is_overdue_stops_new_jobs_until_it_is_done(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    care = 'maintenance = [{ what = "nozzle", every_grams = 0.2, stop = true, note = "brass" }]'
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1", more=care)) as agent:
        await make(agent, simulator, job)
        await eventually(lambda: agent.house.hindrance("m1") is not None)
        second = await simulator.order(simulator.blob(cube))
        await simulator.until(lambda: "maintenance is due, nozzle" in (simulator.machine_reports["m1"].message or ""))
        # A claim that was under way may have brought it: then it goes back.
        await simulator.until(lambda: all(simulator.told(one)[-1:] == ["failed"] for one in second.attempts))
        assert not agent.workers["m1"].ready
        await agent.outfit.do("m1", "done", Outfitting(what="nozzle", by="ada"))
        await told(simulator, second, "awaiting_operator")


async def test_machines_heat_up_by_turns_under_a_power_limit(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    keys = ("m1", "m2", "m3")
    blob = simulator.blob(cube)
    jobs = [await simulator.order(blob) for _ in keys]
    limit = QUICK + "[power]\nlimit_w = 420\n"
    config = lab.config(*keys, print_seconds=1, agent=limit, more="heat_w = 300\nprint_w = 100")
    agent = Agent(lab.home, config, lab.home.identity())
    task = asyncio.create_task(agent.run())
    for job in jobs:
        await told(simulator, job, "awaiting_operator")
    await asyncio.gather(*(agent.clear_bed(key, "ada") for key in keys))
    most = 0.0
    waited = set()
    async with asyncio.timeout(60):
        while not all("finished_unverified" in simulator.told(job.attempts[-1]) for job in jobs):
            most = max(most, agent.house.power.drawn)
            waited |= {key for key in keys if "it waits for power" in (agent.house.waiting(key) or "")}
            running_now = sum(VirtualMachine(lab.machine(key))._status().file is not None for key in keys)
            assert running_now <= 3
            await asyncio.sleep(0.01)
    assert 300 <= most <= 420
    assert len(waited) >= 1
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_people_are_told_and_pictures_are_sent(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    async def shot(request: web.Request) -> web.Response:
        return web.Response(body=JPEG)

    app = web.Application()
    app.router.add_get("/shot", shot)
    job = await simulator.order(simulator.blob(cube))
    async with TestServer(app) as camera, receiver() as (posts, url):
        hook = f'[[notify.webhook]]\nname = "hook"\nurl = "{url}"\nsecret_file = "secret"\n'
        lab.home.folder.mkdir(exist_ok=True)
        (lab.home.folder / "secret").write_text("s")
        config = lab.config("m1", agent=QUICK + hook, more=f'camera = "{camera.make_url("/shot")}"')
        async with running(lab, config) as agent:
            attempt = await make(agent, simulator, job)
            await simulator.until(lambda: len(simulator.snapshots) == 2)
            await eventually(lambda: len(posts.received) == 2)
    assert simulator.snapshots == {(attempt, "start"): JPEG, (attempt, "end"): JPEG}
    occasions = [json.loads(body)["notices"][0]["occasion"] for _, body in posts.received]
    assert occasions == ["needs_operator", "finished"]


async def test_silence_and_care_that_is_due_are_told_once(lab: Lab, simulator: SimulatedRegistry) -> None:
    async with receiver() as (posts, url):
        hook = f'[notify]\noffline_minutes = 0.005\n[[notify.webhook]]\nname = "hook"\nurl = "{url}"\n'
        lab.home.folder.mkdir(exist_ok=True)
        (lab.home.folder / "secret").write_text("s")
        care = 'maintenance = [{ what = "belts", every_days = 0.00000001 }]'
        config = lab.config("m1", "m2", agent=f'{QUICK}{hook}secret_file = "secret"\n', more=care)
        VirtualMachine(lab.machine("m2")).inject(Faults(unreachable=("status", "check")))
        async with running(lab, config) as agent:
            await agent.link.announced.wait()
            await agent.outfit.do("m1", "allow-short", Outfitting())
            await eventually(lambda: len(posts.received) == 3)
            await eventually(lambda: len(simulator.calls) > 8)
    told = sorted((json.loads(body)["notices"][0]["occasion"], json.loads(body)["notices"][0]["machine"])
                  for _, body in posts.received)  # fmt: skip
    assert told == [("maintenance", "m1"), ("maintenance", "m2"), ("offline", "m2")]


async def test_the_doctor_looks_at_what_is_loaded_and_whom_to_tell(lab: Lab, simulator: SimulatedRegistry) -> None:
    hook = '[[notify.webhook]]\nname = "hook"\nurl = "http://127.0.0.1:9/x"\nsecret_file = "keys/hook"\n'
    keeper = '[spoolman]\nurl = "http://127.0.0.1:9"\n'
    lab.config("m1", agent=QUICK + hook + keeper)
    stock = Stock(lab.home.stock)
    stock.know_machines(("m1",), datetime.now(UTC))
    stock.fit("m1", None, "no-such-profile")
    stock.close()
    found = {finding.what: finding for finding in await examine(lab.home)}
    for what, words in [
        ("machine m1", "no machine profile 'no-such-profile'"),
        ("notification hook", "keys/hook cannot be read"),
        ("Spoolman", "cannot be reached"),
    ]:
        assert not found[what].well
        assert words in found[what].words


async def test_spoolman_keeps_the_spools_where_it_is_configured(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with spoolman(KeptSpool(12, used=300)) as server:
        config = lab.config("m1", agent=f'{QUICK}[spoolman]\nurl = "{server.url}"\n')
        async with running(lab, config) as agent:
            await agent.link.announced.wait()
            with pytest.raises(Refused, match="has no spool 7"):
                await agent.outfit.do("m1", "load", Outfitting(material="PLA", spool="7"))
            with pytest.raises(Refused, match="Spoolman keeps the spools"):
                await agent.outfit.keep_spool(SpoolSaid(material="PLA", grams=1))
            await agent.outfit.do("m1", "load", Outfitting(spool="12", by="ada"))
            await simulator.until(lambda: simulator.cards["m1"].materials[0].remaining_g == 700)
            await make(agent, simulator, job)
            await eventually(lambda: server.spools[12].used > 300)
            await eventually(lambda: agent.house.stock.untold() == ())
    assert 300.1 < server.spools[12].used < 302


async def test_a_spool_that_spoolman_has_archived_keeps_no_other_from_being_told(
    lab: Lab, simulator: SimulatedRegistry
) -> None:
    began = datetime(2026, 5, 4, 9, tzinfo=UTC)
    stock = Stock(lab.home.stock)
    for number in ("11", "12"):
        stock.keep_spool(Spool(number, "PLA", None, "", 1000, began, spoolman=True))
        stock.begin(Use(f"a{number}", "m1", number, 80, 60, began))
        stock.settle(f"a{number}", 80, 60, began)
    stock.close()
    async with spoolman(KeptSpool(11, archived=True), KeptSpool(12)) as server:
        config = lab.config("m1", agent=f'{QUICK}[spoolman]\nurl = "{server.url}"\n')
        async with running(lab, config):
            await eventually(lambda: server.spools[12].used == 80)
    assert server.spools[11].used == 0
