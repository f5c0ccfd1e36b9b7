"""Changed lines of a file as a page shows them: one below the other or side by side, with the words that differ."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from designs.comparing.texts import Line, Mark, TextChange, edit_script
from registry.web.languages import _, noted

MOST_WORD_EDITS = 40
"""Words taken out and put in, of one line: a line that changed more than that is told as a whole."""
MOST_WORDS_CHANGED = 0.7
"""Of both lines together. Above this share the two have nothing to do with each other."""
UNTOLD = (
    noted("no text"),
    noted("only line ends differ"),
    noted("moved, not changed"),
    noted("more than %(number)s lines differ"),
    noted("longer than %(number)s KiB"),
)
"""Why no lines of a file are shown; any other reason speaks for itself."""
_NUMBER = re.compile(r"\d+")
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Some of a line's text."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class DiffLine:
    """One line of either side, with its numbers from 1."""

    kind: str
    """`added`, `removed` or `kept`."""
    before: int | None
    after: int | None
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Pair:
    """What stands beside each other; a kept line is both."""

    before: DiffLine | None
    after: DiffLine | None


@dataclass(frozen=True)
class DiffHunk:
    lines: tuple[DiffLine, ...]
    """In the order of a unified diff: what was removed before what was added."""
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class FileDiff:
    """How one file's text changed."""

    path: str
    hunks: tuple[DiffHunk, ...]
    added: int
    removed: int
    untold: str
    """Why there are no lines, where there are none."""


def file_diff(change: TextChange) -> FileDiff:
    """The lines of a change, each removed one beside the added one that took its place."""
    hunks = tuple(_hunk(hunk) for hunk in change.hunks)
    return FileDiff(change.path, hunks, change.added, change.removed, untold_words(change.untold))


def untold_words(reason: str) -> str:
    """Why there are no lines, in words; the number in it may be any."""
    found = _NUMBER.search(reason)
    if found is None:
        return _(reason) if reason else ""
    return _(reason.replace(found[0], "%(number)s", 1)) % {"number": found[0]}


def word_changes(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both lines in pieces, those marked that the other lacks; in time bounded by MOST_WORD_EDITS.

    >>> word_changes("wall = 1.2", "wall = 1.6")[1]
    (Piece(text='wall = 1.', changed=False), Piece(text='6', changed=True))
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    edits = edit_script(old, new, MOST_WORD_EDITS)
    whole = (Piece(before),), (Piece(after),)
    if edits is None:
        return whole
    changed = sum(len(old[x] if mark is Mark.REMOVED else new[y]) for mark, x, y in edits if mark is not Mark.KEPT)
    if changed > MOST_WORDS_CHANGED * (len(before) + len(after)):
        return whole
    first = [(old[x], mark is Mark.REMOVED) for mark, x, _y in edits if mark is not Mark.ADDED]
    second = [(new[y], mark is Mark.ADDED) for mark, _x, y in edits if mark is not Mark.REMOVED]
    return _joined(first), _joined(second)


def _hunk(lines: Sequence[Line]) -> DiffHunk:
    pairs = tuple(_pairs(lines))
    return DiffHunk(tuple(_unified(pairs)), pairs)


def _pairs(lines: Sequence[Line]) -> Iterator[Pair]:
    removed: list[Line] = []
    added: list[Line] = []
    for line in lines:
        if line.mark is Mark.REMOVED:
            removed.append(line)
        elif line.mark is Mark.ADDED:
            added.append(line)
        else:
            yield from _beside(removed, added)
            removed, added = [], []
            kept = DiffLine("kept", line.before, line.after, (Piece(line.text),))
            yield Pair(kept, kept)
    yield from _beside(removed, added)


def _beside(removed: Sequence[Line], added: Sequence[Line]) -> Iterator[Pair]:
    for old, new in zip_longest(removed, added):
        alone = (Piece(old.text if old else ""),), (Piece(new.text if new else ""),)
        first, second = word_changes(old.text, new.text) if old and new else alone
        yield Pair(
            DiffLine("removed", old.before, None, first) if old else None,
            DiffLine("added", None, new.after, second) if new else None,
        )


def _unified(pairs: Sequence[Pair]) -> Iterator[DiffLine]:
    waiting: list[DiffLine] = []
    for pair in pairs:
        if pair.before is not None and pair.before is pair.after:
            yield from waiting
            waiting = []
            yield pair.before
            continue
        if pair.before is not None:
            yield pair.before
        if pair.after is not None:
            waiting.append(pair.after)
    yield from waiting


def _joined(words: Sequence[tuple[str, bool]]) -> tuple[Piece, ...]:
    """Neighbours of one kind together; a space between two changed words is changed with them."""
    told = [
        (word, changed or (word.isspace() and 0 < at < len(words) - 1 and words[at - 1][1] and words[at + 1][1]))
        for at, (word, changed) in enumerate(words)
    ]
    pieces: list[Piece] = []
    for word, changed in told:
        if pieces and pieces[-1].changed == changed:
            pieces[-1] = Piece(pieces[-1].text + word, changed)
        else:
            pieces.append(Piece(word, changed))
    return tuple(pieces)
