"""Three-way merge of design.toml: by key, with the text of ours kept as far as it says the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from designs.manifest import FILE_NAME, ManifestError, parse_manifest
from designs.toml_document import DocumentError, key_text, read_toml
from registry.core.merging import Choice, Conflict, ConflictKind, Resolutions, usable
from registry.core.merging_lines import joined, merge_lines
from registry.core.merging_toml import put_into, read_value, reads_as, value_text, written
from registry.core.merging_values import ABSENT, Path, Tree, ValueClash, merge_trees, trees_of

_REWRITTEN = f"{FILE_NAME} was written anew: its values are merged, its comments are lost."
_SHOWN = 3
"""Problems of a manifest that a message names."""


@dataclass(frozen=True)
class MergedText:
    """What became of one text."""

    text: str | None
    """None while a conflict is open."""
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


def merge_manifests(base: str, ours: str, theirs: str, resolutions: Resolutions) -> MergedText | None:
    """The merged text of three manifests; the design's name stays ours. None where one of them is not TOML at all, so
    that it has to be merged by line."""
    try:
        roots = [read_toml(text, FILE_NAME).root for text in (base, ours, theirs)]
    except DocumentError:
        return None
    old, mine, other = trees_of(*roots)
    texts = tuple(_renamed(text, tree, mine) for text, tree in ((base, old), (theirs, other)))
    if None in texts:
        return None
    named_base, named_theirs = texts
    assert named_base is not None
    assert named_theirs is not None
    old, mine, other = trees_of(*(read_toml(text, FILE_NAME).root for text in (named_base, ours, named_theirs)))
    settled: dict[Path, object] = {}
    conflicts: list[Conflict] = []

    def settle(clash: ValueClash) -> object:
        conflict = _conflict(clash)
        conflicts.append(conflict)
        settled[clash.path] = _chosen(clash, conflict, resolutions)
        return clash.ours if settled[clash.path] is None else settled[clash.path]

    merged, _ = merge_trees(old, mine, other, settle)
    if None in settled.values():
        return MergedText(None, tuple(conflicts))
    text, notes = _text(named_base, ours, named_theirs, merged)
    checked = _checked(text, ours, named_theirs, resolutions)
    return replace(checked, conflicts=(*conflicts, *checked.conflicts), notes=notes)


def _text(base: str, ours: str, theirs: str, merged: Tree) -> tuple[str, tuple[str, ...]]:
    """The merged values as a text: by line if that gives just these, else put into ours, into theirs, or anew."""
    by_line = joined(merge_lines(base, ours, theirs))
    if by_line is not None and reads_as(by_line, merged):
        return by_line, ()
    text = put_into(ours, theirs, merged) or put_into(theirs, ours, merged)
    return (text, ()) if text is not None else (written(merged), (_REWRITTEN,))


def _renamed(text: str, tree: Tree, ours: Tree) -> str | None:
    """A text with our design's name in it; the text itself where the name is ours already."""
    own, its = ours.get("design"), tree.get("design")
    if not isinstance(own, dict) or not isinstance(its, dict) or own.get("name") == its.get("name"):
        return text
    renamed = {**tree, "design": {**its, "name": own.get("name", "")}}
    return put_into(text, text, renamed) or written(renamed)


def _conflict(clash: ValueClash) -> Conflict:
    place = key_text(clash.path)
    if clash.removed:
        gone, other = ("the target", "the offer") if clash.ours is ABSENT else ("the offer", "the target")
        message = f"{place} was removed by {gone} and changed by {other}"
    elif clash.base is ABSENT:
        message = f"{place} was added by both sides, differently"
    else:
        message = f"{place} was changed by both sides, differently"
    is_table = any(isinstance(side, Mapping) for side in (clash.ours, clash.theirs))
    choices = [Choice.OURS, Choice.THEIRS, *([] if clash.base is ABSENT else [Choice.BASE])]
    return Conflict(
        FILE_NAME,
        ConflictKind.TABLE if is_table else ConflictKind.VALUE,
        place,
        message,
        base=_shown(clash.base),
        ours=_shown(clash.ours),
        theirs=_shown(clash.theirs),
        choices=tuple(choices if is_table else [*choices, Choice.TEXT]),
    )


def _shown(value: object) -> str | None:
    return None if value is ABSENT else value_text(value)


def _chosen(clash: ValueClash, conflict: Conflict, resolutions: Resolutions) -> object:
    """The value that was chosen; None while it is open."""
    resolution = usable(conflict, resolutions)
    if resolution is None:
        return None
    match resolution.choice:
        case Choice.OURS:
            return clash.ours
        case Choice.THEIRS:
            return clash.theirs
        case Choice.BASE:
            return clash.base
    found = read_value(resolution.text or "")
    return None if found is ABSENT else found


def _checked(text: str, ours: str, theirs: str, resolutions: Resolutions) -> MergedText:
    """The text if it is a manifest, else a conflict about the whole: each side is in order, together they are not."""
    problem = manifest_problem(text)
    if problem is None:
        return MergedText(text)
    conflict = Conflict(
        FILE_NAME,
        ConflictKind.MANIFEST,
        "",
        f"put together, {FILE_NAME} is not in order: {problem}",
        base=text,
        ours=ours,
        theirs=theirs,
        choices=(Choice.OURS, Choice.THEIRS, Choice.TEXT),
    )
    resolution = usable(conflict, resolutions)
    if resolution is None:
        return MergedText(None, (conflict,))
    chosen = {Choice.OURS: ours, Choice.THEIRS: theirs}.get(resolution.choice, resolution.text or "")
    return MergedText(chosen if manifest_problem(chosen) is None else None, (conflict,))


def manifest_problem(text: str) -> str | None:
    """What is wrong with a manifest, on one line; None: nothing."""
    try:
        parse_manifest(text)
    except ManifestError as error:
        return "; ".join(str(problem) for problem in error.problems[:_SHOWN])
    return None
