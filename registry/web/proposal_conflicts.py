"""The conflicts of a proposal for its page: what each side has, as changed lines against what both came from. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from designs.comparing.texts import MOST_EDITS, Mark, edit_script
from designs.snapshot import SourceFile
from registry.actions.proposal_views import Choice, ConflictView, ProposalView
from registry.web.design_page import PICTURES, picture_url
from registry.web.diff_words import DiffLine, Piece

ORDER = (Choice.OURS, Choice.THEIRS, Choice.BASE, Choice.BOTH)
LEAST_ROWS, MOST_ROWS = 1, 24


@dataclass(frozen=True)
class ConflictSide:
    """One thing that may be chosen."""

    choice: Choice
    name: str
    """The version that it comes from."""
    chosen: bool
    lines: tuple[DiffLine, ...] | None
    """None: it is no text."""
    text: str | None
    """As the field below shall hold it; None: it cannot be written."""
    file: SourceFile | None
    picture: str | None
    gone: bool


@dataclass(frozen=True)
class ConflictWords:
    """A conflict, ready to be drawn."""

    view: ConflictView
    sides: tuple[ConflictSide, ...]
    writable: bool
    written: bool
    """It was resolved by what somebody wrote."""
    text: str
    """What the field holds at first."""
    rows: int

    @property
    def texts(self) -> bool:
        return self.writable


def conflict_words(view: ProposalView) -> tuple[ConflictWords, ...]:
    """Open ones first."""
    told = [_words(conflict, view) for conflict in view.merge.conflicts]
    return tuple(sorted(told, key=lambda each: not each.view.open))


def _words(conflict: ConflictView, view: ProposalView) -> ConflictWords:
    chosen = conflict.resolution.choice if conflict.resolution else None
    sides = tuple(_side(choice, conflict, view, chosen) for choice in ORDER if choice in conflict.choices)
    writable = Choice.TEXT in conflict.choices
    text = conflict.resolution.text if conflict.resolution else None
    if text is None:
        wanted = chosen or Choice.OURS
        text = next((side.text for side in sides if side.choice is wanted and side.text is not None), "")
    rows = min(MOST_ROWS, max(LEAST_ROWS, text.count("\n") + 1))
    return ConflictWords(conflict, sides, writable, chosen is Choice.TEXT, text, rows)


def _side(choice: Choice, conflict: ConflictView, view: ProposalView, chosen: Choice | None) -> ConflictSide:
    text, file, name = {
        Choice.OURS: (conflict.ours, conflict.ours_file, str(view.target.name)),
        Choice.THEIRS: (conflict.theirs, conflict.theirs_file, str(view.source.name)),
        Choice.BASE: (conflict.base, conflict.base_file, ", ".join(map(str, view.merge.bases))),
        Choice.BOTH: (f"{conflict.ours or ''}{conflict.theirs or ''}", None, ""),
    }[choice]
    textual = any(each is not None for each in (conflict.ours, conflict.theirs, conflict.base))
    plain = choice in {Choice.BASE, Choice.BOTH}
    lines = None
    if textual and text is not None and choice is not Choice.BOTH:
        lines = tuple(_plain(text) if plain else _against(conflict.base or "", text))
    picture = file is not None and file.path.lower().endswith(PICTURES)
    return ConflictSide(
        choice,
        name,
        choice is chosen,
        lines,
        text if Choice.TEXT in conflict.choices else None,
        None if textual else file,
        picture_url(file) if picture and file else None,
        text is None and (textual or file is None),
    )


def _plain(text: str) -> Iterable[DiffLine]:
    return (DiffLine("kept", None, None, (Piece(line),)) for line in text.splitlines())


def _against(base: str, text: str) -> Iterable[DiffLine]:
    """The lines of a side, those marked that the base lacks; and what is gone from it."""
    old, new = base.splitlines(), text.splitlines()
    edits = edit_script(old, new, MOST_EDITS)
    if edits is None:
        yield from _plain(text)
        return
    kinds = {Mark.KEPT: "kept", Mark.ADDED: "added", Mark.REMOVED: "removed"}
    for mark, x, y in edits:
        yield DiffLine(kinds[mark], None, None, (Piece(new[y] if mark is Mark.ADDED else old[x]),))
