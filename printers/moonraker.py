"""Moonraker before Klipper: HTTP for everything that matters, its JSON-RPC websocket to hear of it sooner.

Wire: moonraker.readthedocs.io, external API. Verified on Moonraker 0.11.0 with Klippy 0.12 and a micro-controller that
is a program, not on hardware. Settings: `url`; `api_key` where Moonraker does not trust the agent's address.

What is to be known: Klipper begins a file without a word while another one is *paused*, so a start is asked for on an
idle printer only; after a shutdown `print_stats` goes on saying `paused`; Moonraker's own job queue is never used;
its history misses what changes within the 0.25 s at which it listens to Klipper, so the end of the last print is
awaited there before the next start.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import aiohttp

from printers.drivers import BadSettings, Settings
from printers.http import REQUEST_SECONDS, Answered, MachineHttp, Unanswered, parse_address
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
from printers.moonraker_messages import (
    MINIMUM_VERSION,
    OBJECTS,
    Job,
    Printer,
    may_be_driven,
    read_camera,
    read_evidence,
    read_jobs,
    read_printer,
    read_size,
    require_name,
)
from printers.moonraker_push import listen

UPLOAD_PATIENCE = 4
"""How many times longer than for a question: Moonraker reads the whole file for its metadata before it answers."""
SLOWEST_UPLOAD_BYTES_S = 100_000
HISTORY_PAGE, HISTORY_PAGES = 250, 20
"""What lies further back than so many jobs is not read."""
HISTORY_LAG_SECONDS, HISTORY_POLL_SECONDS = 1.0, 0.1
RECONNECT_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)
_QUERY = "/printer/objects/query?" + "&".join(f"{name}={','.join(fields)}" for name, fields in OBJECTS.items())


class MoonrakerMachine:
    """One printer behind one Moonraker."""

    kind: ClassVar[str] = "moonraker"

    def __init__(self, url: str, api_key: str | None = None, *, patience_seconds: float = REQUEST_SECONDS) -> None:
        """patience_seconds: for one answer; an upload gets more, by its size."""
        self._http = MachineHttp(url, {"X-Api-Key": api_key} if api_key else {}, seconds=patience_seconds)
        self._patience_seconds = patience_seconds

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        key = settings.get("api_key") or None
        if key is not None and not re.fullmatch(r"[A-Za-z0-9_-]{8,200}", key):
            raise BadSettings(
                f"machine {name!r}: api_key must be Moonraker's API key (its /access/api_key tells it), or be left out"
            )
        return cls(parse_address(name, settings.get("url", "")), key)

    async def check(self) -> str:
        try:
            info = await self._result("GET", "/server/info")
        except Answered as error:
            if error.status != 401:
                raise
            raise MachineRefused(
                f"{self._http.base} does not know the agent ({error}); add the machine with Moonraker's API key, "
                "or name the agent's address under trusted_clients in moonraker.conf"
            ) from error
        version = info.get("moonraker_version")
        if not isinstance(version, str):
            raise Unsupported(f"{self._http.base} does not say that it is Moonraker; give the address of Moonraker")
        if not may_be_driven(version):
            least = ".".join(map(str, MINIMUM_VERSION))
            raise Unsupported(f"Moonraker {version[:40]} is too old to be driven; update it to {least} or later")
        if "history" not in _texts(info, "components"):
            raise Unsupported(
                "Moonraker keeps no history, so nobody could say later what was printed; "
                "add the section [history] to moonraker.conf and restart Moonraker"
            )
        if missing := _texts(info, "missing_klippy_requirements"):
            sections = ", ".join(f"[{name}]" for name in missing)
            raise Unsupported(f"Klipper cannot print files: add {sections} to printer.cfg and restart Klipper")
        return f"Moonraker {version}"

    async def status(self) -> Status:
        printer = await self._printer()
        return printer.status() if printer else Status(MachineState.OFFLINE, message="Klipper is not connected")

    async def upload(self, name: str, gcode: Path) -> None:
        require_name(name)
        size, digest = await asyncio.to_thread(_size_and_hash, gcode)
        await self._require_not_running(name)
        with await asyncio.to_thread(gcode.open, "rb") as file:
            form = aiohttp.FormData({"root": "gcodes", "checksum": digest, "print": "false"})
            form.add_field("file", file, filename=name, content_type="application/octet-stream")
            seconds = UPLOAD_PATIENCE * self._patience_seconds + size / SLOWEST_UPLOAD_BYTES_S
            answer = await self._http.upload("/server/files/upload", form, seconds=seconds)
        if answer.get("print_started") or answer.get("print_queued"):
            raise MachineConfused(f"Moonraker says that it began to print {name} on an upload that asked for none")
        arrived = await self._size(name)
        if arrived != size:
            raise MachineConfused(
                f"{name} is {arrived} bytes on the machine and was {size}; upload it again, and switch off what "
                "changes files there (enable_object_processing in moonraker.conf)"
            )

    async def start(self, name: str) -> None:
        require_name(name)
        try:
            # Whoever calls may do so now: what takes longer to look at is not begun later.
            async with asyncio.timeout(self._patience_seconds):
                await self._require_startable(name)
                await self._end_recorded()
        except TimeoutError as error:
            raise MachineRefused(
                f"{self._http.base} took longer than {self._patience_seconds:g} s to say how the machine is; "
                "it was not asked to start"
            ) from error
        try:
            await self._http.json("POST", "/printer/print/start", {"filename": name})
        except Answered as error:
            # A proxy that repeats requests gets its second one refused because the first has begun the print.
            now = await self._printer()
            if now is None or now.runs(name):
                raise MachineConfused(f"Klipper refused to start {name} and yet may run it: {error}") from error
            raise

    async def pause(self) -> None:
        await self._job("pause", already=MachineState.PAUSED)

    async def resume(self) -> None:
        await self._job("resume", already=MachineState.PRINTING)

    async def cancel(self) -> None:
        await self._job("cancel", already=MachineState.IDLE)

    async def camera(self) -> str | None:
        return read_camera(self._http.base, await self._result("GET", "/server/webcams/list"))

    async def evidence(self, name: str) -> Evidence:
        require_name(name)
        # First what runs: what ends meanwhile is then in the history, or is running still by what is told.
        printer = await self._printer()
        return read_evidence(name, await self._size(name), printer, await self._history())

    async def remove(self, name: str) -> None:
        require_name(name)
        await self._require_not_running(name)
        try:
            await self._http.json("DELETE", f"/server/files/gcodes/{name}")
        except Answered as error:
            if error.status not in {400, 404} or await self._is_there(name):
                raise

    async def events(self) -> AsyncIterator[MachineEvent]:
        silent = 0
        while True:
            silent += 1
            with suppress(MachineError):
                async for event in listen(self._http, self.status, seconds=self._patience_seconds):
                    silent = 0
                    yield event
            # However the push ended, what it may have missed is asked for.
            with suppress(MachineError):
                yield MachineEvent(status=await self.status())
            await asyncio.sleep(RECONNECT_SECONDS[min(silent, len(RECONNECT_SECONDS) - 1)])

    async def close(self) -> None:
        await self._http.close()

    async def _job(self, verb: str, *, already: MachineState) -> None:
        """A command to the running print. Without one it is never sent: macros of the owner would move the machine."""
        printer = await self._printer()
        if printer is None:
            raise MachineUnreachable(f"Klipper is not connected to Moonraker and cannot {verb}")
        if printer.state is already or (already is MachineState.IDLE and not printer.at_work):
            return
        if not printer.at_work:
            raise MachineRefused(f"there is no print to {verb}: the machine is {printer.state}")
        try:
            await self._http.json("POST", f"/printer/print/{verb}")
        except Answered:
            now = await self._printer()
            if now is None or now.state is not already:
                raise

    async def _require_startable(self, name: str) -> None:
        if await self._size(name) is None:
            raise MachineRefused(f"there is no file {name} on the machine")
        printer = await self._printer()
        if printer is None:
            raise MachineRefused("Klipper is not connected to Moonraker")
        if printer.runs(name):
            raise MachineConfused(f"was asked to start {name}, which runs already")
        if printer.state is not MachineState.IDLE:
            told = ": ".join(filter(None, (printer.file, printer.message)))
            raise MachineRefused(f"the machine is {printer.state} and begins nothing else now ({told})")

    async def _end_recorded(self) -> None:
        """Wait, within bounds, until the history has the end of the last print."""
        for _ in range(int(HISTORY_LAG_SECONDS / HISTORY_POLL_SECONDS)):
            jobs = await self._jobs(limit=1, start=0)
            if not jobs or jobs[0].status != "in_progress":
                return
            await asyncio.sleep(HISTORY_POLL_SECONDS)

    async def _history(self) -> list[Job] | None:
        """All jobs, newest first; None when Moonraker keeps none."""
        found: dict[str, Job] = {}
        for page in range(HISTORY_PAGES):
            jobs = await self._jobs(limit=HISTORY_PAGE, start=page * HISTORY_PAGE)
            if jobs is None:
                return None
            found |= {job.key: job for job in jobs}  # A job begun meanwhile moves the others to the next page.
            if len(jobs) < HISTORY_PAGE:
                break
        return list(found.values())

    async def _jobs(self, *, limit: int, start: int) -> list[Job] | None:
        try:
            return read_jobs(await self._result("GET", f"/server/history/list?limit={limit}&start={start}&order=desc"))
        except Answered as error:
            if error.status != 404:
                raise
            return None

    async def _printer(self) -> Printer | None:
        """Klipper as it is now; None when it is Moonraker itself that says that Klipper is not there."""
        try:
            return read_printer(await self._result("GET", _QUERY))
        except Unanswered:
            info = await self._result("GET", "/server/info")
            if info.get("klippy_connected") is not False:
                raise
            return None

    async def _size(self, name: str) -> int | None:
        """Bytes of a file; None when it is not there."""
        try:
            return read_size(await self._result("GET", f"/server/files/metadata?filename={name}"))
        except Answered as error:
            if error.status != 404:
                raise
            return None

    async def _is_there(self, name: str) -> bool:
        """By the file itself: of one that was just removed the metadata may be told for a while yet."""
        try:
            await self._http.done("HEAD", f"/server/files/gcodes/{name}", awaited=(200,))
        except Answered as error:
            if error.status != 404:
                raise
            return False
        return True

    async def _require_not_running(self, name: str) -> None:
        """Moonraker protects a running file itself, but only from 0.25 s after the start."""
        printer = await self._printer()
        if printer is not None and printer.runs(name):
            raise MachineRefused(f"{name} is being printed and can be neither replaced nor removed")

    async def _result(self, method: str, path: str) -> dict[str, Any]:
        answer = await self._http.json(method, path)
        result = answer.get("result")
        if not isinstance(result, dict):
            raise MachineConfused(f"{path} answers without a result: {json.dumps(answer)[:200]}")
        return result


def _size_and_hash(gcode: Path) -> tuple[int, str]:
    """Size and SHA-256, by which Moonraker checks what arrives."""
    with gcode.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def _texts(info: dict[str, Any], key: str) -> list[str]:
    value = info.get(key)
    return [str(item)[:80] for item in value] if isinstance(value, list) else []
