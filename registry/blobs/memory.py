"""Bytes in this process's memory: for tests and for trying out. Gone when the process ends."""

from collections.abc import Iterator
from pathlib import Path

from designs.digest import CHUNK, Digest
from registry.blobs.interface import BlobMissing, VerifiedFile


class MemoryBlobs:
    """Not shared between processes."""

    def __init__(self) -> None:
        self._kept: dict[Digest, bytes] = {}

    def put(self, file: VerifiedFile) -> None:
        self._kept.setdefault(file.digest, file.path.read_bytes())

    def size(self, digest: Digest) -> int:
        return len(self._bytes(digest))

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        wanted = self._bytes(digest)[start:end]
        return (wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK))

    def local_path(self, digest: Digest) -> Path | None:
        return None

    def delete(self, digest: Digest) -> None:
        self._kept.pop(digest, None)

    def _bytes(self, digest: Digest) -> bytes:
        try:
            return self._kept[digest]
        except KeyError:
            raise BlobMissing(digest) from None
