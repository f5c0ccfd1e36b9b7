"""The complete source of a version as one zip, the same bytes every time."""

import hashlib
import tempfile
import zipfile
from pathlib import Path

from designs.digest import JsonValue, canonical_json
from registry.actions.sources import CompleteSource
from registry.core.source_bundle import licences_text, notice, source_url
from registry.parts import State

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip can say."""
FORMAT = "cofab-sources/1"


def sources_json(source: CompleteSource, home: str) -> bytes:
    """SOURCES.json: what is in the archive, file by file, and where the rest is. Canonical JSON (RFC 8785)."""
    bundle = source.bundle
    included: list[JsonValue] = [
        {
            "version": each.version.name,
            "licence": each.version.licence,
            "folder": each.folder,
            "why": each.why,
            "source": source_url(home, each.version.name),
            "files": [
                {"path": file.path, "sha256": file.sha256, "size": file.size} for file in source.files[each.version.id]
            ],
        }
        for each in bundle.included
    ]
    located: list[JsonValue] = [
        {"version": each.name, "licence": each.licence, "source": source_url(home, each.name)}
        for each in bundle.located
    ]
    return canonical_json({"format": FORMAT, "version": bundle.version.name, "included": included, "located": located})


def texts(source: CompleteSource, home: str) -> dict[str, bytes]:
    """The files that are made for the archive, by name."""
    return {
        "LICENCES.md": licences_text(source.bundle).encode(),
        "NOTICE.md": notice(source.bundle, source.relatives, home).encode(),
        "SOURCES.json": sources_json(source, home),
    }


def etag_of(source: CompleteSource, home: str) -> str:
    """Of the archive: it changes with anything that is in it."""
    digest = hashlib.sha256()
    for name, text in texts(source, home).items():
        digest.update(f"{name} {len(text)}\n".encode() + text)
    return f'"{digest.hexdigest()}.source"'


def pack_source(state: State, source: CompleteSource) -> Path:
    """The archive in a new file, which the caller removes. Bytes go from the store into it piece by piece."""
    top = source.bundle.version.name.partition("/")[2].replace("@", "-")
    with tempfile.NamedTemporaryFile(dir=state.incoming, prefix="source-", suffix=".zip", delete=False) as target:
        path = Path(target.name)
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in texts(source, state.settings.url).items():
                    archive.writestr(_entry(f"{top}/{name}"), text)
                for each in source.bundle.included:
                    for file in source.files[each.version.id]:
                        with archive.open(_entry(f"{top}/{each.folder}/{file.path}"), "w") as sink:
                            for piece in state.blobs.read(file.sha256):
                                sink.write(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry
