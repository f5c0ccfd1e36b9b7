"""What a three-way merge is made of: contents, conflicts, and how people resolve these. Frozen values.

Ours is the design that is changed, theirs is what is offered to it, base is what both come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from designs.digest import Digest, JsonValue, digest_json

MAX_TEXT = 256 << 10
"""Bytes of a text that is merged by line; a longer file is merged as a whole."""


class ConflictKind(StrEnum):
    TEXT = "text"
    """The same lines of a text, changed differently."""
    VALUE = "value"
    """A value of design.toml: `place` is its key, such as `parameters.width.max` or `design.licence`."""
    TABLE = "table"
    """A parameter, preset or table of design.toml that one side removed and the other changed."""
    FILE = "file"
    """A file that is no text, or is too large to merge by line."""
    REMOVED = "removed"
    """A file that one side removed and the other changed."""
    MANIFEST = "manifest"
    """Each side is in order, but together design.toml is not: `message` says what is wrong."""


class Choice(StrEnum):
    """How a conflict is resolved."""

    OURS = "ours"
    THEIRS = "theirs"
    BASE = "base"
    BOTH = "both"
    """Of lines: ours, then theirs."""
    TEXT = "text"
    """What somebody wrote instead."""


@dataclass(frozen=True)
class Entry:
    """The content of one file."""

    sha256: Digest
    size: int
    text: str | None = None
    """None: it is no UTF-8 text, or is longer than MAX_TEXT."""

    def to_json(self) -> JsonValue:
        return {"sha256": self.sha256, "size": self.size}


Content = Mapping[str, Entry]
"""A design's files by path."""


@dataclass(frozen=True)
class Conflict:
    """One thing that both sides changed differently. Of files that are no text the three texts are None."""

    path: str
    kind: ConflictKind
    place: str
    """Where in the file; empty: the whole file."""
    message: str
    base: str | None = None
    """None: it is not there on this side, or is no text."""
    ours: str | None = None
    theirs: str | None = None
    base_file: Entry | None = None
    """The whole file on this side."""
    ours_file: Entry | None = None
    theirs_file: Entry | None = None
    first_line: int | None = None
    """Of a text, in our file, from 1: where `ours` begins."""
    choices: tuple[Choice, ...] = (Choice.OURS, Choice.THEIRS)
    occurrence: int = 0
    """Tells apart conflicts of one file that are otherwise the same."""

    @property
    def id(self) -> str:
        """16 hex digits that stay the same wherever in the file it moves, and change with what it is about."""
        place = "" if self.kind is ConflictKind.TEXT else self.place
        about: dict[str, JsonValue] = {
            "path": self.path,
            "kind": self.kind.value,
            "place": place,
            "occurrence": self.occurrence,
            "texts": [self.base, self.ours, self.theirs],
            "files": [
                None if self.kind is ConflictKind.TEXT or entry is None else entry.sha256
                for entry in (self.base_file, self.ours_file, self.theirs_file)
            ],
        }
        return digest_json(about)[:16]


@dataclass(frozen=True)
class Resolution:
    """How one conflict is resolved."""

    choice: Choice
    text: str | None = None
    """With Choice.TEXT."""


Resolutions = Mapping[str, Resolution]
"""By the conflict's id."""


class How(StrEnum):
    """How a file of the merged content came about, where it is not ours."""

    TAKEN = "taken"
    """As it is in theirs."""
    MERGED = "merged"
    REMOVED = "removed"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class ChangedFile:
    """A file of the merged content that is not our own, or is gone."""

    path: str
    how: How
    renamed_from: str | None = None


@dataclass(frozen=True)
class Merged:
    """What comes of a merge."""

    files: Content
    """Complete when no conflict is open; else without the files that conflict."""
    changed: tuple[ChangedFile, ...]
    conflicts: tuple[Conflict, ...]
    """Open and resolved ones, by path, in the order of their places."""
    open: frozenset[str]
    """Ids of the conflicts that nobody has resolved."""
    notes: tuple[str, ...] = ()
    """What had to be decided, whole sentences."""

    @property
    def clean(self) -> bool:
        return not self.open


def usable(conflict: Conflict, resolutions: Resolutions) -> Resolution | None:
    """The resolution of this conflict, where it is one that it can be resolved by."""
    found = resolutions.get(conflict.id)
    return found if found is not None and found.choice in conflict.choices else None
