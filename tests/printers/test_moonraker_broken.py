"""The Moonraker driver beside a server on its bad day: which error each answer is, and that nothing is asked twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from printers.machine import (
    Evidence,
    MachineConfused,
    MachineError,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Outcome,
    Unsupported,
)
from printers.moonraker import HISTORY_PAGE, MoonrakerMachine
from tests.simulators.broken_moonraker import FILE, INFO, broken_moonraker, history, printer, refusal, result
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
QUERY, METADATA, HISTORY = "GET /printer/objects/query", "GET /server/files/metadata", "GET /server/history/list"
START = "POST /printer/print/start"


@pytest.fixture
async def server() -> AsyncIterator[BrokenServer]:
    async with broken_moonraker() as server:
        yield server


@pytest.fixture
async def machine(server: BrokenServer) -> AsyncIterator[MoonrakerMachine]:
    machine = MoonrakerMachine(server.url, "k" * 32, patience_seconds=PATIENCE_SECONDS)
    yield machine
    await machine.close()


@pytest.fixture
async def patient(server: BrokenServer) -> AsyncIterator[MoonrakerMachine]:
    machine = MoonrakerMachine(server.url, patience_seconds=10)
    yield machine
    await machine.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.write_text("G28\n")
    return path


Verb = Callable[[MoonrakerMachine, Path], Awaitable[object]]
VERBS: dict[str, tuple[str, Behaviour, Verb]] = {
    "check": ("GET /server/info", printer(), lambda machine, file: machine.check()),
    "status": (QUERY, printer(), lambda machine, file: machine.status()),
    "upload": ("POST /server/files/upload", printer(), lambda machine, file: machine.upload(FILE, file)),
    "start": (START, printer(), lambda machine, file: machine.start(FILE)),
    "pause": ("POST /printer/print/pause", printer("printing", FILE), lambda machine, file: machine.pause()),
    "resume": ("POST /printer/print/resume", printer("paused", FILE), lambda machine, file: machine.resume()),
    "cancel": ("POST /printer/print/cancel", printer("paused", FILE), lambda machine, file: machine.cancel()),
    "evidence": (METADATA, printer(), lambda machine, file: machine.evidence(FILE)),
    "remove": ("DELETE /server/files/gcodes/", printer(), lambda machine, file: machine.remove(FILE)),
}
"""What each verb asks last, on a printer in this state."""

BAD_DAYS: dict[str, tuple[Behaviour, type[MachineError]]] = {
    "401": (refusal(401), MachineRefused),
    "403": (refusal(403), MachineRefused),
    "400": (refusal(400), MachineRefused),
    "409": (refusal(409), MachineRefused),
    "422": (refusal(422), MachineRefused),
    "429": (Answer(429), MachineConfused),
    "500": (Answer(500, b"<h1>Internal Server Error</h1>"), MachineConfused),
    "502": (Answer(502), MachineUnreachable),
    "503": (refusal(503), MachineUnreachable),
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
    server: BrokenServer, machine: MoonrakerMachine, file: Path, verb: str, day: str
) -> None:
    request, state, ask = VERBS[verb]
    behaviour, error = BAD_DAYS[day]
    server.behaviours |= {QUERY: state, request: behaviour}
    with pytest.raises(error) as raised:
        await ask(machine, file)
    assert str(raised.value)
    if request.startswith("POST"):
        assert sum(asked.startswith(request) for asked in server.requests) == 1


BAD_BODIES: dict[str, Behaviour] = {
    "empty": Answer(200, b""),
    "html": Answer(200, b"<html>Welcome to your router</html>"),
    "list": Answer(200, b"[]"),
    "null": Answer(200, b"null"),
    "nested": Answer(200, b"[" * 100_000),
    "not-utf8": Answer(200, b'{"result": "\xff\xfe"}'),
    "no-result": json_answer({"status": {}}),
    "result-is-text": result("ok"),
    "truncated": truncated({"result": {"text": "x" * 500}}),
    "flood": Flood(),
}


@pytest.mark.parametrize("request_", ["GET /server/info", QUERY, METADATA, HISTORY])
@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_body_without_a_result_is_confusion(
    server: BrokenServer, machine: MoonrakerMachine, request_: str, body: str
) -> None:
    server.behaviours[request_] = BAD_BODIES[body]
    with pytest.raises(MachineConfused):
        await (machine.check() if request_ == "GET /server/info" else machine.evidence(FILE))


@pytest.mark.parametrize("request_", [QUERY, METADATA, HISTORY])
@pytest.mark.parametrize(
    "value", [{}, {"status": [], "size": "big", "jobs": {}}, {"status": 1, "size": -1, "jobs": [{"job_id": 5}]}]
)
async def test_a_result_of_another_kind_is_confusion(
    server: BrokenServer, machine: MoonrakerMachine, request_: str, value: object
) -> None:
    server.behaviours[request_] = result(value)
    with pytest.raises(MachineConfused):
        await machine.evidence(FILE)


@pytest.mark.parametrize("verb", ["check", "status", "evidence"])
async def test_a_body_that_drips_is_given_up(
    server: BrokenServer, machine: MoonrakerMachine, file: Path, verb: str
) -> None:
    request, _, ask = VERBS[verb]
    server.behaviours[request] = Drip()
    with pytest.raises(MachineUnreachable):
        await ask(machine, file)


@pytest.mark.parametrize("version", ["v0.8.0-372-g0123abc", "0.8.9", "v0.7.1", "0.9.0rc1", "?", "", "unknown"])
async def test_old_versions_may_not_be_driven(server: BrokenServer, machine: MoonrakerMachine, version: str) -> None:
    server.behaviours["GET /server/info"] = result(INFO | {"moonraker_version": version})
    with pytest.raises(Unsupported, match=r"update it to 0\.9\.0"):
        await machine.check()


@pytest.mark.parametrize("version", ["v0.9.0-0-gabc", "0.9.3", "v0.10.0-12-g0123abc-dirty", "0.11.0", "1.0.0"])
async def test_newer_versions_may_be_driven(server: BrokenServer, machine: MoonrakerMachine, version: str) -> None:
    server.behaviours["GET /server/info"] = result(INFO | {"moonraker_version": version})
    assert await machine.check() == f"Moonraker {version}"


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ({"moonraker_version": None}, "address of Moonraker"),
        ({"components": ["file_manager"]}, r"\[history\]"),
        ({"components": "history"}, r"\[history\]"),
        ({"missing_klippy_requirements": ["pause_resume", "virtual_sdcard"]}, r"\[pause_resume\], \[virtual_sdcard\]"),
    ],
)
async def test_what_is_missing_is_named(
    server: BrokenServer, machine: MoonrakerMachine, info: dict[str, object], says: str
) -> None:
    server.behaviours["GET /server/info"] = result(INFO | info)
    with pytest.raises(Unsupported, match=says):
        await machine.check()


async def test_a_stranger_is_told_what_to_do(server: BrokenServer, machine: MoonrakerMachine) -> None:
    server.behaviours["GET /server/info"] = refusal(401, "Unauthorized")
    with pytest.raises(MachineRefused, match="API key"):
        await machine.check()


async def test_klipper_away_is_offline_only_when_moonraker_says_so(
    server: BrokenServer, machine: MoonrakerMachine, file: Path
) -> None:
    server.behaviours[QUERY] = refusal(503, "Klippy Host not connected")
    with pytest.raises(MachineUnreachable):
        await machine.status()
    server.behaviours["GET /server/info"] = result(INFO | {"klippy_connected": False})
    assert (await machine.status()).state is MachineState.OFFLINE
    await machine.upload(FILE, file)
    with pytest.raises(MachineRefused):
        await machine.start(FILE)
    for ask in (machine.pause(), machine.resume(), machine.cancel()):
        with pytest.raises(MachineUnreachable):
            await ask
    server.behaviours[HISTORY] = history((FILE, "klippy_disconnect"), ("other.gcode", "completed"))
    assert await machine.evidence(FILE) == Evidence(FILE, present=True, size=4, starts=1)
    assert not any(asked.startswith("POST /printer") for asked in server.requests)


@pytest.mark.parametrize("klipper", ["shutdown", "error"])
async def test_a_shutdown_is_an_error_whatever_the_print_says(
    server: BrokenServer, machine: MoonrakerMachine, klipper: str
) -> None:
    server.behaviours |= {QUERY: printer("paused", FILE, klipper=klipper), HISTORY: history((FILE, "klippy_shutdown"))}
    status = await machine.status()
    assert (status.state, status.message) == (MachineState.ERROR, "as it is")
    evidence = await machine.evidence(FILE)
    assert (evidence.running, evidence.starts, evidence.outcome) == (False, 1, Outcome.FAILED)
    with pytest.raises(MachineRefused):
        await machine.start(FILE)
    await machine.cancel()
    assert not any(asked.startswith("POST") for asked in server.requests)


@pytest.mark.parametrize(
    "state",
    [
        printer("paused", "other.gcode"),
        printer("printing", "other.gcode"),
        printer("complete", "other.gcode", moves="Printing"),
        printer("standby", klipper="startup"),
    ],
)
async def test_only_an_idle_printer_is_asked_to_start(
    server: BrokenServer, machine: MoonrakerMachine, state: Behaviour
) -> None:
    """Klipper itself would begin the file while another is paused, and lose that one."""
    server.behaviours[QUERY] = state
    with pytest.raises(MachineRefused):
        await machine.start(FILE)
    assert START not in server.requests


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (printer("printing", FILE), "resume"),
        (printer("paused", FILE), "pause"),
        (printer("complete", FILE), "cancel"),
        (printer("complete", FILE, moves="Printing"), "cancel"),
    ],
)
async def test_what_is_so_already_is_not_asked_for(
    server: BrokenServer, machine: MoonrakerMachine, state: Behaviour, verb: str
) -> None:
    """PAUSE, RESUME and CANCEL_PRINT are macros of the machine's owner: on a machine at rest they would move it."""
    server.behaviours[QUERY] = state
    await VERBS[verb][2](machine, Path())
    assert not any(asked.startswith("POST") for asked in server.requests)


