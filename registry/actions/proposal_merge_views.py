"""What is shown of the merge of a proposal and of the checks of what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from designs.digest import Digest
from designs.snapshot import SourceFile
from registry.core.merging import Choice, ConflictKind, How
from registry.ids import BuildId, VersionName


class MergeState(StrEnum):
    COMPUTING = "computing"
    """A side moved, and the merge is being computed anew."""
    CLEAN = "clean"
    """There is merged content, conflicts that were resolved included."""
    CONFLICTING = "conflicting"
    """Conflicts are open."""
    NOTHING = "nothing"
    """The target has everything that is offered already."""
    FAILED = "failed"
    """The reason says why: what to do then."""


@dataclass(frozen=True)
class ResolutionView:
    """How somebody resolved a conflict."""

    choice: Choice
    text: str | None
    """With `Choice.TEXT`: the lines, or the value as it stands in design.toml."""
    by: str
    at: datetime


@dataclass(frozen=True)
class ConflictView:
    """One thing that both sides changed differently. Of files that are no text the three texts are None."""

    id: str
    """16 hex digits; stays the same as long as the conflict does."""
    path: str
    kind: ConflictKind
    place: str
    """Where in the file, in words: `lines 12 to 18`, `parameters.width.max`; empty: the whole file."""
    message: str
    """What happened, one sentence."""
    base: str | None
    """None: it is not there on this side, or is no text. Of kind MANIFEST: the text as it would be put together."""
    ours: str | None
    theirs: str | None
    base_file: SourceFile | None
    """The whole file on this side, by digest; None: there is none."""
    ours_file: SourceFile | None
    theirs_file: SourceFile | None
    first_line: int | None
    """Of a text, in the target's file, from 1: where `ours` begins."""
    choices: tuple[Choice, ...]
    """What it can be resolved by."""
    resolution: ResolutionView | None
    """None: it is open."""

    @property
    def open(self) -> bool:
        return self.resolution is None


@dataclass(frozen=True)
class MergedFile:
    """A file of the merged content that is not the target's own, or is gone from it."""

    path: str
    how: How
    renamed_from: str | None
    file: SourceFile | None
    """Its content; None when removed, and while it conflicts."""


@dataclass(frozen=True)
class MergeView:
    """What comes of putting the two sides together."""

    state: MergeState
    bases: tuple[VersionName, ...]
    """The nearest common ancestors that it was computed from."""
    target: VersionName
    source: VersionName
    """What it was computed from; while COMPUTING these may be older than the proposal's."""
    snapshot: Digest | None
    """The merged content; None unless clean."""
    files: tuple[SourceFile, ...]
    """All files of the merged content; empty unless clean."""
    changed: tuple[MergedFile, ...]
    conflicts: tuple[ConflictView, ...]
    """Open ones and resolved ones, by path and place."""
    notes: tuple[str, ...]
    """What the merge had to decide, whole sentences: `design.toml was written anew, its comments are lost` …"""
    reason: str
    """Why it failed; else empty."""


class CheckState(StrEnum):
    """Worst last."""

    SKIPPED = "skipped"
    """Cannot be said here; the lines say why."""
    PASSED = "passed"
    WARNED = "warned"
    """Something to know, nothing that forbids acceptance."""
    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"


class CheckName(StrEnum):
    BUILDS = "builds"
    """The merged content can be built: defaults, presets, corners of the parameter space."""
    FINDINGS = "findings"
    """It brings no findings that the target does not have."""
    LICENCE = "licence"
    INTERFACES = "interfaces"
    """No parameter, choice or preset vanished or was narrowed without a major version."""


@dataclass(frozen=True)
class CheckedBuild:
    """One build of the merged content that the checks asked for."""

    label: str
    """`defaults`, `preset large`, `corner 3`."""
    parameters: Mapping[str, str | bool]
    """Every parameter in canonical form."""
    build: BuildId
    state: str
    """queued, running, done or failed: of registry.actions.builds.BuildState."""
    message: str
    """Why it failed."""
    new_findings: tuple["NewFinding", ...]
    """Worst first; empty while it is not known."""
    target_build: BuildId | None
    """The target's build at the same parameters, where it was needed to tell new findings from old ones."""
    refused: bool = False
    """This registry builds nothing for strangers."""


@dataclass(frozen=True)
class NewFinding:
    """A finding that the target does not have at these parameters."""

    code: str
    severity: str
    """error, warning or info."""
    message: str


@dataclass(frozen=True)
class CheckView:
    """One check of the merged content."""

    name: CheckName
    state: CheckState
    summary: str
    """One sentence."""
    lines: tuple[str, ...]
    """What it found, one sentence each; for the licence: reasons, clauses and duties."""
    builds: tuple[CheckedBuild, ...] = ()
    """Of `builds` and `findings`."""
    done: int = 0
    """Builds that are over, of `len(builds)`."""
