"""Bytes in a folder: `ab/abcdef…`, read-only files that appear whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from designs.digest import CHUNK, Digest
from registry.blobs.interface import BlobMissing, BlobStoreUnavailable, VerifiedFile


class FilesystemBlobs:
    """Any number of processes on one host may share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, file: VerifiedFile) -> None:
        target = self._path(file.digest)
        if target.exists():
            return
        partial = target.with_name(f"{file.digest}.{secrets.token_hex(8)}.partial")
        try:
            target.parent.mkdir(exist_ok=True)
            with file.path.open("rb") as source, partial.open("xb") as sink:
                shutil.copyfileobj(source, sink, CHUNK)
                sink.flush()
                os.fchmod(sink.fileno(), 0o444)
                os.fsync(sink.fileno())
            os.replace(partial, target)
            _sync_folder(target.parent)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise BlobStoreUnavailable(f"the blob folder does not take bytes ({error.strerror}): try later") from error

    def size(self, digest: Digest) -> int:
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            raise BlobMissing(digest) from None

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        try:
            file = self._path(digest).open("rb")
        except FileNotFoundError:
            raise BlobMissing(digest) from None
        return _pieces(file, start, end)

    def local_path(self, digest: Digest) -> Path | None:
        path = self._path(digest)
        return path if path.exists() else None

    def delete(self, digest: Digest) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: Digest) -> Path:
        return self._folder / digest[:2] / digest


def _pieces(file: IO[bytes], start: int, end: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = None if end is None else max(0, end - start)
        while left is None or left > 0:
            piece = file.read(CHUNK if left is None else min(CHUNK, left))
            if not piece:
                return
            if left is not None:
                left -= len(piece)
            yield piece


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder outlive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
