"""Whole designs as one file: taken in from an upload, given out as a zip."""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

from designs.archive import ArchiveLimits, unpack
from designs.digest import digest_file
from designs.engines.interface import engine_for
from designs.manifest import FILE_NAME
from designs.portable import path_problem
from designs.snapshot import SourceFile
from registry.actions import publishing as actions
from registry.actions.design_views import VersionView
from registry.blobs import transfer
from registry.blobs.interface import VerifiedFile
from registry.core.permissions import Caller
from registry.errors import Invalid
from registry.parts import State
from registry.work.publishing import Release, keep_files, publish_files

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip can say: the same in every archive, so that equal contents are equal bytes."""
_TEXT_PROBE = 8192


async def publish_upload(
    state: State, caller: Caller, release: Release, upload: AsyncIterator[bytes], *, file_name: str | None
) -> VersionView:
    """Publish a zip, tar or tar.gz of a design's folder, or a single script. Raises what is wrong with it."""
    name = release.name
    await state.db.read(lambda connection: actions.check_may_publish(connection, caller, name))
    async with transfer.receive(upload, state.incoming, limit=state.settings.max_archive_bytes) as received:
        return await publish_received(state, caller, release, received, file_name=file_name)


async def publish_received(
    state: State, caller: Caller, release: Release, received: VerifiedFile, *, file_name: str | None
) -> VersionView:
    """The same for an upload that lies in a file already."""
    with transfer.scratch(state.incoming) as folder:
        script = file_name or f"{release.name.design.name}.py"
        files = await asyncio.to_thread(_laid_out, received, folder, script, state.settings.max_version_bytes)
        await keep_files(state, folder, files)
        return await publish_files(state, caller, release, files)


def pack(state: State, view: VersionView) -> Path:
    """A zip of all files of a version in a new file, which the caller removes."""
    with tempfile.NamedTemporaryFile(dir=state.incoming, prefix="archive-", suffix=".zip", delete=False) as target:
        path = Path(target.name)
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in view.files:
                    entry = zipfile.ZipInfo(f"{view.name.design.name}-{view.name.version}/{file.path}", _EPOCH)
                    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                    with archive.open(entry, "w") as sink:
                        for piece in state.blobs.read(file.sha256):
                            sink.write(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def _laid_out(received: VerifiedFile, folder: Path, script: str, limit: int) -> list[SourceFile]:
    """Lay what was uploaded out in a folder: an archive's files, or the one script or file of geometry."""
    solid = engine_for(script) == "solid"  # a 3MF file is a zip too
    with received.path.open("rb") as stream:
        if not solid and _is_archive(stream.read(512)):
            stream.seek(0)
            return unpack(stream, folder, ArchiveLimits(unpacked_bytes=limit))
        stream.seek(0)
        if not solid and not _looks_like_text(stream.read(_TEXT_PROBE)):
            raise Invalid(
                "this is no zip, no tar(.gz) and no script: send one of these, or name a file of geometry",
                code="unknown_upload",
            )
        problem = path_problem(script) or ("/" in script and "give the file's name, without folders")
        if problem or script == FILE_NAME:
            raise Invalid(f"the file name {script[:200]!r} cannot be used: {problem}", code="bad_name")
        target = folder / script
        stream.seek(0)
        target.write_bytes(stream.read())
    return [SourceFile(script, digest_file(target), received.size)]


def _is_archive(head: bytes) -> bool:
    return head[:4] in {b"PK\x03\x04", b"PK\x05\x06"} or head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar"


def _looks_like_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text.strip()) and "\x00" not in text
