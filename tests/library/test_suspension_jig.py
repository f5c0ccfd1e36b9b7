"""The jig's contract: every module on the same foot, every hard point where it was asked for."""

import math

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library
from tests.library.solids import block, box, clear, frustum, moved, overlap, rod, size, teardrop_area

from cadquery import Shape  # isort: skip

PITCH, FOOT, THICK, BORDER = 70.0, 94.0, 10.0, 12.0
MODULES = ("front_tower", "rear_tower", "ball_joint_post")


def modules(library: Library, **values: float) -> dict[str, Shape]:
    """Each module alone, its foot's middle at the origin."""
    return {name: library.body("suspension-jig", modules=name, **values) for name in MODULES}


def foot_volume() -> float:
    def area(inset: float) -> float:
        return (FOOT - 2 * inset) ** 2 - (4 - math.pi) * (8.0 - inset) ** 2

    bevelled = 2 * frustum(lambda z: area(1 - z), 1.0) + area(0) * (THICK - 2)
    holes = 4 * math.pi * 3.3**2 + 2 * math.pi * 3.05**2 + math.pi * 1.5**2
    return bevelled - holes * THICK


@pytest.mark.parametrize("name", MODULES)
def test_every_module_keeps_the_interface(library: Library, name: str) -> None:
    made = modules(library)[name]
    half = PITCH / 2
    assert size(made)[:2] == pytest.approx((FOOT, FOOT), abs=1e-3)
    for x in (-half, half):
        for y in (-half, half):
            assert clear(made, rod(6.5, (x, y, -1), (x, y, 60))), "an M6 screw goes in from above"
            washer = rod(12.0, (x, y, THICK), (x, y, THICK + 2))
            assert clear(made, washer)
            assert overlap(made, moved(washer, z=-1)) > 10
        assert clear(made, rod(6.0, (x, 0, -1), (x, 0, THICK)))
        assert overlap(made, rod(6.3, (x, 0, 0), (x, 0, THICK))) > 1, "a dowel sits close"
    assert clear(made, rod(2.9, (0, 0, -1), (0, 0, 45))), "a plumb line under the hard point"


def test_feet_are_interchangeable(library: Library) -> None:
    foot = block(-60, -60, 0, 60, 60, THICK - 1.1)
    front, rear, post = (made.intersect(foot) for made in modules(library).values())
    for other in (rear, post):
        assert front.cut(other).Volume() < 1e-3
        assert other.cut(front).Volume() < 1e-3


@pytest.mark.parametrize("height", [40.0, 63.7, 120.0])
@pytest.mark.parametrize("offset", [0.0, 12.5])
def test_towers_hold_the_pivot_at_the_hard_point(library: Library, height: float, offset: float) -> None:
    towers = modules(library, front_height=height, rear_height=height, pivot_offset=offset)
    for name in ("front_tower", "rear_tower"):
        made = towers[name]
        bolt = rod(10.1, (offset, -60, height), (offset, 60, height))
        assert clear(made, bolt)
        for x, z in ((0.4, 0), (-0.4, 0), (0, -0.4)):
            assert overlap(made, moved(bolt, x, 0, z)) > 1, (x, z)
        bush = rod(24, (offset, -15, height), (offset, 15, height))
        assert clear(made, bush)
        assert overlap(made, moved(bush, y=0.5)) > 1, "the cheeks locate the bush along the axis"
        assert clear(made, rod(2.9, (offset, 0, -1), (offset, 0, THICK + 1)))


@pytest.mark.parametrize("height", [35.0, 50.0, 90.0])
def test_post_holds_the_stud_at_the_hard_point(library: Library, height: float) -> None:
    made = library.body("suspension-jig", modules="ball_joint_post", ball_height=height)
    stud = rod(12.0, (0, 0, height - 25), (0, 0, height + 20))
    assert clear(made, stud)
    assert overlap(made, moved(stud, x=0.4)) > 1
    assert box(made)[5] == pytest.approx(height)


def test_tower_volume(library: Library) -> None:
    height, r, half = 70.0, 5 + 8.0, PITCH / 2
    made = library.body("suspension-jig", modules="front_tower")
    cheek = (2 * half + 2 * r) / 2 * (height - THICK) + math.pi * r**2 / 2 - teardrop_area(5.1)
    assert made.Volume() == pytest.approx(foot_volume() + 2 * 10 * cheek, rel=1e-4)


def test_post_volume(library: Library) -> None:
    made = library.body("suspension-jig", modules="ball_joint_post")
    height = 50.0
    top = 6 + 8.0
    base = top + 0.12 * (height - THICK)
    # The cone starts 1 mm inside the foot.
    at_foot = base + (top - base) / (height - THICK + 1)
    cone = math.pi / 3 * (height - THICK) * (top**2 + top * at_foot + at_foot**2)
    holes = math.pi * 6.1**2 * 25 + math.pi * 1.5**2 * (height - THICK - 25)
    assert made.Volume() == pytest.approx(foot_volume() + cone - holes, rel=1e-4)


def test_all_three_fit_one_common_bed(library: Library) -> None:
    bodies = library.bodies("suspension-jig")
    assert tuple(bodies) == MODULES
    boxes = [box(body) for body in bodies.values()]
    assert max(b[3] for b in boxes) - min(b[0] for b in boxes) <= 200
    assert max(b[4] for b in boxes) - min(b[1] for b in boxes) <= 200


def test_a_pivot_inside_the_foot_is_refused(library: Library) -> None:
    with pytest.raises(ParameterError, match="too low"):
        library.bodies("suspension-jig", front_height=32, foot_thickness=16, pivot_diameter=16)
