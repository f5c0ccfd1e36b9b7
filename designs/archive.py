"""Unpacks an archive that anybody may have sent: zip, tar or tar.gz. Hostile until shown otherwise.

Only plain files with portable names are taken; links, devices, paths that leave the folder, names that clash on some
system, too many files and too many bytes are refused by name. Nothing is believed of what the archive says about its
sizes: bytes are counted as they come out. Nothing is left behind of an archive that is refused.
"""

import gzip
import hashlib
import io
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from designs.digest import Digest
from designs.errors import DesignError
from designs.exact import shown
from designs.portable import MAX_PATH, PortableNames, is_clutter, path_problem
from designs.snapshot import SourceFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 64 * 1024
_MEBIBYTE = 1 << 20
_ZIP_END = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP_ENTRY = 46
_ZIP_ENCRYPTED = 0x1


class BadArchive(DesignError):
    """The archive is refused. The message names the entry and says why."""


@dataclass(frozen=True)
class ArchiveLimits:
    files: int = 2000
    entries: int = 4000
    """Files and folders together."""
    unpacked_bytes: int = 64 * _MEBIBYTE
    ratio: int = 200
    """Largest expansion beyond the first MiB of an entry: text gives 20, a bomb 1,000."""


DEFAULT_LIMITS = ArchiveLimits()
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError, OverflowError)
"""What the standard library raises on bytes that are no archive. ValueError: numbers and names that cannot be read."""


@dataclass(frozen=True)
class _Entry:
    path: str
    file: IO[bytes]
    packed: int
    """Bytes that it takes in the archive; an uncompressed archive says its size."""


def unpack(stream: BinaryIO, into: Path, limits: ArchiveLimits = DEFAULT_LIMITS) -> list[SourceFile]:
    """Unpack a seekable archive into an empty or new folder; the files, sorted by path. Raises BadArchive.

    Clutter (hidden files, __MACOSX …) is passed over. Where everything stands in one top folder, its content is taken.
    """
    into.mkdir(parents=True, exist_ok=True)
    staging = into / ".unpacking"
    staging.mkdir()
    try:
        with _entries(stream, limits) as entries:
            files = _write_all(entries, staging, limits)
        if not files:
            raise BadArchive("the archive holds no files")
        top = _single_top_folder(files)
        for child in sorted((staging / top if top else staging).iterdir()):
            child.rename(into / child.name)
    except _DAMAGE as error:
        raise BadArchive(f"the archive is damaged: {shown(str(error))[1:-1]}; make it again") from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadArchive(f"the archive uses what is not read here: {shown(str(error))[1:-1]}") from error
    finally:
        shutil.rmtree(staging)
    strip = len(top) + 1 if top else 0
    return sorted(SourceFile(file.path[strip:], file.sha256, file.size) for file in files)


def _write_all(entries: Iterator[_Entry], root: Path, limits: ArchiveLimits) -> list[SourceFile]:
    """Write the files, counting. A name is checked before the first byte of its file is written."""
    files: list[SourceFile] = []
    names = PortableNames()
    left = limits.unpacked_bytes
    for entry in entries:
        if len(files) >= limits.files:
            raise BadArchive(f"the archive holds more than {limits.files} files, the most that a design may have")
        clash = names.add(entry.path)
        if clash == entry.path:
            raise BadArchive(f"{shown(entry.path)} stands in the archive twice: remove one")
        if clash:
            raise BadArchive(f"{shown(entry.path)} and {shown(clash)} are one file on some systems: rename one")
        written = _write(entry, root / entry.path, left, limits)
        left -= written.size
        files.append(written)
    return files


def _write(entry: _Entry, target: Path, left: int, limits: ArchiveLimits) -> SourceFile:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with target.open("xb") as file:
        while chunk := entry.file.read(CHUNK):
            size += len(chunk)
            if size > left:
                raise BadArchive(f"the archive unpacks to more than {limits.unpacked_bytes} bytes: make it smaller")
            if size > _MEBIBYTE + limits.ratio * entry.packed:
                raise BadArchive(f"{shown(entry.path)} expands more than {limits.ratio} times: not taken")
            digest.update(chunk)
            file.write(chunk)
    return SourceFile(entry.path, Digest(digest.hexdigest()), size)


def _single_top_folder(files: list[SourceFile]) -> str:
    """The one folder that everything stands in, or nothing."""
    tops = {file.path.partition("/")[0] if "/" in file.path else "" for file in files}
    return tops.pop() if len(tops) == 1 else ""


