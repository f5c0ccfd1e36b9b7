"""The PrusaLink driver beside a server on its bad day: which error each answer is, and that nothing is asked twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from printers.machine import (
    Evidence,
    MachineConfused,
    MachineError,
    MachineEvent,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Outcome,
    Unsupported,
)
from printers.prusalink import PrusaLinkMachine
from tests.simulators.broken_prusalink import BODY, FILE, VERSION, broken_prusalink, job, process, selected, status
from tests.simulators.broken_server import (
    Answer,
    Behaviour,
    BrokenServer,
    Drip,
    Flood,
    Raw,
    Silence,
    Turns,
    json_answer,
    truncated,
)

PATIENCE_SECONDS = 0.5
STATUS, ENTRY, START = "GET /api/v1/status", "GET /api/v1/files/local/", "POST /api/v1/files/local/"
ON = status("PRINTING", job=7)


@pytest.fixture
async def server() -> AsyncIterator[BrokenServer]:
    async with broken_prusalink() as server:
        yield server


@pytest.fixture
async def machine(server: BrokenServer, tmp_path: Path) -> AsyncIterator[PrusaLinkMachine]:
    machine = PrusaLinkMachine(
        server.url, "k" * 32, tmp_path / "record", patience_seconds=PATIENCE_SECONDS, watch_seconds=0.01
    )
    yield machine
    await machine.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.write_bytes(BODY)
    return path


Verb = Callable[[PrusaLinkMachine, Path], Awaitable[object]]
VERBS: dict[str, tuple[str, Behaviour, Verb]] = {
    "check": ("GET /api/version", status(), lambda machine, file: machine.check()),
    "status": (STATUS, status(), lambda machine, file: machine.status()),
    "upload": ("PUT /api/v1/files/local/", status(), lambda machine, file: machine.upload(FILE, file)),
    "start": (START, status(), lambda machine, file: machine.start(FILE)),
    "pause": ("PUT /api/v1/job/7/pause", ON, lambda machine, file: machine.pause()),
    "resume": ("PUT /api/v1/job/7/resume", status("PAUSED", job=7), lambda machine, file: machine.resume()),
    "cancel": ("DELETE /api/v1/job/7", ON, lambda machine, file: machine.cancel()),
    "evidence": (ENTRY, status(), lambda machine, file: machine.evidence(FILE)),
    "remove": ("DELETE /api/v1/files/local/", status(), lambda machine, file: machine.remove(FILE)),
}
"""What each verb asks that matters, on a printer in this state."""

BAD_DAYS: dict[str, tuple[Behaviour, type[MachineError]]] = {
    "401": (Answer(401), MachineRefused),
    "403": (Answer(403), MachineRefused),
    "409": (Answer(409), MachineRefused),
    "415": (Answer(415), MachineRefused),
    "429": (Answer(429), MachineConfused),
    "500": (Answer(500, b"<h1>Internal Server Error</h1>"), MachineConfused),
    "503": (Answer(503), MachineUnreachable),
    "redirect": (Answer(302, b"", (("Location", "http://127.0.0.1:9/"),)), MachineConfused),
    "not-http": (Raw(b"220 ftp.example.org ready\r\n"), MachineConfused),
    "closed": (Raw(b""), MachineUnreachable),
    "cut-in-the-head": (Raw(b"HTTP/1.1 200 OK\r\nContent-Le"), MachineUnreachable),
    "silence": (Silence(), MachineUnreachable),
}


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "upload"])
@pytest.mark.parametrize("day", BAD_DAYS)
async def test_every_bad_answer_is_the_right_error(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path, verb: str, day: str
) -> None:
    request, state, ask = VERBS[verb]
    behaviour, error = BAD_DAYS[day]
    server.behaviours |= {STATUS: state, "GET /api/v1/job": job(7), request: behaviour}
    with pytest.raises(error) as raised:
        await ask(machine, file)
    assert str(raised.value)
    if request.startswith("POST"):
        assert sum(asked.startswith(request) for asked in server.requests) == 1


@pytest.mark.parametrize("day", [day for day in BAD_DAYS if day != "silence"])
async def test_a_bad_answer_to_an_upload_is_the_right_error(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path, day: str
) -> None:
    behaviour, error = BAD_DAYS[day]
    server.behaviours["PUT /api/v1/files/local/"] = behaviour
    with pytest.raises(error):
        await machine.upload(FILE, file)
    assert not any(asked.startswith("POST") for asked in server.requests)


BAD_BODIES: dict[str, Behaviour] = {
    "empty": Answer(200, b""),
    "html": Answer(200, b"<html>Welcome to your router</html>"),
    "list": Answer(200, b"[]"),
    "nested": Answer(200, b"[" * 100_000),
    "not-utf8": Answer(200, b'{"printer": "\xff\xfe"}'),
    "nothing-in-it": json_answer({}),
    "truncated": truncated({"printer": {"state": "x" * 500}}),
    "flood": Flood(),
}


@pytest.mark.parametrize("request_", [STATUS, ENTRY, "GET /api/v1/storage"])
@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_body_of_another_kind_is_confusion(
    server: BrokenServer, machine: PrusaLinkMachine, request_: str, body: str
) -> None:
    server.behaviours[request_] = BAD_BODIES[body]
    with pytest.raises(MachineConfused):
        await machine.evidence(FILE)


async def test_a_body_that_drips_is_given_up(server: BrokenServer, machine: PrusaLinkMachine) -> None:
    server.behaviours[STATUS] = Drip()
    with pytest.raises(MachineUnreachable):
        await machine.status()


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ({"server": "0.7.2", "text": "PrusaLink 0.7.2"}, r"update it to 0\.8\.0"),
        ({"server": "2.1.2", "text": "PrusaLink"}, "in a printer's own firmware"),
        ({"server": "1.11.8", "text": "OctoPrint 1.11.8"}, "not PrusaLink"),
        ({"server": None, "text": None}, "not PrusaLink"),
    ],
)
async def test_what_may_not_be_driven_is_named(
    server: BrokenServer, machine: PrusaLinkMachine, version: dict[str, object], says: str
) -> None:
    server.behaviours["GET /api/version"] = json_answer(VERSION | version)
    with pytest.raises(Unsupported, match=says):
        await machine.check()


async def test_an_open_house_may_not_be_driven(server: BrokenServer, machine: PrusaLinkMachine) -> None:
    with pytest.raises(Unsupported, match="lets anybody in"):
        await machine.check()
    server.behaviours[STATUS] = Answer(401)
    assert await machine.check() == "PrusaLink 0.8.1"


@pytest.mark.parametrize("state", ["BUSY", "FINISHED", "STOPPED", "ATTENTION", "ERROR", "PRINTING", "NEW"])
async def test_only_an_idle_printer_is_asked_to_start(
    server: BrokenServer, machine: PrusaLinkMachine, state: str
) -> None:
    """PrusaLink itself would begin while its printer is away, and keep the file waiting for it."""
    server.behaviours[STATUS] = status(state)
    with pytest.raises(MachineRefused, match=state):
        await machine.start(FILE)
    assert not any(asked.startswith(START) for asked in server.requests)


async def test_a_running_file_is_not_started_replaced_or_removed(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path
) -> None:
    """PrusaLink itself would replace it."""
    server.behaviours |= {STATUS: ON, "GET /api/v1/job": job(7), "DELETE /api/v1/files/local/": Answer(409)}
    with pytest.raises(MachineConfused):
        await machine.start(FILE)
    for ask in (machine.upload(FILE, file), machine.remove(FILE)):
        with pytest.raises(MachineRefused):
            await ask
    assert not any(asked.startswith(("PUT", "POST")) for asked in server.requests)


@pytest.mark.parametrize("after", [ON, status("FINISHED"), status("STOPPED")])
async def test_a_refused_start_after_which_something_runs_proves_nothing(
    server: BrokenServer, machine: PrusaLinkMachine, after: Behaviour
) -> None:
    server.behaviours |= {STATUS: Turns([status(), after]), "GET /api/v1/job": job(7), START: Answer(409)}
    with pytest.raises(MachineConfused):
        await machine.start(FILE)
    assert server.requests.count(START + FILE) == 1


@pytest.mark.parametrize(
    ("behaviour", "starts"), [(Answer(409), 0), (Answer(500), 0), (Silence(), 0), (Answer(204, b""), 1)]
)
async def test_a_start_counts_when_it_was_answered_or_is_seen(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path, behaviour: Behaviour, starts: int
) -> None:
    await machine.upload(FILE, file)
    server.behaviours[START] = behaviour
    try:
        await machine.start(FILE)
    except MachineError:
        assert starts == 0
    assert (await machine.evidence(FILE)).starts == starts
    server.behaviours["HEAD /"] = process("2")
    unknown = isinstance(behaviour, Silence) or behaviour == Answer(500)
    assert (await machine.evidence(FILE)).starts == (None if unknown else starts)


async def test_what_takes_too_long_to_look_at_is_not_begun_later(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path
) -> None:
    await machine.upload(FILE, file)
    server.behaviours["GET /api/job"] = Drip()
    with pytest.raises((MachineRefused, MachineUnreachable)):
        await machine.start(FILE)
    assert START + FILE not in server.requests
    server.behaviours["GET /api/job"] = selected(None)
    assert (await machine.evidence(FILE)).starts == 0


async def test_an_upload_is_read_back(server: BrokenServer, machine: PrusaLinkMachine, file: Path) -> None:
    server.behaviours["GET /api/files/local/gcodes/"] = Answer(200, b"G29\n")
    with pytest.raises(MachineConfused, match="upload it again"):
        await machine.upload(FILE, file)


@pytest.mark.parametrize("entry", [json_answer({"size": 3}), Answer(404)])
async def test_an_upload_that_does_not_appear_is_confusion(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path, entry: Behaviour
) -> None:
    server.behaviours[ENTRY] = entry
    with pytest.raises(MachineConfused, match="and not 4 bytes"):
        await machine.upload(FILE, file)


async def test_the_list_is_waited_for(server: BrokenServer, machine: PrusaLinkMachine, file: Path) -> None:
    server.behaviours[ENTRY] = Turns([Answer(404), json_answer({"size": 3}), json_answer({"size": 4})])
    await machine.upload(FILE, file)
    server.behaviours[ENTRY] = Turns([json_answer({"size": 4}), Answer(404)])
    await machine.remove(FILE)


@pytest.mark.parametrize(
    ("state", "verb"), [("PRINTING", "resume"), ("PAUSED", "pause"), ("IDLE", "cancel"), ("FINISHED", "cancel")]
)
async def test_what_is_so_already_is_not_asked_for(
    server: BrokenServer, machine: PrusaLinkMachine, state: str, verb: str
) -> None:
    on = state in {"PRINTING", "PAUSED"}
    server.behaviours |= {STATUS: status(state, job=7 if on else None), "GET /api/v1/job": job(7)}
    await VERBS[verb][2](machine, Path())
    assert all(asked.startswith("GET") for asked in server.requests)


@pytest.mark.parametrize("verb", ["pause", "resume"])
async def test_without_a_print_there_is_nothing_to_pause(
    server: BrokenServer, machine: PrusaLinkMachine, verb: str
) -> None:
    with pytest.raises(MachineRefused, match="no print"):
        await VERBS[verb][2](machine, Path())


async def test_a_command_that_came_too_late_is_no_error(server: BrokenServer, machine: PrusaLinkMachine) -> None:
    server.behaviours |= {"GET /api/v1/job": job(7), "DELETE /api/v1/job/7": Answer(404)}
    server.behaviours[STATUS] = Turns([ON, ON, status("FINISHED")])
    await machine.cancel()


async def test_a_job_that_ends_between_two_questions_is_asked_for_again(
    server: BrokenServer, machine: PrusaLinkMachine
) -> None:
    server.behaviours[STATUS] = Turns([ON, status()])
    assert (await machine.status()).state is MachineState.IDLE
    server.behaviours[STATUS] = ON
    with pytest.raises(MachineConfused, match="does not say what"):
        await machine.status()


async def test_the_file_of_a_job_is_asked_for_once_and_anew_after_it_was_out_of_sight(
    server: BrokenServer, machine: PrusaLinkMachine
) -> None:
    server.behaviours |= {STATUS: ON, "GET /api/v1/job": job(7)}
    for _ in range(3):
        assert (await machine.status()).file == FILE
    assert server.requests.count("GET /api/v1/job") == 1
    server.behaviours[STATUS] = Turns([Answer(503), ON])
    server.behaviours["GET /api/v1/job"] = job(7, "other.gcode")
    with pytest.raises(MachineUnreachable):
        await machine.status()
    assert (await machine.status()).file == "other.gcode"


async def test_ends_are_heard_once_and_the_machine_is_asked_for_ever(
    server: BrokenServer, machine: PrusaLinkMachine, file: Path
) -> None:
    await machine.upload(FILE, file)
    server.behaviours |= {
        STATUS: Turns([status(), ON, ON, ON, Answer(500), status("FINISHED"), status("FINISHED"), status()]),
        "GET /api/v1/job": job(7),
    }
    await machine.start(FILE)
    server.behaviours["GET /api/job"] = selected(FILE)
    heard: list[MachineEvent] = []
    async with asyncio.timeout(10):
        async for event in machine.events():
            heard.append(event)
            if event.status and event.status.state is MachineState.IDLE:
                break
    assert [(event.file, event.outcome) for event in heard if event.outcome] == [(FILE, Outcome.DONE)]
    states = [event.status.state for event in heard if event.status]
    assert states == [MachineState.PRINTING, MachineState.BUSY, MachineState.IDLE]
    assert await machine.evidence(FILE) == Evidence(FILE, present=True, size=4, starts=1, outcome=Outcome.DONE)
