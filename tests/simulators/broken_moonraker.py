"""A server that is Moonraker but for what a test breaks.

Written from moonraker.readthedocs.io (external API: server information, printer objects and commands, file
management, job history) and from what Moonraker 0.11.0 answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.simulators.broken_server import Answer, Behaviour, BrokenServer, json_answer, listening

FILE = "a.gcode"
INFO = {
    "klippy_connected": True,
    "klippy_state": "ready",
    "components": ["file_manager", "history"],
    "moonraker_version": "v0.11.0-3-g0a1b2c3",
    "missing_klippy_requirements": [],
}


def result(value: object) -> Answer:
    return json_answer({"result": value})


def refusal(status: int, message: str = "no") -> Answer:
    return json_answer({"error": {"code": status, "message": message}}, status)


def printer(state: str = "standby", file: str = "", *, klipper: str = "ready", moves: str = "Ready") -> Answer:
    """Klipper's objects, as `printer.objects.query` tells them."""
    objects = {
        "webhooks": {"state": klipper, "state_message": "as it is"},
        "print_stats": {"state": state, "filename": file, "message": ""},
        "virtual_sdcard": {"progress": 0.25, "is_active": state == "printing"},
        "idle_timeout": {"state": moves},
        "extruder": {"temperature": 21.0},
        "heater_bed": {},
    }
    return result({"eventtime": 1.5, "status": objects})


def history(*jobs: tuple[str, str]) -> Answer:
    """File and status of each job, newest first."""
    listed = [
        {"job_id": f"{len(jobs) - place:06X}", "filename": file, "status": status}
        for place, (file, status) in enumerate(jobs)
    ]
    return result({"count": len(listed), "jobs": listed})


WORKING: dict[str, Behaviour] = {
    "GET /server/info": result(INFO),
    "GET /printer/objects/query": printer(),
    "GET /server/files/metadata": result({"filename": FILE, "size": 4}),
    "POST /server/files/upload": json_answer({"item": {"path": FILE}, "print_started": False}, 201),
    "HEAD /server/files/gcodes/": Answer(body=b""),
    "DELETE /server/files/gcodes/": result({"item": {"path": FILE}}),
    "POST /printer/print/": result("ok"),
    "GET /server/history/list": history(),
}


@asynccontextmanager
async def broken_moonraker() -> AsyncIterator[BrokenServer]:
    """On a free loopback port, until the context ends. Its printer is idle; a.gcode of four bytes is there."""
    server = BrokenServer(dict(WORKING))
    async with listening(server):
        yield server
