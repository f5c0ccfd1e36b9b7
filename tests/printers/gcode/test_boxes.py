"""Bounding boxes beside brute force: every move sampled, every point held."""

import itertools
from math import cos, dist, hypot, sin

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from printers.gcode import Box, MachineLimits, judge_bytes, material_limits
from printers.gcode.arcs import NotAnArc, arc_by_centre, arc_by_radius

EVERYWHERE = Box(-10_000, -10_000, -10_000, 10_000, 10_000, 10_000)
UNBOUNDED = MachineLimits(
    printable=EVERYWHERE, motion=EVERYWHERE, max_nozzle_c=300, max_bed_c=120, home=(0.0, 0.0, 0.0)
)
START = "G90\nG21\nM83\nM109 S210\nG28\n"
END = "M104 S0\nM140 S0\n"
COORDINATE = st.integers(-2000, 2000).map(lambda n: n / 10)
POINT = st.tuples(COORDINATE, COORDINATE)

MOVES = st.lists(
    st.tuples(COORDINATE, COORDINATE, COORDINATE, st.sampled_from([-1.0, 0.0, 0.5])), min_size=1, max_size=40
)


@given(MOVES)
@settings(max_examples=200)
def test_boxes_of_straight_moves_equal_brute_force(moves: list[tuple[float, float, float, float]]) -> None:
    at, laid, visited, seconds = (0.0, 0.0, 0.0), [], [], 0.0
    lines = []
    for x, y, z, e in moves:
        lines.append(f"G1 X{x} Y{y} Z{z} E{e} F600")
        here = (x, y, z)
        seconds += (dist(at, here) or abs(e)) / 10
        if here != at:
            visited.append(here)
            if e > 0:
                laid += [at, here]
        at = here
    figures = judge_bytes((START + "\n".join(lines) + "\n" + END).encode(), UNBOUNDED, material_limits("PLA")).figures
    assert figures.extrusion_box == box_of(laid)
    assert figures.motion_box == box_of(visited)
    assert figures.moving_seconds == pytest.approx(seconds)
    assert figures.layers == len({round(z, 2) for _, _, z in laid})


def box_of(points: list[tuple[float, float, float]]) -> Box | None:
    if not points:
        return None
    low, high = (tuple(pick(axis) for axis in zip(*points, strict=True)) for pick in (min, max))
    return Box(*low, *high)


@given(POINT, POINT, COORDINATE, st.booleans())
def test_an_arc_by_radius_ends_where_it_should_and_its_extremes_equal_brute_force(
    begin: tuple[float, float], end: tuple[float, float], radius: float, clockwise: bool
) -> None:
    try:
        arc = arc_by_radius(begin, end, radius, clockwise=clockwise)
    except NotAnArc:
        assume(False)
    steps = 2000
    angles = [arc.start + arc.sweep * step / steps for step in range(steps + 1)]
    points = [(arc.cx + arc.radius * cos(angle), arc.cy + arc.radius * sin(angle)) for angle in angles]
    # The chord may exceed the diameter by the tolerated mismatch; then the ends are that far off.
    assert points[0] == pytest.approx(begin, abs=0.11)
    assert points[-1] == pytest.approx(end, abs=0.11)
    coarse = arc.radius * (1 - cos(arc.sweep / steps / 2)) + 1e-6
    xs, ys = zip(*points, strict=True)
    assert arc.extremes() == pytest.approx((min(xs), min(ys), max(xs), max(ys)), abs=coarse)
    assert arc.length == pytest.approx(sum(dist(a, b) for a, b in itertools.pairwise(points)), rel=1e-4, abs=1e-4)
    assert (arc.sweep < 0) == clockwise
    assert (abs(arc.sweep) > 3.1415) == (radius < 0) or abs(arc.radius * 2 - dist(begin, end)) < 0.3


@given(POINT, POINT, st.booleans())
def test_an_arc_about_a_centre_to_its_own_start_is_a_full_circle(
    begin: tuple[float, float], to_centre: tuple[float, float], clockwise: bool
) -> None:
    assume(hypot(*to_centre) > 0)
    arc = arc_by_centre(begin, begin, to_centre, clockwise=clockwise)
    cx, cy, radius = begin[0] + to_centre[0], begin[1] + to_centre[1], hypot(*to_centre)
    assert arc.extremes() == pytest.approx((cx - radius, cy - radius, cx + radius, cy + radius), abs=1e-6)


def test_an_arc_bulges_beyond_its_ends_in_the_box_of_a_file() -> None:
    gcode = START + "G1 X10 Y0 Z0.2 F600\nG3 X-10 Y0 I-10 J0 E1\n" + END
    figures = judge_bytes(gcode.encode(), UNBOUNDED, material_limits("PLA")).figures
    assert figures.extrusion_box is not None
    assert figures.extrusion_box.max_y == pytest.approx(10)
    assert figures.extrusion_box.min_y == pytest.approx(0)
