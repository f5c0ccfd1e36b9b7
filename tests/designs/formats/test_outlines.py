"""Drawings from meshes: what is drawn, what is hidden, and the strokes that are made of it."""

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.formats.creases import with_creases
from designs.formats.drawing import extent, number
from designs.formats.outlines import draw
from designs.formats.strokes import GRID_MM, path_data, strokes
from designs.formats.viewpoints import ISOMETRIC, VIEWS
from designs.mesh import Mesh
from tests.designs.solids import SHAPES, mesh_of

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
BOX = np.array([corners for a, b, c, d in QUADS for corners in ((a, b, c), (a, c, d))])
SIDES = st.floats(0.5, 200)


def box(size: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    """A mesh without exact shape."""
    return with_creases(CORNERS * np.array(size) + np.array(at), BOX)


def length(segments: np.ndarray) -> float:
    return float(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum())


@settings(max_examples=4, deadline=None)
@given(st.tuples(SIDES, SIDES, SIDES))
def test_a_box_is_its_outline(size: tuple[float, float, float]) -> None:
    for view, (across, up) in {"front": (0, 2), "top": (0, 1), "right": (1, 2)}.items():
        (left, bottom), (right, top) = extent(draw([box(size)], VIEWS[view]))
        assert (right - left, top - bottom) == pytest.approx((size[across], size[up]))
    seen = draw([box(size)], ISOMETRIC)
    of_edges = 4 * sum(size) * math.sqrt(2 / 3)
    assert length(seen.visible) == pytest.approx(of_edges * 3 / 4, rel=0.02)
    assert length(seen.hidden) == pytest.approx(of_edges / 4, rel=0.1)


def test_what_lies_behind_is_hidden() -> None:
    found = draw([box((20, 2, 20)), box((4, 2, 4), (8, 10, 8))], VIEWS["front"])
    assert length(found.visible) == pytest.approx(2 * 80), "both sides of the front one, one upon the other"
    assert length(found.hidden) == pytest.approx(2 * 16)
    from_behind = draw([box((20, 2, 20)), box((4, 2, 4), (8, -10, 8))], VIEWS["front"])
    assert not len(from_behind.hidden)


def test_a_mesh_is_drawn_as_the_exact_part_is() -> None:
    for name in ("tube", "shelled", "hollow"):
        exact = mesh_of(SHAPES[name])
        alone = with_creases(*exact.welded)
        one, other = (draw([mesh], ISOMETRIC) for mesh in (exact, alone))
        assert length(one.visible) == pytest.approx(length(other.visible), rel=0.02), name


def test_the_outline_of_a_ball_is_a_circle() -> None:
    found = draw([mesh_of(SHAPES["sphere"])], ISOMETRIC)
    (stroke,) = (stroke for stroke in strokes(found.visible) if len(stroke) > 20)
    assert {round(math.hypot(x, y), 1) for x, y in stroke} <= {9.9, 10.0}


POINTS = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=2, max_size=12)


@given(st.lists(POINTS, min_size=1, max_size=4))
def test_every_segment_is_in_one_stroke(paths: list[list[tuple[int, int]]]) -> None:
    lines = {(min(a, b), max(a, b)) for path in paths for a, b in pairwise(path) if a != b}
    drawn = strokes(np.array(sorted(lines), float).reshape(-1, 2, 2))
    found = [tuple(sorted((round(x), round(y)) for x, y in pair)) for stroke in drawn for pair in pairwise(stroke)]
    assert sorted(found) == sorted(lines)
    assert strokes(np.array(sorted(lines), float).reshape(-1, 2, 2), without=drawn) == []


@pytest.mark.parametrize("count", [16, 24, 60])
def test_a_circle_of_segments_becomes_round(count: int) -> None:
    ring = [(math.cos(2 * math.pi * i / count) * 10, math.sin(2 * math.pi * i / count) * 10) for i in range(count)]
    data = path_data(strokes(np.array(list(pairwise([*ring, ring[0]])))), lambda point: point, number)
    assert data.count("C") == count
    numbers = [float(word) for word in re.findall(r"-?[\d.]+", data)]
    start = np.array(numbers[:2])
    for x1, y1, x2, y2, x, y in zip(*[iter(numbers[2:])] * 6, strict=True):
        end = np.array([x, y])
        middle = (start + 3 * np.array([x1, y1]) + 3 * np.array([x2, y2]) + end) / 8
        assert np.linalg.norm(middle) == pytest.approx(10, abs=0.01)
        start = end


def test_corners_stay_corners_and_lines_stay_straight() -> None:
    rounded = [(0, 0), (50, 0)] + [(50 + 5 * math.sin(a), 5 - 5 * math.cos(a)) for a in np.linspace(0, 1.5, 9)[1:]]
    data = path_data([rounded, [(0, 0), (5, 0), (5, 5)]], lambda point: point, number)
    assert data.startswith("M0 0L50 0C"), "the line does not bulge towards the curve"
    assert data.endswith("M0 0L5 0L5 5")
    assert GRID_MM < 0.01
