"""Proposals: the lists, the form that opens one, and the tabs of each. All are seen by everybody."""

from dataclasses import dataclass
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from designs.errors import DesignError
from designs.parameters import ParameterError
from designs.snapshot import ParentKind
from registry.actions.proposal_views import ProposalPage
from registry.actions.proposals import Offer, list_proposals
from registry.api.deps import Parts
from registry.core.builds import asker_of
from registry.errors import RegistryError
from registry.ids import parse_design_name
from registry.web import proposal_words as said
from registry.web.design_page import Head, Latest, Pinned, with_query
from registry.web.forms import form_problem
from registry.web.pages import Looker, SignedIn, render, see_other
from registry.web.proposal_changes import Contents, load_changes, load_contents
from registry.web.proposal_conflicts import conflict_words
from registry.web.proposal_model import ask_at, build_both, look, model_words, query_of, want
from registry.web.proposal_page import Proposal, Proposed, conversation, show
from registry.web.routes_compare import SPLIT
from registry.work import proposing

router = APIRouter(include_in_schema=False)

PAGE = 30
Which = Literal["open", "all"]
Cursor = Annotated[str | None, Query(max_length=60)]


class OfferForm(BaseModel):
    """What somebody typed."""

    target: str = ""
    title: str = ""
    words: str = ""


@dataclass(frozen=True)
class Speaking:
    """The line that somebody is about to comment on."""

    side: str
    path: str
    line: int


@router.get("/proposals")
async def mine(
    request: Request,
    parts: Parts,
    looker: SignedIn,
    which: Literal["waiting", "mine"] = "waiting",
    cursor: Cursor = None,
) -> Response:
    """What waits for the looker to decide, and what they have offered."""

    def load(connection: sa.Connection) -> ProposalPage:
        if which == "mine":
            return list_proposals(connection, member=looker.name, cursor=cursor, limit=PAGE)
        return list_proposals(connection, maintainer=looker.member, open_only=True, cursor=cursor, limit=PAGE)

    page = await parts.db.read(load)
    more = with_query("/proposals", {"which": which, "cursor": page.next_cursor or ""})
    return render(request, "proposal/mine.html", said=said, page=page, which=which, more_link=more)


@router.get("/designs/{namespace}/{name}/proposals")
async def listed(
    request: Request, parts: Parts, head: Latest, which: Which = "open", cursor: Cursor = None
) -> Response:
    """The changes that are offered to a design."""
    design = head.version.name.design
    page = await parts.db.read(
        lambda connection: list_proposals(
            connection, target=design, open_only=which == "open", cursor=cursor, limit=PAGE
        )
    )
    more = with_query(f"/designs/{design}/proposals", {"which": which, "cursor": page.next_cursor or ""})
    return render(
        request,
        "proposal/list.html",
        view=head.view,
        version=head.version,
        tab="proposals",
        order_link=f"{head.address}/order",
        said=said,
        page=page,
        which=which,
        more_link=more,
        offer_link=f"{head.address}/offer" if origins_of(head) else "",
    )


@router.get("/designs/{namespace}/{name}/versions/{version}/offer")
async def offer_page(request: Request, looker: SignedIn, head: Pinned) -> Response:
    """What is to be offered, and to which design."""
    form = OfferForm(title=head.version.changelog.strip().partition("\n")[0][:120])
    return _offer_form(request, head, form)


@router.post("/designs/{namespace}/{name}/versions/{version}/offer")
async def offer(
    request: Request, parts: Parts, looker: SignedIn, head: Pinned, form: Annotated[OfferForm, Form()]
) -> Response:
    """Open a proposal, and go to its page."""
    try:
        view = await proposing.propose(
            parts, looker, Offer(head.version.name, parse_design_name(form.target), form.title, form.words)
        )
    except (RegistryError, DesignError) as error:
        told = form_problem(error)
        return _offer_form(request, head, form, told.words, told.status)
    return see_other(said.address_of(view.card))


