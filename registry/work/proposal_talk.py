"""Threads on lines and places: the line is read from the content that it stands in."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass

from registry.actions import proposal_talk as actions
from registry.actions.proposal_reading import read_proposal
from registry.actions.proposal_talk import Anchor, LineOf, PlaceOn
from registry.actions.proposal_talk_views import SideName, ThreadView
from registry.actions.proposal_views import ProposalId
from registry.core.permissions import Caller
from registry.errors import Conflict, Invalid, NotFound
from registry.moments import now
from registry.parts import State
from registry.work.proposal_anchors import lines_of, snapshot_of_side

FARTHEST_MM = 1e5
"""Of a place on a model: farther than anything is made."""


@dataclass(frozen=True)
class OnLine:
    """A line of a file of one side, from 1."""

    side: SideName
    path: str
    line: int


@dataclass(frozen=True)
class AtPlace:
    """A place of the model of one side, mm, with the parameters at which it was shown."""

    side: SideName
    point: tuple[float, float, float]
    normal: tuple[float, float, float]
    parameters: Mapping[str, str | bool]


async def begin_thread(
    state: State, caller: Caller, proposal: ProposalId, words: str, about: OnLine | AtPlace | None = None
) -> ThreadView:
    """Begin a thread on the whole, on a line or on a place. Raises NotFound, Invalid, Conflict."""
    anchor = None if about is None else await _anchor(state, proposal, about)
    moment = now()
    thread = await state.db.write(lambda c: actions.begin_thread(c, caller, proposal, words, anchor, moment))
    state.signals.notify("log", f"proposal:{proposal}")
    return thread


async def _anchor(state: State, proposal: ProposalId, about: OnLine | AtPlace) -> Anchor:
    view = await state.db.read(lambda c: read_proposal(c, proposal))
    snapshot = snapshot_of_side(view, about.side)
    if snapshot is None:
        raise Conflict(f"{view.card.label} has no merged content: point at the source", code="no_merged_content")
    if isinstance(about, AtPlace):
        if not all(math.isfinite(each) and abs(each) <= FARTHEST_MM for each in (*about.point, *about.normal)):
            raise Invalid("a place is three numbers in mm, near the model", code="bad_place")
        return PlaceOn(about.side, snapshot, about.point, about.normal, about.parameters)
    lines = await asyncio.to_thread(lines_of, state, snapshot, about.path)
    if lines is None:
        path = about.path[:200]
        raise NotFound(f"the {about.side.value} has no text {path!r}: see its files", code="no_file", value=path)
    if not 1 <= about.line <= len(lines):
        raise Invalid(f"{about.path} has {len(lines)} lines, no line {about.line}", code="no_line", value=about.line)
    return LineOf(about.side, snapshot, about.path, about.line, lines[about.line - 1])
