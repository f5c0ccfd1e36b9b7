"""Which files are not the same on both sides, by their digests."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from designs.digest import JsonValue
from designs.snapshot import SourceFile


class FileState(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """The same bytes under another path."""


@dataclass(frozen=True)
class FileChange:
    """A file before and after."""

    state: FileState
    before: SourceFile | None
    after: SourceFile | None

    @property
    def path(self) -> str:
        """Where it stands, or stood."""
        there = self.after or self.before
        assert there is not None
        return there.path

    def to_json(self) -> JsonValue:
        return {"state": self.state.value, "before": _json(self.before), "after": _json(self.after)}


def compare_files(before: Iterable[SourceFile], after: Iterable[SourceFile]) -> tuple[FileChange, ...]:
    """By path; files that only have another path are told as moved."""
    old, new = {file.path: file for file in before}, {file.path: file for file in after}
    gone = [old[path] for path in sorted(old.keys() - new.keys())]
    come = {path: new[path] for path in sorted(new.keys() - old.keys())}
    found = [
        FileChange(FileState.CHANGED, old[path], new[path])
        for path in old.keys() & new.keys()
        if old[path].sha256 != new[path].sha256
    ]
    by_digest = {file.sha256: path for path, file in come.items()}
    for file in gone:
        moved = come.pop(by_digest.pop(file.sha256, ""), None)
        found.append(FileChange(FileState.MOVED if moved else FileState.REMOVED, file, moved))
    found += [FileChange(FileState.ADDED, None, file) for file in come.values()]
    return tuple(sorted(found, key=lambda change: change.path))


def _json(file: SourceFile | None) -> JsonValue:
    return None if file is None else {"path": file.path, "sha256": file.sha256, "size": file.size}
