"""Accepting a proposal: its merged content becomes a version of the target, in one transaction with the proposal."""

from datetime import datetime

import sqlalchemy as sa

from registry.actions.design_views import VersionView
from registry.actions.log import append
from registry.actions.proposal_people import check_act, label_of
from registry.actions.proposal_reading import read_proposal
from registry.actions.proposal_reviews import approve_by_accepting
from registry.actions.proposal_sides import proposal_row
from registry.actions.proposal_views import ProposalId
from registry.actions.publishing import NewVersion, publish
from registry.core.permissions import Caller
from registry.core.proposals import Act, ProposalState, after
from registry.errors import Conflict, Fact
from registry.ids import MemberId
from registry.store import designs, lineage, members
from registry.store import proposals as store


def contributors_with_ids(connection: sa.Connection, proposal: ProposalId) -> tuple[tuple[MemberId, str], ...]:
    """Whose names the published version bears."""
    rows = [members.member_by_name(connection, name) for name in read_proposal(connection, proposal).contributors]
    return tuple((MemberId(row["id"]), row["name"]) for row in rows if row is not None)


def accept(  # noqa: PLR0917  (a proposal, and what is to come of it)
    connection: sa.Connection, caller: Caller, proposal: ProposalId, new: NewVersion, words: str, now: datetime
) -> VersionView:
    """Publish the merged content as `new`, and end the proposal. Of several at once one wins, the others get Conflict.

    Raises Forbidden, Conflict, and what `publish` raises. Afterwards the caller notifies `log`, `builds` and
    `proposal:<id>`.
    """
    lineage.lock_lineage(connection)  # before anything is read: else the target could move on until it is published
    designs.lock_design(connection, proposal_row(connection, proposal)["target_id"])
    store.lock_proposal(connection, proposal)
    row = proposal_row(connection, proposal)
    check_act(connection, row, caller, Act.ACCEPT)
    approve_by_accepting(connection, row, caller, now)
    view = read_proposal(connection, proposal)
    if not view.acceptance.ready:
        raise Conflict(
            f"{label_of(row)} cannot be accepted yet: {' '.join(view.acceptance.missing)}",
            code="not_ready",
            missing=list(view.acceptance.missing),
        )
    if view.merge.snapshot != new.digest:
        raise Conflict(
            f"{label_of(row)} changed while it was being accepted: look at it again", code="proposal_changed"
        )
    version = publish(connection, caller, new, now)
    state = after(ProposalState(row["state"]), Act.ACCEPT)
    assert state is not None, "it was checked"
    ended: dict[str, object] = {"ended_by": caller.member, "ended_at": now, "changed_at": now, "reason": words}
    store.change_proposal(connection, proposal, state=state.value, published=version.id, **ended)
    store.stop_checks(connection, proposal, but=None)
    data: dict[str, Fact] = {
        "version": str(version.name),
        "source": str(view.source.name),
        "contributors": list(view.contributors),
    }
    append(connection, "proposal.accepted", label_of(row), caller.name, data, now)
    return version
