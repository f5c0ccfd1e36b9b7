"""Differences of texts: complete, shortest, bounded."""

import difflib
import time

from hypothesis import given
from hypothesis import strategies as st

from designs.comparing.texts import MAX_LINE, MOST_EDITS, Mark, compare_texts, edit_script

LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=14)


@given(LINES, LINES)
def test_both_texts_can_be_read_out_of_the_edits(old: list[str], new: list[str]) -> None:
    edits = edit_script(old, new)
    assert edits is not None
    assert [old[x] for mark, x, _ in edits if mark is not Mark.ADDED] == old
    assert [new[y] for mark, _, y in edits if mark is not Mark.REMOVED] == new
    assert [x for mark, x, _ in edits if mark is not Mark.ADDED] == list(range(len(old)))
    assert [y for mark, _, y in edits if mark is not Mark.REMOVED] == list(range(len(new)))


def common_subsequence(old: list[str], new: list[str]) -> int:
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, first in enumerate(old):
        for j, second in enumerate(new):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if first == second else max(lengths[i][j + 1], lengths[i + 1][j])
    return lengths[-1][-1]


@given(LINES, LINES)
def test_nothing_is_told_as_changed_that_need_not_be(old: list[str], new: list[str]) -> None:
    edits = edit_script(old, new)
    assert edits is not None
    kept = sum(mark is Mark.KEPT for mark, _, _ in edits)
    assert kept == common_subsequence(old, new)


def test_the_unified_form_is_that_of_the_standard_library() -> None:
    old = [f"line {n}" for n in range(40)]
    new = [*old[:5], "new", *old[5:20], "other", *old[21:], "last"]
    told = compare_texts("a.py", "\n".join(old).encode(), "\n".join(new).encode())
    expected = list(difflib.unified_diff(old, new, lineterm="", n=3))[2:]
    assert [line.replace(",1 ", " ") for line in told.unified()] == expected
    assert (told.added, told.removed) == (3, 1)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_are_answered(before: bytes, after: bytes) -> None:
    told = compare_texts("x", before, after)
    assert told.hunks or told.untold or before == after


def test_texts_that_have_nothing_in_common_are_told_as_replaced_in_bounded_time() -> None:
    """Lines that repeat in another order are the worst there is: many ways, none of them short."""
    old = [str(n * 7919 % 97) for n in range(20_000)]
    new = [str(n * 104_729 % 89) for n in range(20_000)]
    began = time.perf_counter()
    told = compare_texts("worst.py", "\n".join(old).encode(), "\n".join(new).encode())
    assert time.perf_counter() - began < 10
    assert told.untold == f"more than {MOST_EDITS} lines differ"
    assert (told.added, told.removed) == (20_000, 20_000)


def test_a_change_is_found_in_a_long_text() -> None:
    old = [str(n) for n in range(20_000)]
    told = compare_texts("long.py", "\n".join(old).encode(), "\n".join([*old[:9000], "x", *old[9001:]]).encode())
    (hunk,) = told.hunks
    assert [(line.mark.value, line.text) for line in hunk[3:5]] == [("-", "9000"), ("+", "x")]
    assert (hunk[0].before, hunk[-1].after) == (8998, 9004)


def test_what_is_no_text_is_said_to_be_none() -> None:
    assert compare_texts("a.stl", b"\xff\xfe\0", b"\xff").untold == "no text"
    assert compare_texts("a.py", b"a" * 300_000, b"b").untold == "longer than 256 KiB"
    assert compare_texts("a.py", b"a\nb\n", b"a\r\nb\r\n").untold == "only line ends differ"


def test_a_long_line_is_cut() -> None:
    told = compare_texts("a.py", b"", b"x" * 5000)
    assert len(told.hunks[0][0].text) == MAX_LINE + 1