@pytest.mark.parametrize("verb", ["pause", "resume"])
async def test_without_a_print_there_is_nothing_to_pause(
    server: BrokenServer, machine: MoonrakerMachine, verb: str
) -> None:
    with pytest.raises(MachineRefused, match="no print"):
        await VERBS[verb][2](machine, Path())
    assert not any(asked.startswith("POST") for asked in server.requests)


async def test_a_running_file_is_not_started_replaced_or_removed(
    server: BrokenServer, machine: MoonrakerMachine, file: Path
) -> None:
    server.behaviours[QUERY] = printer("paused", FILE)
    with pytest.raises(MachineConfused):
        await machine.start(FILE)
    for ask in (machine.upload(FILE, file), machine.remove(FILE)):
        with pytest.raises(MachineRefused):
            await ask
    assert all(asked.startswith("GET") for asked in server.requests)


async def test_a_refused_start_after_which_the_file_runs_proves_nothing(
    server: BrokenServer, machine: MoonrakerMachine
) -> None:
    server.behaviours |= {QUERY: Turns([printer(), printer("printing", FILE)]), START: refusal(400, "SD busy")}
    with pytest.raises(MachineConfused):
        await machine.start(FILE)
    assert server.requests.count(START) == 1


@pytest.mark.parametrize("answer", [{"print_started": True}, {"print_queued": True}])
async def test_an_upload_that_began_to_print_is_confusion(
    server: BrokenServer, machine: MoonrakerMachine, file: Path, answer: dict[str, object]
) -> None:
    server.behaviours["POST /server/files/upload"] = json_answer(answer, 201)
    with pytest.raises(MachineConfused, match="began to print"):
        await machine.upload(FILE, file)


