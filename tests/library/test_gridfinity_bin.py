"""The bin against the published profile: volumes by Simpson's rule over sections, fits in a plate and on its equal."""

import math

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library
from tests.library.solids import block, clear, frustum, moved, overlap, rod, size

from cadquery import Shape, Workplane  # isort: skip

PITCH, UNIT, GAP, RADIUS = 42.0, 7.0, 0.5, 3.75
LIP = (0.7, 1.8, 1.9)
TIP = 0.6
SETTLES = 0.35
"""Both profiles lean at 45 degrees and are cut off at different heights: a bin can sink by this much."""


def section(x: float, y: float, radius: float) -> float:
    return x * y - (4 - math.pi) * radius * radius


def slab(x: float, y: float, radius: float, height: float, grows: float = 0) -> float:
    """Volume of a rounded rectangle that grows by `grows` mm on each side per mm of height."""
    return frustum(lambda z: section(x + 2 * grows * z, y + 2 * grows * z, radius + grows * z), height)


def bin_volume(nx: int, ny: int, nz: int, wall: float, lip: bool) -> float:
    """Of a plain bin: feet, body and lip less the room inside."""
    foot = slab(35.6, 35.6, 0.8, 0.8, 1) + slab(37.2, 37.2, 1.6, 1.8) + slab(37.2, 37.2, 1.6, 2.15, 1)
    x, y, top = nx * PITCH - GAP, ny * PITCH - GAP, nz * UNIT

    def room(inset: float, height: float, grows: float = 0) -> float:
        return slab(x - 2 * inset, y - 2 * inset, RADIUS - inset, height, grows)

    rim = sum(LIP) - TIP if lip else 0
    solid = nx * ny * foot + slab(x, y, RADIUS, top + rim - 4.75)
    if not lip:
        return solid - room(wall, top - UNIT)
    stands_in = 2.6 - wall
    straight = top - 1.2 - stands_in - UNIT
    inside = room(wall, straight) + room(wall, stands_in, -1) + room(2.6, 1.2)
    return solid - inside - room(2.6, 0.7, 1) - room(1.9, 1.8) - room(1.9, 1.9 - TIP, 1)


def baseplate(depth: float = 4.65) -> Shape:
    """One cell of a plate with its socket, drawn by tapered extrusion, floor at z=0."""

    def tapered(x: float, radius: float, z: float, height: float, degrees: float) -> Workplane:
        outline = Workplane(origin=(0, 0, z)).sketch().rect(x, x).vertices().fillet(radius).finalize()
        return outline.extrude(height, taper=degrees)

    socket = (
        tapered(36.3, 1.15, 0, 0.7, -45)
        .union(tapered(37.7, 1.85, 0.7, 1.8, 0))
        .union(tapered(37.7, 1.85, 2.5, 2.15, -45))
    )
    return Workplane(origin=(0, 0, -1)).rect(48, 48).extrude(1 + depth).cut(socket).val()


@pytest.mark.parametrize(
    ("nx", "ny", "nz", "wall", "lip"), [(2, 1, 3, 1.2, True), (1, 1, 2, 2.4, True), (3, 2, 4, 0.8, False)]
)
def test_volume_and_size(library: Library, nx: int, ny: int, nz: int, wall: float, lip: bool) -> None:
    made = library.body("gridfinity-bin", units_x=nx, units_y=ny, units_z=nz, wall=wall, stacking_lip=lip)
    assert made.Volume() == pytest.approx(bin_volume(nx, ny, nz, wall, lip), rel=1e-6)
    height = nz * UNIT + (sum(LIP) - TIP if lip else 0)
    assert size(made) == pytest.approx((nx * PITCH - GAP, ny * PITCH - GAP, height), abs=1e-3)


def test_dividers_fill_what_they_should(library: Library) -> None:
    wall, top = 1.2, 3 * UNIT
    made = library.body("gridfinity-bin", units_x=3, units_y=2, dividers_x=2, dividers_y=1)
    stands_in = 2.6 - wall
    under_lip = top - 1.2 - stands_in

    def plate(length: float) -> float:
        """Side view of a divider that spans `length` between the walls and ends 0.5 mm under the top."""
        straight = length * (under_lip - UNIT)
        return straight + (length - stands_in) * stands_in + (length - 2 * stands_in) * (1.2 - 0.5)

    inside_x, inside_y = 3 * PITCH - GAP - 2 * wall, 2 * PITCH - GAP - 2 * wall
    crossings = 2 * wall * wall * (top - 0.5 - UNIT)
    dividers = wall * (2 * plate(inside_y) + plate(inside_x)) - crossings
    assert made.Volume() == pytest.approx(bin_volume(3, 2, 3, wall, lip=True) + dividers, rel=1e-6)


def test_magnet_pockets_take_their_magnets(library: Library) -> None:
    plain = library.body("gridfinity-bin", units_x=1)
    made = library.body("gridfinity-bin", units_x=1, magnet_holes=True)
    assert plain.Volume() - made.Volume() == pytest.approx(4 * math.pi * 6.3**2 / 4 * 2.3, rel=1e-6)
    for x in (-13, 13):
        for y in (-13, 13):
            assert clear(made, rod(6.0, (x, y, 0), (x, y, 2.0)))


def test_label_shelf_is_a_prism_at_the_back(library: Library) -> None:
    plain = library.body("gridfinity-bin", stacking_lip=False)
    made = library.body("gridfinity-bin", stacking_lip=False, label_shelf=True, label_depth=11)
    inside = 2 * PITCH - GAP - 2.4
    prism = (11 * 1 + 11 * 11 / 2) * inside
    corners = 2 * (1 - math.pi / 4) * (RADIUS - 1.2) ** 2 * 12
    added = made.Volume() - plain.Volume()
    assert prism - corners < added < prism


def test_foot_goes_into_a_baseplate(library: Library) -> None:
    made = library.body("gridfinity-bin", units_x=1)
    plate = baseplate()
    for x, y in ((0, 0), (0.24, 0), (0, -0.24), (-0.17, 0.17)):
        assert clear(moved(made, x, y), plate), (x, y)
    assert overlap(moved(made, 0.5), plate) > 1
    assert overlap(moved(made, z=-SETTLES - 0.3), plate) > 1


def test_bins_stack_at_their_height(library: Library) -> None:
    lower = library.body("gridfinity-bin", dividers_x=3)
    upper = library.body("gridfinity-bin")
    seat = 3 * UNIT
    assert clear(lower, moved(upper, z=seat))
    assert clear(lower, moved(upper, x=0.24, z=seat))
    assert clear(lower, moved(upper, z=seat - SETTLES + 0.02))
    assert overlap(lower, moved(upper, z=seat - SETTLES - 0.1)) > 1
    assert overlap(lower, moved(upper, x=0.5, z=seat)) > 1


def test_two_bins_side_by_side_do_not_touch(library: Library) -> None:
    made = library.body("gridfinity-bin", units_x=1)
    assert made.distance(moved(made, PITCH)) == pytest.approx(GAP, abs=1e-6)


def test_room_inside_is_free(library: Library) -> None:
    made = library.body("gridfinity-bin")
    assert clear(made, block(-38.5, -17.5, UNIT, 38.5, 17.5, 30))


@pytest.mark.parametrize(
    "values",
    [{"dividers_x": 11, "units_x": 1}, {"label_shelf": True, "units_z": 2}, {"dividers_y": 4, "label_shelf": True}],
)
def test_what_cannot_be_made_is_refused(library: Library, values: dict[str, int]) -> None:
    with pytest.raises(ParameterError):
        library.body("gridfinity-bin", **values)
