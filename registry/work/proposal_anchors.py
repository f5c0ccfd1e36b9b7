"""Threads on lines and places of a proposal follow its content when that changes, or are marked as outdated."""

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa

from designs.comparing.texts import MAX_BYTES, Mark, edit_script
from designs.digest import Digest
from designs.snapshot import MAX_BYTES as MAX_SNAPSHOT
from designs.snapshot import parse_snapshot
from registry.actions.proposal_reading import read_proposal
from registry.actions.proposal_talk_views import SideName
from registry.actions.proposal_views import ProposalId, ProposalView
from registry.blobs import transfer
from registry.parts import State
from registry.store import proposal_talk as store


@dataclass(frozen=True)
class _Move:
    """Where a thread's anchor stands in the new content."""

    thread: str
    snapshot: str
    line: int | None
    outdated: bool


async def move_anchors(state: State, proposal: ProposalId) -> None:
    """Put the anchors of all threads into the present content of their sides."""
    view = await state.db.read(lambda c: read_proposal(c, proposal))
    rows = await state.db.read(lambda c: store.threads_of(c, proposal))
    moves = await asyncio.to_thread(lambda: [move for row in rows for move in [_moved(state, view, row)] if move])
    if moves:

        def write(connection: sa.Connection) -> None:
            for move in moves:
                values: dict[str, object] = {"snapshot": move.snapshot, "outdated": move.outdated}
                if move.line is not None:
                    values["line"] = move.line
                store.change_thread(connection, move.thread, **values)

        await state.db.write(write)


def snapshot_of_side(view: ProposalView, side: SideName) -> Digest | None:
    """The content of a side; None: there is no merged content."""
    match side:
        case SideName.TARGET:
            return view.target.snapshot
        case SideName.SOURCE:
            return view.source.snapshot
        case SideName.MERGED:
            return view.merge.snapshot


def _moved(state: State, view: ProposalView, row: sa.RowMapping) -> _Move | None:
    if row["side"] is None or row["outdated"]:
        return None
    snapshot = snapshot_of_side(view, SideName(row["side"]))
    if snapshot is None or snapshot == row["snapshot"]:
        return None
    if row["path"] is None:
        return _Move(row["id"], snapshot, None, outdated=True)
    old, new = (lines_of(state, Digest(digest), row["path"]) for digest in (row["snapshot"], snapshot))
    line = None if old is None or new is None else line_after(old, new, row["line"])
    if line is None:
        return _Move(row["id"], row["snapshot"], None, outdated=True)
    return _Move(row["id"], snapshot, line, outdated=False)


def line_after(old: list[str], new: list[str], line: int) -> int | None:
    """Where a line (from 1) stands in the new text; None: it is gone, or changed."""
    edits = edit_script(old, new)
    found = next((y for mark, x, y in edits or [] if mark is Mark.KEPT and x == line - 1), None)
    return None if found is None else found + 1


def lines_of(state: State, snapshot: Digest, path: str) -> list[str] | None:
    """The lines of a file of a content; None: there is none, or it is no text that can be pointed into."""
    content = parse_snapshot(transfer.read_whole(state.blobs, snapshot, limit=MAX_SNAPSHOT))
    file = next((each for each in content.files if each.path == path), None)
    if file is None or file.size > MAX_BYTES:
        return None
    data = transfer.read_whole(state.blobs, file.sha256, limit=MAX_BYTES)
    try:
        return data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
