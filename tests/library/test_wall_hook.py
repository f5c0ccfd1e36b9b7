"""The hook and what hangs on it."""

import math

import pytest

from designs.parameters import ParameterError
from tests.library.models import Library
from tests.library.solids import clear, countersink, moved, overlap, rod, size

OPENING, THICK, WIDTH, BACK, LIP, EDGE = 30.0, 7.0, 16.0, 70.0, 12.0, 0.8
INNER, OUTER = OPENING / 2, OPENING / 2 + THICK


def test_volume(library: Library) -> None:
    hook = library.body("wall-hook")
    bend = math.pi * (OUTER**2 - INNER**2) / 2
    tip = math.pi * THICK**2 / 8
    area = (BACK + LIP) * THICK + bend + tip
    outline = 2 * (BACK + LIP) + THICK + math.pi * (OUTER + INNER) + math.pi * THICK / 2
    screws = 2 * countersink(4.4, 8.4, THICK)
    assert hook.Volume() == pytest.approx(area * WIDTH - outline * EDGE**2 - screws, rel=3e-4)
    assert size(hook) == pytest.approx((2 * OUTER, OUTER + BACK, WIDTH), abs=1e-3)


def test_a_hose_of_the_openings_width_hangs_in_it(library: Library) -> None:
    hook = library.body("wall-hook")
    hose = rod(OPENING - 0.01, (OUTER, OUTER, -5), (OUTER, OUTER, 25))
    assert clear(hook, hose)
    assert clear(hook, moved(hose, y=60)), "it comes in from above"
    assert overlap(hook, moved(hose, y=-1)) > 1
    assert overlap(hook, moved(hose, x=5)) > 1, "the lip keeps it"


@pytest.mark.parametrize("screws", [1, 2])
def test_screws_end_flush_and_a_driver_reaches_them(library: Library, screws: int) -> None:
    hook = library.body("wall-hook", screws=screws)
    highest = OUTER + BACK - 4.2 - 2
    lowest = OUTER + LIP + THICK / 2 + 4.2
    for y in [highest] if screws == 1 else [lowest, highest]:
        assert clear(hook, rod(4.0, (-5, y, WIDTH / 2), (10, y, WIDTH / 2)))
        assert clear(hook, rod(8.0, (THICK, y, WIDTH / 2), (100, y, WIDTH / 2)))
        assert overlap(hook, rod(8.0, (THICK - 2, y, WIDTH / 2), (THICK, y, WIDTH / 2))) > 1


def test_screws_behind_the_lip_are_refused(library: Library) -> None:
    with pytest.raises(ParameterError, match="above the lip"):
        library.body("wall-hook", lip=60)