@router.get("/designs/{namespace}/{name}/proposals/{number}")
async def proposal(request: Request, found: Proposed) -> Response:
    """What was said and done."""
    return conversation(request, found)


@router.get("/designs/{namespace}/{name}/proposals/{number}/changes")
async def changes(
    *,
    request: Request,
    parts: Parts,
    found: Proposed,
    lines: str = "",
    side: str = "",
    path: Annotated[str, Query(max_length=500)] = "",
    line: int = 0,
) -> Response:
    """Files line by line, parameters and manifest; `side`, `path` and `line` name where somebody begins to comment."""
    told = await load_changes(parts, found.view, found.threads, found.address)
    speaking = Speaking(side, path, line) if path and found.may.comment else None
    return show(request, found, "changes", changes=told, split=lines == SPLIT, speaking=speaking)


@router.get("/designs/{namespace}/{name}/proposals/{number}/model")
async def model(request: Request, parts: Parts, looker: Looker, found: Proposed) -> Response:
    """What differs in 3D, at the parameters of the query."""
    contents = await load_contents(parts, found.view)
    asked = ask_at(found.view, contents, request.query_params)
    try:
        wanted = await want(found.view, contents, asked)
    except ParameterError as error:
        told = model_words(found.view, contents, asked, None, found.threads, problems=error.problems)
        return show(request, found, "model", status=422, model=told, query=asked.query)
    known = await look(parts, asker_of(looker), wanted)
    told = model_words(found.view, contents, asked, known, found.threads)
    return show(request, found, "model", model=told, query=asked.query)


@router.post("/designs/{namespace}/{name}/proposals/{number}/model")
async def build_model(request: Request, parts: Parts, looker: Looker, found: Proposed) -> Response:
    """Have both sides built at the sent parameters."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    contents = await load_contents(parts, found.view)
    asked = ask_at(found.view, contents, sent)
    try:
        await build_both(parts, asker_of(looker), await want(found.view, contents, asked))
    except ParameterError as error:
        told = model_words(found.view, contents, asked, None, found.threads, problems=error.problems)
        return show(request, found, "model", status=422, model=told, query=asked.query)
    return see_other(with_query(f"{found.address}/model", asked.query))


@router.get("/designs/{namespace}/{name}/proposals/{number}/checks")
async def checks(request: Request, parts: Parts, found: Proposed) -> Response:
    """How what would come of it was checked."""
    contents: Contents = await load_contents(parts, found.view)
    builds = [build for check in found.view.checks for build in check.builds]
    links = {build.build: query_of(found.view, contents.after.manifest, build.parameters) for build in builds}
    return show(request, found, "checks", links=links)


@router.get("/designs/{namespace}/{name}/proposals/{number}/conflicts")
async def conflicts(request: Request, found: Proposed) -> Response:
    """What both sides changed differently, to be resolved."""
    return conflicts_page(request, found)


def conflicts_page(request: Request, found: Proposal, problem: str = "", status: int = 200) -> Response:
    resolvable = "resolve" in found.may.acts
    told = conflict_words(found.view)
    return show(request, found, "conflicts", problem=problem, status=status, conflicts=told, can_resolve=resolvable)


def origins_of(head: Head) -> list[str]:
    """The designs that a fork may be offered to: what it was forked from."""
    forked = head.view.card.forked_from
    named = [forked] if forked else []
    named += [parent.version for parent in head.version.parents if parent.kind is ParentKind.FORKS]
    own = str(head.version.name.design)
    return [design for design in dict.fromkeys(name.partition("@")[0] for name in named) if design != own]


def _offer_form(request: Request, head: Head, form: OfferForm, problem: str = "", status: int = 200) -> Response:
    targets = origins_of(head)
    target = form.target or (targets[0] if targets else "")
    return render(
        request,
        "proposal/offer.html",
        status=status,
        version=head.version,
        targets=[(each, each) for each in targets],
        form=form.model_copy(update={"target": target}),
        problem=problem,
        compare_link=with_query("/compare", {"a": f"{target}@latest", "b": str(head.version.name)}),
    )
