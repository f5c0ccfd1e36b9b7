"""Outlines of SVG drawings, by figures that are known without reading them."""

from math import cos, pi, radians, sin
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineError
from designs.outlines.curves import Arc, Bezier, Chain, Straight, area, polygon
from designs.outlines.joining import parts_of
from designs.outlines.svg import PIXEL_MM, read_svg
from designs.outlines.svg_paths import Matrix, PathReader, read_transform

MM = 'width="100mm" height="80mm" viewBox="0 0 100 80"'


def drawing(folder: Path, body: str, head: str = MM) -> Path:
    path = folder / "drawing.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{body}</svg>')
    return path


def chains(folder: Path, body: str, head: str = MM) -> list[Chain]:
    return read_svg(drawing(folder, body, head))


def box(chain: Chain) -> tuple[float, float, float, float]:
    points = [*polygon(chain), chain[-1].end]
    return (
        min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "bounds", "size"),
    [
        ('<rect x="10" y="20" width="30" height="40"/>', (10, 20, 40, 60), 1200),
        ('<rect width="30" height="40" rx="5"/>', (0, 40, 30, 80), 1200 - (4 - pi) * 25),
        ('<rect width="30" height="40" rx="5" ry="10"/>', (0, 40, 30, 80), 1200 - (4 - pi) * 50),
        ('<circle cx="50" cy="30" r="20"/>', (30, 30, 70, 70), pi * 400),
        ('<ellipse cx="50" cy="30" rx="20" ry="10"/>', (30, 40, 70, 60), pi * 200),
        ('<polygon points="0,0 30,0 30,40"/>', (0, 40, 30, 80), 600),
        ('<path d="M10 10h30v20h-30z"/>', (10, 50, 40, 70), 600),
        ('<path d="m 10,10 30,0 0,20 -30,0 z"/>', (10, 50, 40, 70), 600),
        ('<path d="M0 40A20 20 0 0 1 40 40Z"/>', (0, 40, 40, 60), pi * 200),
        ('<path d="M0 40a20 20 0 0040 0z"/>', (0, 20, 40, 40), pi * 200),
        ('<path d="M0 0Q20 40 40 0Z"/>', (0, 60, 40, 80), 40 * 40 / 2 * 2 / 3),
        ('<path d="M0 0C0 40 40 40 40 0Z"/>', (0, 50, 40, 80), 960),
        ('<path d="M0 40Q10 20 20 40T40 40L40 80L0 80Z"/>', (0, 0, 40, 50), 1600),
        ('<path d="M0 40C0 20 20 20 20 40S40 60 40 40L40 80L0 80Z"/>', (0, 0, 40, 55), 1600),
    ],
)
def test_shapes_have_their_size_and_place(tmp_path: Path, shape: str, bounds: tuple[float, ...], size: float) -> None:
    (chain,) = chains(tmp_path, shape)
    assert box(chain) == pytest.approx(bounds, abs=0.02)
    assert abs(area(polygon(chain))) == pytest.approx(size, rel=2e-3)


def test_circles_stay_arcs_where_they_stay_circles(tmp_path: Path) -> None:
    circle = '<circle cx="50" cy="30" r="20"/>'
    ((kept,),) = chains(tmp_path, f'<g transform="rotate(30) scale(-2)">{circle}</g>')
    assert isinstance(kept, Arc)
    assert kept.radius == pytest.approx(40)
    (squeezed,) = chains(tmp_path, f'<g transform="scale(2 1)">{circle}</g>')
    assert {type(curve) for curve in squeezed} == {Bezier}
    assert abs(area(polygon(squeezed))) == pytest.approx(pi * 40 * 20, rel=1e-3)


@pytest.mark.parametrize(
    ("head", "millimetres"),
    [
        (MM, 1.0),
        ('width="10cm" viewBox="0 0 100 80"', 1.0),
        ('width="4in" height="4in" viewBox="0 0 96 96"', 25.4 * 4 / 96),
        ('width="100" height="80"', PIXEL_MM),
        ('viewBox="0 0 100 80"', PIXEL_MM),
        ('width="100%" height="80mm" viewBox="0 0 100 80"', 1.0),
        ('width="200mm" height="80mm" viewBox="0 0 100 80"', 1.0),
    ],
)
def test_a_drawing_says_how_large_it_is(tmp_path: Path, head: str, millimetres: float) -> None:
    (chain,) = chains(tmp_path, '<rect width="30" height="40"/>', head)
    left, near, right, far = box(chain)
    assert (right - left, far - near) == pytest.approx((30 * millimetres, 40 * millimetres))


