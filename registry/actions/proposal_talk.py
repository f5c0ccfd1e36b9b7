"""The discussion of a proposal: threads on the whole, on lines of files and on places of the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.actions.proposal_people import label_of, person
from registry.actions.proposal_sides import proposal_row
from registry.actions.proposal_talk_views import (
    CommentView,
    EditView,
    FileAnchor,
    PlaceAnchor,
    SideName,
    ThreadView,
)
from registry.actions.proposals import checked
from registry.core.moderation import Kind
from registry.core.permissions import Caller
from registry.errors import Conflict, Fact, Forbidden, Invalid, NotFound
from registry.ids import new_id
from registry.store import proposal_talk as store
from registry.store import proposals
from registry.store.moderation import hidden_now

MAX_COMMENT = 10_000
MOST_COMMENTS = 2000
"""Of one proposal."""


@dataclass(frozen=True)
class LineOf:
    """A line that a thread is to be about, as it stands in the present content of its side."""

    side: SideName
    snapshot: str
    path: str
    line: int
    text: str


@dataclass(frozen=True)
class PlaceOn:
    """A place of the model that a thread is to be about."""

    side: SideName
    snapshot: str
    point: tuple[float, float, float]
    normal: tuple[float, float, float]
    parameters: Mapping[str, str | bool]


Anchor = LineOf | PlaceOn


def list_threads(connection: sa.Connection, proposal: str) -> tuple[ThreadView, ...]:
    """All threads of a proposal, oldest first."""
    proposal_row(connection, proposal)
    earlier: dict[str, list[EditView]] = {}
    for row in store.edits_of(connection, proposal):
        earlier.setdefault(row["comment_id"], []).append(EditView(row["words"], row["until"]))
    comments: dict[str, list[CommentView]] = {}
    rows = store.comments_of(connection, proposal)
    hidden = hidden_now(connection, Kind.COMMENT, [row["id"] for row in rows])
    for row in rows:
        view = _comment(row, earlier.get(row["id"], ()))
        if row["id"] in hidden and view.words is not None:
            view = replace(view, words=f"*Hidden by moderators: {hidden[row['id']]}*", earlier=())
        comments.setdefault(row["thread_id"], []).append(view)
    return tuple(
        ThreadView(row["id"], _anchor(row), tuple(comments[row["id"]]), row["resolver"], row["resolved_at"])
        for row in store.threads_of(connection, proposal)
    )


def begin_thread(  # noqa: PLR0917  (who says what of what, where)
    connection: sa.Connection, caller: Caller, proposal: str, words: str, anchor: Anchor | None, now: datetime
) -> ThreadView:
    """Begin a thread. Afterwards the caller notifies `log` and `proposal:<id>`. Raises NotFound, Invalid."""
    row = proposal_row(connection, proposal)
    said = checked(words, "comment", MAX_COMMENT, required=True)
    _check_room(connection, proposal)
    thread = new_id("thr")
    values: dict[str, object] = {"id": thread, "proposal_id": proposal, "begun_by": caller.member, "begun_at": now}
    store.add_thread(connection, {**values, **_anchor_values(anchor), "outdated": False})
    _add_comment(connection, thread, caller, said, now)
    about: dict[str, Fact] = {"thread": thread}
    if isinstance(anchor, LineOf):
        about |= {"path": anchor.path, "line": anchor.line}
    _record(connection, row, "proposal.commented", caller, about, now)
    return _thread(connection, proposal, thread)


def answer(connection: sa.Connection, caller: Caller, thread: str, words: str, now: datetime) -> ThreadView:
    """Answer in a thread. Raises NotFound, Invalid."""
    found = _found_thread(connection, thread)
    row = proposal_row(connection, found["proposal_id"])
    said = checked(words, "comment", MAX_COMMENT, required=True)
    _check_room(connection, row["id"])
    _add_comment(connection, thread, caller, said, now)
    _record(connection, row, "proposal.commented", caller, {"thread": thread}, now)
    return _thread(connection, row["id"], thread)


def edit(connection: sa.Connection, caller: Caller, comment: str, words: str, now: datetime) -> CommentView:
    """Change what one said; what it was stays to be seen. Raises NotFound, Forbidden, Conflict, Invalid."""
    found = _own_comment(connection, caller, comment, "change")
    said = checked(words, "comment", MAX_COMMENT, required=True)
    if said != found["words"]:
        store.edit_comment(connection, comment, found["words"], said, now)
        row = proposal_row(connection, found["proposal_id"])
        _record(connection, row, "proposal.comment_edited", caller, {"comment": comment}, now)
    return _comment_of(connection, found["proposal_id"], comment)


def delete(connection: sa.Connection, caller: Caller, comment: str, now: datetime) -> CommentView:
    """Remove what one said; the mark that something was there stays. Raises NotFound, Forbidden, Conflict."""
    found = _own_comment(connection, caller, comment, "delete", moderating=True)
    store.delete_comment(connection, comment, caller.member, now)
    row = proposal_row(connection, found["proposal_id"])
    _record(connection, row, "proposal.comment_deleted", caller, {"comment": comment}, now)
    return _comment_of(connection, found["proposal_id"], comment)


def settle(connection: sa.Connection, caller: Caller, thread: str, now: datetime) -> ThreadView:
    """Mark a thread as resolved. Raises NotFound, Forbidden, Conflict."""
    found = _may_settle(connection, caller, thread)
    if found["resolved_at"] is not None:
        raise Conflict("the thread is resolved already", code="thread_resolved")
    store.change_thread(connection, thread, resolved_by=caller.member, resolved_at=now)
    row = proposal_row(connection, found["proposal_id"])
    _record(connection, row, "proposal.thread_resolved", caller, {"thread": thread}, now)
    return _thread(connection, row["id"], thread)


def unsettle(connection: sa.Connection, caller: Caller, thread: str, now: datetime) -> ThreadView:
    """Open a resolved thread again. Raises NotFound, Forbidden, Conflict."""
    found = _may_settle(connection, caller, thread)
    if found["resolved_at"] is None:
        raise Conflict("the thread is open already", code="thread_open")
    store.change_thread(connection, thread, resolved_by=None, resolved_at=None)
    row = proposal_row(connection, found["proposal_id"])
    _record(connection, row, "proposal.thread_reopened", caller, {"thread": thread}, now)
    return _thread(connection, row["id"], thread)


def proposal_of_thread(connection: sa.Connection, thread: str) -> str:
    """Raises NotFound."""
    proposal: str = _found_thread(connection, thread)["proposal_id"]
    return proposal


def _anchor_values(anchor: Anchor | None) -> dict[str, object]:
    match anchor:
        case LineOf(side, snapshot, path, line, text):
            return {"side": side.value, "snapshot": snapshot, "path": path, "line": line, "text": text[:1000]}
        case PlaceOn(side, snapshot, point, normal, parameters):
            place = {"point": list(point), "normal": list(normal), "parameters": dict(parameters)}
            return {"side": side.value, "snapshot": snapshot, "place": place}
    return {}


def _anchor(row: sa.RowMapping) -> FileAnchor | PlaceAnchor | None:
    if row["path"] is not None:
        return FileAnchor(SideName(row["side"]), row["path"], row["line"], row["text"], row["outdated"])
    if row["place"] is not None:
        place = row["place"]
        x, y, z = place["point"]
        a, b, c = place["normal"]
        return PlaceAnchor(SideName(row["side"]), (x, y, z), (a, b, c), place["parameters"], row["outdated"])
    return None


def _comment(row: sa.RowMapping, earlier: Sequence[EditView]) -> CommentView:
    return CommentView(
        row["id"],
        row["by"],
        row["words"],
        row["written_at"],
        row["edited_at"],
        tuple(earlier),
        row["deleted_at"],
        row["remover"],
    )


def _thread(connection: sa.Connection, proposal: str, thread: str) -> ThreadView:
    return next(each for each in list_threads(connection, proposal) if each.id == thread)


def _comment_of(connection: sa.Connection, proposal: str, comment: str) -> CommentView:
    threads = list_threads(connection, proposal)
    return next(each for thread in threads for each in thread.comments if each.id == comment)


def _found_thread(connection: sa.Connection, thread: str) -> sa.RowMapping:
    found = store.thread_by_id(connection, thread)
    if found is None:
        raise NotFound(f"there is no thread {thread[:80]!r}: list the proposal's threads", value=thread[:80])
    return found


def _own_comment(
    connection: sa.Connection, caller: Caller, comment: str, what: str, *, moderating: bool = False
) -> sa.RowMapping:
    found = store.comment_by_id(connection, comment)
    if found is None:
        raise NotFound(f"there is no comment {comment[:80]!r}: list the proposal's threads", value=comment[:80])
    moderates = moderating and (caller.admin or caller.moderator)
    if found["member_id"] != caller.member and not moderates:
        raise Forbidden(f"only who wrote a comment may {what} it", code="foreign_comment")
    if found["deleted_at"] is not None:
        raise Conflict("the comment was deleted", code="comment_deleted")
    return found


def _may_settle(connection: sa.Connection, caller: Caller, thread: str) -> sa.RowMapping:
    found = _found_thread(connection, thread)
    who = person(connection, proposal_row(connection, found["proposal_id"]), caller)
    if found["begun_by"] != caller.member and not who.proposer and not who.maintains:
        raise Forbidden(
            "who began a thread, who opened the proposal, and the maintainers of the target resolve it",
            code="foreign_thread",
        )
    return found


def _check_room(connection: sa.Connection, proposal: str) -> None:
    if store.count_comments(connection, proposal) >= MOST_COMMENTS:
        raise Invalid(f"a proposal takes at most {MOST_COMMENTS} comments: open a need for what is left to be said")


def _add_comment(connection: sa.Connection, thread: str, caller: Caller, words: str, now: datetime) -> None:
    values = {"id": new_id("cmt"), "thread_id": thread, "member_id": caller.member, "words": words, "written_at": now}
    store.add_comment(connection, values)


def _record(  # noqa: PLR0917  (the order in which one tells it)
    connection: sa.Connection, row: sa.RowMapping, kind: str, caller: Caller, data: dict[str, Fact], now: datetime
) -> None:
    proposals.change_proposal(connection, row["id"], changed_at=now)
    append(connection, kind, label_of(row), caller.name, data, now)
