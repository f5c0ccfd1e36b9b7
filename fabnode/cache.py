"""Artifacts on this computer, by digest. What is read was verified at that moment; what is fetched can be resumed.

<folder>/<sha256>         whole
<folder>/<sha256>.part    as far as it came
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import IO, Protocol
from weakref import WeakValueDictionary

from designs.digest import Digest, DigestMismatch, digest_file
from fabnode.errors import FabnodeError


class CacheError(FabnodeError):
    """An artifact could not be brought here whole."""


class Source(Protocol):
    """Where bytes come from: the registry."""

    def blob(self, digest: str, offset: int) -> AbstractAsyncContextManager[tuple[int, AsyncIterator[bytes]]]: ...


class ArtifactCache:
    """Bounded in size; the least recently used whole file goes first, never one that is in use."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._max_bytes = max_bytes
        self._in_use: dict[Digest, int] = {}
        self._fetching: WeakValueDictionary[Digest, asyncio.Lock] = WeakValueDictionary()

    @contextmanager
    def keep(self, *digests: Digest) -> Iterator[None]:
        """While inside, these are not thrown out."""
        for digest in digests:
            self._in_use[digest] = self._in_use.get(digest, 0) + 1
        try:
            yield
        finally:
            for digest in digests:
                self._in_use[digest] -= 1
                if not self._in_use[digest]:
                    del self._in_use[digest]

    async def get(self, digest: Digest) -> Path | None:
        """The verified file, or None. A file whose bytes have changed on the disk is thrown away."""
        return await asyncio.to_thread(self._verified, digest)

    async def fetch(self, source: Source, digest: Digest, size: int) -> Path:
        """The verified file, fetched where it is not here yet; an interrupted fetch goes on where it stopped.

        Raises CacheError when the bytes are not those that were named, and what `source` raises.
        """
        if size > self._max_bytes:
            raise CacheError(
                f"the artifact {digest} has {size} bytes, the cache holds {self._max_bytes}: make it larger"
            )
        with self.keep(digest):
            async with self._fetching.setdefault(digest, asyncio.Lock()):  # one fetch serves all who want it
                return await self.get(digest) or await self._fetch(source, digest, size)

    async def _fetch(self, source: Source, digest: Digest, size: int) -> Path:
        await asyncio.to_thread(self._make_room, size)
        part = self._folder / f"{digest}.part"
        await self._download(source, digest, size, part)
        return await asyncio.to_thread(self._seal, digest, part)

    async def _download(self, source: Source, digest: Digest, size: int, part: Path) -> None:
        have = await asyncio.to_thread(_usable_bytes, part, size)
        if have == size and size:
            return
        async with source.blob(digest, have) as (began, chunks):
            file = await asyncio.to_thread(part.open, "r+b" if began else "wb")
            with file:
                file.seek(began)
                async for chunk in chunks:
                    if file.tell() + len(chunk) > size:
                        file.truncate(0)
                        raise CacheError(f"the registry sends more than the {size} bytes that it named for {digest}")
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_to_disk, file)

    def _verified(self, digest: Digest) -> Path | None:
        path = self._folder / digest
        if not path.is_file():
            return None
        if digest_file(path) != digest:
            path.unlink()
            return None
        os.utime(path)
        return path

    def _seal(self, digest: Digest, part: Path) -> Path:
        actual = digest_file(part)
        if actual != digest:
            part.unlink()
            raise CacheError(f"the artifact did not arrive whole: {DigestMismatch(digest, actual)}")
        whole = self._folder / digest
        part.replace(whole)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return whole

    def _make_room(self, size: int) -> None:
        files = sorted((entry.stat().st_mtime, entry.stat().st_size, entry) for entry in self._folder.iterdir())
        total = sum(held for _, held, _ in files)
        for _, held, path in files:
            if total + size <= self._max_bytes:
                return
            if not self._in_use.get(Digest(path.name.removesuffix(".part"))):
                path.unlink()
                total -= held


def _usable_bytes(part: Path, size: int) -> int:
    """How much of an earlier fetch can be gone on from."""
    have = part.stat().st_size if part.exists() else 0
    return have if have <= size else 0


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
