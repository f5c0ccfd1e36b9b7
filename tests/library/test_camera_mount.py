"""The camera mount: its bolt, its joint and its range."""

import math

import pytest

from tests.library.models import Library
from tests.library.solids import box, clear, hexagon, moved, overlap, rod, size, turned

from cadquery import Shape  # isort: skip

INCH = 25.4
JOINT = 5.5 / 2 + 5
"""Radius of tongue and lugs round an M5 tilt screw."""


def joined(library: Library, preset: str | None = None, joint: float = JOINT) -> tuple[Shape, Shape]:
    """Foot and head with the tilt axis along Y through the origin, plate level and above."""
    foot, head = library.bodies("camera-mount", preset).values()
    foot = moved(foot, z=-(box(foot)[5] - joint))
    low = box(head)
    head = moved(head, x=-(low[0] + low[3]) / 2, z=-(low[5] - joint))
    return foot, turned(head, 180, (0, 0, 0), (0, 1, 0))


def test_size(library: Library) -> None:
    foot, head = library.bodies("camera-mount").values()
    tongue = (11.11 + 0.3) * 2 / math.sqrt(3) + 1
    width = tongue + 2 * (0.25 + 6)
    assert size(foot) == pytest.approx((60, width, 6 + 20 + 0.5 + JOINT), abs=1e-3)
    assert size(head)[:2] == pytest.approx((40, width), abs=1e-3)


def test_head_volume_is_plate_and_lugs_less_holes(library: Library) -> None:
    head = library.bodies("camera-mount")["head"]
    width = size(head)[1]
    plate = (40 * width - (4 - math.pi) * 16) * 7
    rise = JOINT + 0.5
    lugs = 2 * 6 * (math.pi * JOINT**2 / 2 + 2 * JOINT * rise)
    bolt = math.pi * 3.3**2 * 2.9 + math.sqrt(3) / 2 * 11.41**2 * 4.1
    tilt = 2 * 6 * 2.75**2 * (1 + 3 * math.pi / 4)
    nut = math.sqrt(3) / 2 * 8.3**2 * 3 - 3 * 2.75**2 * (1 + 3 * math.pi / 4)
    bevel = 0.8**2 / 2 * 2 * (40 + width)
    assert head.Volume() == pytest.approx(plate + lugs - bolt - tilt - nut - bevel, rel=2e-3)


@pytest.mark.parametrize("degrees", [-90, -75, -60, -45, -30, -15, 0, 15, 45, 75, 90])
def test_tilts_a_quarter_turn_to_both_sides(library: Library, degrees: float) -> None:
    foot, head = joined(library)
    assert clear(foot, turned(head, degrees, (0, 0, 0), (0, 1, 0)))


@pytest.mark.parametrize(("preset", "joint"), [("slr", 6.6 / 2 + 5), ("sensor", 4.5 / 2 + 5), ("action_camera", JOINT)])
def test_presets_tilt(library: Library, preset: str, joint: float) -> None:
    foot, head = joined(library, preset, joint)
    for degrees in (-90, -50, 0, 70, 90):
        assert clear(foot, turned(head, degrees, (0, 0, 0), (0, 1, 0))), degrees


def test_tilt_screw_goes_through_everything(library: Library) -> None:
    foot, head = joined(library)
    screw = rod(5.0, (0, -30, 0), (0, 30, 0))
    assert clear(foot, screw)
    assert clear(head, screw)
    assert overlap(foot, rod(6.0, (0, -30, 0), (0, 30, 0))) > 1


def test_lugs_straddle_the_tongue_with_little_play(library: Library) -> None:
    foot, head = joined(library)
    assert clear(foot, moved(head, y=0.24))
    assert overlap(foot, moved(head, y=0.3)) > 1


def test_tripod_bolt_sits_captive(library: Library) -> None:
    """A 1/4-20 hex bolt (7/16 in across flats, 5/32 in high) goes in from below and cannot turn."""
    _, head = joined(library)
    top = box(head)[5]
    flats, height = 7 / 16 * INCH, 5 / 32 * INCH
    seat = top - 7
    assert clear(head, hexagon(flats, height, z=seat))
    assert overlap(head, hexagon(flats, height, z=seat, turn=15)) > 1
    assert overlap(head, hexagon(flats, height, z=seat + 1)) > 1, "it rests under the plate"
    assert clear(head, rod(INCH / 4, (0, 0, seat), (0, 0, top + 10)))


def test_bolt_stays_clear_of_the_tongue(library: Library) -> None:
    foot, head = joined(library)
    bolt = hexagon(7 / 16 * INCH, 5 / 32 * INCH, z=box(head)[5] - 7)
    for degrees in range(-90, 91, 30):
        assert clear(foot, turned(bolt, degrees, (0, 0, 0), (0, 1, 0))), degrees
