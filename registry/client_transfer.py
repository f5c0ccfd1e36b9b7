"""Bytes to and from a registry: only what is missing goes up, and a download that broke off goes on where it was."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from designs.digest import CHUNK, Digest, DigestMismatch, digest_file
from registry.client import API, RegistryClient, RegistryConfused, RegistryUnreachable, refuse
from registry.errors import RegistryError

Progress = Callable[[int], None]
"""Told how many bytes have just gone over the wire."""

TRIES = 5
"""Interruptions in a row without a further byte."""
MOST_MADE = 8 << 30
"""Bytes of an archive that the registry makes on demand."""


class FileChanged(RegistryError):
    """A file was changed while it was uploaded."""

    code = "file_changed"
    title = "A file changed meanwhile"


def upload(registry: RegistryClient, path: Path, digest: Digest, size: int, progress: Progress) -> None:
    """Upload a file's bytes under their digest. Raises FileChanged, or as the client does."""
    try:
        with registry.http.stream(
            "PUT",
            f"{API}/blobs/{digest}",
            content=_pieces(path, size, progress),
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
            timeout=httpx.Timeout(60, connect=10, write=300),
        ) as answer:
            refuse(answer)
    except httpx.TransportError as error:
        raise RegistryUnreachable(
            f"the upload of {path.name} broke off ({error}): run the same command again"
        ) from error


def _pieces(path: Path, size: int, progress: Progress) -> Iterator[bytes]:
    left = size
    with path.open("rb") as file:
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
            progress(len(chunk))
        if left or file.read(1):
            raise FileChanged(f"{path} changed while it was read: run the same command again")


def download(registry: RegistryClient, url: str, target: Path, file: tuple[Digest, int], progress: Progress) -> None:
    """Download a file of this digest and size. What an earlier try left beside it (`.part`) is gone on with.

    The target appears only when it is whole and verified. Raises DigestMismatch, or as the client does.
    """
    digest, size = file
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    failures, reached = 0, -1
    while True:
        try:
            _fetch(registry, url, part, size, progress)
            break
        except httpx.TransportError as error:
            have = part.stat().st_size if part.exists() else 0
            failures, reached = (1 if have > reached else failures + 1), have
            if failures == TRIES:
                raise RegistryUnreachable(
                    f"the download of {target.name} broke off {TRIES} times ({error}): run the same command to go on"
                ) from error
    actual = digest_file(part)
    if actual != digest:
        part.unlink()
        raise DigestMismatch(digest, actual)
    part.replace(target)


def _fetch(registry: RegistryClient, url: str, part: Path, size: int, progress: Progress) -> None:
    """Get what is missing of a file; what is there already is verified with the rest afterwards."""
    have = part.stat().st_size if part.exists() else 0
    if have >= size > 0:
        return
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with registry.http.stream("GET", url, headers=headers) as answer:
        refuse(answer)
        if have and answer.status_code != httpx.codes.PARTIAL_CONTENT:
            have = 0
        if have and not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
            raise RegistryConfused(f"{url} was answered with another part than was asked for")
        with part.open("ab" if have else "wb") as file:
            progress(have)
            for chunk in answer.iter_raw():  # as they come: of a chunk that is collected, an interruption loses all
                have += len(chunk)
                if have > size:
                    raise RegistryConfused(f"{url} was answered with more than the {size} bytes that the file has")
                file.write(chunk)
                progress(len(chunk))


def fetch_whole(registry: RegistryClient, path: str, target: Path, progress: Progress) -> None:
    """Download what is made on demand and has no digest beforehand. The target appears only when it is whole.

    Raises RegistryUnreachable where it breaks off, or as the client does.
    """
    part = target.with_name(f"{target.name}.part")
    got = 0
    try:
        with registry.http.stream("GET", API + path) as answer, part.open("wb") as file:
            refuse(answer)
            for piece in answer.iter_bytes(CHUNK):
                got += len(piece)
                if got > MOST_MADE:
                    raise RegistryConfused(f"the registry sends more than {MOST_MADE} bytes for {target.name}")
                file.write(piece)
                progress(got)
        part.replace(target)
    except httpx.TransportError as error:
        raise RegistryUnreachable(
            f"the download of {target.name} broke off ({error}): run the same command again"
        ) from error
    finally:
        part.unlink(missing_ok=True)
