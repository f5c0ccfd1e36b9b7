"""What people do with proposals, each followed by a fresh merge: proposing, offering anew, resolving, accepting."""

import asyncio

from designs.snapshot import MAX_BYTES, parse_snapshot
from registry.actions import proposal_accepting, proposals
from registry.actions.proposal_merges import parents_of
from registry.actions.proposal_people import check_act
from registry.actions.proposal_reading import read_proposal
from registry.actions.proposal_sides import proposal_row, read_sides
from registry.actions.proposal_views import Act, Choice, ProposalId, ProposalView
from registry.actions.proposals import MAX_WORDS, Offer, checked
from registry.actions.publishing import NewVersion
from registry.blobs import transfer
from registry.core.permissions import Caller
from registry.errors import Conflict, Fact
from registry.ids import DesignId, VersionId, VersionName, new_id, parse_version
from registry.moments import now
from registry.parts import State
from registry.work.proposal_merging import merge_anew
from registry.work.publishing import default_recipe

__all__ = ["Offer", "accept", "decline", "offer", "propose", "resolve", "withdraw"]


async def propose(state: State, caller: Caller, wanted: Offer) -> ProposalView:
    """Offer a version to another design of its family. Raises NotFound, Invalid, Conflict."""
    proposal, moment = new_id("prp"), now()
    await state.db.write(lambda c: proposals.open_proposal(c, caller, wanted, proposal, moment))
    return await _merged(state, proposal)


async def offer(state: State, caller: Caller, proposal: ProposalId, source: VersionName) -> ProposalView:
    """Offer a newer version of the fork in the same proposal. Raises NotFound, Forbidden, Conflict."""
    moment = now()
    await state.db.write(lambda c: proposals.offer_version(c, caller, proposal, source, moment))
    return await _merged(state, proposal)


async def resolve(  # noqa: PLR0917  (a conflict and what is to stand there)
    state: State, caller: Caller, proposal: ProposalId, conflict: str, choice: Choice | None, text: str | None = None
) -> ProposalView:
    """Resolve one conflict of the merge, or open it again (None). Raises NotFound, Forbidden, Invalid, Conflict."""
    moment = now()
    await state.db.write(lambda c: proposals.resolve_conflict(c, caller, proposal, conflict, choice, text, moment))
    return await _merged(state, proposal)


async def accept(
    state: State,
    caller: Caller,
    proposal: ProposalId,
    version: str | None = None,
    words: str = "",
    *,
    seen: str | None = None,
) -> ProposalView:
    """Publish the merged content as a version of the target; without a number, as the smallest that says enough of
    what changed. `seen` is the snapshot that the caller looked at. Raises NotFound, Forbidden, Invalid; Conflict when
    it is not ready, is not what was seen any more, or another was quicker."""
    reason = checked(words, "words", MAX_WORDS)
    await state.db.read(lambda c: check_act(c, proposal_row(c, proposal), caller, Act.ACCEPT))
    await merge_anew(state, proposal)
    new = await _new_version(state, caller, proposal, version)
    if seen not in {None, new.digest}:
        raise Conflict("what would be accepted changed meanwhile: look at it again", code="proposal_changed")
    moment = now()
    await state.db.write(lambda c: proposal_accepting.accept(c, caller, proposal, new, reason, moment))
    state.signals.notify("log", "builds", "proposals", f"proposal:{proposal}")
    return await state.db.read(lambda c: read_proposal(c, proposal))


async def decline(state: State, caller: Caller, proposal: ProposalId, reason: str) -> ProposalView:
    """Refuse a proposal, with the reason that stays. Raises NotFound, Forbidden, Invalid, Conflict."""
    moment = now()
    await state.db.write(lambda c: proposals.decline(c, caller, proposal, reason, moment))
    return await _told(state, proposal)


async def withdraw(state: State, caller: Caller, proposal: ProposalId, reason: str = "") -> ProposalView:
    """Take one's own proposal back. Raises NotFound, Forbidden, Invalid, Conflict."""
    moment = now()
    await state.db.write(lambda c: proposals.withdraw(c, caller, proposal, reason, moment))
    return await _told(state, proposal)


async def _new_version(state: State, caller: Caller, proposal: ProposalId, number: str | None) -> NewVersion:
    view = await state.db.read(lambda c: read_proposal(c, proposal))
    digest, version = view.merge.snapshot, number or view.acceptance.version
    if digest is None or version is None:
        missing: list[Fact] = list(view.acceptance.missing)
        words = f"{view.card.label} cannot be accepted yet: {' '.join(view.acceptance.missing)}"
        raise Conflict(words, code="not_ready", missing=missing)
    sides = await state.db.read(lambda c: read_sides(c, proposal))
    contributors = await state.db.read(lambda c: proposal_accepting.contributors_with_ids(c, proposal))
    data = await asyncio.to_thread(transfer.read_whole, state.blobs, digest, limit=MAX_BYTES)
    snapshot = parse_snapshot(data)
    name = VersionName(view.target.name.design, str(parse_version(version)))
    return NewVersion(
        VersionId(new_id("ver")),
        DesignId(new_id("des")),
        name,
        snapshot,
        digest,
        parents_of(sides.target, sides.source),
        f"{view.card.title} ({view.card.label})",
        await asyncio.to_thread(default_recipe, state, caller, digest, snapshot.manifest),
        contributors,
    )


async def _merged(state: State, proposal: ProposalId) -> ProposalView:
    state.signals.notify("log")
    await merge_anew(state, proposal)
    return await _told(state, proposal)


async def _told(state: State, proposal: ProposalId) -> ProposalView:
    state.signals.notify("log", "proposals", f"proposal:{proposal}")
    return await state.db.read(lambda c: read_proposal(c, proposal))
