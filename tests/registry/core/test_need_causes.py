"""What the registry notices by itself: identities, the words, and when it is over."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.values import Parameter, ParameterType
from registry.core.asking import Asks
from registry.core.capability import Place, Size
from registry.core.matching import Work
from registry.core.need_causes import (
    LATEST_ENDINGS,
    MOST_VALUES,
    Bound,
    beyond,
    blocking,
    build_cause,
    has_trouble,
    is_met,
    machine_cause,
    parameter_cause,
)
from registry.core.reasons import Code, Decision, Reason

WIDTH = Parameter("width", ParameterType.NUMBER, Decimal(20), "mm", min=Decimal(5), max=Decimal(100), label="Width")
COLOUR = Parameter("colour", ParameterType.CHOICE, "red", choices=("red", "blue"))
WORK = Work("fdm", "PETG", "mem_1", size=Size(310, 20, 5), asks=Asks(place=Place(53.79, -1.54)))
CAN = Decision(can=True, reasons=())


def cannot(*codes: Code) -> Decision:
    return Decision(can=False, reasons=tuple(Reason(code, code.value) for code in codes))


@pytest.mark.parametrize(
    ("parameter", "value", "bound"),
    [
        (WIDTH, "100.5", Bound.ABOVE),
        (WIDTH, "1e3", Bound.ABOVE),
        (WIDTH, "-2", Bound.BELOW),
        (WIDTH, "100", None),
        (WIDTH, "NaN", None),
        (WIDTH, "Infinity", None),
        (WIDTH, "wide", None),
        (WIDTH, "9" * 41, None),
        (COLOUR, "green", Bound.BESIDE),
        (COLOUR, "red", None),
        (COLOUR, "g" * 41, None),
        (COLOUR, "a\u202eb", None),
        (replace(WIDTH, min=None, max=None, choices=(Decimal(20), Decimal(30))), "25", Bound.BESIDE),
        (Parameter("label", ParameterType.TEXT, "a", max=Decimal(3)), "abcd", None),
    ],
)
def test_where_a_value_lies(parameter: Parameter, value: str, bound: Bound | None):
    assert beyond(parameter, value) is bound


@given(st.decimals(-1000, 1000, allow_nan=False, places=2))
def test_a_value_is_beyond_exactly_when_it_is_outside(value: Decimal):
    assert (beyond(WIDTH, str(value)) is None) is (5 <= value <= 100)


def test_a_need_of_a_parameter_names_what_was_asked_most():
    asked = {str(101 + n): n + 1 for n in range(40)}
    cause = parameter_cause("des_1", "ada/bin", WIDTH, Bound.ABOVE, asked)
    assert cause.identity == "parameter:des_1:width:above"
    assert len(cause.facts["asked"]) == MOST_VALUES
    assert "140 (40×)" in cause.words
    assert "from 5 to 100 mm" in cause.words


def test_a_parameter_is_met_when_most_of_what_was_asked_is_allowed():
    asked = {"120": 3, "400": 2}
    assert not is_met(WIDTH, Bound.ABOVE, asked)
    assert is_met(replace(WIDTH, max=Decimal(150)), Bound.ABOVE, asked)
    assert is_met(None, Bound.ABOVE, asked)


@pytest.mark.parametrize(
    ("endings", "trouble"),
    [
        ([], False),
        ([False], False),
        ([False, False], True),
        ([True, False, False], True),
        ([True, True, True, False, False], False),
        ([True] * LATEST_ENDINGS + [False] * 50, False),
    ],
)
def test_copies_that_fail_again_and_again(endings: list[bool], trouble: bool):
    assert has_trouble(endings) is trouble


@given(st.lists(st.booleans(), max_size=30))
def test_enough_good_copies_end_every_trouble(endings: list[bool]):
    assert not has_trouble([True] * LATEST_ENDINGS + endings)


def test_the_nearest_machine_says_what_is_missing():
    assert blocking([]) is Code.PROCESS
    assert blocking([CAN, cannot(Code.SIZE)]) is None
    assert blocking([cannot(Code.PROCESS, Code.MATERIAL), cannot(Code.SIZE)]) is Code.SIZE
    assert blocking([cannot(Code.MATERIAL, Code.SIZE)]) is Code.SIZE
    assert blocking([cannot(Code.FACILITY)]) is None
    assert blocking([cannot(Code.MATERIAL, Code.MACHINE)]) is Code.MATERIAL


@given(st.lists(st.lists(st.sampled_from(Code), min_size=1, max_size=4), max_size=6))
def test_the_order_of_the_machines_matters_only_among_the_nearest(found: list[list[Code]]):
    code = blocking([cannot(*codes) for codes in found])
    assert code not in {Code.FACILITY, Code.MACHINE}


def test_orders_that_wait_for_the_same_are_one_need():
    one = machine_cause(Code.MATERIAL, WORK, "des_1", "ada/bin")
    other = machine_cause(
        Code.MATERIAL,
        replace(WORK, material="petg", member="mem_2", asks=Asks(place=Place(54.2, -2.3))),
        "des_2",
        "bea/lamp",
    )
    assert one.identity == other.identity == "machine:material:fdm:petg:54,-2"
    assert "PETG is loaded nowhere" in one.title
    assert "54°N 2°W" in one.title
    assert "53.79" not in repr(one), "nobody's door is found by it"
    large = machine_cause(Code.SIZE, WORK, "des_1", "ada/bin")
    assert large.identity == "machine:size:fdm:400:54,-2"
    assert machine_cause(Code.SIZE, replace(WORK, asks=Asks()), "des_1", "ada/bin").identity.endswith(":anywhere")


@pytest.mark.parametrize("code", list(Code))
def test_every_reason_has_words(code: Code):
    assert machine_cause(code, WORK, "des_1", "ada/bin").title


def test_a_design_that_does_not_build_has_one_need_a_choice():
    one = build_cause("des_1", "ada/bin", "1.0.0", "defaults", "no_geometry")
    assert one.identity == build_cause("des_1", "ada/renamed", "1.1.0", "defaults", "timeout").identity
    assert one.identity != build_cause("des_1", "ada/bin", "1.0.0", "wide", "no_geometry").identity
