"""A server that is PrusaLink but for what a test breaks.

Written from PrusaLink's OpenAPI description (github.com/prusa3d/Prusa-Link-Web, spec/openapi.yaml) and from what
PrusaLink 0.8.1 answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.simulators.broken_server import Answer, Behaviour, BrokenServer, json_answer, listening

FILE, BODY = "a.gcode", b"G28\n"
VERSION = {"api": "2.0.0", "server": "0.8.1", "text": "PrusaLink 0.8.1", "original": "PrusaLink I3MK3S"}


def status(state: str = "IDLE", *, job: int | None = None, trouble: str | None = None) -> Answer:
    printer = {"state": state, "status_printer": {"ok": trouble is None, "message": trouble or "OK"}}
    told: dict[str, object] = {"printer": printer}
    if job is not None:
        told["job"] = {"id": job, "progress": 25.0}
    return json_answer(told)


def job(number: int, file: str = FILE) -> Answer:
    return json_answer({"id": number, "file": {"path": f"/gcodes/{file}"}, "state": "PRINTING"})


def selected(file: str | None) -> Answer:
    return json_answer({"job": {"file": {"path": f"/gcodes/{file}" if file else None}}})


def process(number: str) -> Answer:
    return Answer(200, b"", (("Instance-ID", number),))


WORKING: dict[str, Behaviour] = {
    "HEAD /": process("1"),
    "GET /api/version": json_answer(VERSION),
    "GET /api/v1/status": status(),
    "GET /api/v1/storage": json_answer({"storage_list": [{"path": "/local", "name": "gcodes"}]}),
    "GET /api/v1/job": Answer(204, b""),
    "GET /api/job": selected("other.gcode"),
    "GET /api/v1/files/local/": json_answer({"name": FILE, "size": len(BODY)}),
    "GET /api/files/local/gcodes/": Answer(200, BODY),
    "PUT /api/v1/files/local/": Answer(201, b""),
    "POST /api/v1/files/local/": Answer(204, b""),
    "DELETE /api/v1/files/local/": Answer(204, b""),
    "PUT /api/v1/job/": Answer(204, b""),
    "DELETE /api/v1/job/": Answer(204, b""),
}


@asynccontextmanager
async def broken_prusalink() -> AsyncIterator[BrokenServer]:
    """On a free loopback port, until the context ends. Its printer is idle; a.gcode of four bytes is there."""
    server = BrokenServer(dict(WORKING))
    async with listening(server):
        yield server
