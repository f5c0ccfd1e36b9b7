"""A hall of idle OctoPrints and their registry in one process, to see what an agent costs that serves them all.

`python -m testbed.octoprint_farm` prints its address as JSON and serves until it is ended. `/N` below it is the
address of OctoPrint N, the address itself that of a registry without work. Written from docs.octoprint.org (version,
current user, job, printer, login, push updates); an idle printer behind a real OctoPrint 1.11 is pushed about every
two seconds, because its temperatures are new.
"""

import asyncio
import contextlib
import json

from aiohttp import WSMsgType, web

PUSH_SECONDS = 2.0
RIGHTS = ["STATUS", "FILES_LIST", "FILES_UPLOAD", "FILES_DELETE", "FILES_SELECT", "PRINT"]
STATE = {"text": "Operational", "flags": {"operational": True, "ready": True, "sdReady": False}}
JOB = {"file": {"name": None, "path": None, "origin": None, "size": None}, "estimatedPrintTime": None, "user": None}
PROGRESS = {"completion": None, "filepos": None, "printTime": None, "printTimeLeft": None}
TEMPERATURES = {
    "tool0": {"actual": 21.3, "target": 0.0, "offset": 0},
    "bed": {"actual": 21.1, "target": 0.0, "offset": 0},
}


async def _version(request: web.Request) -> web.Response:
    return web.json_response({"api": "0.1", "server": "1.11.8", "text": "OctoPrint 1.11.8"})


async def _user(request: web.Request) -> web.Response:
    known = "X-Api-Key" in request.headers
    return web.json_response({"name": "agent" if known else None, "permissions": RIGHTS if known else []})


async def _job(request: web.Request) -> web.Response:
    return web.json_response({"job": JOB, "progress": PROGRESS, "state": "Operational"})


async def _printer(request: web.Request) -> web.Response:
    return web.json_response({"state": STATE, "temperature": TEMPERATURES})


async def _login(request: web.Request) -> web.Response:
    return web.json_response({"name": "agent", "session": "1", "permissions": RIGHTS})


async def _push(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_json({"connected": {"version": "1.11.8"}})
    async for message in socket:
        if message.type is WSMsgType.TEXT and "auth" in json.loads(message.data):
            break
    current = {"state": STATE, "job": JOB, "progress": PROGRESS, "temps": [], "currentZ": None, "offsets": {}}
    with contextlib.suppress(ConnectionError):
        await socket.send_json({"history": current})
        while not socket.closed:
            await asyncio.sleep(PUSH_SECONDS)
            await socket.send_json({"current": {**current, "temps": [{"time": 1, **TEMPERATURES}]}})
    return socket


async def _announce(request: web.Request) -> web.Response:
    machines = (await request.json())["machines"]
    return web.json_response({"machines": [{"key": one["key"], "machine": one["key"]} for one in machines]})


async def _beat(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response({"leases": [], "commands": []})


async def _claim(request: web.Request) -> web.Response:
    await asyncio.sleep((await request.json())["wait_seconds"])
    return web.Response(status=204)


def application() -> web.Application:
    """The hall with its registry."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/{n}/api/version", _version),
            web.get("/{n}/api/currentuser", _user),
            web.get("/{n}/api/job", _job),
            web.get("/{n}/api/printer", _printer),
            web.post("/{n}/api/login", _login),
            web.get("/{n}/sockjs/websocket", _push),
            web.put("/api/v1/node/machines", _announce),
            web.post("/api/v1/node/heartbeat", _beat),
            web.post("/api/v1/node/claim", _claim),
        ]
    )
    return app


async def _serve() -> None:
    runner = web.AppRunner(application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