@pytest.mark.parametrize("metadata", [result({"size": 3}), refusal(404)])
async def test_an_upload_that_did_not_arrive_whole_is_confusion(
    server: BrokenServer, machine: MoonrakerMachine, file: Path, metadata: Behaviour
) -> None:
    server.behaviours[METADATA] = metadata
    with pytest.raises(MachineConfused, match="upload it again"):
        await machine.upload(FILE, file)


async def test_a_file_that_is_not_there_is_neither_started_nor_missed(
    server: BrokenServer, machine: MoonrakerMachine
) -> None:
    gone = {"DELETE /server/files/gcodes/": refusal(400, "Bad Request"), "HEAD /server/files/gcodes/": Answer(404, b"")}
    server.behaviours |= {METADATA: refusal(404), **gone}
    with pytest.raises(MachineRefused):
        await machine.start(FILE)
    await machine.remove(FILE)
    assert START not in server.requests


async def test_the_end_of_the_last_print_is_recorded_before_the_next_start(
    server: BrokenServer, patient: MoonrakerMachine
) -> None:
    busy, over = history(("other.gcode", "in_progress")), history(("other.gcode", "completed"))
    server.behaviours[HISTORY] = Turns([busy, busy, over])
    await patient.start(FILE)
    asked = [request.partition("?")[0] for request in server.requests]
    assert asked[-4:] == [HISTORY] * 3 + [START]


