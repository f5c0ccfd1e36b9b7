"""What entries are about, and filters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.log_filters import EVERYTHING, LogFilter, filter_problem, mentions

FORKED = (
    "design.forked", "bea/box@1.0.0", "bea",
    {"parents": [{"kind": "forks", "version": "ada/box@1.2.0"}], "title": "x/y"},
)  # fmt: skip
json = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


def test_a_fork_is_about_both_designs_and_both_namespaces():
    assert mentions(*FORKED) == {
        "member:bea", "design:bea/box", "design:ada/box", "namespace:bea", "namespace:ada",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (("attempt.good", "ord_1", "registry", {"version": "ada/bin@1.0.0", "facility": "lab"}), "design:ada/bin"),
        (("attempt.good", "ord_1", "registry", {"version": "ada/bin@1.0.0", "facility": "lab"}), "facility:lab"),
        (("build.failed", "f" * 64, "registry", {"versions": ["ada/bin@1.0.0"]}), "design:ada/bin"),
        (("member.joined", "ada", "ada", {}), "member:ada"),
        (("namespace.made", "lab", "ada", {}), "namespace:lab"),
        (("need.opened", "nee_1", "ada", {"design": "ada/bin"}), "need:nee_1"),
        (("need.opened", "nee_1", "ada", {"design": "ada/bin"}), "design:ada/bin"),
        (("facility.made", "lab", "ada", {}), "facility:lab"),
        (("proposal.opened", "ada/bin#7", "bea", {"source": "bea/bin@1.1.0"}), "design:ada/bin"),
        (("proposal.opened", "ada/bin#7", "bea", {"source": "bea/bin@1.1.0"}), "design:bea/bin"),
        (("group.role_changed", "lab", "ada", {"member": "bea"}), "member:bea"),
        (("order.placed", "ord_1", "ada", {"version": "ada/bin@1.0.0"}), "order:ord_1"),
    ],
)
def test_what_an_entry_is_about(entry: tuple[str, str, str, dict[str, object]], key: str):
    assert key in mentions(*entry)


def test_an_agent_that_calls_itself_like_a_member_is_not_that_member():
    assert "member:ada" not in mentions("node.enrolled", "lab", "ada", {"node": "nod_1"})
    assert mentions("build.done", "f" * 64, "registry", {}) == frozenset()


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=9), st.dictionaries(st.text(max_size=9), json))
def test_nothing_in_an_entry_can_break_it(kind: str, subject: str, actor: str, data: dict[str, object]):
    assert EVERYTHING.lets_through(kind, subject, actor, data)
    for key in mentions(kind, subject, actor, data):
        assert LogFilter(about=(key,)).lets_through(kind, subject, actor, data)


def test_filters():
    assert LogFilter(kinds=("design",)).lets_through(*FORKED)
    assert LogFilter(kinds=("design.forked",), about=("member:bea",)).lets_through(*FORKED)
    assert not LogFilter(kinds=("design.published",)).lets_through(*FORKED)
    assert not LogFilter(kinds=("design",), about=("member:ada",)).lets_through(*FORKED)


@pytest.mark.parametrize(
    ("kinds", "about", "good"),
    [
        (["design", "need.opened"], ["design:ada/bin", "need:nee_0a"], True),
        (["Design"], [], False),
        (["a.b.c"], [], False),
        ([], ["ada/bin"], False),
        ([], ["design:ada"], False),
        (["x"] * 21, [], False),
    ],
)
def test_what_a_filter_may_say(kinds: list[str], about: list[str], good: bool):
    assert (filter_problem(kinds, about) is None) is good
