"""What a proposal changes, for its page: files line by line with what was said of them, parameters and manifest."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from designs.compare import TEXTS
from designs.comparing.choices import compare_choices
from designs.comparing.files import FileChange, FileState, compare_files
from designs.comparing.manifests import compare_manifests
from designs.comparing.texts import MAX_BYTES as MAX_TEXT
from designs.comparing.texts import MOST_EDITS, TextChange, compare_texts, too_long
from designs.digest import Digest
from designs.manifest import Manifest
from designs.snapshot import MAX_BYTES, Snapshot, SourceFile, parse_snapshot
from designs.values import canonical_value
from registry.actions.proposal_views import FileAnchor, ProposalView, SideName, ThreadView
from registry.blobs import transfer
from registry.parts import State
from registry.web.comparison_words import Row, manifest_rows, parameter_rows
from registry.web.design_page import PICTURES, picture_url
from registry.web.diff_words import FileDiff, file_diff
from registry.web.languages import noted
from registry.web.proposal_words import ThreadWords, thread_words

MOST_FILES = 60
"""Changed files on one page."""
STATES = {
    FileState.ADDED: noted("new"),
    FileState.REMOVED: noted("removed"),
    FileState.CHANGED: noted("changed"),
    FileState.MOVED: noted("moved"),
}


@dataclass(frozen=True)
class Picture:
    url: str
    words: str


@dataclass(frozen=True)
class ChangedFile:
    """One file, before and after."""

    diff: FileDiff
    state: str
    """For translation."""
    how: str
    """As in MergedFile.how; empty where there is no merge."""
    renamed_from: str | None
    pictures: tuple[Picture, ...]
    threads: Mapping[tuple[str, int], Sequence[ThreadWords]]
    """By side and line: those whose line is shown."""

    @property
    def talk(self) -> int:
        return sum(map(len, self.threads.values()))


@dataclass(frozen=True)
class Changes:
    """All that differs between the target and what would come of the proposal."""

    merged: bool
    """False: there is no merged content, and the offered version stands for it."""
    parameters: tuple[Row, ...]
    manifest: tuple[Row, ...]
    files: tuple[ChangedFile, ...]
    more: int
    elsewhere: tuple[ThreadWords, ...]
    """Said of lines that are not shown."""
    sides: Mapping[str, str] = field(default_factory=dict)
    """What `before` and `after` are called in an anchor."""


@dataclass(frozen=True)
class Contents:
    """The two contents that are compared."""

    before: Snapshot
    after: Snapshot
    merged: bool

    @property
    def side(self) -> SideName:
        """What the second one is."""
        return SideName.MERGED if self.merged else SideName.SOURCE


async def load_contents(parts: State, view: ProposalView) -> Contents:
    """The target's content, and the merged one where there is one, else the offered one."""
    merged = view.merge.snapshot
    before, after = await asyncio.gather(
        asyncio.to_thread(_snapshot, parts, view.target.snapshot),
        asyncio.to_thread(_snapshot, parts, merged or view.source.snapshot),
    )
    return Contents(before, after, merged is not None)


async def load_changes(parts: State, view: ProposalView, threads: Iterable[ThreadView], address: str) -> Changes:
    """Everything that differs. Reads texts of at most MOST_FILES files."""
    contents = await load_contents(parts, view)
    return await asyncio.to_thread(_changes, parts, view, contents, list(threads), address)


def count_files(view: ProposalView) -> int:
    """How many files the merge changes."""
    return len(view.merge.changed)


def defaults_of(manifest: Manifest) -> dict[str, str | bool]:
    return {parameter.name: canonical_value(parameter.default) for parameter in manifest.parameters}


def _changes(
    parts: State, view: ProposalView, contents: Contents, threads: Sequence[ThreadView], address: str
) -> Changes:
    before, after = contents.before.manifest, contents.after.manifest
    files = compare_files(contents.before.files, contents.after.files)
    words = [thread_words(each, address) for each in threads if isinstance(each.anchor, FileAnchor)]
    how = {each.path: (each.how, each.renamed_from) for each in view.merge.changed}
    shown: list[ChangedFile] = []
    placed: set[str] = set()
    edits = MOST_EDITS
    for change in files[:MOST_FILES]:
        text = _text(parts, change, edits)
        edits -= text.added + text.removed if text.hunks else 0
        diff = file_diff(text)
        there = _placed(diff, contents.side, words)
        placed |= {each.view.id for found in there.values() for each in found}
        merged = how.get(change.path, ("", None))
        moved = change.before.path if change.state is FileState.MOVED and change.before else merged[1]
        shown.append(ChangedFile(diff, STATES[change.state], merged[0], moved, _pictures(change), there))
    return Changes(
        contents.merged,
        parameter_rows(compare_choices((before, defaults_of(before)), (after, defaults_of(after)))),
        manifest_rows(compare_manifests(before, after)),
        tuple(shown),
        max(0, len(files) - MOST_FILES),
        tuple(each for each in words if each.view.id not in placed),
        {"before": SideName.TARGET.value, "after": contents.side.value},
    )


def _placed(diff: FileDiff, side: SideName, words: Iterable[ThreadWords]) -> dict[tuple[str, int], list[ThreadWords]]:
    """Threads under the lines that are shown: removed ones of the target, all others of the second side."""
    lines = [line for hunk in diff.hunks for line in hunk.lines]
    there = {(side.value, line.after) for line in lines if line.after is not None}
    there |= {(SideName.TARGET.value, line.before) for line in lines if line.before is not None and line.after is None}
    found: dict[tuple[str, int], list[ThreadWords]] = {}
    for each in words:
        anchor = each.view.anchor
        if not isinstance(anchor, FileAnchor) or anchor.path != diff.path or anchor.outdated:
            continue
        if (anchor.side.value, anchor.line) in there:
            found.setdefault((anchor.side.value, anchor.line), []).append(each)
    return found


def _text(parts: State, change: FileChange, edits: int) -> TextChange:
    """The lines of both sides; a file that is new or gone has none on the other one."""
    sides = (change.before, change.after)
    if change.state is FileState.MOVED:
        return TextChange(change.path, (), 0, 0, "moved, not changed")
    if not change.path.lower().endswith(TEXTS) and change.path.lower().endswith(PICTURES):
        return TextChange(change.path, (), 0, 0, "")
    if any(file is not None and file.size > MAX_TEXT for file in sides):
        return too_long(change.path)
    old, new = (b"" if file is None else _read(parts, file) for file in sides)
    return compare_texts(change.path, old, new, edits)


def _pictures(change: FileChange) -> tuple[Picture, ...]:
    if not change.path.lower().endswith(PICTURES) or change.state is FileState.MOVED:
        return ()
    sides = ((change.before, noted("before")), (change.after, noted("after")))
    return tuple(Picture(picture_url(file), words) for file, words in sides if file is not None)


def _snapshot(parts: State, digest: Digest) -> Snapshot:
    return parse_snapshot(transfer.read_whole(parts.blobs, digest, limit=MAX_BYTES))


def _read(parts: State, file: SourceFile) -> bytes:
    return transfer.read_whole(parts.blobs, file.sha256, limit=MAX_TEXT)
