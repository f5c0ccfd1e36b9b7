"""What a licence lets a facility make, and for whom."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.capability import Access, Capability, Rates, Size
from registry.core.licence_standing import (
    MOST_GIFTS,
    Belonging,
    Gift,
    Standing,
    standing_from_json,
    standing_of,
)
from registry.core.licence_to_make import Ruling, may_make, restricts
from registry.core.reasons import Code

FREE = Capability(
    process="fdm",
    envelope=Size(250, 210, 210),
    materials=(),
    nozzle_mm=0.4,
    facility="fac_lab",
    facility_name="The lab",
    access=Access.PUBLIC,
    runners=frozenset({"mem_runner"}),
)
PAID = replace(FREE, rates=Rates("EUR", Decimal("1.50")))
PEERS = replace(PAID, worker_owned=True)
NC, PPL, HOUSE = "CC-BY-NC-4.0", "LicenseRef-PPL", "LicenseRef-House"


def ruling(licence: str, machine: Capability, *, member: str = "mem_ada", commercial: bool = False) -> Ruling:
    return may_make(licence, machine, member, commercial=commercial)


@pytest.mark.parametrize(
    ("licence", "machine", "commercial", "words"),
    [
        (NC, PAID, False, "CC-BY-NC-4.0 forbids making it for money, and The lab asks 1.5 EUR an hour"),
        (NC, FREE, True, "CC-BY-NC-4.0 forbids commercial use"),
        (
            PPL,
            PAID,
            False,
            "only worker-owned makers who share all gains make it for money (Peer Production License, 4 (c))",
        ),
        (PPL, PAID, True, "The lab asks 1.5 EUR an hour and does not say that it is one"),
    ],
)
def test_a_refusal_names_the_licence_and_what_it_collides_with(
    licence: str, machine: Capability, commercial: bool, words: str
) -> None:
    refused = ruling(licence, machine, commercial=commercial).refusal
    assert refused is not None
    assert refused.code is Code.LICENCE
    assert words in refused.words


@pytest.mark.parametrize(
    ("licence", "machine", "commercial"),
    [
        ("CERN-OHL-S-2.0", PAID, True),
        (NC, FREE, False),
        (NC, replace(FREE, rates=Rates("EUR")), False),
        (PPL, FREE, False),
        ("CC-BY-NC-4.0 OR MIT", PAID, True),
    ],
)
def test_what_a_licence_allows_needs_no_words(licence: str, machine: Capability, commercial: bool) -> None:
    assert ruling(licence, machine, commercial=commercial) == Ruling()


@pytest.mark.parametrize(
    ("licence", "machine", "commercial", "words"),
    [
        (PPL, PEERS, False, "lets The lab make it for money as a worker-owned maker (Peer Production License, 4 (c))"),
        (PPL, FREE, True, "you must be one"),
        (HOUSE, PAID, True, "LicenseRef-House is not known here"),
        ("no licence at all", FREE, False, "no licence at all is not known here"),
    ],
)
def test_what_somebody_should_know_is_a_note(licence: str, machine: Capability, commercial: bool, words: str) -> None:
    told = ruling(licence, machine, commercial=commercial)
    assert told.refusal is None
    assert told.note is not None
    assert words in told.note.words


def test_those_who_run_it_take_no_money_from_themselves() -> None:
    assert ruling(NC, PAID, member="mem_runner").refusal is None
    assert ruling(PPL, PAID, member="mem_runner").refusal is None
    assert ruling(NC, PAID, member="mem_runner", commercial=True).refusal is not None


def test_most_licences_restrict_nothing() -> None:
    assert [restricts(each) for each in ("MIT", "CERN-OHL-W-2.0", NC, PPL, HOUSE)] == [False, False, True, True, True]


CO_OP = Belonging("printers", "coalition", worker_owned=True)
TOWN = Belonging("town", "institution", worker_owned=False)
GIFT = Gift("ada/knob@1.1.0", "bo/lathe@2.0.0")


@pytest.mark.parametrize(
    ("groups", "gifts", "words"),
    [
        ([CO_OP, TOWN], [], "your group printers says that it is one"),
        (
            [TOWN],
            [GIFT],
            "by the rule of the commons, not by that text, you may too: a version of yours was taken into",
        ),
        ([], [GIFT, GIFT], "2 versions of yours were taken into designs of others (last ada/knob@1.1.0, merged into"),
    ],
)
def test_a_peer_licence_lets_worker_owned_groups_and_givers_use_it_for_a_business(
    groups: list[Belonging], gifts: list[Gift], words: str
) -> None:
    told = may_make(PPL, PEERS, "mem_ada", commercial=True, standing=standing_of(groups, gifts))
    assert told.refusal is None
    assert told.note is not None
    assert words in told.note.words


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([], "you belong to none"),
        ([TOWN], "none of yours (town (institution)) says that it is one"),
        ([Belonging("forum", "community", worker_owned=False)], "none of yours (forum (community))"),
    ],
)
def test_it_lets_nobody_else_and_says_what_to_do(groups: list[Belonging], words: str) -> None:
    standing = standing_of(groups, [])
    refused = may_make(PPL, FREE, "mem_ada", commercial=True, standing=standing).refusal
    assert refused is not None
    assert words in refused.words
    assert "Peer Production License, 4 (c)" in refused.words
    assert "4 (d)" in refused.words
    assert "order it for no business" in refused.words
    assert may_make(PPL, FREE, "mem_ada", commercial=False, standing=standing) == Ruling()


def test_who_gave_does_not_open_it_to_a_facility_that_makes_it_for_money() -> None:
    assert may_make(PPL, PAID, "mem_ada", commercial=True, standing=standing_of([CO_OP], [GIFT])).refusal is not None


names = st.text("abc", min_size=1, max_size=3)
standings = st.builds(
    standing_of,
    st.lists(st.builds(Belonging, names, st.sampled_from(["community", "coalition", "institution"]), st.booleans())),
    st.lists(st.builds(Gift, names, names), max_size=MOST_GIFTS + 2),
)


@given(standings)
def test_a_standing_reads_back_as_it_was_written(standing: Standing) -> None:
    assert standing_from_json(standing.to_json()) == standing


@given(standings, st.sampled_from(["CC-BY-NC-4.0", "MIT", "LicenseRef-House"]), st.booleans())
def test_it_counts_for_no_other_licence(standing: Standing, licence: str, commercial: bool) -> None:
    told = may_make(licence, PAID, "mem_ada", commercial=commercial, standing=standing)
    assert told == may_make(licence, PAID, "mem_ada", commercial=commercial)
