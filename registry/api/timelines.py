"""Timelines and feeds of one thing: what happened to a design, a member, a namespace, a facility or a need."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import log as log_actions
from registry.actions import timelines as actions
from registry.actions.timelines import Thing, Timeline
from registry.api.deps import Parts
from registry.api.log import FEED, FEED_ENTRIES, LogEntryOut, answer_feed, entry_out
from registry.api.paths import DesignPath, Segment
from registry.api.problems import documented
from registry.core.log_filters import filter_problem
from registry.errors import Invalid
from registry.parts import State

router = APIRouter(tags=["timelines"])

NEED_KINDS = (
    "need.opened", "need.returned", "need.taken_up", "need.answered", "need.reopened", "need.withdrawn", "need.gone",
)  # fmt: skip
Kinds = Annotated[list[str] | None, Query(description="Only these kinds: need.opened, or need; builds only so")]
Before = Annotated[int | None, Query(ge=1, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=200)]


class TimelineOut(BaseModel):
    entries: tuple[LogEntryOut, ...]
    """Newest first."""
    next_before: int | None
    """Give it as `before` to go on into the past."""


@router.get("/designs/{namespace}/{name}/timeline", responses=documented(404))
async def design_timeline(
    *, design: DesignPath, parts: Parts, kind: Kinds = None, before: Before = None, limit: Limit = 50
) -> TimelineOut:
    """Releases, forks, proposals, makes, needs and recalls of a design, and of what came of it."""
    return await _timeline(parts, "design", str(design), kind, before=before, limit=limit)


@router.get("/members/{name}/timeline", responses=documented(404))
async def member_timeline(
    *, name: Segment, parts: Parts, kind: Kinds = None, before: Before = None, limit: Limit = 50
) -> TimelineOut:
    """What a member did, and what happened to them."""
    return await _timeline(parts, "member", name, kind, before=before, limit=limit)


@router.get("/namespaces/{name}/timeline", responses=documented(404))
async def namespace_timeline(
    *, name: Segment, parts: Parts, kind: Kinds = None, before: Before = None, limit: Limit = 50
) -> TimelineOut:
    """What happened to the designs of a namespace, and so of a group."""
    return await _timeline(parts, "namespace", name, kind, before=before, limit=limit)


@router.get("/facilities/{name}/timeline", responses=documented(404))
async def facility_timeline(
    *, name: Segment, parts: Parts, kind: Kinds = None, before: Before = None, limit: Limit = 50
) -> TimelineOut:
    """What happened in a facility that everybody may see."""
    return await _timeline(parts, "facility", name, kind, before=before, limit=limit)


@router.get("/needs/{need}/timeline", responses=documented(404))
async def need_timeline(
    *, need: Segment, parts: Parts, kind: Kinds = None, before: Before = None, limit: Limit = 50
) -> TimelineOut:
    """What became of a need."""
    return await _timeline(parts, "need", need, kind, before=before, limit=limit)


@router.get("/members/{name}/feed.atom", responses={**FEED, **documented(404)}, response_class=Response, tags=["feeds"])
async def member_feed(name: Segment, request: Request, parts: Parts) -> Response:
    """What a member did lately."""
    return await _feed(request, parts, "member", name)


@router.get(
    "/namespaces/{name}/feed.atom", responses={**FEED, **documented(404)}, response_class=Response, tags=["feeds"]
)
async def namespace_feed(name: Segment, request: Request, parts: Parts) -> Response:
    """What happened lately to the designs of a namespace, and so of a group."""
    return await _feed(request, parts, "namespace", name)


@router.get(
    "/facilities/{name}/feed.atom", responses={**FEED, **documented(404)}, response_class=Response, tags=["feeds"]
)
async def facility_feed(name: Segment, request: Request, parts: Parts) -> Response:
    """What happened lately in a facility that everybody may see."""
    return await _feed(request, parts, "facility", name)


@router.get("/needs.atom", responses={**FEED, **documented()}, response_class=Response, tags=["feeds"])
async def needs_feed(request: Request, parts: Parts) -> Response:
    """Needs that were opened, taken up and closed lately."""
    entries = await parts.db.read(
        lambda connection: log_actions.latest_entries(connection, limit=FEED_ENTRIES, kinds=NEED_KINDS)
    )
    return await answer_feed(request, parts, "Cofab: what is missing", "/needs", entries)


async def _timeline(
    parts: State, thing: Thing, name: str, kinds: list[str] | None, *, before: int | None, limit: int
) -> TimelineOut:
    problem = filter_problem(kinds or (), ())
    if problem is not None:
        raise Invalid(problem, code="bad_filter")
    wanted = tuple(kinds or ())
    found: Timeline = await parts.db.read(
        lambda connection: actions.read_timeline(connection, thing, name, kinds=wanted, before=before, limit=limit)
    )
    return TimelineOut(entries=tuple(map(entry_out, found.entries)), next_before=found.next_before)


async def _feed(request: Request, parts: State, thing: Thing, name: str) -> Response:
    found: Timeline = await parts.db.read(
        lambda connection: actions.read_timeline(connection, thing, name, limit=FEED_ENTRIES)
    )
    return await answer_feed(request, parts, found.subject.title, found.subject.page, found.entries)