@contextmanager
def _entries(stream: BinaryIO, limits: ArchiveLimits) -> Iterator[Iterator[_Entry]]:
    """The files of the archive, whichever kind it is."""
    head = stream.read(512)
    stream.seek(0)
    if head[:4] in {b"PK\x03\x04", _ZIP_END}:
        _check_zip_directory(stream, limits)
        with zipfile.ZipFile(stream) as archive:
            yield _zip_entries(archive, limits)
    elif head[:2] == b"\x1f\x8b":
        with gzip.GzipFile(fileobj=stream) as unzipped:
            counted = _Counted(unzipped, stream, limits)
            with _open_tar(counted) as tar:
                yield _tar_entries(tar, limits)
            while counted.read(CHUNK):
                pass  # to the end, where the checksum stands
    elif head[257:262] == b"ustar":
        _check_tar_end(stream)
        with _open_tar(stream) as tar:
            yield _tar_entries(tar, limits)
    else:
        raise BadArchive("neither zip, tar nor tar.gz: pack the design's folder as one of these")


def _check_zip_directory(stream: BinaryIO, limits: ArchiveLimits) -> None:
    """The whole directory is read into memory, so its size is looked at first."""
    end = stream.seek(0, 2)
    start = max(0, end - 65_557)
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < 22:
        raise BadArchive("the archive is damaged: the zip directory is missing; upload it again")
    if _ZIP64_LOCATOR in tail:
        raise BadArchive("the archive is in zip64 form, which no design needs: pack it as plain zip or tar.gz")
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if size > limits.entries * (_ZIP_ENTRY + 2 * MAX_PATH):
        raise BadArchive(f"the archive holds more than {limits.entries} entries: a design has fewer")


def _zip_entries(archive: zipfile.ZipFile, limits: ArchiveLimits) -> Iterator[_Entry]:
    members = archive.infolist()
    if len(members) > limits.entries:
        raise BadArchive(f"the archive holds more than {limits.entries} entries: a design has fewer")
    for member in members:
        name = member.orig_filename
        mode = stat.S_IFMT(member.external_attr >> 16)
        if mode not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise BadArchive(f"{shown(name)} is a link or a device: put in the file itself")
        if name.endswith("/") or mode == stat.S_IFDIR:
            _checked_path(name.rstrip("/"))
            continue
        if member.flag_bits & _ZIP_ENCRYPTED:
            raise BadArchive(f"{shown(name)} has a password: pack it without")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BadArchive(f"{shown(name)} is compressed in a way that is not read here: pack it with plain deflate")
        if _checked_path(name):
            with archive.open(member) as file:
                yield _Entry(name, file, member.compress_size)


def _check_tar_end(stream: BinaryIO) -> None:
    """A tar ends with blocks of zeros; tarfile itself takes one that is cut off within a header for complete."""
    size = stream.seek(0, 2)
    stream.seek(-min(size, tarfile.BLOCKSIZE), 2)
    tail = stream.read()
    stream.seek(0)
    if size % tarfile.BLOCKSIZE or tail.strip(b"\0"):
        raise BadArchive("the archive is cut off: upload it again")


def _open_tar(file: BinaryIO | io.RawIOBase) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode="r|", encoding="utf-8")


def _tar_entries(archive: tarfile.TarFile, limits: ArchiveLimits) -> Iterator[_Entry]:
    for count, member in enumerate(archive):
        if count >= limits.entries:
            raise BadArchive(f"the archive holds more than {limits.entries} entries: a design has fewer")
        name = member.name.removeprefix("./")
        if member.isdir():
            if name not in {"", "."}:
                _checked_path(name.rstrip("/"))
            continue
        if not member.isreg() or member.issparse():
            raise BadArchive(f"{shown(name)} is a link, a device or has holes: put in the plain file")
        if _checked_path(name):
            file = archive.extractfile(member)
            if file is not None:
                with file:
                    yield _Entry(name, file, member.size)


def _checked_path(name: str) -> bool:
    """Whether the entry is to be taken; raises BadArchive for a name that leads out or is not portable."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name:
        raise BadArchive(f"{shown(name)} leads out of the folder: pack it with plain relative names")
    if is_clutter(name):
        return False
    problem = path_problem(name)
    if problem:
        raise BadArchive(f"{shown(name)}: {problem}")
    return True


class _Counted(io.RawIOBase):
    """A gzip stream that ends with an error once it has given more than any design holds."""

    def __init__(self, file: gzip.GzipFile, packed: BinaryIO, limits: ArchiveLimits) -> None:
        self._file = file
        self._packed = packed
        self._limits = limits
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        data = self._file.read(len(view))
        view[: len(data)] = data
        self._given += len(data)
        headers = self._limits.entries * 3 * tarfile.BLOCKSIZE
        if self._given > self._limits.unpacked_bytes + headers:
            raise BadArchive(f"the archive unpacks to more than {self._limits.unpacked_bytes} bytes: make it smaller")
        if self._given > _MEBIBYTE + self._limits.ratio * self._packed.tell():
            raise BadArchive(f"the archive expands more than {self._limits.ratio} times: not taken")
        return len(data)
