"""Which machine can make what, and the words for why not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.asking import Asks
from registry.core.capability import Place, Rates
from registry.core.estimates import Estimate
from registry.core.lying import ways_to_lie
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


SHEETS = replace(MK3S, process="laser", nozzle_mm=None, materials=(Loaded("Birch plywood", None, 3.0), Loaded("PMMA")))
PANEL = replace(BIN, process="laser", material="birch plywood", thickness_mm=3.0, size=Size(84, 42, 3), nozzle_mm=None)


@pytest.mark.parametrize("thickness", [2.76, 3.0, 3.24])
def test_a_sheet_is_taken_for_the_one_that_it_is_sold_as(thickness: float) -> None:
    assert codes(replace(PANEL, thickness_mm=thickness), SHEETS) == set()


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (replace(PANEL, thickness_mm=6.0), "birch plywood of 6 mm is not loaded; it is 3 mm"),
        (replace(PANEL, material="PMMA"), "PMMA of 3 mm is not loaded; it is of no known thickness"),
    ],
)
def test_another_sheet_does_not_do(work: Work, words: str) -> None:
    (reason,) = match(work, SHEETS).reasons
    assert (reason.code, reason.words) == (Code.THICKNESS, words)


def test_colour_and_sheet_must_be_those_of_one_material() -> None:
    machine = replace(SHEETS, materials=(Loaded("PMMA", "red", 3.0), Loaded("PMMA", "clear", 5.0)))
    work = replace(PANEL, material="PMMA", colour="clear")
    assert codes(work, machine) == {Code.COLOUR}
    assert codes(replace(work, thickness_mm=5.0), machine) == set()


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (0.3, "it keeps to ±0.3 mm, the order asks for ±0.2 mm"),
        (None, "nobody has measured what it keeps to, the order asks for ±0.2 mm"),
    ],
)
def test_tolerance(kept: float | None, words: str) -> None:
    work, machine = replace(BIN, tolerance_mm=0.2), replace(MK3S, tolerance_mm=kept)
    (reason,) = match(work, machine).reasons
    assert (reason.code, reason.words) == (Code.TOLERANCE, words)
    assert codes(work, replace(MK3S, tolerance_mm=0.2)) == set()
    assert codes(BIN, machine) == set()


def notes(work: Work, machine: Capability, condition: Condition | None = None, sharing: int = 1) -> list[str]:
    decision = match(work, machine, condition, NOW, sharing)
    assert decision.can
    return [note.words for note in decision.notes]


NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
HEAVY = replace(BIN, asks=Asks(copies=4, estimate=Estimate(grams=200, seconds=7200)))


def test_a_spool_that_does_not_last_is_told_and_refuses_nothing() -> None:
    nearly_empty = replace(MK3S, materials=(Loaded("PLA", "black", None, 350.0),))
    (note,) = match(HEAVY, nearly_empty).notes
    assert (note.code, note.words) == (Code.SPOOL, "4 copies need about 800 g, 350 g of PLA are left on its spool")
    assert notes(HEAVY, nearly_empty, sharing=4) == []
    assert notes(HEAVY, replace(MK3S, materials=(*nearly_empty.materials, Loaded("PLA", "red")))) == []
    assert (
        notes(replace(HEAVY, colour="black"), replace(MK3S, materials=(*nearly_empty.materials, Loaded("PLA", "red"))))
        != []
    )


def test_who_would_be_late_is_told_by_how_much() -> None:
    wish = replace(HEAVY, asks=replace(HEAVY.asks, wanted_by=NOW + timedelta(hours=6)))
    decision = match(wish, MK3S, Condition("idle", "clear"), NOW)
    assert [note.code for note in decision.notes] == [Code.DEADLINE]
    assert decision.notes[0].words == "it could be ready about 2 h after 4 May 2026 15:00 UTC"
    assert decision.verdict == "can make it, but late"
    assert notes(wish, MK3S, Condition("idle", "clear"), sharing=4) == []
    unknown = replace(wish, asks=replace(wish.asks, estimate=Estimate()))
    assert notes(unknown, MK3S) == ["when it could be ready is not known yet"]


def test_what_waits_before_it_and_what_is_being_made_put_it_off() -> None:
    condition = Condition("printing", "clear", seconds_left=1800, ahead=12, ahead_seconds=3600)
    decision = match(HEAVY, MK3S, condition, NOW)
    assert [note.code for note in decision.notes] == [Code.QUEUE, Code.BUSY]
    assert [note.words for note in decision.notes] == [
        "12 parts wait before it", "it is busy with another part, for about 30 min more",
    ]  # fmt: skip
    assert decision.outlook.ready_at == NOW + timedelta(seconds=1800 + 3600 + 4 * 7200)
    assert decision.verdict == "can make it later"


def test_a_part_that_may_be_laid_on_its_side_says_how_it_would_lie() -> None:
    tall = replace(BIN, size=Size(20, 30, 240))
    laid = replace(tall, asks=Asks(lay=True, ways=ways_to_lie(Size(20, 30, 240))))
    assert codes(tall) == {Code.SIZE}
    decision = match(laid, MK3S)
    assert decision.can
    assert [note.code for note in decision.notes] == [Code.LAID]
    assert decision.outlook.way == "on its back"
    assert match(BIN, MK3S).outlook.way == "as drawn"


def test_what_it_comes_to_there() -> None:
    machine = replace(MK3S, rates=Rates("EUR", Decimal("1.50"), Decimal("0.04")), place=Place(53.79, -1.54))
    work = replace(HEAVY, asks=replace(HEAVY.asks, place=Place(51.51, -0.13)))
    outlook = match(work, machine, Condition("idle", "clear"), NOW).outlook
    assert (outlook.cost, outlook.currency) == (Decimal("44.00"), "EUR")
    assert outlook.distance_km == pytest.approx(271, abs=2)
    assert (outlook.grams, outlook.seconds, outlook.ready_at) == (200, 7200, NOW + timedelta(hours=8))


def test_every_code_is_a_reason_or_a_note_of_something() -> None:
    """So that none is kept which nothing gives."""
    paid = replace(MK3S, rates=Rates("EUR", Decimal(9)), materials=(Loaded("PLA", "black", None, 1.0),))
    asked = Asks(
        machine="mac_9", place=Place(0, 0), within_km=1, most_cost=Decimal(1), currency="EUR", copies=4, wanted_by=NOW,
        licence="CC-BY-NC-4.0", estimate=Estimate(200, 7200), ways=ways_to_lie(Size(20, 30, 240)),
    )  # fmt: skip
    work = replace(BIN, size=None, nozzle_mm=0.25, facility="fac_2", tolerance_mm=0.1, asks=asked)
    told = [
        match(work, replace(paid, access=Access.PRIVATE), Condition("error", "unknown", ahead=1), NOW),
        match(BIN, MK3S, Condition("offline", "clear")),
        match(BIN, MK3S, Condition("printing", "clear")),
        match(replace(BIN, process="cnc", material="TPU", size=Size(999, 1, 1)), MK3S),
        match(replace(BIN, colour="red"), MK3S),
        match(replace(PANEL, thickness_mm=9), SHEETS),
    ]
    assert {each.code for decision in told for each in (*decision.reasons, *decision.notes)} == set(Code)


CONDITIONS = st.none() | st.builds(
    Condition,
    st.sampled_from(["offline", "idle", "printing", "error"]),
    st.sampled_from(["clear", "occupied", "unknown"]),
    st.none() | st.just("word"),
    st.none() | st.floats(0, 1e5),
    st.integers(0, 50),
    st.floats(0, 1e6),
)


@given(
    CONDITIONS,
    st.none() | st.just(NOW),
    st.integers(1, 4),
    st.sampled_from([BIN, HEAVY, PANEL, replace(BIN, size=None)]),
)
def test_how_a_machine_is_and_when_it_could_never_rule_it_out(
    condition: Condition | None, now: datetime | None, sharing: int, work: Work
) -> None:
    for machine in (MK3S, SHEETS):
        told = match(work, machine, condition, now, sharing)
        assert told.reasons == match(work, machine).reasons
        assert told.can == (not told.reasons)


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
