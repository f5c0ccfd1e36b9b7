"""What came out of the jail is read strictly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.comparing.shapes import BadComparison, BodyChange, BodyState, Piece, ShapeChange, Solid, Verdict

NUMBERS = st.floats(0, 1e6).map(lambda number: round(number, 6))
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
SOLIDS = st.none() | st.builds(Solid, NUMBERS, VECTORS, VECTORS, VECTORS, NUMBERS)
NAMES = st.none() | st.sampled_from(["lid", "box <b>"])
CHANGES = st.builds(
    ShapeChange,
    verdict=st.sampled_from(Verdict),
    reason=st.sampled_from(["", "it is open"]),
    before=SOLIDS,
    after=SOLIDS,
    added_mm3=NUMBERS,
    pieces=st.lists(st.builds(Piece, st.booleans(), NUMBERS, NUMBERS, VECTORS, VECTORS), max_size=3).map(tuple),
    more_pieces=st.integers(0, 9),
    bodies=st.lists(
        st.builds(BodyChange, NAMES, NAMES, st.sampled_from(BodyState), NUMBERS, NUMBERS, st.none() | VECTORS),
        max_size=3,
    ).map(tuple),
)


@given(CHANGES)
def test_a_comparison_survives_json(change: ShapeChange) -> None:
    assert ShapeChange.from_json(json.loads(json.dumps(change.to_json()))) == change


GOOD: dict[str, Any] = json.loads(json.dumps(ShapeChange(Verdict.DIFFERENT).to_json()))


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {},
        GOOD | {"verdict": "fine"},
        GOOD | {"added_mm3": "1"},
        GOOD | {"added_mm3": True},
        GOOD | {"pieces": [{}]},
        GOOD | {"pieces": [GOOD] * 1000},
        GOOD | {"before": {"volume_mm3": 1}},
        GOOD | {"reason": "\x1b[2J"},
        GOOD | {"reason": "x" * 9999},
        GOOD | {"bodies": [{"before": 3}]},
    ],
)
def test_anything_else_is_refused(bad: object) -> None:
    with pytest.raises(BadComparison):
        ShapeChange.from_json(bad)


def test_shares_and_shifts_follow_from_the_figures() -> None:
    solid = Solid(10, (0, 0, 0), (1, 1, 1), (0.5, 0.5, 0.5), 0)
    other = Solid(10, (0, 0, 0), (1, 1, 1), (0.5, 0.5, 1.0), 0)
    change = ShapeChange(Verdict.DIFFERENT, before=solid, after=other, added_mm3=1, removed_mm3=2, kept_mm3=7)
    assert change.kept_share == 0.7
    assert change.shift == (0, 0, 0.5)
    assert ShapeChange(Verdict.IDENTICAL).kept_share is None
    assert ShapeChange(Verdict.IDENTICAL).shift is None
