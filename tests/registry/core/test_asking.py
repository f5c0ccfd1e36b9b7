"""What an order asks beyond fitting: every refusal with its words, and the way into the database and back."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.core.asking import NOTHING_ASKED, Asks, asked_notes, refusals
from registry.core.capability import Access, Capability, Place, Rates, Size
from registry.core.estimates import Estimate
from registry.core.licence_standing import Standing
from registry.core.lying import ways_to_lie
from registry.core.reasons import Code

LEEDS, LONDON = Place(53.79, -1.54), Place(51.51, -0.13)
LAB = Capability(
    process="fdm",
    envelope=Size(250, 210, 210),
    materials=(),
    nozzle_mm=0.4,
    facility="fac_lab",
    facility_name="The lab",
    access=Access.PUBLIC,
    runners=frozenset({"mem_owner"}),
    machine="mac_1",
    rates=Rates("EUR", Decimal("1.50"), Decimal("0.04")),
    place=LEEDS,
)
HALF_A_KILO = Estimate(grams=500, seconds=8 * 3600)


@pytest.mark.parametrize(
    ("asks", "machine", "code", "words"),
    [
        (Asks(machine="mac_2"), LAB, Code.MACHINE, "the order names another machine"),
        (
            Asks(place=LONDON, within_km=50),
            LAB,
            Code.DISTANCE,
            "The lab is 271 km away, the order asks for within 50 km",
        ),
        (
            Asks(place=LONDON, within_km=50),
            replace(LAB, place=None),
            Code.DISTANCE,
            "The lab does not say where it is, the order asks for within 50 km",
        ),
        (
            Asks(most_cost=Decimal(20), currency="EUR", estimate=HALF_A_KILO),
            LAB,
            Code.COST,
            "it costs about 32 EUR, the order allows 20 EUR",
        ),
        (
            Asks(most_cost=Decimal(20), currency="USD", estimate=HALF_A_KILO),
            LAB,
            Code.COST,
            "it is paid in EUR, and the order's limit is 20 USD: give the limit in EUR",
        ),
        (
            Asks(ways=ways_to_lie(Size(20, 30, 260))),
            LAB,
            Code.SIZE,
            (
                "the part needs 20 × 30 × 260 mm, or 20 × 260 × 30 mm laid on its back, or 260 × 30 × 20 mm laid on "
                "its left side, the machine takes 250 × 210 × 210 mm"
            ),
        ),
        (
            Asks(licence="CC-BY-NC-4.0"),
            LAB,
            Code.LICENCE,
            (
                "its licence CC-BY-NC-4.0 forbids making it for money, and The lab asks 1.5 EUR an hour and 0.04 EUR "
                "a gram"
            ),
        ),
    ],
)
def test_each_refusal_stands_alone_and_says_both_sides(asks: Asks, machine: Capability, code: Code, words: str) -> None:
    (refused,) = refusals(asks, machine, "mem_ada")
    assert (refused.code, refused.words) == (code, words)
    assert asks.judged


@pytest.mark.parametrize(
    "asks",
    [
        NOTHING_ASKED,
        Asks(machine="mac_1"),
        Asks(place=LONDON, within_km=272),
        Asks(place=LONDON),
        Asks(most_cost=Decimal(32), currency="EUR", estimate=HALF_A_KILO),
        Asks(most_cost=Decimal(1), currency="EUR"),
        Asks(ways=ways_to_lie(Size(20, 30, 240))),
        Asks(licence="LicenseRef-House"),
        Asks(wanted_by=datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_is_met_or_cannot_be_said_refuses_nothing(asks: Asks) -> None:
    assert refusals(asks, LAB, "mem_ada") == ()


def test_a_limit_is_for_all_copies_together() -> None:
    asks = Asks(most_cost=Decimal(20), currency="EUR", estimate=Estimate(10, 3600))
    assert refusals(replace(asks, copies=10), LAB, "mem_ada") == ()
    assert [each.code for each in refusals(replace(asks, copies=11), LAB, "mem_ada")] == [Code.COST]


@pytest.mark.parametrize(
    ("asks", "machine", "code", "words"),
    [
        (Asks(most_cost=Decimal(9), currency="EUR"), replace(LAB, rates=None), Code.COST, "The lab names no prices"),
        (Asks(most_cost=Decimal(9), currency="EUR"), LAB, Code.COST, "what it costs is not known yet"),
        (Asks(ways=ways_to_lie(Size(20, 30, 240))), LAB, Code.LAID, "it has room only when it is laid on its back"),
        (Asks(licence="LicenseRef-House"), LAB, Code.LICENCE, "LicenseRef-House is not known here"),
    ],
)
def test_what_is_good_to_know_is_a_note(asks: Asks, machine: Capability, code: Code, words: str) -> None:
    (note,) = asked_notes(asks, machine, "mem_ada")
    assert note.code is code
    assert words in note.words
    assert refusals(asks, machine, "mem_ada") == ()


SOME = st.sampled_from([0.1, 1.0, 12.5])
ASKS = st.builds(
    Asks,
    tolerance_mm=st.none() | SOME,
    thickness_mm=st.none() | SOME,
    machine=st.none() | st.just("mac_1"),
    lay=st.booleans(),
    place=st.none() | st.builds(Place, st.floats(-90, 90), st.floats(-180, 180)),
    within_km=st.none() | SOME,
    wanted_by=st.none() | st.datetimes(timezones=st.just(UTC)),
    most_cost=st.none() | st.decimals(0, 999, places=2),
    currency=st.none() | st.just("EUR"),
    commercial=st.booleans(),
    licence=st.none() | st.just("LicenseRef-PPL"),
    standing=st.none() | st.builds(Standing, st.none() | st.just("printers"), st.just(("town (institution)",))),
    copies=st.integers(1, 500),
    estimate=st.builds(Estimate, st.none() | SOME, st.none() | SOME, st.booleans()),
    ways=st.just(()) | st.builds(Size, SOME, SOME, SOME).map(ways_to_lie),
)


@given(ASKS)
def test_what_is_kept_comes_back_the_same(asks: Asks) -> None:
    assert Asks.from_json(asks.to_json()) == asks


def test_nothing_asked_is_kept_as_nothing() -> None:
    assert NOTHING_ASKED.to_json() is None
    assert Asks.from_json(None) == NOTHING_ASKED


@given(ASKS)
def test_only_what_is_judged_can_refuse(asks: Asks) -> None:
    if refusals(asks, replace(LAB, place=None), "mem_ada"):
        assert asks.judged
