"""The files in PrusaLink's local storage: put there whole, found, and removed."""

import asyncio
import hashlib
import re
from pathlib import Path
from urllib.parse import quote

from printers.http import Answered, MachineHttp
from printers.machine import MachineConfused, MachineRefused
from printers.prusalink_messages import read_folder, read_size

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\.gcode")
"""Nothing in it may mean anything to a shell, a path or an address."""
HEADERS = {"Content-Type": "text/x.gcode", "Overwrite": "?1", "Print-After-Upload": "?0"}
READ_BLOCK = 65_365
"""PrusaLink reads an upload in blocks of so many bytes, and never a last block of one byte."""
UPLOAD_PATIENCE = 4
SLOWEST_UPLOAD_BYTES_S = 100_000
LIST_POLL_SECONDS = 0.05
"""PrusaLink's list of files follows its folder after a moment."""


class Files:
    def __init__(self, http: MachineHttp, patience_seconds: float) -> None:
        self._http = http
        self._patience_seconds = patience_seconds
        self._folder: str | None = None

    async def put(self, name: str, gcode: Path) -> None:
        """Send the file and read it back."""
        size, digest = await asyncio.to_thread(_size_and_hash, gcode)
        if size % READ_BLOCK == 1:
            raise MachineRefused(
                f"PrusaLink loses the last byte of a file of {size} bytes ({size // READ_BLOCK} times {READ_BLOCK} "
                "and one); it would take the file with one more empty line"
            )
        with await asyncio.to_thread(gcode.open, "rb") as file:
            seconds = UPLOAD_PATIENCE * self._patience_seconds + size / SLOWEST_UPLOAD_BYTES_S
            await self._http.put(path_of(name), file, HEADERS, seconds=seconds)
        await self._await_size(name, size)
        if await self._digest(name) != digest:
            raise MachineConfused(f"{name} did not arrive as it was; upload it again")

    async def size(self, name: str) -> int | None:
        """Bytes of a file; None when it is not there."""
        try:
            return read_size(await self._http.json("GET", path_of(name)))
        except Answered as error:
            if error.status != 404:
                raise
            return None

    async def remove(self, name: str) -> None:
        try:
            await self._http.done("DELETE", path_of(name))
        except Answered as error:
            if error.status != 404:
                raise
        await self._await_size(name, None)

    async def folder(self) -> str:
        """What the local storage is called in the paths that PrusaLink tells; that stays."""
        if self._folder is None:
            self._folder = read_folder(await self._http.json("GET", "/api/v1/storage"))
        return self._folder

    async def _await_size(self, name: str, size: int | None) -> None:
        """Until PrusaLink's list says that the file has this size (None: that it is not there)."""
        for _ in range(max(1, round(self._patience_seconds / LIST_POLL_SECONDS))):
            found = await self.size(name)
            if found == size:
                return
            await asyncio.sleep(LIST_POLL_SECONDS)
        wanted, there = (f"{count} bytes" if count is not None else "nothing" for count in (size, found))
        raise MachineConfused(f"PrusaLink lists {there} under {name} and not {wanted}; try again")

    async def _digest(self, name: str) -> str:
        """SHA-256 of the file as it lies on the machine."""
        digest = hashlib.sha256()
        raw = f"/api/files/local/{quote(await self.folder())}/{name}/raw"
        async with self._http.answer("GET", raw) as response:
            async for chunk in response.content.iter_chunked(64 * 1024):
                digest.update(chunk)
        return digest.hexdigest()


def path_of(name: str) -> str:
    return f"/api/v1/files/local/{name}"


def require_name(name: str) -> None:
    if not FILE_NAME.fullmatch(name):
        raise MachineRefused(
            f"the file name {name!r} may hold letters, digits, '.', '_' and '-' only, and ends in .gcode"
        )


def _size_and_hash(gcode: Path) -> tuple[int, str]:
    with gcode.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()
