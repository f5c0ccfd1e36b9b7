"""What of a finding can be marked in the model."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.web.finding_words import NAMES, finding_words
from registry.web.places import MOST, mark_of, place_of


@pytest.mark.parametrize("value", [None, [1, 2], [1, 2, "3"], [1, 2, True], [1, 2, math.nan], "abc", {"x": 1}])
def test_what_is_no_place(value: object) -> None:
    assert place_of(value) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=4)))
def test_a_mark_is_made_of_numbers_whatever_the_data(value: object) -> None:
    mark = mark_of({"at": value, "points": value, "segments": value, "body": value}, "here", "info")
    if mark is not None:
        plain = json.loads(mark.to_json())
        ends = [end for segment in plain["segments"] for end in segment]
        numbers = [number for place in [plain["at"], *plain["points"], *ends] for number in place]
        assert all(isinstance(number, float) and math.isfinite(number) for number in numbers)


def test_points_and_segments_are_marked_up_to_a_limit() -> None:
    points = [[float(number), 0, 0] for number in range(MOST + 5)]
    mark = mark_of({"points": points, "segments": [[[0, 0, 0], [1, 2, 3]], "no"]}, "here", "error")
    assert mark is not None
    assert (len(mark.points), mark.at) == (MOST, (0.0, 0.0, 0.0))
    assert mark.segments == (((0.0, 0.0, 0.0), (1.0, 2.0, 3.0)),)


def test_a_place_alone_is_a_point_and_undersides_are_areas() -> None:
    alone = mark_of({"at": [1, 2, 3]}, "here", "info")
    assert alone is not None
    assert alone.points == ((1.0, 2.0, 3.0),)
    under = mark_of({"at": [1, 2, 3], "areas_mm2": [4.0]}, "here", "info")
    assert under is not None
    assert under.areas


def test_a_finding_has_a_name_and_a_weight_also_where_its_code_is_new() -> None:
    known = {"code": "too_thin", "severity": "warning", "message": "lid is thin", "data": {"at": [0, 0, 0]}}
    new = {"code": "brand_new", "severity": "novel", "message": "x", "data": {}}
    first, second = finding_words([new, known, "rubbish"])
    assert (first.name, first.weight, first.message) == (NAMES["too_thin"], "Mind this", "Lid is thin")
    assert first.mark is not None
    assert (second.name, second.severity, second.mark) == ("Brand new", "info", None)
