"""Where the copies of a plate stand."""

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from fabnode.plates import FIT_TOLERANCE_MM, PLATE_GAP_MM, DoesNotFit, Place, arrange, most_copies
from fabnode.protocol import Envelope
from registry.core import plates as registry_plates
from registry.core.matching import Size

BED = Envelope(x=250, y=210, z=210)
SIDES = st.floats(0.5, 300)
ROOMS = st.builds(Envelope, x=st.floats(20, 400), y=st.floats(20, 400), z=st.floats(20, 400))


def box(x: float, y: float, z: float = 10) -> Envelope:
    return Envelope(x=x, y=y, z=z)


def test_one_copy_stands_in_the_middle() -> None:
    assert arrange(1, box(20, 30), BED).places == (Place(125, 105),)


def test_four_copies_stand_around_the_middle() -> None:
    plate = arrange(4, box(20, 30), BED)
    assert not plate.turned
    assert plate.places == (Place(112, 87), Place(138, 87), Place(112, 123), Place(138, 123))


def test_copies_are_turned_where_that_helps() -> None:
    assert not arrange(4, box(208, 40), BED).turned
    assert arrange(5, box(208, 40), BED).turned


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(DoesNotFit, match=r"5 copies of 122 × 102 × 10 mm do not stand side by side .*: 4 do"):
        arrange(5, box(122, 102), BED)
    with pytest.raises(DoesNotFit, match=r"takes 20 × 20 × 211 mm .* room for 250 × 210 × 210 mm"):
        arrange(1, box(20, 20, 211), BED)


@given(st.integers(1, 60), SIDES, SIDES, ROOMS)
def test_copies_never_overlap_and_never_leave_the_bed(copies: int, x: float, y: float, room: Envelope) -> None:
    part = box(x, y, 1)
    if copies > most_copies(part, room):
        with pytest.raises(DoesNotFit):
            arrange(copies, part, room)
        return
    plate = arrange(copies, part, room)
    wide, deep = (y, x) if plate.turned else (x, y)
    assert len(plate.places) == copies
    for place in plate.places:
        assert place.x - wide / 2 >= -FIT_TOLERANCE_MM
        assert place.x + wide / 2 <= room.x + FIT_TOLERANCE_MM
        assert place.y - deep / 2 >= -FIT_TOLERANCE_MM
        assert place.y + deep / 2 <= room.y + FIT_TOLERANCE_MM
    for number, one in enumerate(plate.places):
        for other in plate.places[:number]:
            apart_x, apart_y = abs(one.x - other.x) - wide, abs(one.y - other.y) - deep
            assert max(apart_x, apart_y) >= PLATE_GAP_MM - 1e-6


@given(SIDES, SIDES, ROOMS)
def test_what_the_registry_gives_out_together_can_be_arranged(x: float, y: float, room: Envelope) -> None:
    short, long = sorted((x, y))
    copies = registry_plates.capacity(short, long, 1, Size(room.x, room.y, room.z))
    assume(0 < copies <= 100)
    assert len(arrange(copies, box(x, y, 1), room).places) == copies
