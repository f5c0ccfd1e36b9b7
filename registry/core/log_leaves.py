"""An entry of the log as the exact text that is a leaf of its tree."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite

import rfc8785

from designs.signing import moment_text
from registry.errors import Fact

_LARGEST = 2**53 - 1


def leaf_text(  # noqa: PLR0917  (one column each)
    sequence: int, kind: str, subject: str, actor: str, data: Mapping[str, Fact], at: datetime
) -> str:
    """Canonical JSON (RFC 8785) of an entry. The same entry gives the same text, whatever database it came from."""
    value: dict[str, Fact] = {
        "sequence": sequence,
        "kind": kind,
        "subject": subject,
        "actor": actor,
        "data": _writable(dict(data)),
        "at": moment_text(at),
    }
    return rfc8785.dumps(value).decode()


def _writable(value: Fact) -> Fact:
    """Numbers that canonical JSON cannot hold stand as text: no entry may keep the log from growing."""
    if isinstance(value, dict):
        return {key: _writable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_writable(inner) for inner in value]
    if isinstance(value, bool):
        return value
    too_large = isinstance(value, int) and abs(value) > _LARGEST
    if too_large or (isinstance(value, float) and not isfinite(value)):
        return str(value)
    return value
