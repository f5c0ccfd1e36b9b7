"""What part of some bytes a request asks for (RFC 9110, sections 13 and 14)."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


@dataclass(frozen=True)
class Part:
    """From `start` up to but without `end`; 0 ≤ start < end ≤ size."""

    start: int
    end: int


class OutsideError(ValueError):
    """The range is well formed and lies outside the bytes."""


def asked_part(header: str | None, size: int) -> Part | None:
    """The one part that a Range header asks for; None: everything. Raises OutsideError.

    Several ranges at once, other units and nonsense are answered with everything, as the standard allows: a list of
    ranges lets one small request cost many copies.
    """
    match = _RANGE.fullmatch(header) if header else None
    if match is None:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise OutsideError
        return Part(size - length, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise OutsideError
    return Part(start, min(int(last) + 1, size) if last else size)


def names_etag(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names this entity tag (weak comparison)."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}
