"""OctoPrint's push API as a test wants it: silent when it should greet, forgetful of who logged in, talking nonsense.

Written from docs.octoprint.org, push updates: `connected`, `history` after authentication, `current`, `event`,
`reauthRequired`. The little REST that the driver needs beside it answers that the printer is idle.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

IDLE = {"text": "Operational", "flags": {"operational": True, "ready": True}}
PRINTING = {"text": "Printing", "flags": {"operational": True, "printing": True}}


@dataclass
class PushingOctoPrint:
    url: str = ""
    greets: bool = True
    accepts_login: bool = True
    """False: the authentication fails as OctoPrint's does, without a word."""
    pushes: list[Any] = field(default_factory=list)
    """What is pushed after `history`, in order, up to a text, which goes out as it is, or a `reauthRequired`."""
    logins: int = 0
    connections: int = 0
    subscribed_first: bool = True

    async def push(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        if self.greets:
            await socket.send_json({"connected": {"version": "1.11.8"}})
        subscribed = False
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = json.loads(message.data)
            subscribed = subscribed or "subscribe" in said
            if "auth" in said:
                self.subscribed_first = self.subscribed_first and subscribed
                await self._authenticated(socket, said["auth"])
        return socket

    async def _authenticated(self, socket: web.WebSocketResponse, auth: str) -> None:
        if not self.accepts_login or auth != f"maker:session{self.logins}":
            return
        await socket.send_json({"history": {"state": IDLE}})
        while self.pushes:
            pushed = self.pushes.pop(0)
            await socket.send_str(pushed if isinstance(pushed, str) else json.dumps(pushed))
            if isinstance(pushed, str) or "reauthRequired" in pushed:
                return  # The rest is for whoever comes after it.

    async def login(self, request: web.Request) -> web.Response:
        self.logins += 1
        return web.json_response({"name": "maker", "session": f"session{self.logins}"})


async def _job(request: web.Request) -> web.Response:
    return web.json_response({"state": "Operational"})


async def _printer(request: web.Request) -> web.Response:
    return web.json_response({"state": IDLE})


@asynccontextmanager
async def pushing_octoprint() -> AsyncIterator[PushingOctoPrint]:
    simulated = PushingOctoPrint()
    app = web.Application()
    app.router.add_get("/sockjs/websocket", simulated.push)
    app.router.add_post("/api/login", simulated.login)
    app.router.add_get("/api/job", _job)
    app.router.add_get("/api/printer", _printer)
    async with TestServer(app) as server:
        simulated.url = str(server.make_url("")).rstrip("/")
        yield simulated
