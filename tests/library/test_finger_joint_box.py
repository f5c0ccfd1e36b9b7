"""The panels of the box, put together, are a box: they fill its walls, and nothing twice."""

import itertools

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library
from tests.library.solids import size

GAP = 6.0


def assembled(library: Library, **given: float | int | str):
    """The panels where they belong, the outside's near left lower corner at the origin, and the outer size."""
    values = {name: library.default("finger-joint-box", name) for name in ("width", "depth", "height", "thickness")}
    values |= {name: value for name, value in given.items() if name in values}
    t, lid = values["thickness"], given.get("lid", "lift-off")
    outer = (values["width"] + 2 * t, values["depth"] + 2 * t, values["height"] + t * (2 if lid == "glued" else 1))
    placed = {}
    for name, body in library.bodies("finger-joint-box", **given).items():
        box = body.BoundingBox()
        flat = body.translate((-box.xmin, -box.ymin, 0))
        upright = flat.rotate((0, 0, 0), (1, 0, 0), 90)  # its y is up, and it reaches from y = 0 to -t
        across = upright.rotate((0, 0, 0), (0, 0, 1), 90)  # along y, and from x = 0 to t
        if name == "bottom":
            placed[name] = flat
        elif name == "lid":
            placed[name] = flat.translate((0, 0, outer[2] - (t if lid == "glued" else 0)))
        elif name in {"front", "back"}:
            placed[name] = upright.translate((0, t if name == "front" else outer[1], 0))
        elif name in {"left", "right"}:
            # Left and right are cut back at their corners: their outline begins where front and back have no finger.
            placed[name] = across.translate((0 if name == "left" else outer[0] - t, 0, 0))
        elif name == "lid_inside":
            inset = (outer[0] - size(flat)[0]) / 2, (outer[1] - size(flat)[1]) / 2
            placed[name] = flat.translate((*inset, outer[2] - t))
        else:
            count, number = int(given["dividers"]), int(name.removeprefix("divider_"))
            middle = t + values["width"] * number / (count + 1)
            placed[name] = across.translate((middle - t / 2, 0, t))
    return placed, outer, t


@pytest.mark.parametrize(
    "given",
    [
        {"fit": 0.0, "lid": "none"},
        {"fit": 0.0, "lid": "glued"},
        {"fit": 0.0, "lid": "none", "width": 200, "height": 40, "thickness": 4.5, "finger": 9.5},
    ],
)
def test_the_panels_fill_the_walls_and_nothing_twice(library: Library, given: dict[str, float | str]) -> None:
    placed, (wide, deep, high), t = assembled(library, **given)
    inside = (wide - 2 * t) * (deep - 2 * t) * (high - t * (2 if given["lid"] == "glued" else 1))
    assert sum(body.Volume() for body in placed.values()) == pytest.approx(wide * deep * high - inside, rel=1e-9)
    first, *others = placed.values()
    assert first.fuse(*others).Volume() == pytest.approx(wide * deep * high - inside, rel=1e-6)
    for body in placed.values():
        box = body.BoundingBox()
        assert min(box.xmin, box.ymin, box.zmin) > -1e-6
        assert (box.xmax, box.ymax, box.zmax) <= (wide + 1e-6, deep + 1e-6, high + 1e-6)


def test_fingers_are_pressed_in_by_what_the_fit_says(library: Library) -> None:
    """At each boundary between two fingers the panels overlap by half of it."""
    placed, (wide, deep, high), t = assembled(library, fit=0.2, lid="none")
    for one, other, edge in (("front", "bottom", wide), ("front", "left", high), ("left", "bottom", deep)):
        fingers = max(3, 2 * int(edge / 12 / 2) + 1)
        overlap = placed[one].intersect(placed[other]).Volume()
        assert overlap == pytest.approx((fingers - 1) * 0.1 * t * t, rel=1e-3), (one, other)


def test_a_loose_fit_leaves_the_panels_apart(library: Library) -> None:
    placed, _, _ = assembled(library, fit=-0.2, lid="none")
    for one, other in itertools.combinations(placed.values(), 2):
        assert one.intersect(other).Volume() == pytest.approx(0, abs=1e-6)


def test_dividers_reach_through_front_and_back(library: Library) -> None:
    placed, (wide, deep, _), t = assembled(library, fit=0.0, lid="none", dividers=2)
    everything = sum(body.Volume() for body in placed.values())
    first, *others = placed.values()
    assert first.fuse(*others).Volume() == pytest.approx(everything, rel=1e-6)
    for number in (1, 2):
        box = placed[f"divider_{number}"].BoundingBox()
        assert (box.ymin, box.ymax) == (pytest.approx(0), pytest.approx(deep))
        assert (box.xmin + box.xmax) / 2 == pytest.approx(t + (wide - 2 * t) * number / 3)


def test_a_lid_lies_on_and_its_key_goes_in_with_play(library: Library) -> None:
    placed, (wide, deep, high), t = assembled(library, fit=0.0)
    assert placed["lid"].Volume() == pytest.approx(wide * deep * t)
    assert placed["lid"].BoundingBox().zmin == pytest.approx(high)
    assert size(placed["lid_inside"])[:2] == pytest.approx((wide - 2 * t - 0.5, deep - 2 * t - 0.5))


@pytest.mark.parametrize("lid", ["lift-off", "glued"])
def test_nothing_is_in_anothers_way(library: Library, lid: str) -> None:
    placed, _, _ = assembled(library, fit=0.0, lid=lid, dividers=2)
    for (one, body), (other, beside) in itertools.combinations(placed.items(), 2):
        assert body.intersect(beside).Volume() < 1e-6, (one, other)


@pytest.mark.parametrize("preset", [None, "pencils", "screws", "gift"])
def test_panels_lie_apart_on_the_sheet(library: Library, preset: str | None) -> None:
    boxes = [body.BoundingBox() for body in library.bodies("finger-joint-box", preset).values()]
    for one, other in itertools.combinations(boxes, 2):
        beside = max(one.xmin - other.xmax, other.xmin - one.xmax)
        above = max(one.ymin - other.ymax, other.ymin - one.ymax)
        assert max(beside, above) >= GAP - 1e-6


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"thickness": 6.5}, "twice the sheet"),
        ({"height": 25, "finger": 13}, "too short for its fingers"),
        ({"width": 50, "dividers": 4}, "too close"),
    ],
)
def test_what_would_not_hold_is_refused(library: Library, given: dict[str, float | int], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        library.bodies("finger-joint-box", **given)
