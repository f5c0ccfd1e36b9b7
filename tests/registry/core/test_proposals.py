"""The states of a proposal: generated runs of acts, against what every state promises."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from registry.core.proposals import TABLE, Act, Person, ProposalState, Verdict, after, counts, may_act, may_happen
from registry.core.roles import Role


class Proposals(RuleBasedStateMachine):
    """One proposal, and everything that may be done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ProposalState.OPEN
        self.objection = False
        self.ended: Act | None = None

    @rule(act=st.sampled_from(Act))
    def act(self, act: Act) -> None:
        allowed = may_happen(self.state, act)
        following = after(self.state, act)
        assert allowed.allowed is (following is not None)
        assert allowed.allowed or allowed.reasons
        if following is None:
            return
        assert self.ended is None, "what is over stays as it is"
        self.state = following
        if act is Act.REQUEST_CHANGES:
            self.objection = True
        if act in {Act.SETTLE, Act.OFFER}:
            self.objection = False
        if following.final:
            self.ended = act

    @invariant()
    def nothing_is_accepted_against_a_request(self) -> None:
        assert not (self.state is ProposalState.ACCEPTED and self.objection)
        assert (self.state is ProposalState.CHANGES_REQUESTED) is (self.objection and self.ended is None)

    @invariant()
    def an_open_one_can_always_be_ended(self) -> None:
        for act in (Act.DECLINE, Act.WITHDRAW, Act.SUPERSEDE):
            assert may_happen(self.state, act).allowed is (self.ended is None)


TestProposals = Proposals.TestCase
TestProposals.settings = settings(max_examples=40, stateful_step_count=15)


def test_every_state_is_reached_and_the_final_ones_lead_nowhere() -> None:
    assert {ProposalState.OPEN, *TABLE.values()} == set(ProposalState)
    assert {state for state in ProposalState if state.final} == {
        ProposalState.ACCEPTED,
        ProposalState.DECLINED,
        ProposalState.WITHDRAWN,
        ProposalState.SUPERSEDED,
    }


PROPOSER, MAINTAINER, STRANGER = Person(True, None), Person(False, Role.MAINTAINER), Person(False, None)


@pytest.mark.parametrize(
    ("person", "allowed"),
    [
        (PROPOSER, {Act.OFFER, Act.RESOLVE, Act.WITHDRAW}),
        (MAINTAINER, {Act.OFFER, Act.RESOLVE, Act.ACCEPT, Act.DECLINE}),
        (Person(False, Role.MEMBER), set()),
        (Person(False, None, source_role=Role.MAINTAINER), {Act.OFFER, Act.RESOLVE}),
        (STRANGER, set()),
    ],
)
def test_who_may_do_what(person: Person, allowed: set[Act]) -> None:
    asked = {Act.OFFER, Act.RESOLVE, Act.WITHDRAW, Act.ACCEPT, Act.DECLINE}
    assert {act for act in asked if may_act(person, act).allowed} == allowed


def test_whose_review_decides() -> None:
    own = Person(True, Role.OWNER)
    assert not counts(own, Verdict.APPROVE).allowed
    assert counts(MAINTAINER, Verdict.APPROVE).allowed
    assert counts(Person(False, None, named=True), Verdict.REQUEST_CHANGES).allowed
    assert not counts(STRANGER, Verdict.REQUEST_CHANGES).allowed
