"""The log of everything that happened: read, followed live, and as Atom feeds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import designs
from registry.actions import log as actions
from registry.actions.log import LogEntry
from registry.api.atom import FEED_KINDS, feed_of
from registry.api.deps import Parts
from registry.api.paths import DesignPath
from registry.api.problems import documented
from registry.core.log_filters import EVERYTHING, LogFilter, filter_problem
from registry.core.ranges import names_etag
from registry.errors import Invalid
from registry.parts import State

router = APIRouter(tags=["log"])

FEED_ENTRIES = 50
AT_ONCE = 200
FEED: dict[int | str, dict[str, Any]] = {
    200: {"description": "An Atom feed (RFC 4287)", "content": {"application/atom+xml": {}}}
}


class LogEntryOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sequence": 42,
                "kind": "design.published",
                "subject": "ada/gridfinity-bin@1.2.0",
                "actor": "ada",
                "data": {"title": "Gridfinity-compatible bin", "licence": "CERN-OHL-S-2.0"},
                "at": "2026-04-11T17:05:00Z",
            }
        }
    )

    sequence: int
    kind: str
    subject: str
    actor: str
    data: dict[str, JsonValue]
    at: datetime


class LogOut(BaseModel):
    entries: tuple[LogEntryOut, ...]
    """Oldest first."""
    next_after: int
    """Give it as `after` to go on."""


def entry_out(entry: LogEntry) -> LogEntryOut:
    return LogEntryOut.model_validate(vars(entry))


@router.get("/log", responses=documented())
async def read_log(
    parts: Parts,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    subject: Annotated[str | None, Query(max_length=200)] = None,
) -> LogOut:
    """Entries with greater numbers than `after`, oldest first. No entry appears later below one that was shown."""
    entries = await parts.db.read(
        lambda connection: actions.read_log(connection, after=after, limit=limit, subject=subject)
    )
    return LogOut(entries=tuple(map(entry_out, entries)), next_after=entries[-1].sequence if entries else after)


def filter_asked(
    kind: Annotated[list[str] | None, Query(description="Only these kinds: design.published, or design")] = None,
    about: Annotated[list[str] | None, Query(description="Only about these: design:ada/bin, member:ada …")] = None,
) -> LogFilter:
    """What somebody wants to hear of. Raises Invalid."""
    problem = filter_problem(kind or (), about or ())
    if problem is not None:
        raise Invalid(problem, code="bad_filter")
    return LogFilter(tuple(kind or ()), tuple(about or ()))


@router.get("/log/events", response_class=EventSourceResponse, responses=documented())
async def follow_log(
    parts: Parts,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
    wanted: Annotated[LogFilter, Depends(filter_asked)] = EVERYTHING,
) -> AsyncIterator[ServerSentEvent]:
    """Entries as they come, each an event of its kind. `Last-Event-ID`, else `after`, says where to go on."""
    known = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 19 else after
    position = await parts.db.read(actions.last_entry) if known is None else known
    with parts.signals.listen("log") as news:
        while not parts.signals.closed:
            found = await _entries_after(parts, position)
            for entry in found:
                position = entry.sequence
                if not wanted.lets_through(entry.kind, entry.subject, entry.actor, entry.data):
                    continue
                yield ServerSentEvent(data=entry_out(entry), event=entry.kind, id=str(entry.sequence))
            if not found:
                await news.wait(parts.settings.poll_seconds)


@router.get("/feed.atom", responses={**FEED, **documented()}, response_class=Response, tags=["feeds"])
async def registry_feed(request: Request, parts: Parts) -> Response:
    """What was published, forked and withdrawn lately, anywhere in the registry."""
    entries = await parts.db.read(
        lambda connection: actions.latest_entries(connection, limit=FEED_ENTRIES, kinds=FEED_KINDS)
    )
    return await answer_feed(request, parts, "Cofab: everything new", "/", entries)


@router.get(
    "/designs/{namespace}/{name}/feed.atom",
    responses={**FEED, **documented(404)},
    response_class=Response,
    tags=["feeds"],
)
async def design_feed(design: DesignPath, request: Request, parts: Parts) -> Response:
    """What happened to one design lately."""
    view = await parts.db.read(lambda connection: designs.read_design(connection, design))
    entries = await parts.db.read(
        lambda connection: actions.latest_entries(
            connection, limit=FEED_ENTRIES, subject_prefix=f"{design}@", kinds=FEED_KINDS
        )
    )
    return await answer_feed(request, parts, f"{view.card.title} ({design})", f"/designs/{design}", entries)


async def _entries_after(parts: State, position: int) -> tuple[LogEntry, ...]:
    return await parts.db.read(lambda connection: actions.read_log(connection, after=position, limit=AT_ONCE))


async def answer_feed(request: Request, parts: State, title: str, page: str, entries: tuple[LogEntry, ...]) -> Response:
    """A feed of these entries, newest first, about what is shown at `page`; 304 where the reader has it already."""
    etag = f'"{entries[0].sequence if entries else 0}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if names_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    text = await asyncio.to_thread(feed_of, parts.settings.url, request.url.path, page, title, entries)
    return Response(text, headers=headers, media_type="application/atom+xml")
