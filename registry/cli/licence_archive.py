"""Reads an archive of a version's complete source: whether it holds what it lists."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from designs.digest import CHUNK
from registry.client_reply import Reply
from registry.errors import Conflict

LIST = "SOURCES.json"
MOST_LIST = 64 << 20


@dataclass(frozen=True)
class SourceArchive:
    """What such an archive says is in it; every file was found there with its digest."""

    version: str
    included: tuple[tuple[str, str, str], ...]
    """Version, folder, and why it is there."""
    located: tuple[str, ...]
    """Versions of which only the address is told."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in self.included)


def read_source_archive(path: Path) -> SourceArchive:
    """Verify the archive. Raises Conflict, which names the file that differs, and zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        top = next((name.partition("/")[0] for name in archive.namelist()), "")
        listed = Reply(json.loads(_read(archive, f"{top}/{LIST}")), LIST)
        included = tuple(_included(archive, top, each) for each in listed.parts("included"))
    located = tuple(each.text("version") for each in listed.parts("located"))
    return SourceArchive(listed.text("version"), included, located)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise Conflict(f"the archive has no {name}: fetch it again") from error
    if info.file_size > MOST_LIST:
        raise Conflict(f"{name} in the archive has {info.file_size} bytes: that is no list of sources")
    return archive.read(info)


def _included(archive: zipfile.ZipFile, top: str, told: Reply) -> tuple[str, str, str]:
    folder = told.text("folder")
    for file in told.parts("files"):
        name = f"{top}/{folder}/{file.text('path')}"
        if _digest(archive, name) != file.text("sha256"):
            raise Conflict(f"{name} in the archive is not the file that it lists: fetch it again")
    return told.text("version"), folder, told.text("why")


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        for piece in _pieces(archive, name):
            digest.update(piece)
    except KeyError:
        return ""
    return digest.hexdigest()


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as file:
        while piece := file.read(CHUNK):
            yield piece
