"""What binds a version's licence, and the way out where it does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.snapshot import ParentKind
from registry.core.licence_bonds import Bond, BondParent, Bound, bonds_of, fitting, judge
from registry.ids import VersionId
from tests.designs.licence_pairs import IDS

ids = st.integers(0, 9).map(lambda number: VersionId(f"ver_{number}"))
bonds = st.frozensets(st.builds(Bond, ids, st.booleans()), max_size=4)
parents = st.lists(st.builds(BondParent, ids, st.sampled_from(ParentKind), own=st.booleans(), bonds=bonds), max_size=5)


def parent(version: str, kind: ParentKind, *bound: Bond, own: bool = False) -> BondParent:
    return BondParent(VersionId(version), kind, own=own, bonds=frozenset(bound))


def bond(version: str, *, used: bool = False) -> Bond:
    return Bond(VersionId(version), used)


def test_the_nearest_version_of_others_binds_and_ones_own_pass_on_what_binds_them() -> None:
    found = bonds_of(
        [
            parent("fork", ParentKind.FORKS, bond("further")),
            parent("mine", ParentKind.REVISES, bond("origin"), bond("gear", used=True), own=True),
            parent("module", ParentKind.USES, bond("base"), own=True),
            parent("screw", ParentKind.USES),
        ]
    )
    assert found == {
        bond("fork"), bond("origin"), bond("gear", used=True), bond("base", used=True), bond("screw", used=True)
    }  # fmt: skip


@given(parents)
def test_a_version_binds_once_and_what_was_changed_outweighs_what_is_used(given: list[BondParent]) -> None:
    found = bonds_of(given)
    assert len({each.version for each in found}) == len(found)
    everything = {Bond(one.version, one.kind is ParentKind.USES) for one in given if not one.own}
    everything |= {
        Bond(b.version, one.kind is ParentKind.USES or b.used) for one in given if one.own for b in one.bonds
    }
    assert {each.version for each in found} == {each.version for each in everything}
    assert all(Bond(each.version, used=False) not in everything for each in found if each.used)


def test_a_refusal_names_the_version_the_reason_the_clause_and_the_way_out() -> None:
    judgement = judge(
        "MIT", [Bound("ada/box@1.0.0", "CERN-OHL-S-2.0", used=False), Bound("bo/nut@1", "MIT", used=True)]
    )
    assert not judgement.allowed
    words = "CERN-OHL-S-2.0 asks that the changed source as a whole stays under it. (CERN-OHL-S-2.0 §3.3(d))"
    assert judgement.refusals == (f"it comes from ada/box@1.0.0 under CERN-OHL-S-2.0. {words}",)
    assert judgement.way_out == "publish it under CERN-OHL-S-2.0, or ask the authors for another licence"


def test_where_nothing_fits_it_says_so() -> None:
    bound = [Bound("a/a@1", "CERN-OHL-S-2.0", used=False), Bound("b/b@1", "CC-BY-SA-4.0", used=False)]
    judgement = judge("CERN-OHL-S-2.0", bound)
    assert judgement.possible == ()
    assert judgement.way_out.startswith("no licence that is known here fits")


def test_a_licence_of_old_that_is_none_may_be_kept_and_binds_otherwise() -> None:
    old = [Bound("a/a@1", "do what you like", used=False)]
    assert judge("do what you like", old).allowed
    judgement = judge("MIT", old)
    assert not judgement.allowed
    assert not judgement.certain


@pytest.mark.parametrize("used", [False, True])
@given(st.lists(st.sampled_from(IDS), min_size=1, max_size=2), st.sampled_from(IDS))
def test_what_is_offered_fits(used: bool, licences: list[str], licence: str) -> None:
    bounds = [Bound(f"a/{number}@1", each, used) for number, each in enumerate(licences)]
    judgement = judge(licence, bounds)
    assert all(judge(offered, bounds).allowed for offered in judgement.possible)
    assert bool(judgement.possible) == (not judgement.allowed and bool(fitting(bounds)))
