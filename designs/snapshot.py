"""The content of a version: canonical JSON that names every file by its SHA-256. Its own SHA-256 is the identity.

    {"dependencies": {}, "files": [{"path", "sha256", "size"}, …], "format": "cofab-snapshot/1", "manifest": {…},
     "parents": [{"kind", "snapshot"}, …], "toolchain": {}}

One content has one byte form (RFC 8785, files and parents sorted), and other bytes are refused.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from designs.digest import Digest, JsonValue, NotADigest, canonical_json, digest_bytes, parse_digest
from designs.errors import DesignError
from designs.manifest import Manifest
from designs.portable import collisions, path_problem
from designs.toml_document import DocumentError
from designs.wording import text_problem

FORMAT = "cofab-snapshot/1"
MAX_BYTES = 4 << 20
MAX_FILES = 2000
MAX_FILE_SIZE = 64 << 20
MAX_PARENTS = 50
MAX_NAMED = 200


class BadSnapshot(DesignError):
    """The bytes, or the parts, are no snapshot. The message says why."""


@dataclass(frozen=True, order=True)
class SourceFile:
    """A file of a design: where it stands, and which bytes."""

    path: str
    sha256: Digest
    size: int
    """Bytes."""


class ParentKind(StrEnum):
    """How a version comes from another."""

    REVISES = "revises"
    FORKS = "forks"
    MERGES = "merges"
    USES = "uses"


@dataclass(frozen=True, order=True)
class Parent:
    kind: ParentKind
    snapshot: Digest


@dataclass(frozen=True)
class Snapshot:
    """Everything that a version is. Make it by `snapshot_of`, or read it by `parse_snapshot`: both check it."""

    files: tuple[SourceFile, ...]
    """Sorted by path."""
    manifest: Manifest
    parents: tuple[Parent, ...] = ()
    """Sorted by kind and digest."""
    toolchain: Mapping[str, str] | None = None
    """What the design was made with: names to versions."""
    dependencies: Mapping[str, Digest] | None = None
    """Other designs that it uses: `namespace/name@version` to their snapshots."""

    def to_bytes(self) -> bytes:
        """The one byte form."""
        files: list[JsonValue] = [{"path": f.path, "sha256": f.sha256, "size": f.size} for f in self.files]
        parents: list[JsonValue] = [{"kind": p.kind.value, "snapshot": p.snapshot} for p in self.parents]
        return canonical_json(
            {
                "format": FORMAT,
                "files": files,
                "manifest": self.manifest.to_json(),
                "parents": parents,
                "toolchain": dict(self.toolchain or {}),
                "dependencies": dict(self.dependencies or {}),
            }
        )

    @property
    def digest(self) -> Digest:
        """The version's identity."""
        return digest_bytes(self.to_bytes())


def snapshot_of(
    files: Iterable[SourceFile],
    manifest: Manifest,
    parents: Iterable[Parent] = (),
    *,
    toolchain: Mapping[str, str] | None = None,
    dependencies: Mapping[str, Digest] | None = None,
) -> Snapshot:
    """A checked snapshot, whatever order its parts come in; raises BadSnapshot."""
    snapshot = Snapshot(
        files=tuple(sorted(files)),
        manifest=manifest,
        parents=tuple(sorted(set(parents))),
        toolchain=dict(sorted((toolchain or {}).items())),
        dependencies=dict(sorted((dependencies or {}).items())),
    )
    _check_files(snapshot.files)
    _check_manifest_files(snapshot)
    if len(snapshot.parents) > MAX_PARENTS:
        raise BadSnapshot(f"{len(snapshot.parents)} parents: at most {MAX_PARENTS}")
    for what, named in (("toolchain", snapshot.toolchain), ("dependencies", snapshot.dependencies)):
        _check_named(what, named or {})
    return snapshot


def _check_files(files: tuple[SourceFile, ...]) -> None:
    if not 0 < len(files) <= MAX_FILES:
        raise BadSnapshot(f"{len(files)} files: a design has 1 to {MAX_FILES}")
    for file in files:
        problem = path_problem(file.path)
        if problem:
            raise BadSnapshot(f"{file.path!r}: {problem}")
        if not 0 <= file.size <= MAX_FILE_SIZE:
            raise BadSnapshot(f"{file.path}: {file.size} bytes, at most {MAX_FILE_SIZE}")
    for one, other in collisions(file.path for file in files):
        raise BadSnapshot(f"{one!r} and {other!r} are one file on some systems: rename one")


def _check_manifest_files(snapshot: Snapshot) -> None:
    paths = {file.path for file in snapshot.files}
    manifest = snapshot.manifest
    for key, path in [
        ("source", manifest.source),
        *([("readme", manifest.readme)] if manifest.readme else []),
        *(("images", image) for image in manifest.images),
    ]:
        if path not in paths:
            raise BadSnapshot(f"the manifest's {key} names {path!r}, which is not among the files")


def _check_named(what: str, named: Mapping[str, str]) -> None:
    if len(named) > MAX_NAMED:
        raise BadSnapshot(f"{what} has {len(named)} entries: at most {MAX_NAMED}")
    for name, value in named.items():
        problem = text_problem(name, limit=200) or text_problem(value, limit=200)
        if problem or not name:
            raise BadSnapshot(f"{what}: {name[:200]!r} is {problem or 'empty'}")


def parse_snapshot(data: bytes) -> Snapshot:
    """Read the byte form back; raises BadSnapshot for any other bytes than `to_bytes` gives."""
    if len(data) > MAX_BYTES:
        raise BadSnapshot(f"too large: {len(data)} bytes, at most {MAX_BYTES}")
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise BadSnapshot(f"not JSON without floats: {error}") from error
    try:
        snapshot = _from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError, NotADigest, DocumentError) as error:
        raise BadSnapshot(f"not a snapshot: {type(error).__name__}: {error}") from error
    if snapshot.to_bytes() != data:
        raise BadSnapshot("not in canonical form (RFC 8785, sorted files and parents, no other keys)")
    return snapshot


def _from_json(value: JsonValue) -> Snapshot:
    root = _object(value)
    if root["format"] != FORMAT:
        raise BadSnapshot(f"unknown format {root['format']!r}: this version reads {FORMAT}")
    return snapshot_of(
        [
            SourceFile(_text(file["path"]), parse_digest(_text(file["sha256"])), _whole(file["size"]))
            for file in map(_object, _list(root["files"]))
        ],
        Manifest.from_json(root["manifest"]),
        [
            Parent(ParentKind(_text(parent["kind"])), parse_digest(_text(parent["snapshot"])))
            for parent in map(_object, _list(root["parents"]))
        ],
        toolchain={name: _text(version) for name, version in _object(root["toolchain"]).items()},
        dependencies={name: parse_digest(_text(digest)) for name, digest in _object(root["dependencies"]).items()},
    )


def _object(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise TypeError("an object is missing")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]} is not text")
    return value


def _whole(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{str(value)[:40]} is not a whole number")
    return value


def _no_float(text: str) -> float:
    raise ValueError(f"{text[:40]} is not a whole number")
