"""Timelines as pages: of a design, a member and a facility."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from registry.actions.timelines import Thing, Timeline, read_timeline
from registry.api.deps import Parts
from registry.parts import State
from registry.web.log_words import KINDS, KINDS_OF, sentences
from registry.web.pages import render

router = APIRouter(include_in_schema=False)

ENTRIES = 50
ROOMS: Mapping[Thing, tuple[str, ...]] = {
    "design": ("design", "proposal", "need", "attempt", "build"),
    "member": ("design", "proposal", "need", "order", "facility", "member"),
    "facility": ("attempt", "facility"),
}
"""The rooms of the log that a timeline can be narrowed to."""
FEEDS: Mapping[Thing, str] = {
    "design": "/api/v1/designs/{}/feed.atom",
    "member": "/api/v1/members/{}/feed.atom",
    "facility": "/api/v1/facilities/{}/feed.atom",
}


@router.get("/designs/{namespace}/{name}/timeline")
async def design(
    *, request: Request, parts: Parts, namespace: str, name: str, kind: str = "", before: str = ""
) -> Response:
    """What happened to a design."""
    return await _page(request, parts, "design", f"{namespace}/{name}", kind=kind, before=before)


@router.get("/members/{name}/timeline")
async def member(*, request: Request, parts: Parts, name: str, kind: str = "", before: str = "") -> Response:
    """What a member did."""
    return await _page(request, parts, "member", name, kind=kind, before=before)


@router.get("/facilities/{name}/timeline")
async def facility(*, request: Request, parts: Parts, name: str, kind: str = "", before: str = "") -> Response:
    """What happened in a facility."""
    return await _page(request, parts, "facility", name, kind=kind, before=before)


async def _page(request: Request, parts: State, thing: Thing, name: str, *, kind: str, before: str) -> Response:
    rooms = ROOMS[thing]
    wanted = KINDS_OF[kind] if kind in rooms else ()
    until = int(before) if before.isdecimal() and len(before) < 19 else None
    found: Timeline = await parts.db.read(
        lambda connection: read_timeline(connection, thing, name, kinds=wanted, before=until, limit=ENTRIES)
    )
    return render(
        request, "timeline/page.html",
        subject=found.subject, entries=sentences(found.entries), next_before=found.next_before,
        kinds=[("", KINDS[0][1]), *((room, words) for room, words in KINDS if room in rooms)],
        kind=kind if kind in rooms else "", feed=FEEDS[thing].format(found.subject.name),
        here_root=request.url.path,
    )  # fmt: skip
