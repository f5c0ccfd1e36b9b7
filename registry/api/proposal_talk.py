"""The discussion of proposals: threads, comments, what was edited and deleted."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path

from registry.actions import proposal_talk as actions
from registry.actions.proposal_talk_views import CommentView, ThreadView
from registry.api.deps import Parts, Speaker, State
from registry.api.problems import documented
from registry.api.proposal_answers import CommentOut, ThreadOut, ThreadsOut, comment_out, thread_out
from registry.api.proposal_models import (
    CommentBody,
    LineIn,
    PlaceIn,
    ThreadBody,
)
from registry.api.proposals import ProposalPath
from registry.moments import now
from registry.work import proposal_talk as work
from registry.work.proposal_talk import AtPlace, OnLine

router = APIRouter(tags=["proposals"])

ThreadPath = Annotated[str, Path(max_length=40, examples=["thr_3k7vqk2n8x4m1c5t"])]
CommentPath = Annotated[str, Path(max_length=40, examples=["cmt_3k7vqk2n8x4m1c5t"])]
_CHANGES = documented(401, 403, 404, 409)


@router.get("/proposals/{proposal}/threads", responses=documented(404))
async def list_threads(proposal: ProposalPath, parts: Parts) -> ThreadsOut:
    """The discussion, oldest thread first."""
    found = await parts.db.read(lambda c: actions.list_threads(c, proposal))
    return ThreadsOut(threads=tuple(map(thread_out, found)))


@router.post("/proposals/{proposal}/threads", status_code=201, responses=_CHANGES)
async def begin_thread(proposal: ProposalPath, body: ThreadBody, caller: Speaker, parts: Parts) -> ThreadOut:
    """Comment on the whole, on a line of a file, or on a place of the model."""
    about: OnLine | AtPlace | None = None
    match body.about:
        case LineIn(side=side, path=path, line=line):
            about = OnLine(side, path, line)
        case PlaceIn(side=side, point=point, normal=normal, parameters=parameters):
            about = AtPlace(side, point, normal, parameters)
    return thread_out(await work.begin_thread(parts, caller, proposal, body.words, about))


@router.post("/threads/{thread}/comments", status_code=201, responses=_CHANGES)
async def answer(thread: ThreadPath, body: CommentBody, caller: Speaker, parts: Parts) -> ThreadOut:
    """Answer in a thread."""
    return await _thread(parts, lambda c, moment: actions.answer(c, caller, thread, body.words, moment))


@router.put("/threads/{thread}/resolved", responses=_CHANGES)
async def settle(thread: ThreadPath, caller: Speaker, parts: Parts) -> ThreadOut:
    """Mark a thread as resolved."""
    return await _thread(parts, lambda c, moment: actions.settle(c, caller, thread, moment))


@router.delete("/threads/{thread}/resolved", responses=_CHANGES)
async def unsettle(thread: ThreadPath, caller: Speaker, parts: Parts) -> ThreadOut:
    """Open a resolved thread again."""
    return await _thread(parts, lambda c, moment: actions.unsettle(c, caller, thread, moment))


@router.put("/comments/{comment}", responses=_CHANGES)
async def edit(comment: CommentPath, body: CommentBody, caller: Speaker, parts: Parts) -> CommentOut:
    """Change what one said; what it was stays to be seen."""
    return await _comment(parts, lambda c, moment: actions.edit(c, caller, comment, body.words, moment))


@router.delete("/comments/{comment}", responses=_CHANGES)
async def delete(comment: CommentPath, caller: Speaker, parts: Parts) -> CommentOut:
    """Delete what one said; a mark stays."""
    return await _comment(parts, lambda c, moment: actions.delete(c, caller, comment, moment))


async def _thread(parts: State, act: Callable[[sa.Connection, datetime], ThreadView]) -> ThreadOut:
    moment = now()
    view = await parts.db.write(lambda c: act(c, moment))
    await _notify(parts, view.id)
    return thread_out(view)


async def _comment(parts: State, act: Callable[[sa.Connection, datetime], CommentView]) -> CommentOut:
    moment = now()
    view = await parts.db.write(lambda c: act(c, moment))
    parts.signals.notify("log")
    return comment_out(view)


async def _notify(parts: State, thread: str) -> None:
    proposal = await parts.db.read(lambda c: actions.proposal_of_thread(c, thread))
    parts.signals.notify("log", f"proposal:{proposal}")
