"""What crosses the wall of the jail, in both directions: JSON messages and named files, in one stream of bytes.

A frame is one letter, eight bytes of length (big-endian), and the payload:

    M  a JSON message (progress)
    F  a file: two bytes of name length, the name, the content
    E  the closing JSON message; nothing may follow

The reader believes nothing: names, sizes, number and order are checked, and JSON must be finite. A stream can carry
no links, devices or paths.
"""

import json
import math
import re
import struct
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import BinaryIO

from designs.errors import DesignError
from designs.sandbox.limits import Limits

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MAX_MESSAGE = 64 << 10
MAX_CLOSING = 1 << 20
"""Parsed in one go by a process that serves others meanwhile."""
MAX_NAME = 200
MAX_JSON_DEPTH = 64
CHUNK = 1 << 20
_HEAD = struct.Struct(">cQ")
_NAME_HEAD = struct.Struct(">H")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


class ParcelError(DesignError):
    """What came through the wall is not a parcel, or breaks a limit."""


def read_json(data: bytes) -> Json:
    """Parse strictly: no NaN or infinity, no duplicate keys, no absurd depth or digits."""
    if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and _depth(data) > MAX_JSON_DEPTH:
        raise ParcelError("JSON is nested too deeply")
    try:
        value: Json = json.loads(data, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ParcelError(f"not JSON: {error}") from error
    return value


def write_message(stream: BinaryIO, message: Json) -> None:
    """Tell the other side how far things are."""
    _frame(stream, b"M", json.dumps(message, allow_nan=False).encode())


def write_files(stream: BinaryIO, files: Mapping[str, Path | bytes]) -> None:
    """Send files under their names; a name may be a relative path with single slashes."""
    for name, content in files.items():
        encoded = name.encode()
        head = _NAME_HEAD.pack(len(encoded)) + encoded
        if isinstance(content, bytes):
            _frame(stream, b"F", head + content)
        else:
            with content.open("rb") as file:
                _frame(stream, b"F", head + file.read())


def write_closing(stream: BinaryIO, closing: Json) -> None:
    """End the stream."""
    _frame(stream, b"E", json.dumps(closing, allow_nan=False).encode())
    stream.flush()


def _frame(stream: BinaryIO, letter: bytes, payload: bytes) -> None:
    stream.write(_HEAD.pack(letter, len(payload)))
    stream.write(payload)


def check_name(name: str) -> str:
    """A plain relative path of portable parts; anything else raises."""
    if len(name) > MAX_NAME or not all(_NAME.fullmatch(part) for part in name.split("/")):
        raise ParcelError(f"not a file name that may cross: {name[:80]!r}")
    return name


def check_source_name(name: str) -> str:
    """A relative path of any characters that stays below its folder: for files that go in, whose names were judged
    before."""
    if "\0" in name or not all(part not in ("", ".", "..") for part in name.split("/")):
        raise ParcelError(f"not a path inside the design: {name[:80]!r}")
    return name


class Reader:
    """Takes the stream in whatever pieces it comes and writes the files into a folder.

    `feed` raises ParcelError on the first thing that is wrong; `closing` is set when the end has come.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        on_message: Callable[[Json], None],
        name: Callable[[str], str] = check_name,
        on_file: Callable[[str, Path], None] = lambda _name, _path: None,
    ) -> None:
        self.files: dict[str, Path] = {}
        self.closing: Json = None
        self.closed = False
        self._folder = folder
        self._limits = limits
        self._on_message = on_message
        self._on_file = on_file
        self._check_name = name
        self._total = 0
        self._messages = 0
        self._steps = self._parse()
        self._wanted = next(self._steps)
        self._pending = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if self.closed and data:
            raise ParcelError("something follows the end")
        self._total += len(data)
        if self._total > self._limits.output_bytes:
            raise ParcelError(f"more than {self._limits.output_bytes} bytes came back")
        self._pending += data
        while len(self._pending) >= self._wanted and not self.closed:
            piece = bytes(self._pending[: self._wanted])
            del self._pending[: self._wanted]
            self._wanted = self._steps.send(piece)
        if self.closed and self._pending:
            raise ParcelError("something follows the end")

    def _parse(self) -> Generator[int, bytes, None]:
        """A coroutine: yields how many bytes it needs next, is sent exactly those."""
        while True:
            letter, length = _HEAD.unpack((yield _HEAD.size))
            if letter == b"M" and length <= MAX_MESSAGE:
                self._messages += 1
                if self._messages > self._limits.messages:
                    raise ParcelError(f"more than {self._limits.messages} messages")
                self._on_message(read_json((yield length)))
            elif letter == b"F" and length <= self._limits.file_bytes + MAX_NAME:
                yield from self._take_file(length)
            elif letter == b"E" and length <= MAX_CLOSING:
                self.closing = read_json((yield length))
                self.closed = True
                yield 1
            else:
                raise ParcelError(f"unexpected frame {letter!r} of {length} bytes")

    def _take_file(self, length: int) -> Generator[int, bytes, None]:
        (name_length,) = _NAME_HEAD.unpack((yield _NAME_HEAD.size))
        if name_length > MAX_NAME or name_length + _NAME_HEAD.size > length:
            raise ParcelError("file name too long")
        try:
            name = self._check_name((yield name_length).decode())
        except UnicodeDecodeError as error:
            raise ParcelError("a file name is not UTF-8") from error
        if name in self.files or len(self.files) >= self._limits.output_files:
            raise ParcelError(f"too many files, or one twice: {name}")
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        left = length - name_length - _NAME_HEAD.size
        with path.open("xb") as file:
            while left:
                piece = yield min(left, CHUNK)
                file.write(piece)
                left -= len(piece)
        self.files[name] = path
        self._on_file(name, path)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a finite number")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result


def _depth(data: bytes) -> int:
    depth = deepest = 0
    for byte in data:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
