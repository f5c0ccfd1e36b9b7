"""The members of a zip archive that may be hostile: read one after another, streamed, with every bound checked before
memory is taken. Nothing is ever unpacked to a path.

Only what the packages of 3MF may use (ISO/IEC 29500-2): stored and deflated members, ZIP64 allowed, no encryption, no
archive in several volumes. Numbers after the ZIP application note (APPNOTE 6.3.10).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from designs.engines.interface import EngineError
from designs.exact import shown

MAX_MEMBERS = 2000
MAX_UNPACKED = 512 << 20
"""Bytes of all members that are read, together: about 8 million triangles as XML."""
CHUNK = 1 << 16
_MAX_DIRECTORY = 1 << 20
_MAX_COMMENT = 65_535
_END, _END64, _LOCATOR, _ENTRY, _LOCAL = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4"
_END_FORM = struct.Struct("<4s4H2IH")
_END64_FORM = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_FORM = struct.Struct("<4sIQI")
_ENTRY_FORM = struct.Struct("<4s6H3I5H2I")
_LOCAL_FORM = struct.Struct("<4s5H3I2H")
_STORED, _DEFLATED = 0, 8
_IN_ZIP64 = 0xFFFFFFFF


@dataclass(frozen=True)
class Member:
    """One file of the archive, as its directory tells it."""

    name: str
    method: int
    crc: int
    packed: int
    unpacked: int
    offset: int


class Archive:
    """Opened for reading; a context manager. Every method raises EngineError where the archive is not in order."""

    def __init__(self, path: Path, most: int = MAX_UNPACKED) -> None:
        self._name = path.name
        self._size = path.stat().st_size
        self._most = self._left = most
        self._file: BinaryIO = path.open("rb")
        try:
            self._members = self._read_directory()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._members

    def chunks(self, name: str) -> Iterator[bytes]:
        """The member's bytes, unpacked, in pieces of at most CHUNK; case does not matter in names of packages."""
        member = self._members.get(name.casefold())
        if member is None:
            raise self._refused(f"it has no {shown(name)}")
        if member.unpacked > self._left:
            raise self._refused(f"unpacked it is larger than {self._most} bytes")
        self._file.seek(self._start(member))
        given, crc = 0, 0
        for piece in self._stored(member) if member.method == _STORED else self._inflated(member):
            given, crc = given + len(piece), zlib.crc32(piece, crc)
            if given > member.unpacked:
                break
            self._left -= len(piece)
            yield piece
        if given != member.unpacked or crc != member.crc:
            raise self._refused(f"{shown(member.name)} is not as long, or not the same, as the archive says")

    def _refused(self, reason: str) -> EngineError:
        return EngineError("bad_geometry", f"{self._name} cannot be read as an archive: {reason}")

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise self._refused("it is cut off")
        return data

    def _start(self, member: Member) -> int:
        """Where the member's data begins, behind its local header."""
        header = _LOCAL_FORM.unpack(self._read(member.offset, _LOCAL_FORM.size))
        if header[0] != _LOCAL:
            raise self._refused(f"{shown(member.name)} is not where the archive says")
        return member.offset + _LOCAL_FORM.size + int(header[9]) + int(header[10])

    def _stored(self, member: Member) -> Iterator[bytes]:
        left = member.packed
        while left and (piece := self._file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece

    def _inflated(self, member: Member) -> Iterator[bytes]:
        """`max_length` bounds what one step may unpack, however much the packed bytes promise."""
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for piece in self._stored(member):
                left = piece
                while left and not inflate.eof:
                    yield inflate.decompress(left, CHUNK)
                    left = inflate.unconsumed_tail
            while not inflate.eof and (last := inflate.decompress(inflate.unconsumed_tail, CHUNK)):
                yield last
        except zlib.error as error:
            raise self._refused(f"{shown(member.name)} is damaged ({error})") from error

    def _read_directory(self) -> dict[str, Member]:
        count, size, offset = self._find_end()
        if count > MAX_MEMBERS or size > _MAX_DIRECTORY:
            raise self._refused(f"it has {count} members; at most {MAX_MEMBERS} are read")
        data = self._read(offset, size)
        members: dict[str, Member] = {}
        at = 0
        for _ in range(count):
            if at + _ENTRY_FORM.size > len(data):
                raise self._refused("its directory is cut off")
            entry = _ENTRY_FORM.unpack_from(data, at)
            begin = at + _ENTRY_FORM.size
            names, extras, comments = int(entry[10]), int(entry[11]), int(entry[12])
            at = begin + names + extras + comments
            member = self._member(entry, data[begin : begin + names], data[begin + names : begin + names + extras])
            if member.name.casefold() in members:
                raise self._refused(f"it has {shown(member.name)} twice")
            members[member.name.casefold()] = member
        return members

    def _member(self, entry: tuple[Any, ...], raw_name: bytes, extra: bytes) -> Member:
        signature, _, _, flags, method, _, _, crc, packed, unpacked = entry[:10]
        name = raw_name.decode("utf-8", "replace")
        offset = entry[16]
        if signature != _ENTRY:
            raise self._refused("its directory is damaged")
        if flags & 0x2041:
            raise self._refused(f"{shown(name)} is encrypted")
        if method not in (_STORED, _DEFLATED):
            raise self._refused(f"{shown(name)} is packed by method {method}; 0 (stored) and 8 (deflate) can be read")
        unpacked, packed, offset = _zip64(extra, unpacked, packed, offset)
        if offset + packed > self._size:
            raise self._refused(f"{shown(name)} goes beyond the end of the file: it is cut off")
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise self._refused(f"{shown(name)} is not a name within the archive")
        return Member(name, method, crc, packed, unpacked, offset)

    def _find_end(self) -> tuple[int, int, int]:
        """Number of members, size and offset of the directory."""
        tail_size = min(self._size, _END_FORM.size + _MAX_COMMENT)
        tail = self._read(self._size - tail_size, tail_size)
        at = tail.rfind(_END)
        if at < 0 or at + _END_FORM.size > len(tail):
            raise self._refused("it is no zip archive, or cut off")
        _, disk, _, _, count, size, offset, _ = _END_FORM.unpack_from(tail, at)
        locator = at - _LOCATOR_FORM.size
        if locator >= 0 and tail[locator : locator + 4] == _LOCATOR:
            where = int(_LOCATOR_FORM.unpack_from(tail, locator)[2])
            end = _END64_FORM.unpack(self._read(where, _END64_FORM.size))
            if end[0] != _END64:
                raise self._refused("its directory is damaged")
            disk, count, size, offset = end[4], end[7], end[8], end[9]
        if disk:
            raise self._refused("it is one volume of several")
        return int(count), int(size), int(offset)


def _zip64(extra: bytes, *fields: int) -> tuple[int, int, int]:
    """Sizes and offset, taken from the ZIP64 extra field where they are too large for 32 bits."""
    at, numbers = 0, b""
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            numbers = extra[at + 4 : at + 4 + size]
        at += 4 + size
    wide = iter(struct.unpack(f"<{len(numbers) // 8}Q", numbers[: len(numbers) // 8 * 8]))
    unpacked, packed, offset = (next(wide, field) if field == _IN_ZIP64 else field for field in fields)
    return unpacked, packed, offset
