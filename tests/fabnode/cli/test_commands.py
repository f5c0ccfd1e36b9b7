"""The command line on a stopped agent (its journal) and on a running one (its local page)."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from fabnode import events as e
from fabnode.cli import fabnode
from fabnode.config import load_config
from fabnode.errors import FabnodeError
from fabnode.home import Home
from fabnode.journal import Journal
from printers.machine import MachineError
from testbed.node import NodeAgent
from tests.fabnode.conftest import Lab
from tests.fabnode.test_journal import TO_PERMIT, claimed
from tests.simulators.registry import SimulatedRegistry


def call(home: Path, *args: str) -> Result:
    return CliRunner().invoke(fabnode, ["--home", str(home), *args], catch_exceptions=True)


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output or result.exception
    return result.output


def refused(result: Result) -> str:
    assert isinstance(result.exception, FabnodeError | MachineError), result.output
    return str(result.exception)


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        yield simulator


LASER = (
    "grbl",
    "--key",
    "l1",
    "--profile",
    "diode-laser-400",
    "--option",
    "port=/dev/null",
    "--option",
    "folder=laser",
)


async def enrolled(home: Path, simulator: SimulatedRegistry, *more: str) -> Result:
    return await asyncio.to_thread(call, home, "enroll", simulator.url, "--code", "code-1", *more)


async def test_from_enrolment_to_a_machine(tmp_path: Path, simulator: SimulatedRegistry) -> None:
    home = tmp_path / "home"
    assert "Enrolled with The lab" in said(await enrolled(home, simulator))
    assert "enrolled already with The lab" in refused(await enrolled(home, simulator))
    for secret in ("node.json", "fabnode.toml"):
        assert stat.S_IMODE((home / secret).stat().st_mode) == 0o600
    option = ("--option", f"folder={tmp_path / 'machine'}")
    added = (
        "machine", "add", "virtual", "--key", "m1", "--name", 'By the "window"', "--material", "PLA:black",
        "--slicer", "curaengine",
    )  # fmt: skip
    assert "Added m1 (Cofab virtual machine 1)" in said(await asyncio.to_thread(call, home, *added, *option))
    assert "there is a machine 'm1' already" in refused(await asyncio.to_thread(call, home, *added, *option))
    listed = json.loads(said(call(home, "machine", "list", "--json")))
    assert [(one["key"], one["name"], one["bed"]) for one in listed] == [("m1", 'By the "window"', "unknown")]
    assert "the bed is clear" in said(call(home, "bed", "clear", "m1", "--by", "ada"))
    assert "cleared by ada" in said(call(home, "bed", "status"))
    findings = json.loads(said(await asyncio.to_thread(call, home, "doctor", "--json")))
    assert all(finding["well"] for finding in findings)
    (slicer,) = (finding["words"] for finding in findings if finding["what"] == "slicer")
    assert slicer.startswith("CuraEngine 4."), "what the machine is sliced for, not what might be there"


async def test_a_laser_is_added_with_its_sheets(lab: Lab, simulator: SimulatedRegistry) -> None:
    lab.enrol(simulator)
    lab.config()
    sheets = ("--material", "birch plywood:natural@3", "--material", "birch plywood@6")
    added = ("machine", "add", *LASER, "--option", "tool=laser", *sheets, "--no-check")
    assert "Added l1 (not asked)" in said(await asyncio.to_thread(call, lab.home.folder, *added))
    (machine,) = load_config(lab.home.config).machines
    assert [(one.material, one.colour, one.thickness_mm) for one in machine.materials] == [
        ("birch plywood", "natural", 3), ("birch plywood", None, 6),
    ]  # fmt: skip


async def test_enrolling_again_keeps_the_old_journal_aside(tmp_path: Path, simulator: SimulatedRegistry) -> None:
    said(await enrolled(tmp_path / "home", simulator))
    assert "unknown_code" in refused(await enrolled(tmp_path / "home", simulator, "--again"))
    simulator.codes.add("code-1")
    said(await enrolled(tmp_path / "home", simulator, "--again"))
    assert len(list((tmp_path / "home").glob("journal-until-*.sqlite"))) == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("machine", "add", "sewing"), "there is no driver 'sewing'; there are"),
        (("machine", "add", "virtual", "--option", "folder"), "written name=value"),
        (("machine", "add", "virtual", "--key", "m2"), "`folder` is missing"),
        (
            ("machine", "add", "virtual", "--key", "m2", "--profile", "x", "--option", "folder=y"),
            "no machine profile 'x'",
        ),
        (("machine", "add", "virtual", "--key", "m2", "--material", "PLA@thin"), "like plywood@3, not 'PLA@thin'"),
        (("machine", "add", *LASER, "--option", "tool=spindle"), "is for a laser, and what the driver grbl"),
        (("machine", "add", *LASER, "--option", "tool=laser", "--material", "plywood"), "say how thick the plywood is"),
        (("bed", "clear", "m9"), "this agent has no machine 'm9'; it has m1"),
        (("accept", "a9", "good"), "no attempt 'a9'"),
    ],
)
async def test_errors_say_what_happened_and_change_nothing(
    lab: Lab, simulator: SimulatedRegistry, args: tuple[str, ...], words: str
) -> None:
    lab.enrol(simulator)
    lab.config("m1")
    before = lab.home.config.read_text()
    assert words in refused(await asyncio.to_thread(call, lab.home.folder, *args))
    assert lab.home.config.read_text() == before


@pytest.mark.parametrize("args", [("run",), ("status",), ("bed", "status"), ("doctor",)])
def test_an_agent_that_was_never_enrolled_says_so(tmp_path: Path, args: tuple[str, ...]) -> None:
    result = call(tmp_path, *args)
    assert result.exit_code == 1
    assert "is not enrolled" in (result.output + str(result.exception)) or "fabnode enroll" in str(result.exception)


async def test_decisions_reach_the_journal_of_a_stopped_agent(lab: Lab, simulator: SimulatedRegistry) -> None:
    lab.enrol(simulator)
    lab.config("m1")
    home = lab.home.folder
    said(call(home, "bed", "clear", "m1"))
    now = datetime.now(UTC)
    journal = Journal(lab.home.journal, "node-1")
    journal.settle_claim("k", claimed(), "cofab-a1.gcode", now)
    for event in (*TO_PERMIT, e.NoProof("the machine is idle")):
        journal.advance("a1", event, now)
    journal.close()
    assert "is uncertain: fabnode settle m1 good" in said(call(home, "status"))
    assert "settle it first" in refused(call(home, "bed", "clear", "m1"))
    assert "settled as scrap" in said(call(home, "settle", "a1", "scrap", "--reason", "half a part"))
    now_json = json.loads(said(call(home, "status", "--json")))
    assert now_json["recent"][0]["state"] == "scrap"
    assert "half a part" in now_json["recent"][0]["reason"]
    assert now_json["owed_reports"] == 6


async def test_so_many_of_a_plate_are_good(lab: Lab, simulator: SimulatedRegistry) -> None:
    lab.enrol(simulator)
    lab.config("m1")
    home = lab.home.folder
    said(call(home, "bed", "clear", "m1"))
    now = datetime.now(UTC)
    journal = Journal(lab.home.journal, "node-1")
    journal.settle_claim("k", claimed().model_copy(update={"copies": 4}), "cofab-a1.gcode", now)
    for event in (*TO_PERMIT, e.Started(), e.SeenDone()):
        journal.advance("a1", event, now)
    journal.close()
    assert "5 of them cannot be good" in refused(call(home, "accept", "a1", "good", "--copies", "5"))
    assert "use it with `good`" in call(home, "accept", "a1", "scrap", "--copies", "3").output
    assert "a1: 3 copies good" in said(call(home, "accept", "a1", "good", "--copies", "3"))
    journal = Journal(lab.home.journal, "node-1")
    assert journal.owed()[-1].good_copies == 3
    journal.close()


@pytest.mark.parametrize("verb", ["pause", "resume"])
async def test_an_agent_that_does_not_run_pauses_nothing(lab: Lab, simulator: SimulatedRegistry, verb: str) -> None:
    lab.enrol(simulator)
    lab.config("m1")
    words = refused(call(lab.home.folder, verb, "a1"))
    assert words.startswith(f"the agent does not run, so it cannot {verb} a print: start it")


async def test_a_running_agent_is_asked_through_its_page(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    lab.enrol(simulator)
    lab.config("m1")
    home = lab.home.folder
    job = await simulator.order(simulator.blob(cube))
    node = NodeAgent(home, simulator.url)
    await asyncio.to_thread(node.start)
    try:
        await simulator.until(lambda: bool(job.attempts) and "awaiting_operator" in simulator.told(job.attempts[0]))
        assert "is awaiting operator" in said(await asyncio.to_thread(call, home, "status"))
        said(await asyncio.to_thread(call, home, "bed", "clear", "m1"))
        await simulator.until(lambda: "finished_unverified" in simulator.told(job.attempts[0]))
        words = refused(await asyncio.to_thread(call, home, "settle", job.attempts[0], "not-started"))
        assert "only an uncertain attempt needs settling" in words
        said(await asyncio.to_thread(call, home, "accept", job.attempts[0], "good"))
        await simulator.until(lambda: "good" in simulator.told(job.attempts[0]))
    finally:
        await asyncio.to_thread(node.stop)
    assert Home(home).operator() is None, "a stopped agent leaves no address behind"


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in group.commands.items():
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize(
    ("path", "command"), commands(fabnode), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    assert "Example" in (command.help or ""), path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.name} has no help"
