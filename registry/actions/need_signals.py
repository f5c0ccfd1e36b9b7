"""What the registry itself finds missing: noticed, kept as needs, and closed when the cause is gone."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from registry.actions.needs import count_voices, search_text
from registry.actions.story import Story
from registry.core.need_causes import Cause
from registry.core.needs import Move, NeedState, after, loud_enough
from registry.errors import Fact
from registry.store import need_causes as causes
from registry.store import need_facts as facts
from registry.store import needs as store

MakeId = Callable[[], str]
"""A fresh id for a need."""
BY = "registry"


def notice(
    story: Story,
    cause: Cause,
    voices: Mapping[str, int],
    make_id: MakeId,
    *,
    held_by: str | None = None,
) -> str:
    """Something is missing: these need it, each so often now. `held_by` keeps it open until that is over.

    Returns the need's id. A need that a member withdrew stays so.
    """
    row = _kept(story, cause, make_id)
    need: str = row["id"]
    for who, times in voices.items():
        store.hear(story.connection, need, who, story.now, times=times)
    if held_by is not None:
        causes.add_causes(story.connection, need, [held_by], story.now)
    heard = count_voices(story.connection, need, story.now)
    values: dict[str, object] = {
        "title": cause.title,
        "words": cause.words,
        "search": search_text(cause.title, cause.words),
        "facts": dict(cause.facts),
    }
    state = NeedState(row["state"])
    moved = after(state, Move.HEARD)
    if state is not NeedState.OPEN and moved is not None and loud_enough(cause.kind, heard):
        values |= {"state": moved, "closed_at": None, "closed_by": None, "closing": None, "answer_id": None}
        _tell(story, "need.returned" if state.closed else "need.opened", need, cause.design, {"title": cause.title})
        if state is NeedState.FAINT:
            values["opened_at"] = story.now
    store.change_need(story.connection, need, **values)
    return need


def end(story: Story, row: sa.RowMapping, reason: str) -> None:
    """The cause of a need is gone."""
    state = NeedState(row["state"])
    moved = after(state, Move.CAUSE_GONE)
    if moved is None or moved is state:
        return
    store.change_need(
        story.connection, row["id"],
        state=moved, changed_at=story.now, closed_at=story.now, closed_by=None, closing=reason,
    )  # fmt: skip
    if state is NeedState.OPEN:
        _tell(story, "need.gone", row["id"], row["design_id"], {"title": row["title"], "reason": reason})


def end_by_id(story: Story, need: str, reason: str) -> None:
    """The same by the need's id."""
    store.lock_need(story.connection, need)
    row = store.need_by_id(story.connection, need)
    if row is not None:
        end(story, row, reason)


def end_causes(story: Story, over: list[str], reason: str, *, but: str | None = None) -> None:
    """What kept needs open is over; those that nothing else keeps open are closed."""
    for need in causes.end_causes(story.connection, over, but=but):
        end_by_id(story, need, reason)


def _kept(story: Story, cause: Cause, make_id: MakeId) -> sa.RowMapping:
    row = store.need_by_identity(story.connection, cause.identity)
    if row is None:
        store.add_need(story.connection, _values(story, cause, make_id()), [])
        row = store.need_by_identity(story.connection, cause.identity)
    assert row is not None, "it was added, or somebody else did"
    return row


def _values(story: Story, cause: Cause, need: str) -> dict[str, object]:
    return {
        "id": need,
        "identity": cause.identity,
        "kind": cause.kind,
        "state": NeedState.FAINT,
        "title": cause.title,
        "words": cause.words,
        "search": search_text(cause.title, cause.words),
        "facts": dict(cause.facts),
        "design_id": cause.design,
        "material": None if cause.material is None else " ".join(cause.material.split()).casefold(),
        "latitude": None if cause.place is None else cause.place.latitude,
        "longitude": None if cause.place is None else cause.place.longitude,
        "rank": 0.0,
        "voices": 0,
        "opened_at": story.now,
        "changed_at": story.now,
        "rejected": [],
    }


def _tell(story: Story, kind: str, need: str, design: str | None, data: dict[str, Fact]) -> None:
    name = None if design is None else facts.design_name(story.connection, design)
    story.publish(kind, need, BY, data if name is None else {**data, "design": name})
