"""What may be derived from and combined with what: each pair of the table, expressions, and laws that always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.licence_flow import Verdict, combine, derive
from designs.licence_rules import Answer
from designs.licence_table import TABLE
from designs.licences import BadLicence, parse_licence
from tests.designs.licence_pairs import CONTAINED, DERIVED, IDS

licence = st.sampled_from(IDS)
own_terms = st.sampled_from(["LicenseRef-House", "EUPL-1.2", "LicenseRef-Lab.1"])


def symbol(verdict: Verdict) -> str:
    if verdict.allowed:
        return "y" if verdict.certain else "m"
    return "-" if verdict.certain else "?"


def test_the_table_holds_the_licences_whose_pairs_were_read() -> None:
    assert tuple(TABLE) == IDS


@pytest.mark.parametrize("origin", IDS)
def test_each_pair_of_origin_and_result(origin: str) -> None:
    found = {result: symbol(derive(origin, result)) for result in IDS}
    assert found == dict(zip(IDS, DERIVED[origin], strict=True))


@pytest.mark.parametrize("part", IDS)
def test_each_pair_of_part_and_whole(part: str) -> None:
    found = {whole: symbol(combine([part], whole)) for whole in IDS}
    assert found == dict(zip(IDS, CONTAINED[part], strict=True))


@pytest.mark.parametrize(
    ("origin", "result", "answer", "clause"),
    [
        ("CERN-OHL-S-2.0", "CERN-OHL-W-2.0", "-", "CERN-OHL-S-2.0 §3.3(d)"),
        ("CC-BY-SA-4.0", "CERN-OHL-S-2.0", "-", "CC-BY-SA-4.0 §3(b)(1)"),
        ("CERN-OHL-S-2.0", "CC-BY-SA-4.0", "-", "CERN-OHL-S-2.0 §3.3(d)"),
        ("CC-BY-SA-4.0", "LAL-1.3", "y", "CC-BY-SA-4.0 §1(c), §3(b)(1)"),
        ("MIT OR CERN-OHL-S-2.0", "Apache-2.0", "y", "MIT its one condition"),
        ("MIT AND CERN-OHL-S-2.0", "Apache-2.0", "-", "CERN-OHL-S-2.0 §3.3(d)"),
        ("MIT", "CERN-OHL-S-2.0 OR GPL-2.0-only", "y", "MIT its one condition"),
        ("Apache-2.0", "CERN-OHL-S-2.0 OR GPL-2.0-only", "-", "Apache-2.0 FSF licence list"),
        ("MPL-2.0", "CERN-OHL-S-2.0 AND MPL-2.0", "y", ""),
        ("CERN-OHL-W-2.0", "MIT AND CERN-OHL-W-2.0", "y", ""),
        ("CERN-OHL-S-2.0", "MIT AND CERN-OHL-S-2.0", "?", "CERN-OHL-S-2.0 §3.3(d)"),
        ("GPL-2.0-only", "GPL-2.0-only WITH Classpath-exception-2.0", "-", ""),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only", "y", ""),
        ("MIT", "GPL-2.0-only WITH Classpath-exception-2.0", "y", "MIT its one condition"),
        ("GPL-2.0-or-later", "GPL-3.0-only WITH Autoconf-exception-3.0", "-", "GPL-2.0-or-later or any later version"),
        ("Apache-2.0 WITH SHL-2.1", "CERN-OHL-S-2.0", "y", "Apache-2.0 §4"),
        ("CC-BY-SA-3.0+", "CC-BY-SA-3.0", "y", ""),
        ("TAPR-OHL-1.0", "TAPR-OHL-1.0+", "-", ""),
        ("GPL-3.0+", "GPL-3.0-only", "y", "GPL-3.0-or-later or any later version"),
        ("LicenseRef-House", "LicenseRef-House", "m", ""),
        ("LicenseRef-House", "MIT", "?", ""),
        ("LicenseRef-House OR MIT", "GPL-3.0-only", "y", "MIT its one condition"),
        ("CERN-OHL-S-2.0", "LicenseRef-House", "-", "CERN-OHL-S-2.0 §3.3(d)"),
        ("CC-BY-NC-4.0", "LicenseRef-House", "?", "CC-BY-NC-4.0 §2(a)(1)"),
        ("CC-BY-ND-4.0", "CC-BY-ND-4.0", "-", "CC-BY-ND-4.0 §2(a)(1)(B)"),
        ("LGPL-3.0-only", "GPL-3.0-only+", "-", "LGPL-3.0-only GPL-3.0-only §5(c)"),
        ("CC-BY-SA-4.0", "GPL-3.0-only+", "-", "CC-BY-SA-4.0 §1(c), §3(b)(1)"),
        ("GPL-2.0-or-later", "GPL-2.0-only+", "y", ""),
        ("GPL-2.0-or-later", "GPL-3.0-only+", "y", "GPL-2.0-or-later or any later version"),
        ("MIT", "GPL-3.0-only+", "y", "MIT its one condition"),
        ("CERN-OHL-W-2.0", "CERN-OHL-S-2.0+", "-", ""),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0 AND CC-BY-NC-4.0", "?", "CC-BY-SA-4.0 §3(b)(1)"),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0 AND MIT", "?", "CC-BY-NC-SA-4.0 §3(b)(1)"),
        ("CC-BY-ND-4.0 OR MIT", "CC-BY-ND-4.0 OR MIT", "y", ""),
        ("CC-BY-ND-4.0 AND MIT", "CC-BY-ND-4.0 AND MIT", "-", "CC-BY-ND-4.0 §2(a)(1)(B)"),
    ],
)
def test_expressions_and_their_clauses(origin: str, result: str, answer: str, clause: str) -> None:
    verdict = derive(origin, result)
    assert symbol(verdict) == answer
    assert clause in verdict.clauses or not clause


@pytest.mark.parametrize(
    ("parts", "whole", "answer", "words"),
    [
        ([], "MIT", "y", "Nothing of others is in it."),
        (["MIT", "CERN-OHL-S-2.0"], "MIT", "-", "must as a whole be under it, not under MIT"),
        (["MIT", "CERN-OHL-S-2.0"], None, "y", "It stays under CERN-OHL-S-2.0."),
        (["CERN-OHL-S-2.0", "CC-BY-NC-4.0"], None, "?", "available component the texts do not settle"),
        (["CERN-OHL-S-2.0", "TAPR-OHL-1.0"], None, "?", "TAPR-OHL-1.0 reaches works that are based on the part"),
        (["CC-BY-SA-4.0"], "CERN-OHL-S-2.0", "m", "As an available component of a work under CERN-OHL-S-2.0"),
        (["CERN-OHL-W-2.0"], "LicenseRef-House", "y", "at a documented interface"),
        (["LicenseRef-House"], "MIT", "?", "only its text says whether it may be a part of others"),
        (["LicenseRef-House"], "LicenseRef-House", "m", "read in its text"),
        (["CERN-OHL-S-2.0"], "MIT AND CERN-OHL-S-2.0", "y", "It stays under CERN-OHL-S-2.0."),
        (["GPL-3.0-only OR CERN-OHL-P-2.0"], "CC0-1.0", "y", "lets changed works carry another licence"),
    ],
)
def test_what_a_whole_may_contain(parts: list[str], whole: str | None, answer: str, words: str) -> None:
    verdict = combine(parts, whole)
    assert symbol(verdict) == answer
    assert any(words in reason for reason in verdict.reasons), verdict.reasons


def test_a_part_binds_what_contains_it_by_what_it_asks_of_makers() -> None:
    assert (
        "What contains it is bound by CC-BY-NC-4.0 too: nobody may for money."
        in combine(["CC-BY-NC-4.0"], "MIT").duties
    )
    assert any("only worker-owned makers" in duty for duty in combine(["LicenseRef-PPL"], "MIT").duties)


def test_what_is_no_licence_is_refused() -> None:
    with pytest.raises(BadLicence):
        derive("MIT", "do what you like")
    with pytest.raises(BadLicence):
        combine(["nothing at all"], "MIT")


@given(licence | own_terms, licence | own_terms)
def test_every_verdict_names_its_reasons_and_a_refusal_its_clause(origin: str, result: str) -> None:
    for verdict in (derive(origin, result), combine([origin], result)):
        assert verdict.reasons
        assert all(reason.endswith(".") for reason in verdict.reasons)
        assert verdict.clauses or verdict.allowed or not verdict.certain or origin == result


@given(licence, licence, licence)
def test_a_choice_is_never_worse_and_a_further_condition_never_better(one: str, other: str, result: str) -> None:
    alone = derive(one, result)
    assert derive(f"{one} OR {other}", result).allowed >= alone.allowed
    assert derive(f"{one} AND {other}", result).allowed <= alone.allowed or one == other


@given(licence, licence)
def test_what_may_be_changed_into_a_licence_may_be_contained_under_it(part: str, whole: str) -> None:
    assert combine([part], whole).allowed >= derive(part, whole).allowed


@given(st.lists(licence, max_size=4), licence)
def test_more_parts_never_make_a_whole_possible(parts: list[str], whole: str) -> None:
    assert combine(parts, whole).allowed == all(combine([part], whole).allowed for part in parts)


@given(licence)
def test_what_lets_itself_be_changed_may_keep_its_licence(one: str) -> None:
    assert derive(one, one).allowed == TABLE[one].changes


def test_every_rule_of_the_table_names_licences_that_there_are_and_where_it_stands() -> None:
    for terms in TABLE.values():
        for rule in (*terms.rules, terms.otherwise):
            assert rule.clause
            assert all(parse_licence(licence_id).ids == (licence_id,) for licence_id in rule.to)
            assert rule.answer in Answer
        assert terms.url.startswith("https://")
