"""Identity of bytes: SHA-256 digests and canonical JSON. Light enough for the agent to import."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NewType

import rfc8785

from designs.errors import DesignError

Digest = NewType("Digest", str)
"""A SHA-256 digest as 64 lower-case hexadecimal digits."""

JsonScalar = str | int | bool | None
JsonValue = JsonScalar | list["JsonValue"] | dict[str, "JsonValue"]
"""What may stand in canonical JSON. No floats: exact numbers are decimal strings."""

CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class NotADigest(DesignError):
    """The text is not 64 lower-case hexadecimal digits."""


class DigestMismatch(DesignError):
    """Bytes that crossed a boundary are not the bytes that were named."""

    def __init__(self, expected: Digest, actual: Digest) -> None:
        super().__init__(f"the bytes have SHA-256 {actual}, expected {expected}: fetch or upload them again")
        self.expected = expected
        self.actual = actual


def parse_digest(text: str) -> Digest:
    """Read a digest written as 64 lower-case hexadecimal digits; anything else raises NotADigest."""
    if not _DIGEST.fullmatch(text):
        raise NotADigest(f"not a SHA-256 digest (64 lower-case hexadecimal digits): {text[:80]!r}")
    return Digest(text)


def digest_bytes(data: bytes) -> Digest:
    """SHA-256 of bytes in memory."""
    return Digest(hashlib.sha256(data).hexdigest())


def digest_chunks(chunks: Iterable[bytes]) -> Digest:
    """SHA-256 of bytes that come in pieces."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return Digest(digest.hexdigest())


def digest_file(path: Path) -> Digest:
    """SHA-256 of a file, read in pieces of one MiB."""
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())


def canonical_json(value: JsonValue) -> bytes:
    """The one byte form of a JSON value (RFC 8785), UTF-8."""
    return rfc8785.dumps(value)


def digest_json(value: JsonValue) -> Digest:
    """SHA-256 of the canonical form of a JSON value."""
    return digest_bytes(canonical_json(value))
