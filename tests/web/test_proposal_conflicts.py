"""Conflicts as the page shows them: what each side has against what both came from, and what the field holds."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from designs.digest import parse_digest
from designs.snapshot import SourceFile
from registry.actions.proposal_views import Choice, ConflictKind, ConflictView, ResolutionView
from registry.ids import parse_version_name
from registry.web.proposal_conflicts import ConflictWords, conflict_words

LINES = ConflictView(
    id="0123456789abcdef",
    path="peg.py",
    kind=ConflictKind.TEXT,
    place="line 1",
    message="changed by both sides",
    base="size = 1\nrest\n",
    ours="size = 2\nrest\n",
    theirs="size = 3\nrest\nmore\n",
    base_file=None,
    ours_file=None,
    theirs_file=None,
    first_line=1,
    choices=(Choice.OURS, Choice.THEIRS, Choice.BASE, Choice.BOTH, Choice.TEXT),
    resolution=None,
)


def words(*conflicts: ConflictView) -> tuple[ConflictWords, ...]:
    names = [SimpleNamespace(name=parse_version_name(f"ada/peg@{version}")) for version in ("1.1.0", "1.2.0")]
    merge = SimpleNamespace(conflicts=conflicts, bases=(parse_version_name("ada/peg@1.0.0"),))
    view: Any = SimpleNamespace(merge=merge, target=names[0], source=names[1])
    return conflict_words(view)


def test_each_side_is_told_against_what_both_came_from() -> None:
    told = words(LINES)[0]
    theirs = next(side for side in told.sides if side.choice is Choice.THEIRS)
    assert theirs.lines is not None
    assert [(line.kind, line.text) for line in theirs.lines] == [
        ("removed", "size = 1"),
        ("added", "size = 3"),
        ("kept", "rest"),
        ("added", "more"),
    ]
    assert {side.choice: side.text for side in told.sides} == {
        Choice.OURS: LINES.ours,
        Choice.THEIRS: LINES.theirs,
        Choice.BASE: LINES.base,
        Choice.BOTH: f"{LINES.ours}{LINES.theirs}",
    }


def test_the_field_holds_what_was_chosen_else_the_designs_own() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert words(LINES)[0].text == LINES.ours
    taken = replace(LINES, resolution=ResolutionView(Choice.THEIRS, None, "ada", at))
    assert words(taken)[0].text == LINES.theirs
    written = replace(LINES, resolution=ResolutionView(Choice.TEXT, "size = 9\n", "ada", at))
    told = words(written)[0]
    assert told.text == "size = 9\n"
    assert told.written
    assert not any(side.chosen for side in told.sides)


def test_open_ones_come_first() -> None:
    done = replace(LINES, resolution=ResolutionView(Choice.OURS, None, "ada", datetime(2026, 1, 1, tzinfo=UTC)))
    assert [each.view.open for each in words(done, LINES)] == [True, False]


def test_a_picture_is_chosen_by_looking_at_it() -> None:
    file = SourceFile("images/peg.png", parse_digest("a" * 64), 10)
    whole = replace(
        LINES,
        kind=ConflictKind.FILE,
        base=None,
        ours=None,
        theirs=None,
        ours_file=file,
        theirs_file=file,
        choices=(Choice.OURS, Choice.THEIRS, Choice.BASE),
    )
    told = words(whole)[0]
    assert not told.writable
    assert [side.picture is not None for side in told.sides] == [True, True, False]
    assert [side.gone for side in told.sides] == [False, False, True]
