"""What may happen to a proposal: one table of states, and who may do what.

Whether a proposal conflicts is no state: it follows from its merge, which is computed anew whenever either side moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registry.core.permissions import ALLOWED, Decision, refused
from registry.core.roles import Role


class ProposalState(StrEnum):
    """Where an offered change stands."""

    OPEN = "open"
    CHANGES_REQUESTED = "changes_requested"
    """A maintainer asked for changes, and has not approved since: it cannot be accepted."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    """The reason stays, the fork lives on."""
    WITHDRAWN = "withdrawn"
    """By the one who opened it."""
    SUPERSEDED = "superseded"
    """A proposal of a newer version of the same fork took its place."""

    @property
    def final(self) -> bool:
        """Nothing more happens to it, apart from words."""
        return not any(state is self for state, _ in TABLE)


class Act(StrEnum):
    """What is done to a proposal."""

    OFFER = "offer"
    """A newer version of the fork is offered in it."""
    RESOLVE = "resolve"
    """A conflict is resolved, or its resolution taken back."""
    REQUEST_CHANGES = "request_changes"
    """By somebody whose word counts."""
    SETTLE = "settle"
    """The last request for changes is gone."""
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"


_S = ProposalState
TABLE: Mapping[tuple[ProposalState, Act], ProposalState] = {
    (_S.OPEN, Act.OFFER): _S.OPEN,
    (_S.OPEN, Act.RESOLVE): _S.OPEN,
    (_S.OPEN, Act.REQUEST_CHANGES): _S.CHANGES_REQUESTED,
    (_S.OPEN, Act.ACCEPT): _S.ACCEPTED,
    (_S.OPEN, Act.DECLINE): _S.DECLINED,
    (_S.OPEN, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.OPEN, Act.SUPERSEDE): _S.SUPERSEDED,
    (_S.CHANGES_REQUESTED, Act.OFFER): _S.OPEN,
    (_S.CHANGES_REQUESTED, Act.RESOLVE): _S.CHANGES_REQUESTED,
    (_S.CHANGES_REQUESTED, Act.REQUEST_CHANGES): _S.CHANGES_REQUESTED,
    (_S.CHANGES_REQUESTED, Act.SETTLE): _S.OPEN,
    (_S.CHANGES_REQUESTED, Act.DECLINE): _S.DECLINED,
    (_S.CHANGES_REQUESTED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.CHANGES_REQUESTED, Act.SUPERSEDE): _S.SUPERSEDED,
}
"""Which act leads where; what is not in it cannot be done. SETTLE of an open one changes nothing and is left out."""

_DONE_WORDS: Mapping[Act, str] = {
    Act.OFFER: "offered anew",
    Act.RESOLVE: "merged by hand",
    Act.REQUEST_CHANGES: "reviewed",
    Act.SETTLE: "reviewed",
    Act.ACCEPT: "accepted",
    Act.DECLINE: "declined",
    Act.WITHDRAW: "withdrawn",
    Act.SUPERSEDE: "superseded",
}


class Verdict(StrEnum):
    """What a reviewer says."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    COMMENT = "comment"


@dataclass(frozen=True)
class Person:
    """Somebody as a proposal sees them."""

    proposer: bool
    """They opened it."""
    role: Role | None
    """In the namespace of the target design."""
    source_role: Role | None = None
    """In the namespace of the offered fork."""
    named: bool = False
    """A rule of the target's MAINTAINERS file names them."""

    @property
    def maintains(self) -> bool:
        return self.role is not None and self.role >= Role.MAINTAINER


def after(state: ProposalState, act: Act) -> ProposalState | None:
    """The state that an act leads to; None when it cannot be done in this one."""
    return TABLE.get((state, act))


def may_happen(state: ProposalState, act: Act) -> Decision:
    """Whether the state allows an act, whoever does it."""
    if after(state, act) is not None:
        return ALLOWED
    if state is ProposalState.CHANGES_REQUESTED:
        return refused(
            "changes were requested: offer a newer version, or ask who requested them to approve or to take it back"
        )
    return refused(f"it is {state.value} already, so it cannot be {_DONE_WORDS[act]}")


def may_act(person: Person, act: Act) -> Decision:
    """Whether somebody may do this at all, whatever the state."""
    match act:
        case Act.OFFER | Act.RESOLVE:
            source = person.source_role is not None and person.source_role >= Role.MAINTAINER
            if person.proposer or source or person.maintains:
                return ALLOWED
            return refused("only who opened the proposal, and the maintainers of either design, may change it")
        case Act.WITHDRAW:
            return ALLOWED if person.proposer else refused("only who opened a proposal may withdraw it")
        case Act.ACCEPT | Act.DECLINE:
            if person.maintains:
                return ALLOWED
            return refused("only maintainers of the target design may decide about a proposal")
        case Act.REQUEST_CHANGES | Act.SETTLE | Act.SUPERSEDE:
            return ALLOWED


def counts(person: Person, verdict: Verdict) -> Decision:
    """Whether a review decides anything. Anybody may review; the word of maintainers, and of those whom the rules
    name, counts; nobody approves their own proposal."""
    if person.proposer and verdict is Verdict.APPROVE:
        return refused("nobody approves their own proposal")
    if person.proposer or not (person.maintains or person.named):
        return refused("only maintainers, and whom the MAINTAINERS file names, decide by a review")
    return ALLOWED
