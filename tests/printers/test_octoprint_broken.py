"""The OctoPrint driver beside a server on its bad day: which error each answer is, and that nothing is asked twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from printers.machine import (
    MachineConfused,
    MachineError,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Outcome,
    Unsupported,
)
from printers.octoprint import OctoPrintMachine
from printers.octoprint_keys import request_api_key
from tests.simulators.broken_octoprint import KEY, RIGHTS, BrokenOctoPrint, broken_octoprint
from tests.simulators.broken_server import Answer, Behaviour, Drip, Flood, Raw, Silence, json_answer, truncated

PATIENCE_SECONDS = 0.3
FILE = "a.gcode"


@pytest.fixture
async def server() -> AsyncIterator[BrokenOctoPrint]:
    async with broken_octoprint() as server:
        yield server


@pytest.fixture
async def machine(server: BrokenOctoPrint) -> AsyncIterator[OctoPrintMachine]:
    machine = OctoPrintMachine(server.url, KEY, patience_seconds=PATIENCE_SECONDS)
    yield machine
    await machine.close()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.touch()
    return path


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / "full.gcode"
    path.write_text("G28\n")
    return path


VERBS: dict[str, tuple[str, Callable[[OctoPrintMachine, Path], Awaitable[object]]]] = {
    "check": ("GET /api/version", lambda machine, file: machine.check()),
    "status": ("GET /api/job", lambda machine, file: machine.status()),
    "upload": ("POST /api/files/local", lambda machine, file: machine.upload(FILE, file)),
    "start": ("POST /api/files/local/", lambda machine, file: machine.start(FILE)),
    "pause": ("POST /api/job", lambda machine, file: machine.pause()),
    "resume": ("POST /api/job", lambda machine, file: machine.resume()),
    "cancel": ("POST /api/job", lambda machine, file: machine.cancel()),
    "evidence": ("GET /api/files/local/", lambda machine, file: machine.evidence(FILE)),
    "remove": ("DELETE /api/files/local/", lambda machine, file: machine.remove(FILE)),
}

BAD_DAYS: dict[str, tuple[Behaviour, type[MachineError]]] = {
    "401": (Answer(401), MachineRefused),
    "403": (Answer(403), MachineRefused),
    "400": (Answer(400), MachineRefused),
    "429": (Answer(429), MachineConfused),
    "500": (Answer(500, b"<h1>Internal Server Error</h1>"), MachineConfused),
    "502": (Answer(502), MachineUnreachable),
    "503": (Answer(503), MachineUnreachable),
    "504": (Answer(504), MachineUnreachable),
    "redirect": (Answer(302, b"", (("Location", "http://127.0.0.1:9/"),)), MachineConfused),
    "redirect-keeping-the-method": (Answer(307, b"", (("Location", "http://127.0.0.1:9/"),)), MachineConfused),
    "not-http": (Raw(b"220 ftp.example.org ready\r\n"), MachineConfused),
    "closed": (Raw(b""), MachineUnreachable),
    "cut-in-the-head": (Raw(b"HTTP/1.1 200 OK\r\nContent-Le"), MachineUnreachable),
    "silence": (Silence(), MachineUnreachable),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("day", BAD_DAYS)
async def test_every_bad_answer_is_the_right_error(
    server: BrokenOctoPrint, machine: OctoPrintMachine, full: Path, verb: str, day: str
) -> None:
    request, ask = VERBS[verb]
    behaviour, error = BAD_DAYS[day]
    server.behaviours[request] = behaviour
    with pytest.raises(error) as raised:
        await ask(machine, full)
    assert str(raised.value)
    if request.startswith("POST"):
        assert sum(asked.startswith(request) for asked in server.requests) == 1


BAD_BODIES: dict[str, Behaviour] = {
    "empty": Answer(200, b""),
    "html": Answer(200, b"<html>Welcome to your router</html>"),
    "list": Answer(200, b"[]"),
    "null": Answer(200, b"null"),
    "nested": Answer(200, b"[" * 100_000),
    "not-utf8": Answer(200, b'{"state": "\xff\xfe"}'),
    "truncated": truncated({"state": "Operational", "text": "x" * 500}),
    "flood": Flood(),
}


@pytest.mark.parametrize("verb", ["check", "status", "evidence"])
@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_body_that_is_no_json_object_is_confusion(
    server: BrokenOctoPrint, machine: OctoPrintMachine, full: Path, verb: str, body: str
) -> None:
    request, ask = VERBS[verb]
    server.behaviours[request] = BAD_BODIES[body]
    with pytest.raises(MachineConfused):
        await ask(machine, full)


@pytest.mark.parametrize("verb", ["check", "status", "evidence"])
async def test_a_body_that_drips_is_given_up(
    server: BrokenOctoPrint, machine: OctoPrintMachine, full: Path, verb: str
) -> None:
    request, ask = VERBS[verb]
    server.behaviours[request] = Drip()
    with pytest.raises(MachineUnreachable):
        await ask(machine, full)


@pytest.mark.parametrize(
    "job",
    [
        {"state": 5, "job": [], "progress": "fast"},
        {"state": "Operational", "job": {"file": {"path": 7}}, "progress": {"completion": "half"}},
        {"state": "Operational", "job": {"file": None}, "progress": {"completion": 1e400, "printTimeLeft": -3}},
        {},
    ],
)
async def test_values_of_the_wrong_kind_are_unknown_values(
    server: BrokenOctoPrint, machine: OctoPrintMachine, job: dict[str, object]
) -> None:
    server.behaviours["GET /api/job"] = json_answer(job)
    status = await machine.status()
    assert status.state is MachineState.IDLE
    assert (status.file, status.progress) == (None, None)
    assert not status.seconds_left


async def test_a_printer_that_is_not_connected_is_offline(server: BrokenOctoPrint, machine: OctoPrintMachine) -> None:
    server.behaviours["GET /api/job"] = json_answer({"state": "Offline"})
    server.behaviours["GET /api/printer"] = Answer(409, b"")
    assert (await machine.status()).state is MachineState.OFFLINE
    server.behaviours["GET /api/job"] = json_answer({"state": "Offline after error", "error": "Thermal runaway"})
    status = await machine.status()
    assert (status.state, status.message) == (MachineState.ERROR, "Thermal runaway")


@pytest.mark.parametrize("version", ["1.11.7", "1.10.3", "1.11.8rc1", "1.11.8.dev5+g0", "0.9", "", "latest"])
async def test_old_versions_may_not_be_driven(server: BrokenOctoPrint, machine: OctoPrintMachine, version: str) -> None:
    server.behaviours["GET /api/version"] = json_answer({"server": version, "text": f"OctoPrint {version}"})
    with pytest.raises(Unsupported, match=r"update it to 1\.11\.8"):
        await machine.check()


@pytest.mark.parametrize("version", ["1.11.8", "1.11.9", "1.12.0rc1", "2.0.0.dev1", "1.11.8.post1"])
async def test_newer_versions_may_be_driven(server: BrokenOctoPrint, machine: OctoPrintMachine, version: str) -> None:
    server.behaviours["GET /api/version"] = json_answer({"server": version, "text": f"OctoPrint {version}"})
    assert await machine.check() == f"OctoPrint {version}"


async def test_another_program_may_not_be_driven(server: BrokenOctoPrint, machine: OctoPrintMachine) -> None:
    server.behaviours["GET /api/version"] = json_answer({"server": "3.0.0", "text": "PrusaLink"})
    with pytest.raises(Unsupported, match="PrusaLink"):
        await machine.check()


async def test_an_open_octoprint_may_not_be_driven(server: BrokenOctoPrint, machine: OctoPrintMachine) -> None:
    server.behaviours["stranger"] = json_answer({"name": None, "permissions": ["STATUS", "PRINT"]})
    with pytest.raises(Unsupported, match="access control"):
        await machine.check()
    server.behaviours["stranger"] = json_answer({"name": None, "permissions": ["STATUS"]})
    await machine.check()


async def test_a_key_that_may_not_print_is_named(server: BrokenOctoPrint, machine: OctoPrintMachine) -> None:
    server.behaviours["GET /api/currentuser"] = json_answer({"name": "guest", "permissions": RIGHTS[:-1]})
    with pytest.raises(Unsupported, match="lacks the permissions PRINT"):
        await machine.check()


async def test_an_upload_that_began_to_print_is_confusion(
    server: BrokenOctoPrint, machine: OctoPrintMachine, full: Path
) -> None:
    server.behaviours["POST /api/files/local"] = json_answer({"effectivePrint": True}, 201)
    with pytest.raises(MachineConfused, match="began to print"):
        await machine.upload(FILE, full)


async def test_an_upload_that_did_not_arrive_whole_is_confusion(
    server: BrokenOctoPrint, machine: OctoPrintMachine, full: Path
) -> None:
    with pytest.raises(MachineConfused, match="0 of 4 bytes"):
        await machine.upload(FILE, full)
    server.behaviours["GET /api/files/local"] = json_answer({"size": 4})
    with pytest.raises(MachineConfused, match="no size and hash"):
        await machine.upload(FILE, full)


async def test_a_file_that_is_there_already_is_not_sent_again(
    server: BrokenOctoPrint, machine: OctoPrintMachine, empty: Path
) -> None:
    await machine.upload(FILE, empty)
    assert server.requests == ["GET /api/files/local/a.gcode"]


async def test_only_a_refusal_of_a_machine_that_does_not_run_the_file_is_a_refusal(
    server: BrokenOctoPrint, machine: OctoPrintMachine
) -> None:
    server.behaviours["POST /api/files/local/"] = Answer(409, b"")
    with pytest.raises(MachineRefused):
        await machine.start(FILE)
    server.behaviours["GET /api/job"] = json_answer({"state": "Printing", "job": {"file": {"path": FILE}}})
    flags = {"operational": True, "printing": True}
    server.behaviours["GET /api/printer"] = json_answer({"state": {"text": "Printing", "flags": flags}})
    with pytest.raises(MachineConfused):
        await machine.start(FILE)


async def test_a_print_from_the_sd_card_is_never_ours(server: BrokenOctoPrint, machine: OctoPrintMachine) -> None:
    file = {"path": FILE, "origin": "sdcard"}
    server.behaviours["GET /api/job"] = json_answer({"state": "Printing from SD", "job": {"file": file}})
    assert (await machine.status()).file == "sdcard:a.gcode"


@pytest.mark.parametrize("log", [Flood(), Drip(), Silence(), Raw(), Answer(500)])
async def test_a_log_that_cannot_be_read_leaves_the_files_own_record(
    server: BrokenOctoPrint, machine: OctoPrintMachine, log: Behaviour
) -> None:
    entry = {"size": 3, "hash": "0" * 40, "prints": {"success": 1, "failure": 0, "last": {"success": True}}}
    server.behaviours["GET /api/files/local"] = json_answer(entry)
    server.behaviours["GET /downloads/logs/octoprint.log"] = log
    evidence = await machine.evidence("cofab-a1.gcode")
    assert (evidence.starts, evidence.outcome) == (1, Outcome.DONE)


async def test_without_push_the_machine_is_asked(server: BrokenOctoPrint, machine: OctoPrintMachine) -> None:
    async with asyncio.timeout(10):
        events = machine.events()
        heard = [await anext(events), await anext(events)]
        await events.aclose()
    assert [event.status and event.status.state for event in heard] == [MachineState.IDLE] * 2


async def test_a_key_is_asked_for_and_waited_for(server: BrokenOctoPrint) -> None:
    pages: list[str] = []
    assert await request_api_key(server.url, user="maker", on_waiting=pages.append) == KEY
    assert pages == [f"{server.url}/plugin/appkeys/auth/{'t' * 20}?user=maker"]


@pytest.mark.parametrize(
    ("request_", "behaviour", "error"),
    [
        ("GET /plugin/appkeys/probe", Answer(404), Unsupported),
        ("GET /plugin/appkeys/probe", Answer(200), Unsupported),
        ("GET /plugin/appkeys/probe", Raw(b""), MachineUnreachable),
        ("POST /plugin/appkeys/request", Answer(429), MachineConfused),
        ("POST /plugin/appkeys/request", json_answer({"app_token": "../.."}, 201), MachineConfused),
        ("GET /plugin/appkeys/request/", Answer(404), MachineRefused),
        ("GET /plugin/appkeys/request/", Answer(500), MachineConfused),
        ("GET /plugin/appkeys/request/", json_answer({"api_key": None}), MachineConfused),
        ("GET /plugin/appkeys/request/", json_answer({"message": "wait"}, 202), MachineRefused),
    ],
)
async def test_a_key_that_is_not_granted_says_why(
    server: BrokenOctoPrint, request_: str, behaviour: Behaviour, error: type[MachineError]
) -> None:
    server.behaviours[request_] = behaviour
    with pytest.raises(error):
        await request_api_key(server.url, seconds=0.2)
