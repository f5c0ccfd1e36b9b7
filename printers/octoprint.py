"""OctoPrint: REST for everything that matters, its push API for hearing of it sooner.

Wire: docs.octoprint.org, REST API and push updates (raw websocket at /sockjs/websocket). Verified on OctoPrint 1.11.8
with its bundled virtual printer. Settings: `url`, `api_key` (an application key of a user who may print; when the user
may also read logs, the record of a file survives a crash of OctoPrint).

What was learnt the hard way by others, and holds here: never upload-and-print (it can answer 409 and yet have
started, OctoPrint #1872); idle is not success; no event carries a job id, so a file name is used once; events get
lost with a restart or an error while paused, so `status` and `evidence` ask.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urljoin

import aiohttp

from printers.drivers import BadSettings, Settings
from printers.http import PUSH_QUIET_SECONDS, REQUEST_SECONDS, Answered, MachineHttp, parse_address, parse_object
from printers.machine import (
    Evidence,
    MachineConfused,
    MachineError,
    MachineEvent,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Status,
    Unsupported,
)
from printers.octoprint_messages import (
    EVENT_OUTCOMES,
    MINIMUM_VERSION,
    LogRecord,
    may_be_driven,
    read_evidence,
    read_push,
    read_status,
    require_size_and_hash,
)

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\.gcode")
"""OctoPrint hands names to shell hooks of its owner: nothing in them may mean anything to a shell."""
NEEDED_RIGHTS = frozenset({"STATUS", "FILES_LIST", "FILES_UPLOAD", "FILES_DELETE", "FILES_SELECT", "PRINT"})
RIGHTS_NOBODY_HAS = frozenset({"ADMIN", "PRINT", "CONTROL", "FILES_UPLOAD", "FILES_SELECT", "SETTINGS"})

UPLOAD_PATIENCE = 4
"""How many times longer than for a question: a small computer writes the file to its card before it answers."""
SLOWEST_UPLOAD_BYTES_S = 100_000
LOG_BYTES = 64 * 1024 * 1024
"""OctoPrint's log of one day; more than this is not read."""
RECONNECT_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)


