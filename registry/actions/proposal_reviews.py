"""Reviews of proposals: anybody's word, and the words that decide."""

from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.actions.proposal_people import label_of, person
from registry.actions.proposal_reading import authors_of, reviews_of
from registry.actions.proposal_sides import proposal_row
from registry.actions.proposal_views import ProposalId, ReviewView
from registry.actions.proposals import MAX_WORDS, checked
from registry.core.permissions import Caller
from registry.core.proposals import Act, ProposalState, Verdict, after, counts
from registry.errors import Conflict, Fact, Forbidden, NotFound
from registry.ids import new_id
from registry.store import proposal_talk as talk
from registry.store import proposals as store


def review(  # noqa: PLR0917  (who says what of what)
    connection: sa.Connection,
    caller: Caller,
    proposal: ProposalId,
    verdict: Verdict,
    words: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> ReviewView:
    """Say something of the merged content. Afterwards the caller notifies `log` and `proposal:<id>`.

    `seen` is the round that the caller looked at. Raises Forbidden for the approval of one's own, Conflict when the
    proposal is over or of another round by now, Invalid without the words that are due, NotFound.
    """
    proposal_row(connection, proposal)
    store.lock_proposal(connection, proposal)
    row = proposal_row(connection, proposal)
    said = checked(words, "words", MAX_WORDS, required=verdict is not Verdict.APPROVE)
    if ProposalState(row["state"]).final:
        raise Conflict(f"{label_of(row)} is {row['state']}: it is not reviewed any more", code="proposal_state")
    if seen not in {None, row["round"]}:
        raise Conflict(f"{label_of(row)} changed meanwhile: look at it again", code="proposal_changed")
    who = person(connection, row, caller)
    if verdict is Verdict.APPROVE and caller.name in authors_of(connection, row):
        raise Forbidden(f"{label_of(row)}: nobody approves their own proposal", code="own_proposal")
    review_id = new_id("rev")
    given = {"verdict": verdict.value, "words": said, "round": row["round"], "reviewed_at": now}
    decides = counts(who, verdict).allowed
    ids = {"id": review_id, "proposal_id": proposal, "member_id": caller.member}
    talk.add_review(connection, {**ids, **given, "counts": decides})
    if decides and verdict is Verdict.REQUEST_CHANGES:
        _move(connection, row, Act.REQUEST_CHANGES, now)
    elif decides and verdict is Verdict.APPROVE:
        _settle(connection, proposal, now)
    store.change_proposal(connection, proposal, changed_at=now)
    data: dict[str, Fact] = {"verdict": verdict.value, "counts": decides}
    append(connection, "proposal.reviewed", label_of(row), caller.name, data, now)
    return next(each for each in reviews_of(connection, row) if each.id == review_id)


def take_back(connection: sa.Connection, caller: Caller, review_id: str, now: datetime) -> ProposalId:
    """Withdraw one's own review: it decides nothing any more. Returns the proposal. Raises NotFound, Forbidden,
    Conflict."""
    found = talk.review_by_id(connection, review_id)
    if found is None:
        raise NotFound(f"there is no review {review_id[:80]!r}", value=review_id[:80])
    if found["member_id"] != caller.member:
        raise Forbidden("only who gave a review takes it back", code="foreign_review")
    proposal: ProposalId = found["proposal_id"]
    store.lock_proposal(connection, proposal)
    row = proposal_row(connection, proposal)
    if found["withdrawn_at"] is not None or ProposalState(row["state"]).final:
        raise Conflict("it was taken back already, or the proposal is over", code="proposal_state")
    talk.withdraw_review(connection, review_id, now)
    _settle(connection, proposal, now)
    data: dict[str, Fact] = {"verdict": found["verdict"]}
    append(connection, "proposal.review_withdrawn", label_of(row), caller.name, data, now)
    return proposal


def _settle(connection: sa.Connection, proposal: ProposalId, now: datetime) -> None:
    """Open it again where nobody's request for changes stands any more."""
    row = proposal_row(connection, proposal)
    standing = [
        each
        for each in reviews_of(connection, row)
        if each.counts and not each.outdated and each.verdict is Verdict.REQUEST_CHANGES
    ]
    if not standing:
        _move(connection, row, Act.SETTLE, now)


def _move(connection: sa.Connection, row: sa.RowMapping, act: Act, now: datetime) -> None:
    state = after(ProposalState(row["state"]), act)
    if state is not None:
        store.change_proposal(connection, row["id"], state=state.value, changed_at=now)


def approve_by_accepting(connection: sa.Connection, row: sa.RowMapping, caller: Caller, now: datetime) -> None:
    """Who accepts approves, unless it is their own work or they did so already."""
    who = person(connection, row, caller)
    if caller.name in authors_of(connection, row) or not counts(who, Verdict.APPROVE).allowed:
        return
    if any(each.by == caller.name and not each.outdated and each.counts for each in reviews_of(connection, row)):
        return
    ids = {"id": new_id("rev"), "proposal_id": row["id"], "member_id": caller.member}
    given = {"verdict": Verdict.APPROVE.value, "words": "", "round": row["round"], "counts": True, "reviewed_at": now}
    talk.add_review(connection, {**ids, **given})
