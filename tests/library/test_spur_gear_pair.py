"""The gears against the involute: area by integration, and meshing at the centre distance."""

import math

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library, Value
from tests.library.solids import block, box, integral, moved, overlap, size, turned

from cadquery import Shape  # isort: skip

TEETH = [
    {"module": 2.0, "teeth_1": 18, "teeth_2": 36, "pressure_angle": 20, "backlash": 0.15},
    {"module": 3.0, "teeth_1": 12, "teeth_2": 25, "pressure_angle": 25, "backlash": 0.2},
]
PLAIN: dict[str, Value] = {"hub_height": 0, "face_width": 4, "bore_1": 4, "bore_2": 4}


def section(teeth: int, module: float, degrees: float, backlash: float) -> float:
    """Area of a gear: at each radius the share of the circle that is tooth."""
    pitch, alpha = module * teeth / 2, math.radians(degrees)
    base, root, tip = pitch * math.cos(alpha), pitch - 1.25 * module, pitch + module

    def tooth(radius: float) -> float:
        """Angular thickness by the involute's own definition; a radial flank below the base circle."""
        angle = math.acos(base / max(radius, base))
        thickness = (math.pi * module / 2 - backlash / 2) / pitch
        return thickness + 2 * (math.tan(alpha) - alpha) - 2 * (math.tan(angle) - angle)

    return math.pi * root**2 + teeth * integral(lambda r: tooth(r) * r, root, tip)


def bore(diameter: float, height: float, mouth: float = 0.5) -> float:
    r = (diameter + 0.2) / 2
    return math.pi * r * r * (height - 2 * mouth) + 2 * math.pi / 3 * mouth * (
        r * r + r * (r + mouth) + (r + mouth) ** 2
    )


def in_mesh(library: Library, teeth: dict[str, Value], phase: float, slip: float = 0) -> tuple[Shape, Shape]:
    """Both gears at the centre distance, the first turned by `phase` teeth; `slip` degrees more for the second.

    Cut down to where they meet: the rest only costs time.
    """
    first, second = library.bodies("spur-gear-pair", **teeth, **PLAIN).values()
    z1, z2, module = int(teeth["teeth_1"]), int(teeth["teeth_2"]), float(teeth["module"])
    apart = module * (z1 + z2) / 2
    second = moved(second, module * (z2 / 2 + 1) - box(second)[3])  # a tooth of each stands on +X
    half_tooth = 0 if z2 % 2 else 180 / z2  # a space of the second looks at the first
    turn = phase * 360 / z1
    first = turned(first, turn, (0, 0, 0), (0, 0, 1))
    second = turned(second, half_tooth - turn * z1 / z2 + slip, (0, 0, 0), (0, 0, 1))
    second = moved(second, apart)
    near = block(module * z1 / 2 - 3 * module, -6 * module, 0, module * z1 / 2 + 3 * module, 6 * module, 4)
    return first.intersect(near), second.intersect(near)


@pytest.mark.parametrize("teeth", TEETH)
def test_area_is_that_of_the_involute(library: Library, teeth: dict[str, Value]) -> None:
    first, second = library.bodies("spur-gear-pair", **teeth, **PLAIN).values()
    common = (float(teeth["module"]), float(teeth["pressure_angle"]), float(teeth["backlash"]))
    for gear, count in ((first, teeth["teeth_1"]), (second, teeth["teeth_2"])):
        expected = section(int(count), *common) * 4 - bore(4, 4)
        assert gear.Volume() == pytest.approx(expected, rel=3e-4)


def test_size_and_hub(library: Library) -> None:
    first, second = library.bodies("spur-gear-pair").values()
    assert size(first)[0] == pytest.approx(2 * (18 + 2), abs=1e-3)
    assert size(first)[2] == pytest.approx(8 + 4)
    assert size(second) == pytest.approx((76, 76, 8), abs=1e-3)
    plain = library.bodies("spur-gear-pair", hub_height=0)["gear_1"]
    collar = math.pi * (5.6**2 - 2.6**2) * 4
    assert first.Volume() - plain.Volume() == pytest.approx(collar, rel=1e-6)
    assert first.distance(second) >= 4 - 1e-6


@pytest.mark.parametrize("teeth", TEETH)
@pytest.mark.parametrize("phase", [0, 0.25, 0.4, 0.5, 0.8])
def test_gears_run_on_each_other(library: Library, teeth: dict[str, Value], phase: float) -> None:
    first, second = in_mesh(library, teeth, phase)
    assert overlap(first, second) < 1e-3
    # Half the backlash is left at each flank, seen along the line of action.
    play = float(teeth["backlash"]) / 2 * math.cos(math.radians(float(teeth["pressure_angle"])))
    assert first.distance(second) == pytest.approx(play, rel=0.06)


@pytest.mark.parametrize("direction", [-1, 1])
def test_play_ends_at_half_the_backlash(library: Library, direction: int) -> None:
    teeth = TEETH[0]
    degrees = math.degrees(float(teeth["backlash"]) / 2 / 36)  # along the pitch circle of the second, radius 36
    free = in_mesh(library, teeth, 0.25, 0.95 * direction * degrees)
    stuck = in_mesh(library, teeth, 0.25, 1.5 * direction * degrees)
    assert overlap(*free) < 1e-3
    assert overlap(*stuck) > 0.01


def test_flat_of_a_d_shaft(library: Library) -> None:
    first = library.bodies("spur-gear-pair", shaft_flat=0.5)["gear_1"]
    round_bore = library.bodies("spur-gear-pair")["gear_1"]
    r, away = 2.6, 5 / 2 - 0.5 + 0.1
    segment = r * r * math.acos(away / r) - away * math.sqrt(r * r - away * away)
    added = first.Volume() - round_bore.Volume()
    assert segment * 10 < added < segment * 12.01


def test_undercut_teeth_are_refused(library: Library) -> None:
    with pytest.raises(ParameterError, match="undercut"):
        library.bodies("spur-gear-pair", teeth_1=12)
