"""Spoolman as an agent sees it, with its spools in memory.

Written from Spoolman's own description of its REST API v1 (spool: get, use) and the fields that its answers carry:
`remaining_weight` only where the filament has a weight, 404 with a `message` for a spool that it does not know, and a
PUT that takes off each time it is sent. The server itself is not on the package index, so it does not run here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class KeptSpool:
    id: int
    weight: float | None = 1000.0
    used: float = 0.0
    material: str = "PLA"
    archived: bool = False

    def answer(self) -> dict[str, Any]:
        filament = {"id": 1, "name": "Galaxy Black", "material": self.material, "color_hex": "101010", "density": 1.24}
        told: dict[str, Any] = {
            "id": self.id, "registered": "2026-01-01T00:00:00Z", "filament": filament, "used_weight": self.used,
            "used_length": 0.0, "archived": self.archived,
        }  # fmt: skip
        if self.weight is not None:
            told["remaining_weight"] = max(self.weight - self.used, 0.0)
        return told


@dataclass
class SimulatedSpoolman:
    spools: dict[int, KeptSpool] = field(default_factory=dict)
    lose_answers: int = 0
    """So many uses are taken off without an answer."""
    lose_requests: int = 0
    """So many uses never arrive."""
    url: str = ""

    async def get(self, request: web.Request) -> web.Response:
        spool = self._find(request)
        return web.json_response(spool.answer()) if spool else self._unknown(request)

    async def info(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.22.1", "debug_mode": False, "db_type": "sqlite"})

    async def use(self, request: web.Request) -> web.Response:
        spool, body = self._find(request), await request.json()
        if spool is None:
            return self._unknown(request)
        if self.lose_requests:
            self.lose_requests -= 1
            self._drop(request)
        spool.used += body["use_weight"]
        if self.lose_answers:
            self.lose_answers -= 1
            self._drop(request)
        return web.json_response(spool.answer())

    def _find(self, request: web.Request) -> KeptSpool | None:
        number = request.match_info["number"]
        return self.spools.get(int(number)) if number.isdigit() else None

    def _unknown(self, request: web.Request) -> web.Response:
        return web.json_response({"message": f"No spool with ID {request.match_info['number']} found."}, status=404)

    def _drop(self, request: web.Request) -> None:
        if request.transport:
            request.transport.close()
        raise ConnectionResetError("the simulator dropped the connection")


@asynccontextmanager
async def spoolman(*spools: KeptSpool) -> AsyncIterator[SimulatedSpoolman]:
    simulated = SimulatedSpoolman({spool.id: spool for spool in spools})
    app = web.Application()
    app.router.add_get("/api/v1/info", simulated.info)
    app.router.add_get("/api/v1/spool/{number}", simulated.get)
    app.router.add_put("/api/v1/spool/{number}/use", simulated.use)
    async with TestServer(app) as server:
        simulated.url = str(server.make_url("")).rstrip("/")
        yield simulated
