"""The archive of all that is a member's, written while it is sent: never whole in memory or on disk."""

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime

from registry.actions.exporting import Export
from registry.parts import State

_README = """\
This is everything that the registry keeps of you and about you.

member.json    your account, namespaces, groups, tokens (without their secrets) and passkeys (without their keys)
versions.json  every version in your namespaces, and those that you published elsewhere, with their manifests
designs/       the files of these versions: namespace/name/version/path
orders.json    your orders, with their copies and what was tried for each
log.json       what the public log says that you did
"""


class _Sink:
    """A file that is only written, and emptied while it is written."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._written = 0

    def write(self, data: bytes) -> int:
        self._held += data
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""

    def seekable(self) -> bool:
        return False

    def drain(self) -> bytes:
        data, self._held = bytes(self._held), bytearray()
        return data


def archive(state: State, export: Export) -> Iterator[bytes]:
    """The zip in pieces. Reads blobs: run it on a thread."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:  # type: ignore[call-overload]
        target.writestr("README.txt", _README)
        for name, document in export.documents.items():
            target.writestr(name, json.dumps(document, default=_moment, ensure_ascii=False, indent=1))
            yield sink.drain()
        for file in export.files:
            with target.open(file.path, "w", force_zip64=True) as entry:
                for piece in state.blobs.read(file.sha256):
                    entry.write(piece)
                    yield sink.drain()
            yield sink.drain()
    yield sink.drain()


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} is nothing that a document of an export holds")
