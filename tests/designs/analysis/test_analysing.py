"""The whole analysis: what it says of parts whose figures are known, and its JSON."""

import json

import pytest

from designs.analysis import Analysis, BadAnalysis, analyse
from designs.making import Making
from tests.designs.solids import SHAPES, mesh_of


def analysis_of(name: str) -> Analysis:
    return analyse([(name, mesh_of(SHAPES[name]))], Making(), "PLA")


@pytest.mark.parametrize("name", SHAPES)
def test_json_both_ways(name: str) -> None:
    told = analysis_of(name).to_json()
    assert Analysis.from_json(json.loads(json.dumps(told, allow_nan=False))).to_json() == told


def test_a_box() -> None:
    (body,) = analysis_of("box").bodies
    assert body.box is not None
    assert body.walls is not None
    assert body.proposal is not None
    assert body.box.size == pytest.approx((30, 20, 10))
    assert (body.hull_mm3, body.hull_fill, body.box_fill) == pytest.approx((6000, 1, 1))
    assert body.walls.least_mm == pytest.approx(10)
    assert body.walls.walls_share == pytest.approx(1)
    assert {round(pose.contact_mm2) for pose in body.poses} == {200, 300, 600}
    assert {pose.overhang_mm2 for pose in body.poses} == {0.0}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "cofab-analysis/0"},
        {"bodies": None},
        {"bodies": [{"name": "a"}]},
        {"hull_mm3": "1"},
        {"hull_mm3": float("nan")},
        {"findings": None},
        {"more": 1},
    ],
)
def test_bad_json(change: dict[str, object]) -> None:
    with pytest.raises(BadAnalysis):
        Analysis.from_json(analysis_of("box").to_json() | change)
    with pytest.raises(BadAnalysis):
        Analysis.from_json([])
