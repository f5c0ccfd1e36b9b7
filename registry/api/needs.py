"""Needs: what is missing, who needs it too, who takes it up, and which version answers it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query

from registry.actions import need_views as views
from registry.actions import needs as actions
from registry.actions.need_search import NeedQuery, filter_for
from registry.actions.need_views import NeedView
from registry.api.deps import Parts, Speaker
from registry.api.need_models import (
    AnswerBody,
    LinkBody,
    NeedBody,
    NeedOut,
    NeedsOut,
    NoteBody,
    ReasonBody,
    need_out,
    page_out,
)
from registry.api.problems import documented
from registry.core.needs import NeedKind
from registry.errors import Invalid
from registry.ids import parse_design_name, parse_version_name
from registry.parts import State
from registry.store.clock import database_now
from registry.work.needs import need_id

router = APIRouter(tags=["needs"])

Text = Annotated[str | None, Query(max_length=200)]


@router.get("/needs", responses=documented(404))
async def find_needs(
    *,
    parts: Parts,
    q: Text = None,
    kind: Annotated[tuple[NeedKind, ...], Query(max_length=7)] = (),
    state: Literal["open", "closed", "all"] = "open",
    tag: Text = None,
    design: Text = None,
    facility: Text = None,
    material: Text = None,
    member: Annotated[str | None, Query(max_length=63, description="Who opened, supports or took it up")] = None,
    near: Annotated[str | None, Query(max_length=60, description="Latitude and longitude, like 53.79,-1.54")] = None,
    within_km: Annotated[float, Query(gt=0, le=20_000)] = 200,
    sort: Literal["demand", "newest"] = "demand",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> NeedsOut:
    """Needs that have all the words of `q` and fit the filters, those with the greatest demand first.

    `near` finds what is needed within about so many kilometres: in a box around that place.
    """
    query = NeedQuery(q or "", kind, state, tag, design, facility, material, member, near, within_km)

    def find(connection: sa.Connection) -> views.NeedPage:
        wanted, now = filter_for(connection, query), database_now(connection)
        return views.find_needs(connection, wanted, now, newest=sort == "newest", cursor=cursor, limit=limit)

    return page_out(await parts.db.read(find))


@router.post("/needs", status_code=201, responses=documented(401, 403, 404, 429))
async def open_need(body: NeedBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Say what is missing. Whoever opens a need is the first to need it."""
    wish, fresh = body.wish(), need_id()
    return await _act(parts, lambda c, now: actions.open_need(c, caller, wish, need=fresh, now=now))


@router.get("/needs/{need}", responses=documented(404))
async def show_need(need: str, parts: Parts) -> NeedOut:
    """One need: its words, who needs it and what for, who takes it up, and what became of it."""
    return need_out(await parts.db.read(lambda c: views.read_need(c, need, database_now(c))))


@router.put("/needs/{need}/voice", responses=documented(401, 403, 404, 409))
async def support_need(need: str, body: NoteBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Say that you need it too, and what for. Said again it counts once all the same, but is fresh."""
    return await _act(parts, lambda c, now: actions.support(c, caller, need, body.note.strip(), now))


@router.delete("/needs/{need}/voice", responses=documented(401, 403, 404, 409))
async def unsupport_need(need: str, caller: Speaker, parts: Parts) -> NeedOut:
    """Say that you need it no longer."""
    return await _act(parts, lambda c, now: actions.fall_silent(c, caller, need, now))


@router.put("/needs/{need}/claim", responses=documented(401, 403, 404, 409))
async def take_up_need(need: str, body: NoteBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Say that you are at it. It is no lock: others may be too. After two weeks of silence it lapses: say it again."""
    return await _act(parts, lambda c, now: actions.take_up(c, caller, need, body.note.strip(), now))


@router.delete("/needs/{need}/claim", responses=documented(401, 403, 404, 409))
async def let_go_need(need: str, caller: Speaker, parts: Parts) -> NeedOut:
    """Say that you are at it no longer."""
    return await _act(parts, lambda c, now: actions.let_go(c, caller, need, now))


@router.post("/needs/{need}/links", status_code=201, responses=documented(401, 403, 404, 409))
async def link_need(need: str, body: LinkBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Say where it is worked at: in a design, or in a proposal."""
    if (body.design is None) is (body.proposal is None):
        raise Invalid("name either a design or a proposal", code="bad_link")
    if body.design is not None:
        design = parse_design_name(body.design)
        return await _act(parts, lambda c, now: actions.link_design(c, caller, need, design, now))
    proposal = body.proposal or ""
    return await _act(parts, lambda c, now: actions.link_proposal(c, caller, need, proposal, now))


@router.post("/needs/{need}/answer", responses=documented(401, 403, 404, 409))
async def answer_need(need: str, body: AnswerBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Close it by the version that answers it. Who needs it may open it again, with the reason."""
    version, words = parse_version_name(body.version), body.words.strip()
    return await _act(parts, lambda c, now: actions.answer(c, caller, need, version, words=words, now=now))


@router.post("/needs/{need}/withdraw", responses=documented(401, 403, 404, 409))
async def withdraw_need(need: str, body: ReasonBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Close a need of yours that nobody else has."""
    return await _act(parts, lambda c, now: actions.withdraw(c, caller, need, body.reason.strip(), now))


@router.post("/needs/{need}/reopen", responses=documented(401, 403, 404, 409))
async def reopen_need(need: str, body: ReasonBody, caller: Speaker, parts: Parts) -> NeedOut:
    """Open a closed need again: for who opened it, or needs it too."""
    return await _act(parts, lambda c, now: actions.reopen(c, caller, need, body.reason.strip(), now))


async def _act(parts: State, action: Callable[[sa.Connection, datetime], NeedView]) -> NeedOut:
    view = await parts.db.write(lambda connection: action(connection, database_now(connection)))
    parts.signals.notify("log")
    return need_out(view)
