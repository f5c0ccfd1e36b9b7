"""Proposals: offered, merged, checked, reviewed, discussed, accepted and declined."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from registry.actions import proposal_reviews, proposals
from registry.actions.proposal_views import ProposalView
from registry.api.builds import RETRY_AFTER, BuildOut, build_out
from registry.api.compare import ComparisonOut, comparison_out
from registry.api.deps import Parts, Publisher, Speaker, State, Visitor
from registry.api.problems import documented
from registry.api.proposal_answers import ChangesOut, ProposalOut, ProposalsOut, page_out, proposal_out
from registry.api.proposal_models import (
    AcceptBody,
    BuildBody,
    EndBody,
    OfferBody,
    ProposalBody,
    ResolutionBody,
    ReviewBody,
)
from registry.core.builds import asker_of
from registry.ids import parse_design_name, parse_version_name
from registry.moments import now
from registry.work import proposal_contents, proposing
from registry.work.proposing import Offer

router = APIRouter(tags=["proposals"])

ProposalPath = Annotated[str, Path(max_length=40, examples=["prp_3k7vqk2n8x4m1c5t"])]
ConflictPath = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["9f86d081884c7d65"])]
Name = Annotated[str | None, Query(max_length=130)]
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds that the answer waits for the comparison to be made.")]
_CHANGES = documented(401, 403, 404, 409, 503)


@router.get("/proposals")
async def list_proposals(
    *,
    parts: Parts,
    target: Name = None,
    source: Name = None,
    member: Name = None,
    open_only: Annotated[bool, Query(alias="open")] = False,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> ProposalsOut:
    """Proposals, the newest first: to a design, of a design, or opened by a member."""
    goal = None if target is None else parse_design_name(target)
    origin = None if source is None else parse_design_name(source)
    page = await parts.db.read(
        lambda c: proposals.list_proposals(
            c, target=goal, source=origin, member=member, open_only=open_only, cursor=cursor, limit=limit
        )
    )
    return page_out(page)


@router.post("/proposals", status_code=201, responses=_CHANGES)
async def propose(body: ProposalBody, caller: Speaker, parts: Parts) -> ProposalOut:
    """Offer a version to a design of its family. It is merged at once; the checks run by themselves."""
    wanted = Offer(parse_version_name(body.source), parse_design_name(body.target), body.title, body.words)
    return proposal_out(await proposing.propose(parts, caller, wanted))


@router.get("/proposals/{proposal}", responses=documented(404))
async def show_proposal(proposal: ProposalPath, parts: Parts) -> ProposalOut:
    """One proposal with its merge, checks, reviews and what is missing for its acceptance."""
    return proposal_out(await _read(parts, proposal))


@router.post("/proposals/{proposal}/offer", responses=_CHANGES)
async def offer(proposal: ProposalPath, body: OfferBody, caller: Publisher, parts: Parts) -> ProposalOut:
    """Offer a newer version of the fork: a new round, of which earlier reviews are outdated."""
    return proposal_out(await proposing.offer(parts, caller, proposal, parse_version_name(body.source)))


@router.put("/proposals/{proposal}/conflicts/{conflict}", responses=_CHANGES)
async def resolve(
    proposal: ProposalPath, conflict: ConflictPath, body: ResolutionBody, caller: Publisher, parts: Parts
) -> ProposalOut:
    """Resolve one conflict: by a side, by the base, by both, or by what is written here."""
    return proposal_out(await proposing.resolve(parts, caller, proposal, conflict, body.choice, body.text))


@router.delete("/proposals/{proposal}/conflicts/{conflict}", responses=_CHANGES)
async def unresolve(proposal: ProposalPath, conflict: ConflictPath, caller: Publisher, parts: Parts) -> ProposalOut:
    """Open a conflict again."""
    return proposal_out(await proposing.resolve(parts, caller, proposal, conflict, None))


@router.post("/proposals/{proposal}/accept", responses=_CHANGES)
async def accept(proposal: ProposalPath, body: AcceptBody, caller: Publisher, parts: Parts) -> ProposalOut:
    """Publish the merged content as a version of the target with both parents and the contributors' names."""
    return proposal_out(await proposing.accept(parts, caller, proposal, body.version, body.words, seen=body.snapshot))