class OctoPrintMachine:
    """One printer behind one OctoPrint."""

    kind: ClassVar[str] = "octoprint"

    def __init__(self, url: str, api_key: str, *, patience_seconds: float = REQUEST_SECONDS) -> None:
        """patience_seconds: for one answer; an upload gets more, by its size."""
        self._http = MachineHttp(url, {"X-Api-Key": api_key}, seconds=patience_seconds)
        self._stranger = MachineHttp(url, {}, seconds=patience_seconds)
        self._patience_seconds = patience_seconds

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        key = settings.get("api_key", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{8,200}", key):
            raise BadSettings(f"machine {name!r}: api_key must be an application key of OctoPrint; enrol the machine")
        return cls(parse_address(name, settings.get("url", "")), key)

    async def check(self) -> str:
        version = await self._http.json("GET", "/api/version")
        text, server = str(version.get("text")), str(version.get("server"))
        if not text.startswith("OctoPrint"):
            raise Unsupported(f"{self._http.base} is {text[:80]!r}, not OctoPrint")
        if not may_be_driven(server):
            least = ".".join(map(str, MINIMUM_VERSION))
            raise Unsupported(f"OctoPrint {server[:40]} has known holes in its security; update it to {least} or later")
        if open_rights := await self._rights(self._stranger) & RIGHTS_NOBODY_HAS:
            raise Unsupported(
                f"OctoPrint lets anybody without a key {', '.join(sorted(open_rights))}; "
                "switch its access control on and take these permissions from its guests"
            )
        if missing := NEEDED_RIGHTS - await self._rights(self._http):
            raise Unsupported(
                f"the key's user lacks the permissions {', '.join(sorted(missing))}; grant them in OctoPrint"
            )
        return f"OctoPrint {server}"

    async def status(self) -> Status:
        job = await self._http.json("GET", "/api/job")
        try:
            printer = await self._http.json("GET", "/api/printer?exclude=sd")
        except Answered as error:
            if error.status != 409:
                raise
            printer = None
        return read_status(job, printer)

    async def upload(self, name: str, gcode: Path) -> None:
        size, digest = await asyncio.to_thread(_size_and_hash, gcode)
        path = _path(name)
        entry = await self._entry(name)
        if entry is not None and require_size_and_hash(entry) == (size, digest):
            return
        with await asyncio.to_thread(gcode.open, "rb") as file:
            form = aiohttp.FormData({"select": "false", "print": "false"})
            form.add_field("file", file, filename=name, content_type="application/octet-stream")
            seconds = UPLOAD_PATIENCE * self._patience_seconds + size / SLOWEST_UPLOAD_BYTES_S
            answer = await self._http.upload("/api/files/local", form, seconds=seconds)
        if answer.get("effectivePrint"):
            raise MachineConfused(f"OctoPrint says that it began to print {name} on an upload that asked for none")
        entry = await self._http.json("GET", path)
        if require_size_and_hash(entry) != (size, digest):
            raise MachineConfused(f"{name} did not arrive whole: {entry.get('size')} of {size} bytes; upload it again")

    async def start(self, name: str) -> None:
        try:
            await self._http.done("POST", _path(name), {"command": "select", "print": True})
        except Answered as error:
            # A proxy that repeats requests gets its second one refused because the first has begun the print.
            if error.status == 409 and await self._works_on(name):
                raise MachineConfused(f"OctoPrint refused to start {name} and yet runs it") from error
            raise

    async def pause(self) -> None:
        await self._job({"command": "pause", "action": "pause"}, already=MachineState.PAUSED)

    async def resume(self) -> None:
        await self._job({"command": "pause", "action": "resume"}, already=MachineState.PRINTING)

    async def cancel(self) -> None:
        await self._job({"command": "cancel"}, already=MachineState.IDLE)

    async def evidence(self, name: str) -> Evidence:
        status = await self.status()
        entry = await self._entry(name)
        log = LogRecord(name)
        try:
            async for line in self._http.lines("/downloads/logs/octoprint.log", max_bytes=LOG_BYTES):
                log.read(line)
        except MachineError:
            # Not for this key, too long, or too slow to come: half a log proves nothing, the file's own entry does.
            return read_evidence(name, entry, status, None)
        return read_evidence(name, entry, status, log)

    async def remove(self, name: str) -> None:
        try:
            await self._http.done("DELETE", _path(name))
        except Answered as error:
            if error.status != 404:
                raise

    async def camera(self) -> str | None:
        settings = await self._http.json("GET", "/api/settings")
        webcam = settings.get("webcam")
        told = webcam.get("snapshotUrl") if isinstance(webcam, dict) and webcam.get("webcamEnabled") else None
        return urljoin(f"{self._http.base}/", told) if isinstance(told, str) and told else None

    async def events(self) -> AsyncIterator[MachineEvent]:
        silent = 0
        while True:
            silent += 1
            with suppress(MachineError):
                async for event in self._push():
                    silent = 0
                    yield event
            # However the push ended, what it may have missed is asked for.
            with suppress(MachineError):
                yield MachineEvent(status=await self.status())
            await asyncio.sleep(RECONNECT_SECONDS[min(silent, len(RECONNECT_SECONDS) - 1)])

    async def close(self) -> None:
        await self._http.close()
        await self._stranger.close()

    async def _push(self) -> AsyncIterator[MachineEvent]:
        """One connection to the push API, until it breaks or falls silent."""
        async with self._stranger.websocket("/sockjs/websocket", seconds=self._patience_seconds) as connection:
            await self._await_message(connection, "connected")
            await self._log_in(connection)
            while True:
                message = await self._next_message(connection, PUSH_QUIET_SECONDS)
                if "reauthRequired" in message:
                    await self._log_in(connection)
                elif event := read_push(message):
                    yield event

    async def _log_in(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Subscribe, then authenticate. Only `history` proves that it worked: OctoPrint is silent when it did not."""
        login = await self._http.json("POST", "/api/login", {"passive": True})
        subscription = {"state": {"logs": False, "messages": False}, "events": list(EVENT_OUTCOMES), "plugins": []}
        await connection.send_json({"subscribe": subscription})
        await connection.send_json({"auth": f"{login.get('name')}:{login.get('session')}"})
        await self._await_message(connection, "history")

    async def _await_message(self, connection: aiohttp.ClientWebSocketResponse, kind: str) -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                while kind not in await self._next_message(connection, self._patience_seconds):
                    pass
        except TimeoutError as error:
            raise MachineConfused(f"OctoPrint pushed no {kind!r} within {self._patience_seconds:g} s") from error

    async def _next_message(self, connection: aiohttp.ClientWebSocketResponse, seconds: float) -> dict[str, Any]:
        try:
            message = await connection.receive(timeout=seconds)
        except TimeoutError as error:
            raise MachineUnreachable(f"OctoPrint pushed nothing for {seconds:g} s") from error
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise MachineUnreachable(f"OctoPrint closed its push connection ({message.type.name})")
        return parse_object("the push API", message.data)

    async def _job(self, command: dict[str, str], *, already: MachineState) -> None:
        """A command to the running job; a refusal is no error when the machine is where it should go."""
        try:
            await self._http.done("POST", "/api/job", command)
        except Answered as error:
            if error.status != 409 or (await self.status()).state is not already:
                raise

    async def _works_on(self, name: str) -> bool:
        status = await self.status()
        return status.file == name and status.state in {MachineState.PRINTING, MachineState.PAUSED, MachineState.BUSY}

    async def _entry(self, name: str) -> dict[str, Any] | None:
        """OctoPrint's entry of a file; None when it has none."""
        try:
            return await self._http.json("GET", _path(name))
        except Answered as error:
            if error.status != 404:
                raise
            return None

    async def _rights(self, http: MachineHttp) -> set[str]:
        user = await http.json("GET", "/api/currentuser")
        rights = user.get("permissions")
        if not isinstance(rights, list):
            raise MachineConfused(f"OctoPrint tells no permissions: {rights!r}")
        return {str(right) for right in rights}


def _path(name: str) -> str:
    if not FILE_NAME.fullmatch(name):
        raise MachineRefused(
            f"the file name {name!r} may hold letters, digits, '.', '_' and '-' only, and ends in .gcode"
        )
    return f"/api/files/local/{name}"


def _size_and_hash(gcode: Path) -> tuple[int, str]:
    """Size and SHA-1, by which OctoPrint knows its files."""
    with gcode.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False))
        return file.tell(), digest.hexdigest()
