"""Bytes on their way in and out of a store, verified against their digest on every crossing."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from anyio import to_thread

from designs.digest import CHUNK, Digest, DigestMismatch, digest_bytes, digest_file
from registry.blobs.interface import BlobStore, VerifiedFile
from registry.errors import TooLarge

ABANDONED_SECONDS = 24 * 3600
"""Nothing is received for this long."""


@asynccontextmanager
async def receive(chunks: AsyncIterator[bytes], folder: Path, *, limit: int) -> AsyncIterator[VerifiedFile]:
    """Take a stream into a file of `folder`, which is gone afterwards. Raises TooLarge beyond `limit` bytes.

    Memory stays at about one chunk however large the stream is, and a stream that breaks off leaves nothing.
    """
    digest, size, waiting = hashlib.sha256(), 0, bytearray()
    with tempfile.NamedTemporaryFile(dir=folder, prefix="upload-") as file:

        def keep(data: bytes) -> None:
            digest.update(data)
            file.write(data)

        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"more than the {limit} bytes that this registry takes at once", limit=limit)
            waiting += chunk
            if len(waiting) >= CHUNK:
                await to_thread.run_sync(keep, bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(keep, bytes(waiting))
        await to_thread.run_sync(file.flush)
        yield VerifiedFile(Path(file.name), Digest(digest.hexdigest()), size)


def verify_file(path: Path, expected: Digest | None = None) -> VerifiedFile:
    """Compute the digest of a local file. Raises DigestMismatch when it is not the expected one."""
    digest = digest_file(path)
    if expected is not None and digest != expected:
        raise DigestMismatch(expected, digest)
    return VerifiedFile(path, digest, path.stat().st_size)


def put_bytes(store: BlobStore, data: bytes, folder: Path) -> Digest:
    """Keep bytes that are in memory, and return their digest."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="bytes-") as file:
        file.write(data)
        file.flush()
        digest = digest_bytes(data)
        store.put(VerifiedFile(Path(file.name), digest, len(data)))
    return digest


def fetch(store: BlobStore, digest: Digest, target: Path) -> None:
    """Write a blob to a new file. Raises DigestMismatch, leaving no file, when the store gave other bytes."""
    actual = hashlib.sha256()
    try:
        with target.open("xb") as file:
            for piece in store.read(digest):
                actual.update(piece)
                file.write(piece)
        if actual.hexdigest() != digest:
            raise DigestMismatch(digest, Digest(actual.hexdigest()))
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def read_whole(store: BlobStore, digest: Digest, *, limit: int) -> bytes:
    """A small blob in memory, verified. Raises TooLarge beyond `limit` bytes."""
    data = bytearray()
    for piece in store.read(digest, 0, limit + 1):
        data += piece
    if len(data) > limit:
        raise TooLarge(f"the file {digest} has more than {limit} bytes: too many for what it should be", limit=limit)
    actual = digest_bytes(bytes(data))
    if actual != digest:
        raise DigestMismatch(digest, actual)
    return bytes(data)


def prepare_incoming(folder: Path) -> None:
    """Make the folder for half-received things, and remove what a process that was killed left there a day ago."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if time.time() - left.lstat().st_mtime < ABANDONED_SECONDS:
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A fresh folder inside `folder`, removed afterwards with everything in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-") as name:
        yield Path(name)
