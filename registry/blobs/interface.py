"""The seam to where bytes are kept. A store is one file beside this one, with one class.

Bytes are named by their SHA-256. A store takes only what has been verified (see `registry.blobs.transfer`), never
changes it, and putting the same bytes twice is harmless. Methods block: call them on a thread.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from designs.digest import Digest
from registry.errors import NotFound, Unavailable


class BlobMissing(NotFound):
    """The store has no bytes of this digest."""

    code = "blob_missing"

    def __init__(self, digest: Digest) -> None:
        super().__init__(f"there are no bytes with SHA-256 {digest} here: upload them first", sha256=digest)


class BlobStoreUnavailable(Unavailable):
    """The store does not answer, or answers with an error of its own."""

    code = "blob_store_unavailable"


@dataclass(frozen=True)
class VerifiedFile:
    """A file whose digest has been computed from its bytes: made by `registry.blobs.transfer` only."""

    path: Path
    digest: Digest
    size: int


class BlobStore(Protocol):
    """All methods raise BlobStoreUnavailable when the store cannot be reached."""

    def put(self, file: VerifiedFile) -> None:
        """Keep these bytes. Afterwards they are safe and readable by every process; the file itself is left alone."""
        ...

    def size(self, digest: Digest) -> int:
        """How many bytes there are. Raises BlobMissing."""
        ...

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to but without `end`, in pieces. Raises BlobMissing before the first piece."""
        ...

    def local_path(self, digest: Digest) -> Path | None:
        """A file that holds exactly these bytes and may be read in place; None when the store has none on this host."""
        ...

    def delete(self, digest: Digest) -> None:
        """Forget these bytes; no-op when they are not there."""
        ...
