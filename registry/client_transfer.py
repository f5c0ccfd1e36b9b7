"""Bytes to and from a registry: only what is missing goes up, and a download that broke off goes on where it was."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from designs.digest import CHUNK, Digest, DigestMismatch
from registry.client import API, RegistryClient, RegistryConfused, RegistryUnreachable, refuse
from registry.errors import RegistryError

Progress = Callable[[int], None]
"""Told how many bytes have just gone over the wire."""

TRIES = 5


class FileChanged(RegistryError):
    """A file was changed while it was uploaded."""

    code = "file_changed"
    title = "A file changed meanwhile"


def upload(registry: RegistryClient, path: Path, digest: Digest, size: int, progress: Progress) -> None:
    """Upload a file's bytes under their digest. Raises FileChanged, or as the client does."""
    try:
        answer = registry.http.put(
            f"{API}/blobs/{digest}",
            content=_pieces(path, size, progress),
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
            timeout=httpx.Timeout(60, connect=10, write=300),
        )
    except httpx.TransportError as error:
        raise RegistryUnreachable(
            f"the upload of {path.name} broke off ({error}): run the same command again"
        ) from error
    refuse(answer)


def _pieces(path: Path, size: int, progress: Progress) -> Iterator[bytes]:
    left = size
    with path.open("rb") as file:
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
            progress(len(chunk))
        if left or file.read(1):
            raise FileChanged(f"{path} changed while it was read: run the same command again")


def download(
    registry: RegistryClient, url: str, target: Path, progress: Progress, digest: Digest | None = None
) -> None:
    """Download into a file. What an earlier try left beside it (`.part`) is gone on with; the digest is verified.

    Raises DigestMismatch, or as the client does. The target appears only when it is whole.
    """
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, TRIES + 1):
        try:
            _fetch(registry, url, part, progress, resumable=digest is not None)
            break
        except (httpx.TransportError, RegistryUnreachable) as error:
            if attempt == TRIES:
                raise RegistryUnreachable(
                    f"the download of {target.name} broke off {TRIES} times ({error}): run the same command to go on"
                ) from error
    if digest is not None:
        with part.open("rb") as file:
            actual = Digest(hashlib.file_digest(file, "sha256").hexdigest())
        if actual != digest:
            part.unlink()
            raise DigestMismatch(digest, actual)
    os.replace(part, target)


def _fetch(registry: RegistryClient, url: str, part: Path, progress: Progress, *, resumable: bool) -> None:
    """Get what is missing of a file. Only bytes that are verified afterwards are gone on with."""
    have = part.stat().st_size if resumable and part.exists() else 0
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with registry.http.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return
        if not answer.is_success:
            answer.read()
            refuse(answer)
        if have and answer.status_code != httpx.codes.PARTIAL_CONTENT:
            have = 0
        if have and not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
            raise RegistryConfused(f"{url} was answered with another part than was asked for")
        with part.open("ab" if have else "wb") as file:
            progress(have)
            for chunk in answer.iter_raw():  # as they come: of a chunk that is collected, an interruption loses all
                file.write(chunk)
                progress(len(chunk))
