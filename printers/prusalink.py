"""PrusaLink, the program beside an MK2.5, MK3 or MK3S: HTTP, asked at intervals, for it pushes nothing.

Wire: PrusaLink's OpenAPI description (api/v1), and /api/version, /api/job and /api/files/…/raw of its older API.
Verified on PrusaLink 0.8.1 before a printer that is a program, not on hardware. The API of the same name in the
firmware of an MK4, MINI or XL behaves differently and is refused. Settings: `url`, `folder` (of the driver's record),
`api_key`: PrusaLink's API key, or with `user` that user's password (HTTP digest).

What is to be known: PrusaLink keeps no record of what it printed, so the driver does; it takes a file over the one that
it prints, and a start while its printer is away, so both are asked for only when they are right; for 11 s after a print
it begins no other; a file sent as `application/octet-stream` for the first time is an error of the server.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import aiohttp

from printers.drivers import BadSettings, Settings
from printers.http import REQUEST_SECONDS, Answered, MachineHttp, parse_address, read_object
from printers.machine import (
    Evidence,
    MachineConfused,
    MachineError,
    MachineEvent,
    MachineRefused,
    Status,
)
from printers.prusalink_access import check_access
from printers.prusalink_files import Files, path_of, require_name
from printers.prusalink_messages import (
    ENDED,
    Look,
    read_job_file,
    read_job_number,
    read_selected,
    read_status,
)
from printers.prusalink_record import History

WATCH_SECONDS = 1.0
"""Between two looks. The end of a print is shown for 11 s only."""
LOOKS = 3


class PrusaLinkMachine:
    """One printer behind one PrusaLink."""

    kind: ClassVar[str] = "prusalink"

    def __init__(
        self,
        url: str,
        api_key: str,
        folder: Path,
        *,
        user: str | None = None,
        patience_seconds: float = REQUEST_SECONDS,
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        """api_key: the user's password where there is a user. patience_seconds: for one answer; an upload gets more."""
        if user is None:
            self._http = MachineHttp(url, {"X-Api-Key": api_key}, seconds=patience_seconds)
        else:
            digest = aiohttp.DigestAuthMiddleware(user, api_key)
            self._http = MachineHttp(url, {}, seconds=patience_seconds, middlewares=(digest,))
        self._stranger = MachineHttp(url, {}, seconds=patience_seconds)
        self._files = Files(self._http, patience_seconds)
        self._patience_seconds = patience_seconds
        self._watch_seconds = watch_seconds
        self._history = History(folder)
        self._looking = asyncio.Lock()
        """One look after another, and none while a start is asked for: they are written down in their order."""
        self._acted = asyncio.Event()
        self._job_file: tuple[int, str | None] | None = None
        self._old_progress: tuple[int | None, float | None] = (None, None)
        """A job, and what PrusaLink told of the one before: that stands until the new one tells its own."""

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        key, folder = settings.get("api_key", ""), settings.get("folder")
        if not re.fullmatch(r"[!-~]([ -~]{0,198}[!-~])?", key):
            raise BadSettings(
                f"machine {name!r}: api_key must be PrusaLink's API key (its settings page shows it), "
                "or a user's password where `user` is set"
            )
        if not folder:
            raise BadSettings(f"machine {name!r}: the setting `folder` is missing; name a folder for its record")
        user = settings.get("user") or None
        if user is not None and not re.fullmatch(r"[!#-9;-~][ -!#-9;-~]{0,253}[!#-9;-~]", user):
            raise BadSettings(f"machine {name!r}: user must be a user of PrusaLink, not {user!r}")
        return cls(parse_address(name, settings.get("url", "")), key, Path(folder), user=user)

    async def check(self) -> str:
        return await check_access(self._http, self._stranger)

    async def status(self) -> Status:
        return (await self._look()).status()

    async def upload(self, name: str, gcode: Path) -> None:
        require_name(name)
        if (await self._look()).runs(name):
            raise MachineRefused(f"{name} is being printed and cannot be replaced")
        await self._history.change(lambda record: record.with_sent(name))
        await self._files.put(name, gcode)

    async def start(self, name: str) -> None:
        require_name(name)
        async with self._looking:
            try:
                # Whoever calls may do so now: what takes longer to look at is not begun later.
                async with asyncio.timeout(self._patience_seconds):
                    await self._prepare_start(name)
            except TimeoutError as error:
                await self._history.change(lambda record: record.not_asked(name))
                raise MachineRefused(
                    f"{self._http.base} took longer than {self._patience_seconds:g} s to say how the machine is; "
                    "it was not asked to start"
                ) from error
            try:
                await self._http.done("POST", path_of(name))
            except Answered as error:
                # A proxy that repeats requests gets its second one refused because the first has begun the print.
                look = await self._look_once()
                if look.working or look.state in ENDED:
                    raise MachineConfused(f"PrusaLink refused to start {name} and yet may run it: {error}") from error
                await self._history.change(lambda record: record.answered(begun=False))
                raise
            await self._history.change(lambda record: record.answered(begun=True))
            with suppress(MachineError):
                begun = await self._look_once()
                self._old_progress = begun.job, begun.progress
        self._acted.set()

    async def pause(self) -> None:
        await self._job("PUT", "pause", already="PAUSED")

    async def resume(self) -> None:
        await self._job("PUT", "resume", already="PRINTING")

    async def cancel(self) -> None:
        if (await self._look()).working:
            await self._job("DELETE", "cancel", already=None)

    async def evidence(self, name: str) -> Evidence:
        require_name(name)
        # First what runs: what ends meanwhile is told as running still.
        look = await self._look(selected=True)
        record = await self._history.read()
        running = look.runs(name)
        size = await self._files.size(name)
        return Evidence(
            file=name,
            present=size is not None,
            size=size,
            starts=record.starts(name, look, await self._process()),
            running=running,
            outcome=None if running else record.outcome(name),
        )

    async def remove(self, name: str) -> None:
        require_name(name)
        await self._files.remove(name)

    async def events(self) -> AsyncIterator[MachineEvent]:
        heard, told = (await self._history.read()).last_over, None
        while True:
            self._acted.clear()
            with suppress(MachineError):
                status = (await self._look()).status()
                for run in (await self._history.read()).over_since(heard):
                    heard = run.number
                    yield MachineEvent(outcome=run.outcome, file=run.file, reason=run.reason)
                if status != told:
                    told = status
                    yield MachineEvent(status=status)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._watch_seconds):
                    await self._acted.wait()

    async def close(self) -> None:
        await self._http.close()
        await self._stranger.close()

    async def _look(self, *, selected: bool = False) -> Look:
        async with self._looking:
            try:
                return await self._look_once(selected=selected)
            except MachineError:
                self._job_file = None  # What comes back may be another PrusaLink, with another job of this number.
                raise

    async def _look_once(self, *, selected: bool = False) -> Look:
        """Ask how things are, and write down what that adds. `selected`: ask for the last file, too."""
        for _ in range(LOOKS):
            look = read_status(await self._http.json("GET", "/api/v1/status"))
            if look.working:
                found, file = await self._file_of(look.job)
                if not found:
                    continue  # It ended in between.
                told = (look.job, look.progress) != self._old_progress
                look = replace(look, file=file, progress=look.progress if told else 0.0)
            record = await self._history.read()
            if selected or (look.state in ENDED and record.open):
                look = replace(look, selected=await self._selected())
            await self._write_down(look)
            return look
        raise MachineConfused("PrusaLink says that it prints and does not say what")

    async def _write_down(self, look: Look) -> None:
        await self._history.change(lambda record: record.seen(look))

    async def _file_of(self, job: int | None) -> tuple[bool, str | None]:
        """Whether the job is still on, and its file."""
        if self._job_file and self._job_file[0] == job:
            return True, self._job_file[1]
        answer = await self._answer("/api/v1/job")
        if answer is None or read_job_number(answer) != job:
            return False, None
        file = read_job_file(answer, await self._files.folder())
        if job is not None:
            self._job_file = (job, file)
        return True, file

    async def _prepare_start(self, name: str) -> None:
        """Refuse what must not be begun now, and write down that it is about to be."""
        look = await self._look_once(selected=True)
        if look.runs(name):
            raise MachineConfused(f"was asked to start {name}, which runs already")
        if not look.startable:
            message = f": {look.message}" if look.message else ""
            raise MachineRefused(f"the printer is {look.state}{message}; {name} was not asked to start")
        if await self._files.size(name) is None:
            raise MachineRefused(f"there is no file {name} on the machine")
        # What PrusaLink printed last tells of this start only when it was another file until now.
        process = await self._process() if look.selected != name else None
        await self._history.change(lambda record: record.asked(name, process))

    async def _job(self, method: str, verb: str, *, already: str | None) -> None:
        """A command to the running print."""
        look = await self._look()
        if not look.working:
            raise MachineRefused(f"there is no print to {verb}: the printer is {look.state}")
        if look.state == already:
            return
        path = f"/api/v1/job/{look.job}" + ("" if method == "DELETE" else f"/{verb}")
        try:
            await self._http.done(method, path)
        except Answered as error:
            now = await self._look()
            if now.state == already or (already is None and not now.working):
                return
            raise MachineRefused(
                f"PrusaLink does not {verb} the print while the printer is {now.state}: {error}"
            ) from error
        self._acted.set()

    async def _selected(self) -> str | None:
        return read_selected(await self._http.json("GET", "/api/job"), await self._files.folder())

    async def _process(self) -> str | None:
        """What tells one process of PrusaLink from the next."""
        async with self._http.answer("HEAD", "/") as response:
            return response.headers.get("Instance-ID")

    async def _answer(self, path: str) -> dict[str, Any] | None:
        """The JSON object there; None when there is nothing."""
        async with self._http.answer("GET", path, awaited=(200, 204)) as response:
            return await read_object(response, path) if response.status == 200 else None
