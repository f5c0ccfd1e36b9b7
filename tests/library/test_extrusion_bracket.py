"""The bracket between two T-slot profiles."""

import math

import pytest

from tests.library.models import Library, Value
from tests.library.solids import clear, moved, overlap, rod, size, teardrop_area

from cadquery import Shape, Workplane  # isort: skip

WIDTHS = {"2020": (20.0, 6.2, 1.8), "3030": (30.0, 8.2, 2.2), "4040": (40.0, 8.2, 4.5)}
"""Width, slot opening and thickness of the slot's lip, as common makers draw them."""


def profile(series: str, length: float) -> Workplane:
    """A T-slot profile from x=-20 along +X, its upper face at y=0, its side faces at z=0 and z=width."""
    width, slot, lip = WIDTHS[series]
    solid = (
        Workplane("YZ", origin=(-20, 0, 0)).rect(width, width, centered=False).extrude(length).translate((0, -width, 0))
    )
    chamber = slot * 1.8
    for z0, z1, y0, y1 in (
        (width / 2 - slot / 2, width / 2 + slot / 2, -lip, 1),
        (width / 2 - chamber / 2, width / 2 + chamber / 2, -lip - slot / 2, -lip),
    ):
        solid = solid.cut(Workplane().box(2 * length, y1 - y0, z1 - z0, centered=False).translate((-length, y0, z0)))
    return solid


def corner(series: str) -> tuple[Shape, Shape]:
    """One profile below, one standing on it at x<0, as the bracket joins them from inside."""
    below = profile(series, 200)
    standing = profile(series, 200).translate((20, 0, 0)).mirror("XZ").rotate((0, 0, 0), (0, 0, 1), 90)
    return below.val(), standing.val()


@pytest.mark.parametrize("series", list(WIDTHS))
def test_sits_on_both_profiles(library: Library, series: str) -> None:
    bracket = library.body("extrusion-bracket", series=series)
    for bar in corner(series):
        assert clear(bracket, bar)
        assert bracket.distance(bar) < 1e-6, "it lies flat on the profile"
        assert clear(moved(bracket, z=0.14), bar)
        assert overlap(moved(bracket, z=0.5), bar) > 1, "the key stops it"
    assert size(bracket)[2] == pytest.approx(WIDTHS[series][0])


def test_screws_meet_the_slots(library: Library) -> None:
    bracket = library.body("extrusion-bracket")
    first, last = 6 + 3 + 9.5 / 2, 40 - 9.5 / 2
    at = (first + last) / 2
    assert clear(bracket, rod(5.0, (at, -10, 10), (at, 10, 10)))
    assert clear(bracket, rod(5.0, (-10, at, 10), (10, at, 10)))
    assert clear(bracket, rod(9.5, (at, 6.01, 10), (at, 12, 10))), "room for the head"


def test_heads_fit_beside_each_other_and_the_web(library: Library) -> None:
    bracket = library.body("extrusion-bracket", "heavy_3030")
    first, last = 8 + 3 + 11.5 / 2, 60 - 11.5 / 2
    assert last - first >= 11.5
    for at in (first, last):
        assert clear(bracket, rod(6.0, (at, -10, 15), (at, 20, 15)))
        assert clear(bracket, rod(11.5, (at, 8.01, 15), (at, 14, 15)))
        assert clear(bracket, rod(11.5, (8.01, at, 15), (14, at, 15)))


def test_volume_of_a_plain_angle(library: Library) -> None:
    bracket = library.body("extrusion-bracket", keys=False, web=0)
    leg, thick, width, edge = 40.0, 6.0, 20.0, 0.6
    area = leg**2 - (leg - thick) ** 2 + (1 - math.pi / 4) * 3.0**2
    outline = 4 * leg - 2 * 3.0 + math.pi / 2 * 3.0
    holes = 2 * teardrop_area(2.75) * thick
    assert bracket.Volume() == pytest.approx(area * width - outline * edge**2 - holes, rel=3e-4)
    assert size(bracket) == pytest.approx((leg, leg, width), abs=1e-3)


def test_keys_and_web_add_what_they_should(library: Library) -> None:
    plain: dict[str, Value] = {"keys": False, "web": 0}
    bare = library.body("extrusion-bracket", **plain).Volume()
    keyed = library.body("extrusion-bracket", web=0).Volume()
    width, deep = 5.9, 1.2
    trapezium = (width + width - 2 * deep) / 2 * deep
    hole_to_key = 5.5 / 2 + 1
    length = 2 * (40 - 2 * hole_to_key)
    assert keyed - bare == pytest.approx(trapezium * length, rel=1e-4)
    webbed = library.body("extrusion-bracket", keys=False, web=4).Volume()
    triangle = 34**2 / 2 - (1 - math.pi / 4) * 9
    bevel_less = 0.6**2 / 2 * (2 * 34 - 34 * math.sqrt(2))
    assert webbed - bare == pytest.approx(triangle * 4 + bevel_less, rel=3e-3)
