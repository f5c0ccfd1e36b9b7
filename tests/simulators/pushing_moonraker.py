"""Moonraker's websocket as a test wants it: without Klipper, talking nonsense, breaking off.

Written from moonraker.readthedocs.io, external API, JSON-RPC: `printer.objects.subscribe`, `notify_klippy_ready`,
`notify_status_update`, `notify_history_changed`. The little HTTP that the driver needs beside it answers that the
printer is idle.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

IDLE = {
    "webhooks": {"state": "ready", "state_message": "Printer is ready"},
    "print_stats": {"state": "standby", "filename": "", "message": ""},
    "virtual_sdcard": {"progress": 0.0, "is_active": False},
    "idle_timeout": {"state": "Idle"},
    "extruder": {"temperature": 21.0},
    "heater_bed": {"temperature": 20.5},
}
READY = {"jsonrpc": "2.0", "method": "notify_klippy_ready"}
BREAK = "break"


@dataclass
class PushingMoonraker:
    url: str = ""
    klipper_connected: bool = True
    """False: subscriptions are answered with an error until READY has been pushed."""
    pushes: list[Any] = field(default_factory=list)
    """What is pushed after the answer to a subscription, in order, up to a READY, a BREAK or a text, which goes as it
    is."""
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    keys: list[str | None] = field(default_factory=list)

    async def push(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        self.keys.append(request.headers.get("X-Api-Key"))
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            asked = json.loads(message.data)
            self.subscriptions.append(asked["params"]["objects"])
            if self.klipper_connected:
                answer = {"result": {"eventtime": 1.0, "status": IDLE}}
            else:
                answer = {"error": {"code": 503, "message": "Klippy Host not connected"}}
            await socket.send_json({"jsonrpc": "2.0", "id": asked["id"]} | answer)
            await self._push_on(socket)
        return socket

    async def _push_on(self, socket: web.WebSocketResponse) -> None:
        while self.pushes:
            pushed = self.pushes.pop(0)
            if pushed == BREAK:
                await socket.close()
                return
            await socket.send_str(pushed if isinstance(pushed, str) else json.dumps(pushed))
            if pushed == READY:
                self.klipper_connected = True
            if isinstance(pushed, str) or pushed == READY:
                return  # The rest is for whoever subscribes again.

    async def query(self, request: web.Request) -> web.Response:
        if not self.klipper_connected:
            return web.json_response({"error": {"message": "Klippy Host not connected"}}, status=503)
        return web.json_response({"result": {"eventtime": 1.0, "status": IDLE}})

    async def info(self, request: web.Request) -> web.Response:
        return web.json_response({"result": {"klippy_connected": self.klipper_connected}})


@asynccontextmanager
async def pushing_moonraker() -> AsyncIterator[PushingMoonraker]:
    simulated = PushingMoonraker()
    app = web.Application()
    app.router.add_get("/websocket", simulated.push)
    app.router.add_get("/printer/objects/query", simulated.query)
    app.router.add_get("/server/info", simulated.info)
    async with TestServer(app) as server:
        simulated.url = str(server.make_url("")).rstrip("/")
        yield simulated
