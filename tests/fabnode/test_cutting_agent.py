"""A laser job in the whole agent: from its outline to a judged part, on a simulated GRBL controller."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fabnode import protocol as p
from fabnode.agent import Agent
from fabnode.config import Config, ConfigError, parse_config
from fabnode.decisions import verdict
from fabnode.errors import FabnodeError
from fabnode.examining import examine
from testbed.grbl_simulator import GrblSimulator
from tests.fabnode.conftest import QUICK, Lab
from tests.fabnode.test_agent import eventually, running, told
from tests.fabnode.toolpaths.drawing import Point, circle, drawing, polygon, rectangle
from tests.simulators.registry import Fault, Job, SimulatedRegistry

MACHINE = """
[[machines]]
key = "laser-1"
driver = "grbl"
profile = "{profile}"
plate_copies = 4
materials = [{{ material = "birch plywood"{sheet} }}]
options = {{ port = "{port}", folder = "{folder}", tool = "{tool}" }}
"""
MADE = ["claimed", "building", "sliced", "awaiting_operator", "staged", "printing", "finished_unverified", "good"]
"""What is told of a try; that it is starting is overtaken where the machine is seen running first."""
HOMING, LASER_MODE = 22, 32
SPEED = 40.0
SLOWEST_PERCENT = 10


@pytest.fixture
async def registry(lab: Lab) -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as registry:
        lab.enrol(registry)
        yield registry
        assert registry.violations == []


@asynccontextmanager
async def controller(folder: Path, speed: float = SPEED) -> AsyncIterator[GrblSimulator]:
    async with GrblSimulator(folder, settings={HOMING: 1, LASER_MODE: 1}, speed=speed) as simulator:
        yield simulator


def config(
    port: Path,
    folder: Path,
    *,
    sheet: str = ", thickness_mm = 3",
    profile: str = "diode-laser-400",
    tool: str = "laser",
) -> Config:
    text = MACHINE.format(port=port, folder=folder / "laser-1", sheet=sheet, profile=profile, tool=tool)
    return parse_config(QUICK + text, "fabnode.toml")


async def order(
    registry: SimulatedRegistry, folder: Path, *outlines: list[Point], copies: int = 1, thickness_mm: float | None = 3
) -> Job:
    dxf = drawing(folder, *(polygon(outline) for outline in outlines), circle((15, 10), 5))
    return await registry.order(
        registry.blob(dxf.read_bytes(), "model.dxf"), material="birch plywood", copies=copies,
        process=p.Process.LASER, thickness_mm=thickness_mm,
    )  # fmt: skip


PART = rectangle(0, 0, 60, 30)


async def test_a_part_is_cut_and_accepted(lab: Lab, registry: SimulatedRegistry, tmp_path: Path) -> None:
    job = await order(registry, tmp_path, PART)
    async with controller(tmp_path) as grbl, running(lab, config(grbl.path, tmp_path)) as agent:
        attempt = await told(registry, job, "awaiting_operator")
        assert grbl.witness.homings == 0
        assert grbl.witness.executed == []
        await agent.clear_bed("laser-1", "ada")
        await told(registry, job, "finished_unverified")
        assert grbl.witness.homings == 1
        assert grbl.tool == "M5"
        assert grbl.witness.executed == [*grbl.witness.checked, "M5M9"]
        await agent.decide(attempt, verdict("good", "ada", None))
        await told(registry, job, "good")
    assert [state for state in registry.told(attempt) if state != "starting"] == MADE
    card = registry.cards["laser-1"]
    assert (card.process, card.model, card.profile) == (p.Process.LASER, "Diode laser 400 × 400", "diode-laser-400")
    assert (card.envelope, card.nozzle_mm, card.plate_copies) == (p.Envelope(x=395, y=395, z=20), None, 4)
    assert card.materials == (p.LoadedMaterial(material="birch plywood", thickness_mm=3),)
    reports = {report.state.value: report for report in registry.attempts[attempt].reports}
    figures = reports["sliced"].figures
    assert figures
    assert figures.slicer.endswith("toolpaths")
    assert figures.print_seconds == pytest.approx((2 * (60 + 30) + 31.4) / 900 * 60, rel=0.1)
    assert reports["finished_unverified"].starts_seen == registry.attempts[attempt].permits == 1


async def test_what_takes_long_is_done_before_leave_is_asked_for(
    lab: Lab, registry: SimulatedRegistry, tmp_path: Path
) -> None:
    """A machine with long axes homes for longer than a permit holds."""
    job = await order(registry, tmp_path, PART)
    registry.misbehave("/node/permit", *[Fault.FAIL] * 1000)
    async with controller(tmp_path) as grbl, running(lab, config(grbl.path, tmp_path)) as agent:
        attempt = await told(registry, job, "awaiting_operator")
        await agent.clear_bed("laser-1", "ada")
        await registry.until(lambda: "/node/permit" in registry.calls)
        assert (grbl.witness.homings, grbl.witness.executed) == (1, [])
        assert grbl.witness.checked
        assert registry.attempts[attempt].permits == 0
        registry.faults.clear()
        await told(registry, job, "finished_unverified")
        assert grbl.witness.homings == 1


async def test_copies_are_cut_from_one_sheet(lab: Lab, registry: SimulatedRegistry, tmp_path: Path) -> None:
    job = await order(registry, tmp_path, PART, copies=3)
    async with controller(tmp_path, speed=200) as grbl, running(lab, config(grbl.path, tmp_path)) as agent:
        await told(registry, job, "awaiting_operator")
        await agent.clear_bed("laser-1", "ada")
        await told(registry, job, "finished_unverified")
        dark = [line for line in grbl.witness.executed if line.startswith("G0X")]
    assert len(dark) == 3 * 2 + 1, "to every outline and every hole, and home"


async def test_a_hold_keeps_the_place_and_the_part_goes_on(
    lab: Lab, registry: SimulatedRegistry, tmp_path: Path
) -> None:
    job = await order(registry, tmp_path, rectangle(0, 0, 300, 200))
    async with controller(tmp_path) as grbl, running(lab, config(grbl.path, tmp_path)) as agent:
        await told(registry, job, "awaiting_operator")
        await agent.clear_bed("laser-1", "ada")
        attempt = await told(registry, job, "printing")
        grbl.override_feed(SLOWEST_PERCENT)
        registry.command(attempt, "pause")
        await told(registry, job, "paused")
        assert grbl.state == "Hold:0"
        done = len(grbl.witness.executed)
        grbl.override_feed(200)
        registry.command(attempt, "resume")
        await told(registry, job, "finished_unverified")
        assert len(grbl.witness.executed) > done
    assert registry.attempts[attempt].permits == 1


async def test_an_alarm_ends_the_job_and_says_why(lab: Lab, registry: SimulatedRegistry, tmp_path: Path) -> None:
    job = await order(registry, tmp_path, rectangle(0, 0, 300, 200))
    async with controller(tmp_path) as grbl, running(lab, config(grbl.path, tmp_path)) as agent:
        await told(registry, job, "awaiting_operator")
        await agent.clear_bed("laser-1", "ada")
        attempt = await told(registry, job, "printing")
        grbl.override_feed(SLOWEST_PERCENT)
        grbl.raise_alarm(1)
        await told(registry, job, "failed")
        assert agent.workers["laser-1"].bed is p.BedState.OCCUPIED
        assert grbl.witness.unlocks == 0
    last = registry.attempts[attempt].reports[-1]
    assert last.reason
    assert "limit switch" in last.reason
    assert not last.retry


@pytest.mark.parametrize(
    ("outlines", "thickness_mm", "says", "retry"),
    [
        ([PART], None, "does not say how thick the sheet is", False),
        ([PART], 6.0, "has birch plywood of 3 mm loaded now, and the job wants birch plywood of 6 mm", True),
        ([PART, rectangle(40, 10, 0.1, 10)], 3.0, "1 of 2 holes are narrower than the cut of 0.15 mm", False),
        ([rectangle(0, 0, 500, 30)], 3.0, "the part is 500 × 30 mm, and .* there is room for", False),
    ],
)
async def test_what_cannot_be_cut_here_is_refused_in_words(
    lab: Lab, registry: SimulatedRegistry, tmp_path: Path, *, outlines: list[list[Point]],
    thickness_mm: float | None, says: str, retry: bool,
) -> None:  # fmt: skip
    job = await order(registry, tmp_path, *outlines, thickness_mm=thickness_mm)
    async with controller(tmp_path) as grbl, running(lab, config(grbl.path, tmp_path)):
        await registry.until(lambda: bool(job.attempts) and "failed" in registry.told(job.attempts[0]))
        assert grbl.witness.executed == grbl.witness.checked == []
    last = registry.attempts[job.attempts[0]].reports[-1]
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(last.reason)
    assert last.retry is retry


async def test_what_the_controller_does_not_take_is_not_begun(
    lab: Lab, registry: SimulatedRegistry, tmp_path: Path
) -> None:
    job = await order(registry, tmp_path, PART)
    async with controller(tmp_path) as grbl:
        grbl.refuse = lambda text: 20 if text.startswith("M4") else None
        async with running(lab, config(grbl.path, tmp_path)) as agent:
            await eventually(lambda: agent.workers["laser-1"].software is not None)
            await agent.clear_bed("laser-1", "ada")
            await registry.until(lambda: bool(job.attempts) and "failed" in registry.told(job.attempts[0]))
            assert grbl.witness.executed == []
    last = registry.attempts[job.attempts[0]].reports[-1]
    assert last.reason
    assert "laser-1 refused the file: the controller refused the file when it was checked" in last.reason
    assert "M4" in last.reason


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"profile": "prusa-mk4", "sheet": ""}, "no slicer settings for the material 'birch plywood'"),
        ({"tool": "spindle"}, "profile diode-laser-400 is for a laser, and what the driver grbl .* is a router"),
        ({"sheet": ""}, "cuts sheets: say how thick the birch plywood is"),
        ({"sheet": ", thickness_mm = 30"}, "of 30 mm is too thick for Diode laser.*takes 20 mm"),
        ({"sheet": ", thickness_mm = 9"}, "nothing tells how Diode laser.* cuts birch plywood of 9 mm"),
        ({"profile": "diode-laser-9000"}, "take one of .*prusa-mk4.*diode-laser-400.*router-6040"),
    ],
)
async def test_a_machine_that_does_not_suit_its_profile_is_not_served(
    lab: Lab, registry: SimulatedRegistry, tmp_path: Path, change: dict[str, str], says: str
) -> None:
    with pytest.raises(FabnodeError, match=says):
        Agent(lab.home, config(tmp_path / "port", tmp_path, **change), lab.home.identity())


async def test_a_workshop_of_cutters_alone_needs_no_slicer(
    lab: Lab, registry: SimulatedRegistry, tmp_path: Path
) -> None:
    """Virtual machines may stand for lasers."""
    options = f'folder = "{lab.machine("laser-1")}", process = "laser"'
    text = QUICK.replace("[agent]", '[agent]\nslicer = "nowhere"') + (
        '[[machines]]\nkey = "laser-1"\ndriver = "virtual"\nprofile = "co2-laser-300"\n'
        f'materials = [{{ material = "birch plywood", thickness_mm = 3 }}]\noptions = {{ {options} }}\n'
    )
    lab.home.config.write_text(text)
    told_of = {finding.what: finding.well for finding in await examine(lab.home)}
    assert "slicer" not in told_of
    assert told_of["machine laser-1"]
    job = await order(registry, tmp_path, PART)
    async with running(lab, parse_config(text, "fabnode.toml")) as agent:
        await told(registry, job, "awaiting_operator")
        await agent.clear_bed("laser-1", "ada")
        await told(registry, job, "finished_unverified")


async def test_a_printer_is_not_sent_cuts(lab: Lab, registry: SimulatedRegistry, tmp_path: Path) -> None:
    text = MACHINE.format(port="", folder=tmp_path, sheet=", thickness_mm = 3", profile="diode-laser-400", tool="laser")
    text = text.replace('driver = "grbl"', 'driver = "virtual"')
    with pytest.raises(ConfigError, match=r"is for a laser, and what the driver virtual .* is a filament printer"):
        Agent(lab.home, parse_config(QUICK + text, "fabnode.toml"), lab.home.identity())
