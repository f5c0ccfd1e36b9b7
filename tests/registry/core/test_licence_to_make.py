"""What a licence lets a facility make, and for whom."""

from dataclasses import replace
from decimal import Decimal

import pytest

from registry.core.capability import Access, Capability, Rates, Size
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
