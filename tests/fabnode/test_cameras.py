"""Pictures: bounded, told apart by their first bytes, kept, and sent until the registry has answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fabnode.cameras import MAX_PICTURE_BYTES, Cameras, NoPicture, fetch_picture
from fabnode.client import Registry
from fabnode.house import picture_moment
from fabnode.protocol import AttemptState as S
from fabnode.retry import Backoff
from printers.octoprint import OctoPrintMachine
from printers.virtual import VirtualMachine
from tests.simulators.broken_server import Answer, BrokenServer, Flood, Raw, json_answer, listening
from tests.simulators.registry import Fault, SimulatedRegistry

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 1000
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 1000
FILE = "cofab-a1-0123456789.gcode"


@asynccontextmanager
async def camera(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/shot", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/shot"))


async def shot(request: web.Request) -> web.Response:
    return web.Response(body=JPEG, content_type="text/html")


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_picture_is_kept_and_sent_once_the_registry_is_there(tmp_path: Path) -> None:
    machine = VirtualMachine(tmp_path / "m1")
    async with SimulatedRegistry() as simulator, camera(shot) as url:
        simulator.tokens.add("t")
        simulator.misbehave("/node/snapshots/a1/start", Fault.LOSE_REQUEST, Fault.FAIL, Fault.LOSE_ANSWER)
        async with Registry(simulator.url, "t") as registry:
            cameras = Cameras(tmp_path / "snapshots", registry, Backoff(0.01, 0.02))
            running = asyncio.create_task(cameras.run())
            await cameras.take(machine, url, FILE, "a1", "start")
            await cameras.take(machine, None, FILE, "a1", "end")
            await cameras.take(machine, "none", FILE, "a1", "end")
            folder = tmp_path / "snapshots" / FILE.removesuffix(".gcode")
            await eventually((folder / "start.jpg.sent").exists)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            assert [path.name for path in cameras.pictures(FILE)] == ["start.jpg"]
    assert simulator.snapshots == {("a1", "start"): JPEG}
    cameras.forget(days=-1)
    assert cameras.pictures(FILE) == ()


async def test_a_picture_that_the_registry_does_not_want_is_not_sent_again(tmp_path: Path) -> None:
    async with SimulatedRegistry() as simulator, camera(shot) as url:
        simulator.tokens.add("t")
        simulator.refuses_snapshots = True
        async with Registry(simulator.url, "t") as registry:
            cameras = Cameras(tmp_path, registry, Backoff(0.01, 0.02))
            await cameras.take(VirtualMachine(tmp_path / "m1"), url, FILE, "a1", "end")
            running = asyncio.create_task(cameras.run())
            await eventually(lambda: bool(list(tmp_path.glob("*/*.sent"))))
            running.cancel()
    assert simulator.calls.count("/node/snapshots/a1/end") == 1


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Answer(200, b"<html>"), "neither JPEG nor PNG"),
        (Answer(200, b""), "neither JPEG nor PNG"),
        (Answer(404, b""), "answers 404"),
        (Answer(302, b"", (("Location", "http://10.0.0.1/"),)), "answers 302"),
        (Answer(200, JPEG + b"\0" * MAX_PICTURE_BYTES), "sends more than 2 MiB"),
        (Flood(), "sends more than 2 MiB"),
        (Raw(b"nonsense"), "cannot be reached"),
    ],
)
async def test_a_camera_that_misbehaves_gives_no_picture(behaviour: Answer | Flood | Raw, words: str) -> None:
    server = BrokenServer({"GET /": behaviour})
    async with listening(server):
        with pytest.raises(NoPicture, match=words):
            await fetch_picture(f"{server.url}/shot")


async def test_octoprint_says_where_its_camera_is() -> None:
    told = {"webcam": {"webcamEnabled": True, "snapshotUrl": "/webcam/?action=snapshot"}}
    server = BrokenServer({"GET /api/settings": json_answer(told)})
    async with listening(server):
        machine = OctoPrintMachine(server.url, "0123456789abcdef")
        assert await machine.camera() == f"{server.url}/webcam/?action=snapshot"
        server.behaviours["GET /api/settings"] = json_answer({"webcam": {"webcamEnabled": False, "snapshotUrl": "/x"}})
        assert await machine.camera() is None
        await machine.close()


@pytest.mark.parametrize(
    ("state", "began", "moment"),
    [
        (S.STARTING, True, "start"),
        (S.FINISHED_UNVERIFIED, True, "end"),
        (S.FAILED, True, "failure"),
        (S.FAILED, False, None),
        (S.CANCELLED, True, "failure"),
        (S.UNCERTAIN, True, "failure"),
        (S.GOOD, True, None),
    ],
)
def test_when_pictures_are_taken(state: S, moment: str | None, *, began: bool) -> None:
    assert picture_moment(state, began=began) == moment