def test_only_what_is_drawn_is_read(tmp_path: Path) -> None:
    body = """<title>Plate</title><defs><rect width="9" height="9"/></defs><!-- nothing --><metadata/>
        <g style="display:none"><text>no</text></g><g display="none"><image/></g>
        <g visibility="hidden"><rect width="9" height="9"/></g><g><rect width="5" height="5"/></g>"""
    assert len(chains(tmp_path, body)) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<text>Hello</text>", "<text>, which cannot be cut as it is: turn text into paths"),
        ('<use href="#a"/>', "unlink clones"),
        ("<g><svg/></g>", "ungroup"),
        ('<path d="M0 0 L10"/>', "a path of the SVG cannot be read near"),
        ('<path d="10 10 L 5 5"/>', "a path of the SVG cannot be read near"),
        ('<path d="M0 0 L1e99 4"/>', "where a number should be"),
        ('<rect width="1e" height="2"/>', "width='1e' where a length should be"),
        ('<g transform="spin(3)"><rect/></g>', "transformation that cannot be read"),
        ('<g transform="rotate(3 4)"><rect/></g>', r"rotate\(\) with 2 numbers"),
        ("<polygon points='1 2 3'/>", "points that cannot be read"),
        ("<rect", "is no SVG: not well-formed"),
        ("<defs><style>.no { display: none }</style></defs><rect width='5' height='5' class='no'/>", "hides parts"),
    ],
)
def test_what_cannot_be_cut_is_named(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        chains(tmp_path, body)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-50, 50), y=st.floats(-50, 50), turn=st.floats(-360, 360), rx=st.floats(1, 60), ry=st.floats(1, 60),
    large=st.booleans(), forward=st.booleans(),
)  # fmt: skip
def test_arcs_end_where_they_say_and_keep_to_their_ellipse(
    *, x: float, y: float, turn: float, rx: float, ry: float, large: bool, forward: bool
) -> None:
    end = (x + 0.5, y + 0.5)
    text = f"M0 0A{rx} {ry} {turn} {int(large)} {int(forward)} {end[0]} {end[1]}"
    ((*curves,),) = PathReader(text, Matrix()).chains()
    assert curves[0].start == pytest.approx((0, 0), abs=1e-6)
    assert curves[-1].end == pytest.approx(end, abs=1e-6)
    points = [point for curve in curves for point in curve.points()]
    flat = [(px * cos(radians(turn)) + py * sin(radians(turn)), py * cos(radians(turn)) - px * sin(radians(turn)))
            for px, py in points]  # fmt: skip
    round_ = [(px / rx, py / ry) for px, py in flat]  # the ellipse as a circle
    (x0, y0), (x1, y1), (x2, y2) = round_[0], round_[len(round_) // 2], round_[-1]
    below = 2 * (x0 * (y1 - y2) + x1 * (y2 - y0) + x2 * (y0 - y1))
    if abs(below) < 1e-3:
        return  # nearly straight: no circle to tell
    squares = [px * px + py * py for px, py in ((x0, y0), (x1, y1), (x2, y2))]
    centre = (
        (squares[0] * (y1 - y2) + squares[1] * (y2 - y0) + squares[2] * (y0 - y1)) / below,
        (squares[0] * (x2 - x1) + squares[1] * (x0 - x2) + squares[2] * (x1 - x0)) / below,
    )
    radius = ((x0 - centre[0]) ** 2 + (y0 - centre[1]) ** 2) ** 0.5
    assert radius >= 1 - 1e-3
    for px, py in round_:
        assert ((px - centre[0]) ** 2 + (py - centre[1]) ** 2) ** 0.5 == pytest.approx(radius, rel=2e-3)
    turned = (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0)
    assert (turned > 0) == forward


def test_transformations_follow_each_other_from_the_left() -> None:
    matrix = read_transform("translate(10, 20) rotate(90) scale(2)")
    assert matrix((3, 0)) == pytest.approx((10, 26))
    assert read_transform("matrix(1 0 0 1 5 6) skewX(45)")((0, 1)) == pytest.approx((6, 7))
    assert read_transform("rotate(180 10 10)")((0, 0)) == pytest.approx((20, 20))


def test_holes_lie_in_their_parts_and_parts_in_holes(tmp_path: Path) -> None:
    body = "".join(f'<rect x="{inset}" y="{inset}" width="{60 - 2 * inset}" height="{60 - 2 * inset}"/>'
                   for inset in (0, 10, 20))  # fmt: skip
    parts = parts_of(chains(tmp_path, body + '<circle cx="80" cy="30" r="5"/>'))
    assert [len(part.holes) for part in parts] == [1, 0, 0]
    assert all(area(polygon(part.outline)) > 0 for part in parts)
    assert area(polygon(parts[0].holes[0])) == pytest.approx(-1600)


def test_loose_lines_are_joined_in_any_order(tmp_path: Path) -> None:
    body = '<line x1="0" y1="0" x2="30" y2="0"/><line x1="30" y1="40" x2="0" y2="0.01"/><polyline points="30 40 30 0"/>'
    (part,) = parts_of(chains(tmp_path, body))
    assert area(polygon(part.outline)) == pytest.approx(600, rel=1e-3)
    assert {type(curve) for curve in part.outline} == {Straight}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<line x2="30"/><line x1="30" x2="30" y2="40"/>', "an outline is open at x"),
        ('<line x2="30"/><line x1="30" x2="30" y2="9"/><line x1="30" x2="5" y2="9"/>', "touch or branch"),
        ('<path d="M0 0L10 0Z"/>', "encloses nothing"),
        ('<rect width="20" height="20"/><rect x="10" y="10" width="20" height="20"/>', "outlines cross near x"),
        ('<path d="M0 0L20 20L20 0L0 20Z"/>', "encloses nothing"),
        ('<path d="M0 0L30 20L30 0L0 10Z"/>', "outlines cross near x"),
    ],
)
def test_outlines_that_are_none_are_told_with_their_place(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        parts_of(chains(tmp_path, body))