async def test_an_end_that_is_never_recorded_holds_the_start_up_for_a_second_only(
    server: BrokenServer, patient: MoonrakerMachine
) -> None:
    server.behaviours[HISTORY] = history(("other.gcode", "in_progress"))
    async with asyncio.timeout(10):
        await patient.start(FILE)
    assert server.requests.count(START) == 1


async def test_what_takes_too_long_to_look_at_is_not_begun_later(
    server: BrokenServer, machine: MoonrakerMachine
) -> None:
    server.behaviours[HISTORY] = history(("other.gcode", "in_progress"))
    with pytest.raises(MachineRefused, match="not asked to start"):
        await machine.start(FILE)
    assert START not in server.requests


async def test_the_history_is_read_to_its_end(server: BrokenServer, machine: MoonrakerMachine) -> None:
    page = f"{HISTORY}?limit={HISTORY_PAGE}&start="
    newest = history(*[("other.gcode", "completed")] * (HISTORY_PAGE - 1), (FILE, "in_progress"))
    # Meanwhile the job has ended, and a new one has moved it to the next page.
    older = [{"job_id": "000001", "filename": FILE, "status": "cancelled"}]
    server.behaviours |= {page + "0&": newest, page + f"{HISTORY_PAGE}&": result({"jobs": older})}
    evidence = await machine.evidence(FILE)
    assert (evidence.starts, evidence.outcome) == (1, Outcome.CANCELLED)
    older.append({"job_id": "00FFFF", "filename": FILE, "status": "completed"})
    server.behaviours[page + f"{HISTORY_PAGE}&"] = result({"jobs": older})
    evidence = await machine.evidence(FILE)
    assert (evidence.starts, evidence.outcome) == (2, Outcome.CANCELLED)


async def test_without_a_history_nothing_is_made_up(server: BrokenServer, machine: MoonrakerMachine) -> None:
    server.behaviours[HISTORY] = refusal(404)
    assert await machine.evidence(FILE) == Evidence(FILE, present=True, size=4, starts=None)
    server.behaviours[QUERY] = printer("complete", FILE)
    assert await machine.evidence(FILE) == Evidence(FILE, present=True, size=4, starts=1, outcome=Outcome.DONE)


async def test_without_push_the_machine_is_asked(server: BrokenServer, machine: MoonrakerMachine) -> None:
    async with asyncio.timeout(10):
        events = machine.events()
        heard = [await anext(events), await anext(events)]
        await events.aclose()
    assert [event.status and event.status.state for event in heard] == [MachineState.IDLE] * 2
