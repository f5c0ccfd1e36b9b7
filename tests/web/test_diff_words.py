"""Diffs as pages show them: nothing is lost, both forms say the same, and words are told apart."""

from hypothesis import given
from hypothesis import strategies as st

from designs.comparing.texts import compare_texts
from registry.web.diff_words import FileDiff, Piece, file_diff, word_changes

TEXTS = st.lists(st.sampled_from(["", "a", "a b", "wall = 1.2", "wall = 1.6", "  b", "é(x)"]), max_size=12)


def diff_of(before: list[str], after: list[str]) -> FileDiff:
    told = ["".join(f"{line}\n" for line in lines).encode() for lines in (before, after)]
    return file_diff(compare_texts("bin.py", told[0], told[1]))


@given(TEXTS, TEXTS)
def test_both_forms_hold_the_lines_of_both_sides_in_order(before: list[str], after: list[str]) -> None:
    for hunk in diff_of(before, after).hunks:
        old = [pair.before for pair in hunk.pairs if pair.before]
        new = [pair.after for pair in hunk.pairs if pair.after]
        assert [line.text for line in old] == [before[line.before - 1] for line in old if line.before]
        assert [line.text for line in new] == [after[line.after - 1] for line in new if line.after]
        assert [line for line in hunk.lines if line.before] == old
        assert [line for line in hunk.lines if line.after] == new


@given(st.text("ab =.(1", max_size=30), st.text("ab =.(1", max_size=30))
def test_words_are_told_without_changing_the_line(before: str, after: str) -> None:
    first, second = word_changes(before, after)
    assert "".join(piece.text for piece in first) == before
    assert "".join(piece.text for piece in second) == after
    kept = ["".join(piece.text for piece in pieces if not piece.changed) for pieces in (first, second)]
    if any(piece.changed for piece in (*first, *second)):
        assert kept[0].replace(" ", "") == kept[1].replace(" ", "")


def test_only_the_words_that_differ_are_marked() -> None:
    hunk = diff_of(["x = box(10, 10, 4)", "y"], ["x = box(10, 12, 4)", "y"]).hunks[0]
    first = hunk.pairs[0]
    assert first.before is not None
    assert first.after is not None
    assert first.before.pieces == (Piece("x = box(10, "), Piece("10", changed=True), Piece(", 4)"))
    assert first.after.pieces == (Piece("x = box(10, "), Piece("12", changed=True), Piece(", 4)"))
    assert [line.kind for line in hunk.lines] == ["removed", "added", "kept"]


def test_lines_that_have_nothing_in_common_are_told_as_a_whole() -> None:
    first, second = word_changes("import cadquery as cq", "wall_height(3)")
    assert first == (Piece("import cadquery as cq"),)
    assert second == (Piece("wall_height(3)"),)
