"""What was sliced once is not sliced again: G-code by the digest of all that it depends on, shared by all machines.

<folder>/<key>.gcode   the file        <folder>/<key>.json   its sha256, its size and the slicer's figures

The key covers the model's bytes, every setting that is in force, where parts may stand, the copies, the slicer and its
version, and how this package arranges and writes what the slicer reads. A kept file is verified whenever it is used; it
is judged for each machine anew.
"""

import asyncio
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from designs.digest import digest_bytes, digest_file
from fabnode.slicers.interface import Sliced, SliceError, SliceProblem, Slicer, SliceRequest
from fabnode.slicers.profiles import ProfileError

log = logging.getLogger(__name__)

FORM = 1
"""Grows when the same request leads to other G-code by a change in this package."""


@dataclass(frozen=True)
class _Entry:
    """A kept slicing."""

    sha256: str
    size: int
    print_seconds: float | None
    filament_g: float | None
    filament_mm: float | None
    layers: int | None


class SliceCache:
    """Bounded in size; what was not used for longest goes first. One slicing at a time, and one for equal requests."""

    def __init__(self, folder: Path, max_bytes: int, at_once: int = 1) -> None:
        for left in folder.glob("*.part"):
            left.unlink(missing_ok=True)  # by an agent that was killed while it wrote
        self._folder = folder
        self._max_bytes = max_bytes
        self._slicing = asyncio.Semaphore(at_once)
        self._wanted: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def slice(self, slicer: Slicer, request: SliceRequest) -> Sliced:
        """From what is kept, or by the slicer. Raises SliceError."""
        version = await slicer.version()
        try:
            key = await asyncio.to_thread(request_key, request, version)
        except ProfileError as error:
            raise SliceError(SliceProblem.SETTINGS, str(error)) from error
        async with self._wanted.setdefault(key, asyncio.Lock()):
            kept = await asyncio.to_thread(self._take, key, request.into)
            if kept:
                return _sliced(kept, request, version)
            async with self._slicing:
                sliced = await slicer.slice(request)
            await asyncio.to_thread(self._keep, key, sliced)
            return sliced

    def _take(self, key: str, into: Path) -> _Entry | None:
        """Copy the kept file to its place. None when there is none, or when its bytes have changed."""
        gcode = self._folder / f"{key}.gcode"
        try:
            entry = _Entry(**json.loads((self._folder / f"{key}.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        try:
            shutil.copyfile(gcode, into / "out.gcode")
            if digest_file(into / "out.gcode") == entry.sha256:
                os.utime(gcode)
                return entry
        except OSError as error:
            log.warning("the kept slicing %s cannot be read: %s", key, error)
        else:
            log.warning("the kept slicing %s has changed on the disk: it is made anew", key)
        self._drop(key)
        return None

    def _keep(self, key: str, sliced: Sliced) -> None:
        """A full disk is no reason to lose what was just sliced: then it is not kept."""
        size = sliced.gcode.stat().st_size
        if size > self._max_bytes:
            return
        entry = _Entry(
            digest_file(sliced.gcode), size, sliced.print_seconds, sliced.filament_g, sliced.filament_mm, sliced.layers
        )
        part = self._folder / f"{key}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(size)
            shutil.copyfile(sliced.gcode, part)
            part.replace(self._folder / f"{key}.gcode")
            part.write_text(json.dumps(entry.__dict__))
            part.replace(self._folder / f"{key}.json")
        except OSError as error:
            log.warning("the slicing %s is not kept: %s", key, error)
            with suppress(OSError):
                part.unlink(missing_ok=True)
                self._drop(key)

    def _make_room(self, size: int) -> None:
        files = sorted(self._files(), key=lambda file: file[1])
        held = sum(length for _, _, length in files)
        for key, _, length in files:
            if held + size <= self._max_bytes:
                return
            self._drop(key)
            held -= length

    def _files(self) -> Iterator[tuple[str, float, int]]:
        """Key, time of the last use, bytes."""
        for path in self._folder.glob("*.gcode"):
            about = path.stat()
            yield path.stem, about.st_mtime, about.st_size

    def _drop(self, key: str) -> None:
        for suffix in ("json", "gcode"):
            (self._folder / f"{key}.{suffix}").unlink(missing_ok=True)


@dataclass(frozen=True)
class KeptSlicer:
    """A slicer whose results are kept."""

    slicer: Slicer
    cache: SliceCache

    async def version(self) -> str:
        return await self.slicer.version()

    async def slice(self, request: SliceRequest) -> Sliced:
        return await self.cache.slice(self.slicer, request)


def request_key(request: SliceRequest, version: str) -> str:
    """The digest of all that the G-code depends on. Raises ProfileError and OSError."""
    settings = request.settings()
    room = request.profile.usable
    facts = {
        "form": FORM,
        "slicer": version,
        "model": digest_file(request.model),
        "settings": {key: setting.value for key, setting in settings.settings.items()},
        "curaengine": {key: setting.value for key, setting in settings.curaengine.items()},
        "nozzle": request.profile.nozzle_mm,
        "room": [room.x, room.y, room.z],
        "copies": request.copies,
        "up": request.hints.up,
    }
    return digest_bytes(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode())


def _sliced(kept: _Entry, request: SliceRequest, version: str) -> Sliced:
    return Sliced(
        request.into / "out.gcode", version, kept.print_seconds, kept.filament_g, kept.filament_mm, kept.layers,
        request.copies,
    )  # fmt: skip
