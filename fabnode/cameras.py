"""Pictures of a machine when its print starts, ends or fails: taken in bounds, kept here, and shown to the registry.

<folder>/<file's stem>/about.json        whose attempt it is
<folder>/<file's stem>/start.jpg         also end, failure; .png
<folder>/<file's stem>/start.jpg.sent    it need not be sent (again)
"""

import asyncio
import json
import logging
import shutil
import time
from pathlib import Path
from typing import Literal, get_args

import aiohttp

from fabnode.client import Registry, RegistryError, RegistryRefused
from fabnode.errors import FabnodeError
from fabnode.retry import Backoff
from printers.machine import Machine, MachineError, Pictured

log = logging.getLogger(__name__)

MAX_PICTURE_BYTES = 2 << 20
PATIENCE_SECONDS = 10.0
AT_ONCE = 4
MAX_KEPT_BYTES = 256 << 20
KINDS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
"""By the first bytes; nothing else of a picture is looked at."""
TYPES = {"jpg": "image/jpeg", "png": "image/png"}

PictureMoment = Literal["start", "end", "failure"]


class NoPicture(FabnodeError):
    """The camera gave none; the words say why."""


class Cameras:
    """Takes pictures when it is told to, and sends them for as long as it takes."""

    def __init__(self, folder: Path, registry: Registry, backoff: Backoff) -> None:
        self._folder = folder
        self._registry = registry
        self._backoff = backoff
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._news = asyncio.Event()

    async def take(self, machine: Machine, url: str | None, file: str, attempt: str, moment: PictureMoment) -> None:
        """One picture, kept. Not a word when the machine has no camera. Raises NoPicture."""
        async with self._slots:
            address = await _address(machine, url)
            if address is None:
                return
            picture = await fetch_picture(address)
            await asyncio.to_thread(self._keep, file.removesuffix(".gcode"), attempt, moment, picture)
        self._news.set()

    async def run(self) -> None:
        """Send what was not sent. A registry that does not want a picture is not asked again."""
        failures = 0
        while True:
            self._news.clear()
            try:
                for path in await asyncio.to_thread(self._unsent):
                    await self._send(path)
            except RegistryError as error:
                failures += 1
                log.info("pictures wait to be sent: %s", error)
                await asyncio.sleep(self._backoff.after(failures, 0.5))
            else:
                failures = 0
                await self._news.wait()

    def pictures(self, file: str) -> tuple[Path, ...]:
        """What is kept of an attempt, by its file's name on the machine."""
        folder = self._folder / file.removesuffix(".gcode")
        return tuple(path for path in sorted(folder.glob("*")) if path.suffix.removeprefix(".") in TYPES)

    async def _send(self, path: Path) -> None:
        attempt = json.loads((path.parent / "about.json").read_text())["attempt"]
        data = await asyncio.to_thread(path.read_bytes)
        try:
            await self._registry.snapshot(attempt, path.stem, data, TYPES[path.suffix.removeprefix(".")])
        except RegistryRefused as error:
            if error.credentials:
                raise
            log.warning("the registry does not take a picture of attempt %s: %s", attempt, error)
        path.with_name(path.name + ".sent").touch()

    def _keep(self, stem: str, attempt: str, moment: str, picture: bytes) -> None:
        self._make_room()
        folder = self._folder / stem
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "about.json").write_text(json.dumps({"attempt": attempt}))
        path = folder / f"{moment}.{kind_of(picture)}"
        partial = path.with_suffix(".part")
        partial.write_bytes(picture)
        partial.replace(path)

    def _unsent(self) -> list[Path]:
        pictures = [path for path in self._folder.glob("*/*.*") if path.suffix.removeprefix(".") in TYPES]
        return sorted(path for path in pictures if not path.with_name(path.name + ".sent").exists())

    def _make_room(self) -> None:
        """The oldest attempts' pictures go when there are too many bytes of them."""
        folders = sorted(self._folder.glob("*/"), key=lambda folder: folder.stat().st_mtime, reverse=True)
        kept = 0
        for folder in folders:
            kept += sum(path.stat().st_size for path in folder.iterdir())
            if kept > MAX_KEPT_BYTES:
                shutil.rmtree(folder, ignore_errors=True)

    def forget(self, days: float) -> None:
        """Drop what is older."""
        for folder in self._folder.glob("*/"):
            if folder.stat().st_mtime < time.time() - days * 86_400:
                shutil.rmtree(folder, ignore_errors=True)


async def fetch_picture(url: str) -> bytes:
    """A JPEG or PNG, bounded in time and bytes. Raises NoPicture."""
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            aiohttp.ClientSession(trust_env=False) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise NoPicture(f"the camera {url} answers {answer.status}")
            data = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > MAX_PICTURE_BYTES:
                    raise NoPicture(f"the camera {url} sends more than {MAX_PICTURE_BYTES >> 20} MiB")
    except TimeoutError as error:
        raise NoPicture(f"the camera {url} sent no picture within {PATIENCE_SECONDS:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise NoPicture(f"the camera {url} cannot be reached: {error}") from error
    kind_of(bytes(data))
    return bytes(data)


def kind_of(picture: bytes) -> str:
    """jpg or png. Raises NoPicture."""
    for start, kind in KINDS.items():
        if picture.startswith(start):
            return kind
    raise NoPicture(f"what the camera sends is neither JPEG nor PNG: it begins with {picture[:8]!r}")


def picture_moments() -> tuple[str, ...]:
    return get_args(PictureMoment)


async def _address(machine: Machine, url: str | None) -> str | None:
    if url is not None:
        return None if url == "none" else url
    if not isinstance(machine, Pictured):
        return None
    try:
        return await machine.camera()
    except MachineError as error:
        raise NoPicture(f"the machine does not say where its camera is: {error}") from error
