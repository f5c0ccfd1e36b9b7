"""Links of the cable chain on each other."""

import math

import pytest

from tests.library.models import Library
from tests.library.solids import block, box, clear, moved, overlap, polygon_area, size, turned

from cadquery import Shape  # isort: skip

PITCH, WIDTH, FLOOR, SIDE, CLEARANCE, BEND = 26.0, 20.0, 2.0, 2.4, 0.3, 45.0
RADIUS = (12 + 2 * FLOOR) / 2
STOP = RADIUS + CLEARANCE - 0.1


def next_link(link: Shape, bend: float, pitch: float = PITCH, radius: float = RADIUS) -> Shape:
    """The link that hangs on this one's front joint, its front raised by `bend` degrees."""
    return turned(moved(link, pitch), -bend, (pitch, 0, radius), (0, 1, 0))


def cone(root: float, length: float) -> float:
    tip = root - length
    return math.pi / 3 * length * (root * root + root * tip + tip * tip)


def test_volume(library: Library) -> None:
    height, bend = 2 * RADIUS, math.radians(BEND)
    start, end = RADIUS + CLEARANCE, PITCH - RADIUS - CLEARANCE
    decks = 2 * (end - start) * (WIDTH + 2 * SIDE) * FLOOR
    joint = (end - start) * height * (2 * SIDE + CLEARANCE)
    hidden = 2 * (end - start) * SIDE * FLOOR  # where decks and inner ears are one
    slant = (-STOP * math.cos(bend), STOP * math.sin(bend))
    run = (RADIUS - slant[1]) / math.cos(bend)
    top = (slant[0] + run * math.sin(bend), RADIUS)
    rear = start * height + STOP * RADIUS + RADIUS**2 * bend / 2 + polygon_area([(0, 0), slant, top, (0, RADIUS)])
    front = (PITCH - end) * height + RADIUS**2 + math.pi * RADIUS**2 / 4
    root, reach = 0.36 * RADIUS, CLEARANCE + 0.75 * SIDE
    hole_root = root + CLEARANCE * (math.sqrt(2) - 1)
    tip = root - reach + CLEARANCE
    hole_cone = reach - CLEARANCE
    assert hole_root - hole_cone > tip, "the through hole is narrower than the cone's end"
    hole = cone(hole_root, hole_cone) + math.pi * tip**2 * (SIDE - hole_cone)
    ears = 2 * (SIDE * (rear + front) - hole + cone(root, reach))
    edges = 4 * 0.5**2 / 2 * WIDTH
    expected = decks + 2 * joint - 2 * hidden + ears - edges
    assert library.body("cable-chain-link").Volume() == pytest.approx(expected, rel=2e-4)


def test_size(library: Library) -> None:
    outside = WIDTH + 2 * (2 * SIDE + CLEARANCE)
    assert size(library.body("cable-chain-link")) == pytest.approx(
        (PITCH + RADIUS + STOP, outside, 2 * RADIUS), abs=1e-3
    )
    assert box(library.body("cable-chain-link"))[0] == pytest.approx(-STOP, abs=1e-3)


@pytest.mark.parametrize("bend", [0, 0.5, 10, 22.5, 35, 44.5])
def test_neighbours_turn_freely_up_to_the_bend(library: Library, bend: float) -> None:
    link = library.body("cable-chain-link")
    assert clear(link, next_link(link, bend))


@pytest.mark.parametrize("bend", [-3, BEND + 4])
def test_neighbours_stop_beyond(library: Library, bend: float) -> None:
    link = library.body("cable-chain-link")
    assert overlap(link, next_link(link, bend)) > 0.1


@pytest.mark.parametrize("preset", ["small", "wide"])
def test_presets_chain_up(library: Library, preset: str) -> None:
    link = library.body("cable-chain-link", preset)
    values = next(p.values for p in library.manifest("cable-chain-link").presets if p.name == preset)
    pitch, bend = float(values["pitch"]), float(values["max_bend"])
    radius = size(link)[2] / 2
    for angle, free in ((0, True), (bend / 2, True), (bend - 0.5, True), (bend + 6, False), (-4, False)):
        assert clear(link, next_link(link, angle, pitch, radius)) is free, angle


@pytest.mark.parametrize("pull", [-1.0, 1.0])
def test_pins_hold_the_chain_together(library: Library, pull: float) -> None:
    link = library.body("cable-chain-link")
    pins_only = block(PITCH - 4, -16, RADIUS - 4, PITCH + 4, 16, RADIUS + 4)
    assert overlap(link.intersect(pins_only), moved(next_link(link, 0), pull)) > 0.5


def test_ears_must_spring_only_a_little(library: Library) -> None:
    """The pins stand out by less than an ear's thickness: that is how far the outer ears spread at the push."""
    link = library.body("cable-chain-link")
    inner_ears = WIDTH + 2 * SIDE
    near_pin = block(PITCH - 4, -20, RADIUS - 4, PITCH + 4, 20, RADIUS + 4)
    pins = size(link.intersect(near_pin))[1] - inner_ears
    assert 2 * CLEARANCE < pins < 2 * (CLEARANCE + SIDE)


def test_cables_have_the_room_they_were_promised(library: Library) -> None:
    link = library.body("cable-chain-link")
    assert clear(link, block(-30, -WIDTH / 2, FLOOR, 60, WIDTH / 2, FLOOR + 12))
