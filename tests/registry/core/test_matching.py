"""Which machine can make what, and the words for why not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.matching import Access, Capability, Code, Condition, Loaded, Size, Work, fits, match

MK3S = Capability(
    process="fdm",
    envelope=Size(250, 210, 210),
    materials=(Loaded("PLA", "black"), Loaded("PETG")),
    nozzle_mm=0.4,
    facility="fac_1",
    facility_name="FabLab One",
    access=Access.PUBLIC,
    runners=frozenset({"mem_owner"}),
)
BIN = Work(process="fdm", material="PLA", member="mem_ada", size=Size(84, 42, 50), nozzle_mm=0.4)


def codes(work: Work, machine: Capability = MK3S) -> set[Code]:
    decision = match(work, machine)
    assert decision.can == (not decision.reasons)
    return {reason.code for reason in decision.reasons}


def test_what_fits_can_be_made() -> None:
    assert match(BIN, MK3S).can


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (replace(BIN, process="laser"), Code.PROCESS),
        (replace(BIN, size=Size(251, 10, 10)), Code.SIZE),
        (replace(BIN, size=Size(10, 10, 211)), Code.SIZE),
        (replace(BIN, material="TPU"), Code.MATERIAL),
        (replace(BIN, colour="red"), Code.COLOUR),
        (replace(BIN, material="PETG", colour="red"), Code.COLOUR),
        (replace(BIN, nozzle_mm=0.25), Code.NOZZLE),
        (replace(BIN, facility="fac_2"), Code.FACILITY),
    ],
)
def test_each_reason_stands_alone(work: Work, code: Code) -> None:
    assert codes(work) == {code}


def test_every_reason_is_named_and_not_only_the_first() -> None:
    work = replace(BIN, process="cnc", material="Walnut", size=Size(300, 300, 300))
    assert codes(work) == {Code.PROCESS, Code.MATERIAL, Code.SIZE}


def test_reasons_name_the_figures_on_both_sides() -> None:
    (reason,) = match(replace(BIN, size=Size(251.25, 10, 10)), MK3S).reasons
    assert reason.words == "the part needs 251.2 × 10 × 10 mm, the machine takes 250 × 210 × 210 mm"


def test_a_part_may_be_turned_about_z_but_not_laid_down() -> None:
    assert fits(Size(200, 240, 100), MK3S.envelope)
    assert not fits(Size(10, 10, 240), MK3S.envelope)


def test_materials_and_colours_are_compared_as_people_write_them() -> None:
    assert codes(replace(BIN, material=" pla ", colour="Black")) == set()


def test_a_finer_nozzle_serves_and_an_unknown_one_is_not_held_against_the_machine() -> None:
    assert codes(replace(BIN, nozzle_mm=0.6)) == set()
    assert codes(BIN, replace(MK3S, nozzle_mm=None)) == set()


@pytest.mark.parametrize("access", [Access.RESTRICTED, Access.PRIVATE])
def test_a_closed_facility_serves_those_who_run_it(access: Access) -> None:
    closed = replace(MK3S, access=access)
    assert codes(BIN, closed) == {Code.ACCESS}
    assert codes(replace(BIN, member="mem_owner"), closed) == set()


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition("offline", "clear"), Code.OFFLINE),
        (Condition("printing", "clear"), Code.BUSY),
        (Condition("error", "clear", "thermal runaway"), Code.FAULT),
        (Condition("idle", "occupied"), Code.BED),
        (Condition("idle", "unknown"), Code.BED),
    ],
)
def test_how_a_machine_is_now_is_a_note_and_no_refusal(condition: Condition, code: Code) -> None:
    decision = match(BIN, MK3S, condition)
    assert decision.can
    assert [note.code for note in decision.notes] == [code]


def test_before_the_build_the_size_is_an_open_question() -> None:
    decision = match(replace(BIN, size=None), MK3S, Condition("idle", "clear"))
    assert decision.can
    assert [note.code for note in decision.notes] == [Code.NOT_BUILT]


LENGTHS = st.floats(0.1, 500)
BOXES = st.builds(Size, LENGTHS, LENGTHS, LENGTHS)


@given(BOXES, BOXES)
def test_turning_the_part_or_the_machine_by_a_right_angle_changes_nothing(part: Size, room: Size) -> None:
    turned = Size(part.y, part.x, part.z)
    assert fits(part, room) == fits(turned, room) == fits(part, Size(room.y, room.x, room.z))


@given(BOXES, BOXES, st.floats(0, 100))
def test_more_room_never_hurts(part: Size, room: Size, more: float) -> None:
    if fits(part, room):
        assert fits(part, Size(room.x + more, room.y + more, room.z + more))


@pytest.mark.parametrize(
    ("work", "condition", "verdict"),
    [
        (BIN, Condition("idle", "clear"), "can make it"),
        (BIN, None, "can make it"),
        (replace(BIN, size=None), Condition("idle", "clear"), "can make it"),
        (BIN, Condition("idle", "occupied"), "can make it later"),
        (BIN, Condition("offline", "clear"), "can make it later"),
        (BIN, Condition("printing", "clear"), "can make it later"),
        (replace(BIN, material="TPU"), Condition("idle", "occupied"), "cannot make it"),
    ],
)
def test_the_verdict_is_one_of_three(work: Work, condition: Condition | None, verdict: str) -> None:
    assert match(work, MK3S, condition).verdict == verdict
