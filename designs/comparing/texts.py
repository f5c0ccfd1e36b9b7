"""The lines that were taken out of a text and put into it, in bounded time whatever the text is.

The shortest such list by the greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations",
Algorithmica 1 (1986). Its time and memory grow with the number of differing lines squared, so that number is bounded:
two texts that have less in common than that are told as replaced.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from designs.digest import JsonValue

MOST_EDITS = 1200
"""Lines taken out and put in together: some 25 MB of memory and half a second."""
MAX_BYTES = 256 << 10
"""Of one text."""
CONTEXT = 3
"""Unchanged lines that are shown around changed ones."""
MAX_LINE = 400
"""Characters of a line that are kept; the rest is cut off."""


class Mark(StrEnum):
    KEPT = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True)
class Line:
    """One line with its numbers before and after, from 1; None: it is not there."""

    mark: Mark
    before: int | None
    after: int | None
    text: str


@dataclass(frozen=True)
class TextChange:
    """How one file's text changed."""

    path: str
    hunks: tuple[tuple[Line, ...], ...]
    """Changed lines with their surroundings, in order."""
    added: int
    removed: int
    """Lines."""
    untold: str = ""
    """Why there are no hunks, where the files differ and there are none."""

    def to_json(self) -> JsonValue:
        return {
            "path": self.path,
            "added": self.added,
            "removed": self.removed,
            "untold": self.untold,
            "hunks": [
                [
                    {"mark": line.mark.value, "before": line.before, "after": line.after, "text": line.text}
                    for line in hunk
                ]
                for hunk in self.hunks
            ],
        }

    def unified(self) -> Iterator[str]:
        """In the unified format that `patch` and people read, without its two head lines."""
        for hunk in self.hunks:
            yield f"@@ -{_range(hunk, Mark.ADDED)} +{_range(hunk, Mark.REMOVED)} @@"
            yield from (f"{line.mark.value}{line.text}" for line in hunk)


def compare_texts(path: str, before: bytes, after: bytes, most: int = MOST_EDITS) -> TextChange:
    """What changed between two versions of a file; says why where that cannot be shown line by line, as where more
    than `most` lines differ."""
    if max(len(before), len(after)) > MAX_BYTES:
        return too_long(path)
    try:
        old, new = _lines(before), _lines(after)
    except UnicodeDecodeError:
        return TextChange(path, (), 0, 0, "no text")
    edits = edit_script(old, new, most)
    if edits is None:
        return TextChange(path, (), len(new), len(old), f"more than {most} lines differ")
    lines = [_line(mark, x, y, old, new) for mark, x, y in edits]
    added, removed = (sum(line.mark is mark for line in lines) for mark in (Mark.ADDED, Mark.REMOVED))
    untold = "" if added or removed or before == after else "only line ends differ"
    return TextChange(path, tuple(_hunks(lines)), added, removed, untold)


def too_long(path: str) -> TextChange:
    """Of a file that is not even read."""
    return TextChange(path, (), 0, 0, f"longer than {MAX_BYTES >> 10} KiB")


def edit_script(old: Sequence[str], new: Sequence[str], most: int = MOST_EDITS) -> list[tuple[Mark, int, int]] | None:
    """The shortest way from one text to the other: every line of both, as (mark, index before, index after); for a line
    that is removed or added, the other index says where in the other text that is. None: more than `most` edits."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    old_end, new_end = len(old) - tail, len(new) - tail
    path = _shortest(old[head:old_end], new[head:new_end], most)
    if path is None:
        return None
    marks: list[tuple[Mark, int, int]] = [(Mark.KEPT, index, index) for index in range(head)]
    for (x, y), (next_x, next_y) in pairwise(path):
        if next_x - x == next_y - y:
            marks.extend((Mark.KEPT, head + x + step, head + y + step) for step in range(next_x - x))
        else:
            marks.append((Mark.REMOVED if x < next_x else Mark.ADDED, head + x, head + y))
    return marks + [(Mark.KEPT, old_end + index, new_end + index) for index in range(tail)]


def _shortest(old: Sequence[str], new: Sequence[str], most: int) -> list[tuple[int, int]] | None:
    """Corners of the furthest-reaching path from (0, 0) to the ends: diagonals, and single steps aside."""
    most = min(most, len(old) + len(new))
    farthest = [0] * (2 * most + 3)  # by diagonal; those below zero from the end
    history: list[list[int]] = []
    for edits in range(most + 1):
        history.append(farthest.copy())
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (diagonal != edits and farthest[diagonal - 1] < farthest[diagonal + 1])
            x = farthest[diagonal + 1] if down else farthest[diagonal - 1] + 1
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            farthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _trace(history, len(old), len(new))
    return None


def _trace(history: list[list[int]], x: int, y: int) -> list[tuple[int, int]]:
    corners = [(x, y)]
    for edits in range(len(history) - 1, 0, -1):
        farthest, diagonal = history[edits], x - y
        down = diagonal == -edits or (diagonal != edits and farthest[diagonal - 1] < farthest[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        x = farthest[before]
        y = x - before
        corners += [(x, y + 1) if down else (x + 1, y), (x, y)]
    corners.append((0, 0))
    return corners[::-1]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    count = 0
    for first, second in zip(old, new, strict=False):
        if first != second:
            break
        count += 1
    return count


def _hunks(lines: list[Line]) -> Iterator[tuple[Line, ...]]:
    changed = [index for index, line in enumerate(lines) if line.mark is not Mark.KEPT]
    begin = end = -1
    for index in changed:
        if begin >= 0 and index - CONTEXT > end:
            yield tuple(lines[begin:end])
            begin = -1
        if begin < 0:
            begin = max(0, index - CONTEXT)
        end = min(len(lines), index + CONTEXT + 1)
    if begin >= 0:
        yield tuple(lines[begin:end])


def _line(mark: Mark, x: int, y: int, old: Sequence[str], new: Sequence[str]) -> Line:
    text = new[y] if mark is Mark.ADDED else old[x]
    kept = text if len(text) <= MAX_LINE else text[:MAX_LINE] + "…"
    return Line(mark, None if mark is Mark.ADDED else x + 1, None if mark is Mark.REMOVED else y + 1, kept)


def _range(hunk: Sequence[Line], without: Mark) -> str:
    numbers = [
        number
        for line in hunk
        if line.mark is not without and (number := line.after if without is Mark.REMOVED else line.before)
    ]
    return f"{numbers[0]},{len(numbers)}" if numbers else "0,0"


def _lines(data: bytes) -> list[str]:
    if b"\0" in data:
        raise UnicodeDecodeError("utf-8", data, 0, 1, "NUL")
    return data.decode("utf-8").splitlines()
