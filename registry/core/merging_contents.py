"""Three-way merge of the contents of a design: each file by what it is.

    merged = merge_contents(base, ours, theirs, resolutions)

merge(base, x, base) and merge(base, base, x) are x, but for the design's name, which stays ours; what one side alone
changed is never lost; there is a conflict exactly where both changed the same thing differently, or where what they
changed does not go together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from designs.digest import digest_bytes
from designs.manifest import FILE_NAME
from registry.core.merging import (
    ChangedFile,
    Choice,
    Conflict,
    ConflictKind,
    Content,
    Entry,
    How,
    Merged,
    Resolution,
    Resolutions,
    usable,
)
from registry.core.merging_lines import Clash, Piece, Settled, merge_lines
from registry.core.merging_manifest import MergedText, merge_manifests
from registry.core.merging_renames import renames


@dataclass(frozen=True)
class _Triple:
    """One file on the three sides; None: it is not there."""

    path: str
    """Where it stands in the result."""
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    our_path: str | None
    moved: bool = False
    """A side calls it otherwise than the base does."""


@dataclass(frozen=True)
class _File:
    """What became of one file: it is there, or gone (`entry` None), or conflicts."""

    entry: Entry | None
    conflicts: tuple[Conflict, ...] = ()
    open: bool = False
    notes: tuple[str, ...] = ()


def merge_contents(base: Content, ours: Content, theirs: Content, resolutions: Resolutions | None = None) -> Merged:
    """Merge three contents, as far as the resolutions go."""
    resolutions = resolutions or {}
    triples, notes = _triples(base, ours, theirs)
    files: dict[str, Entry] = {}
    changed: list[ChangedFile] = []
    conflicts: list[Conflict] = []
    unresolved: set[str] = set()
    for triple in triples:
        found = _merge(triple, resolutions)
        conflicts += found.conflicts
        notes += found.notes
        if found.entry is not None and not found.open:
            files[triple.path] = found.entry
        changed += _change(triple, found)
        if found.open:
            waiting = {conflict.id for conflict in found.conflicts if usable(conflict, resolutions) is None}
            unresolved |= waiting or {conflict.id for conflict in found.conflicts}
    return Merged(files, tuple(changed), tuple(conflicts), frozenset(unresolved), tuple(notes))


def entry_of(text: str) -> Entry:
    """A file with this text."""
    data = text.encode()
    return Entry(digest_bytes(data), len(data), text)


# --------------------------------------------------------------------------------------------- which file is which one
def _triples(base: Content, ours: Content, theirs: Content) -> tuple[list[_Triple], list[str]]:
    moved_here, moved_there = renames(base, ours), renames(base, theirs)
    found = _paired(base, ours, theirs, moved_here, moved_there)
    twice = [path for path, times in Counter(triple.path for triple in found).items() if times > 1]
    if not twice:
        both = [old for old in moved_here if old in moved_there and moved_here[old] != moved_there[old]]
        words = "{old} was renamed by both sides: it is called {new}, as in the target."
        return found, [words.format(old=old, new=moved_here[old]) for old in sorted(both)]
    note = f"Files were renamed to {', '.join(sorted(twice))}, which is there already: taken as removed and added."
    return _paired(base, ours, theirs, {}, {}), [note]


def _paired(
    base: Content, ours: Content, theirs: Content, moved_here: Mapping[str, str], moved_there: Mapping[str, str]
) -> list[_Triple]:
    found: list[_Triple] = []
    for path, entry in base.items():
        here, there = moved_here.get(path, path), moved_there.get(path, path)
        goal = here if path in moved_here else there
        our_path = here if here in ours else None
        found.append(_Triple(goal, entry, ours.get(here), theirs.get(there), our_path, moved=goal != path))
    old_here = {moved_here.get(path, path) for path in base}
    old_there = {moved_there.get(path, path) for path in base}
    added = [path for path in ours if path not in old_here]
    added += [path for path in theirs if path not in old_there and path not in added]
    for path in added:
        mine = ours[path] if path in ours and path not in old_here else None
        other = theirs[path] if path in theirs and path not in old_there else None
        found.append(_Triple(path, None, mine, other, path if mine else None))
    return sorted(found, key=lambda triple: triple.path)


def _change(triple: _Triple, found: _File) -> Iterator[ChangedFile]:
    renamed = triple.our_path if triple.our_path not in {None, triple.path} else None
    if found.open:
        yield ChangedFile(triple.path, How.CONFLICT, renamed)
    elif found.entry is None:
        if triple.ours is not None:
            yield ChangedFile(triple.our_path or triple.path, How.REMOVED)
    elif triple.ours is None or found.entry.sha256 != triple.ours.sha256 or renamed:
        taken = triple.theirs is not None and found.entry.sha256 == triple.theirs.sha256
        yield ChangedFile(triple.path, How.TAKEN if taken else How.MERGED, renamed)


# ----------------------------------------------------------------------------------------------------------- one file
def _merge(triple: _Triple, resolutions: Resolutions) -> _File:
    base, ours, theirs = triple.base, triple.ours, triple.theirs
    if triple.path == FILE_NAME and ours is not None and theirs is not None and not _same(ours, theirs):
        found = _manifest(base, ours, theirs, resolutions)
        if found is not None:
            return found
    renamed_and_removed = triple.moved and (ours is None) is not (theirs is None)
    if not renamed_and_removed and (_same(ours, theirs) or _same(base, theirs)):
        return _File(ours)
    if not renamed_and_removed and _same(base, ours):
        return _File(theirs)
    if ours is None or theirs is None:
        return _removed(triple, resolutions)
    if ours.text is not None and theirs.text is not None and (base is None or base.text is not None):
        return _text(triple, base.text or "" if base else "", ours.text, theirs.text, resolutions)
    return _whole(triple, resolutions)


def _same(one: Entry | None, other: Entry | None) -> bool:
    return (one is None) is (other is None) and (one is None or other is None or one.sha256 == other.sha256)


def _manifest(base: Entry | None, ours: Entry, theirs: Entry, resolutions: Resolutions) -> _File | None:
    if ours.text is None or theirs.text is None or (base is not None and base.text is None):
        return None
    merged = merge_manifests((base and base.text) or "", ours.text, theirs.text, resolutions)
    return None if merged is None else _from_text(merged)


def _from_text(merged: MergedText) -> _File:
    entry = None if merged.text is None else entry_of(merged.text)
    return _File(entry, merged.conflicts, open=merged.text is None, notes=merged.notes)


def _removed(triple: _Triple, resolutions: Resolutions) -> _File:
    gone, other = ("the target", "the offer") if triple.ours is None else ("the offer", "the target")
    how = "renamed" if triple.moved else "changed"
    message = f"{triple.path} was removed by {gone} and {how} by {other}"
    return _choose(_about(triple, ConflictKind.REMOVED, message), triple, resolutions)


def _whole(triple: _Triple, resolutions: Resolutions) -> _File:
    what = "changed" if triple.base else "added"
    message = f"{triple.path} was {what} by both sides, differently, and cannot be merged by line"
    return _choose(_about(triple, ConflictKind.FILE, message), triple, resolutions)


def _about(triple: _Triple, kind: ConflictKind, message: str) -> Conflict:
    choices = [Choice.OURS, Choice.THEIRS, *([Choice.BASE] if triple.base else [])]
    files = {"base_file": triple.base, "ours_file": triple.ours, "theirs_file": triple.theirs}
    return Conflict(triple.path, kind, "", message, choices=tuple(choices), **files)  # type: ignore[arg-type]


def _choose(conflict: Conflict, triple: _Triple, resolutions: Resolutions) -> _File:
    resolution = usable(conflict, resolutions)
    if resolution is None:
        return _File(None, (conflict,), open=True)
    chosen = {Choice.OURS: triple.ours, Choice.THEIRS: triple.theirs, Choice.BASE: triple.base}[resolution.choice]
    return _File(chosen, (conflict,))


def _text(triple: _Triple, base: str, ours: str, theirs: str, resolutions: Resolutions) -> _File:
    pieces = merge_lines(base, ours, theirs)
    conflicts = _clashes(triple, pieces)
    lines: list[str] = []
    open_ones = False
    rest = iter(conflicts)
    for piece in pieces:
        if isinstance(piece, Settled):
            lines += piece.lines
            continue
        conflict = next(rest)
        resolution = usable(conflict, resolutions)
        open_ones = open_ones or resolution is None
        if resolution is not None:
            lines += _lines(piece, resolution)
    return _File(None if open_ones else entry_of("".join(lines)), conflicts, open=open_ones)


def _clashes(triple: _Triple, pieces: Sequence[Piece]) -> tuple[Conflict, ...]:
    seen: Counter[str] = Counter()
    found = []
    for piece in pieces:
        if isinstance(piece, Clash):
            plain = _clash(triple, piece)
            found.append(replace(plain, occurrence=seen[plain.id]))
            seen[plain.id] += 1
    return tuple(found)


def _clash(triple: _Triple, clash: Clash) -> Conflict:
    last = clash.first_line + len(clash.ours) - 1
    place = f"lines {clash.first_line} to {last}" if last > clash.first_line else f"line {clash.first_line}"
    base, ours, theirs = ("".join(lines) for lines in (clash.base, clash.ours, clash.theirs))
    return Conflict(
        triple.path,
        ConflictKind.TEXT,
        place,
        f"{triple.path}, {place}: changed by both sides, differently",
        base,
        ours,
        theirs,
        *(triple.base, triple.ours, triple.theirs),
        first_line=clash.first_line,
        choices=(Choice.OURS, Choice.THEIRS, Choice.BASE, Choice.BOTH, Choice.TEXT),
    )


def _lines(clash: Clash, resolution: Resolution) -> Sequence[str]:
    match resolution.choice:
        case Choice.OURS:
            return clash.ours
        case Choice.THEIRS:
            return clash.theirs
        case Choice.BASE:
            return clash.base
        case Choice.BOTH:
            return (*_whole_lines(clash.ours), *clash.theirs)
        case Choice.TEXT:
            return _written(resolution.text or "", clash)


def _whole_lines(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _written(text: str, clash: Clash) -> tuple[str, ...]:
    """What somebody wrote, with the end of its last line where the lines had one that it stands for."""
    ended = any(lines and lines[-1].endswith("\n") for lines in (clash.ours, clash.theirs, clash.base))
    return (f"{text}\n",) if text and ended and not text.endswith("\n") else (text,)