@router.post("/proposals/{proposal}/decline", responses=_CHANGES)
async def decline(proposal: ProposalPath, body: EndBody, caller: Publisher, parts: Parts) -> ProposalOut:
    """Refuse it, with a reason that stays. The fork lives on."""
    return proposal_out(await proposing.decline(parts, caller, proposal, body.reason))


@router.post("/proposals/{proposal}/withdraw", responses=_CHANGES)
async def withdraw(proposal: ProposalPath, body: EndBody, caller: Speaker, parts: Parts) -> ProposalOut:
    """Take one's own proposal back."""
    return proposal_out(await proposing.withdraw(parts, caller, proposal, body.reason))


@router.post("/proposals/{proposal}/reviews", status_code=201, responses=_CHANGES)
async def review(proposal: ProposalPath, body: ReviewBody, caller: Speaker, parts: Parts) -> ProposalOut:
    """Approve, ask for changes, or comment. The word of maintainers, and of whom MAINTAINERS names, decides."""
    moment, verdict, words, seen = now(), body.verdict, body.words, body.round
    await parts.db.write(lambda c: proposal_reviews.review(c, caller, proposal, verdict, words, moment, seen=seen))
    return await _told(parts, proposal)


@router.delete("/proposals/{proposal}/reviews/{review_id}", responses=_CHANGES)
async def take_review_back(
    proposal: ProposalPath, review_id: Annotated[str, Path(max_length=40)], caller: Speaker, parts: Parts
) -> ProposalOut:
    """Take one's own review back: it decides nothing any more."""
    moment = now()
    found = await parts.db.write(lambda c: proposal_reviews.take_back(c, caller, review_id, moment))
    return await _told(parts, found)


@router.get("/proposals/{proposal}/changes", responses=documented(404, 409))
async def show_changes(proposal: ProposalPath, parts: Parts) -> ChangesOut:
    """What acceptance changes of the target: manifest, parameters, files, and the lines of texts."""
    told = (await proposal_contents.changes(parts, await _read(parts, proposal))).to_json()
    return ChangesOut.model_validate(told)


@router.post("/proposals/{proposal}/builds", responses=documented(404, 409, 429, 503))
async def build_content(proposal: ProposalPath, body: BuildBody, caller: Visitor, parts: Parts) -> BuildOut:
    """Ask for a build of one of its contents, the merged one if nothing else is said."""
    view = await _read(parts, proposal)
    asked = asker_of(caller)
    found = await proposal_contents.build_of(parts, asked, view, body.side, body.parameters, body.preset)
    return build_out(found)


@router.post(
    "/proposals/{proposal}/compare",
    responses={202: {"model": ComparisonOut, "description": "Not finished yet"}, **documented(404, 409, 429, 503)},
)
async def compare_content(  # noqa: PLR0917  (a proposal, and at what it is looked at)
    proposal: ProposalPath, body: BuildBody, caller: Visitor, parts: Parts, response: Response, wait: Wait = 0
) -> ComparisonOut:
    """The target beside the merged content at the same parameters: what was added, removed and kept."""
    view = await _read(parts, proposal)
    asked = asker_of(caller)
    found = await proposal_contents.compare_sides(parts, asked, view, body.parameters, body.preset, wait)
    if not found.state.final:
        response.status_code = 202
        response.headers["Retry-After"] = RETRY_AFTER
    return comparison_out(found)


async def _read(parts: State, proposal: str) -> ProposalView:
    return await parts.db.read(lambda c: proposals.read_proposal(c, proposal))


async def _told(parts: State, proposal: str) -> ProposalOut:
    parts.signals.notify("log", f"proposal:{proposal}")
    return proposal_out(await _read(parts, proposal))
