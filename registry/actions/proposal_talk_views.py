"""What is shown of the discussion of a proposal: threads on the whole, on lines of files, on places of the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SideName(StrEnum):
    """One of the contents of a proposal, where something can be pointed at."""

    TARGET = "target"
    SOURCE = "source"
    MERGED = "merged"


@dataclass(frozen=True)
class FileAnchor:
    """A line of a file that a thread is about."""

    side: SideName
    path: str
    line: int
    """From 1, where it stands now; where it stood when outdated."""
    text: str
    """The line as it was when the thread began."""
    outdated: bool
    """The line is gone from the present content of its side."""


@dataclass(frozen=True)
class PlaceAnchor:
    """A place on the model that a thread is about."""

    side: SideName
    point: tuple[float, float, float]
    """mm, in the model's coordinates."""
    normal: tuple[float, float, float]
    """Unit vector out of the surface."""
    parameters: Mapping[str, str | bool]
    """At which the model was shown."""
    outdated: bool
    """The content of its side has changed since: the place may be elsewhere."""


@dataclass(frozen=True)
class EditView:
    """What a comment said before it was edited."""

    words: str
    until: datetime


@dataclass(frozen=True)
class CommentView:
    """One thing somebody said."""

    id: str
    """`cmt_…`"""
    by: str
    words: str | None
    """Markdown; None: it was deleted, and only that mark is left."""
    at: datetime
    edited_at: datetime | None
    earlier: tuple[EditView, ...]
    """Oldest first; empty when deleted."""
    deleted_at: datetime | None
    deleted_by: str | None


@dataclass(frozen=True)
class ThreadView:
    """A comment with what was answered to it."""

    id: str
    """`thr_…`"""
    anchor: FileAnchor | PlaceAnchor | None
    """None: about the proposal as a whole."""
    comments: tuple[CommentView, ...]
    """Oldest first; never empty."""
    resolved_by: str | None
    resolved_at: datetime | None
