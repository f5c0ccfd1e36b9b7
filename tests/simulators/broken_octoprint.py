"""A server that is OctoPrint but for what a test breaks: the answers OctoPrint gives on a bad day, and worse.

Written from docs.octoprint.org (REST API: version, current user, job, printer, files, login; push updates) and from
what OctoPrint 1.11.8 answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.simulators.broken_server import Answer, Behaviour, BrokenServer, json_answer, listening

KEY = "k" * 32
SHA1_OF_NOTHING = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
RIGHTS = ["STATUS", "FILES_LIST", "FILES_UPLOAD", "FILES_DELETE", "FILES_SELECT", "PRINT"]


WORKING: dict[str, Behaviour] = {
    "GET /api/version": json_answer({"api": "0.1", "server": "1.11.8", "text": "OctoPrint 1.11.8"}),
    "GET /api/currentuser": json_answer({"name": "maker", "permissions": RIGHTS}),
    "GET /api/job": json_answer({"state": "Operational", "job": {"file": {}}, "progress": {}}),
    "GET /api/printer": json_answer({"state": {"text": "Operational", "flags": {"operational": True, "ready": True}}}),
    "GET /api/files/local": json_answer({"size": 0, "hash": SHA1_OF_NOTHING}),
    "POST /api/files/local": json_answer({"done": True, "effectivePrint": False}, 201),
    "POST /api/files/local/": Answer(204, b""),
    "DELETE /api/files/local/": Answer(204, b""),
    "POST /api/job": Answer(204, b""),
    "POST /api/login": json_answer({"name": "maker", "session": "0123"}),
    "GET /downloads/logs/octoprint.log": Answer(403, b""),
    "GET /plugin/appkeys/probe": Answer(204, b""),
    "POST /plugin/appkeys/request": json_answer({"app_token": "t" * 20}, 201),
    "GET /plugin/appkeys/request/": json_answer({"api_key": KEY}),
}
"""The stranger, who sends no key, has no permissions."""


class BrokenOctoPrint(BrokenServer):
    """See WORKING for the keys of its behaviours."""

    def behaviour(self, request: str, headers: dict[str, str]) -> Behaviour:
        if request == "GET /api/currentuser" and "x-api-key" not in headers:
            return self.behaviours.get("stranger", json_answer({"name": None, "permissions": []}))
        return super().behaviour(request, headers)


@asynccontextmanager
async def broken_octoprint() -> AsyncIterator[BrokenOctoPrint]:
    """On a free loopback port, until the context ends."""
    server = BrokenOctoPrint(dict(WORKING))
    async with listening(server):
        yield server
