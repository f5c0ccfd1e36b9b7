"""Three-way merge of texts by line, as diff3 does it: what one side changed is taken, what both changed differently
clashes.

S. Khanna, K. Kunal, B. C. Pierce, "A Formal Investigation of Diff3" (FSTTCS 2007) says what can be relied on. The lines
are put side by side by the bounded comparison of `designs.comparing.texts`, so that no text takes long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from merge3 import Merge3

from designs.comparing.texts import Mark, edit_script


@dataclass(frozen=True)
class Settled:
    """Lines that the result has in any case."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Clash:
    """Lines that both sides changed differently."""

    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    first_line: int
    """Where ours begins in our text, from 1."""


Piece = Settled | Clash


class _Blocks:
    """The matching stretches of two texts, for Merge3."""

    def __init__(self, junk: None, old: Sequence[str], new: Sequence[str], autojunk: bool = True) -> None:
        self._old, self._new = old, new

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        """(index in old, index in new, length), in order, with an empty one at the end."""
        edits = edit_script(self._old, self._new)
        found: list[tuple[int, int, int]] = []
        if edits is None:
            edits = _ends(self._old, self._new)
        for kept, group in groupby(edits, key=lambda edit: edit[0] is Mark.KEPT):
            if kept:
                run = list(group)
                found.append((run[0][1], run[0][2], len(run)))
        return [*found, (len(self._old), len(self._new), 0)]


def merge_lines(base: str, ours: str, theirs: str) -> tuple[Piece, ...]:
    """The result as pieces in order. Without a Clash among them it is the merged text (see `joined`)."""
    old, mine, other = split_lines(base), split_lines(ours), split_lines(theirs)
    pieces: list[Piece] = []
    for region in Merge3(old, mine, other, sequence_matcher=_Blocks).merge_regions():
        match region:
            case ("unchanged", start, end):
                pieces.append(Settled(tuple(old[start:end])))
            case ("a" | "same", start, end):
                pieces.append(Settled(tuple(mine[start:end])))
            case ("b", start, end):
                pieces.append(Settled(tuple(other[start:end])))
            case (_, base_from, base_to, our_from, our_to, their_from, their_to):
                clash = Clash(
                    tuple(old[base_from:base_to]),
                    tuple(mine[our_from:our_to]),
                    tuple(other[their_from:their_to]),
                    first_line=our_from + 1,
                )
                pieces.append(clash)
    return tuple(pieces)


def joined(pieces: Sequence[Piece]) -> str | None:
    """The merged text; None when there is a clash."""
    if any(isinstance(piece, Clash) for piece in pieces):
        return None
    return "".join(line for piece in pieces if isinstance(piece, Settled) for line in piece.lines)


def split_lines(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends a line, whatever Unicode knows beside it."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _ends(old: Sequence[str], new: Sequence[str]) -> list[tuple[Mark, int, int]]:
    """Of texts that differ in too much: only what they begin and end with is the same."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    kept = [(Mark.KEPT, at, at) for at in range(head)]
    gap = [(Mark.REMOVED, head, head)]
    return kept + gap + [(Mark.KEPT, len(old) - tail + at, len(new) - tail + at) for at in range(tail)]
