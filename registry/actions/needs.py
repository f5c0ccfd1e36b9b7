"""Needs as members make them: opened, supported, taken up, linked, answered, withdrawn and opened again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.designs import read_version
from registry.actions.facilities import find_facility
from registry.actions.log import append
from registry.actions.need_views import NeedView, no_need, read_need
from registry.core.capability import Access, Place
from registry.core.needs import (
    Move,
    NeedKind,
    NeedState,
    Voice,
    after,
    may_answer,
    may_reopen,
    may_withdraw,
    rank_of,
)
from registry.core.permissions import Caller, Decision
from registry.errors import Conflict, Fact, Forbidden, Invalid, NotFound, RateLimited
from registry.ids import DesignName, VersionName
from registry.store import designs as design_store
from registry.store import need_facts as facts
from registry.store import needs as store
from registry.store.needs import NeedFilter

MOST_OPEN = 100
"""Open needs that one member has opened: a board is for everybody."""
MOST_LINKS = 50
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class NeedWish:
    """What somebody finds missing."""

    title: str
    words: str = ""
    tags: tuple[str, ...] = ()
    design: DesignName | None = None
    facility: str | None = None
    """Its short name."""
    material: str | None = None
    place: Place | None = None
    note: str = ""
    """What the opener needs it for."""


def open_need(connection: sa.Connection, caller: Caller, wish: NeedWish, *, need: str, now: datetime) -> NeedView:
    """Put a need on the board; its opener is its first voice. Raises NotFound, RateLimited."""
    mine = NeedFilter(opener=caller.member)
    if len(store.find_needs(connection, mine, newest=True, after=None, limit=MOST_OPEN)) >= MOST_OPEN:
        words = f"{MOST_OPEN} needs that you opened are open: close some that are met before you open more"
        raise RateLimited(words, code="too_many_needs", retry_after_seconds=DAY_SECONDS)
    design = None if wish.design is None else _design(connection, wish.design)
    place = None if wish.facility is None else find_facility(connection, wish.facility, caller)
    material = None if wish.material is None else " ".join(wish.material.split()).casefold() or None
    values: dict[str, object] = {
        "id": need,
        "identity": need,
        "kind": NeedKind.WISH,
        "state": NeedState.OPEN,
        "title": wish.title,
        "words": wish.words,
        "search": search_text(wish.title, wish.words, *wish.tags, str(wish.design or ""), material or ""),
        "facts": {},
        "opener_id": caller.member,
        "design_id": design,
        "facility_id": None if place is None else place.id,
        "material": material,
        "latitude": None if wish.place is None else wish.place.latitude,
        "longitude": None if wish.place is None else wish.place.longitude,
        "rank": rank_of([Voice(caller.member, now)]),
        "voices": 1,
        "opened_at": now,
        "changed_at": now,
        "rejected": [],
    }
    store.add_need(connection, values, wish.tags)
    store.hear(connection, need, caller.member, now, note=wish.note)
    data: dict[str, Fact] = {"title": wish.title, "kind": NeedKind.WISH.value}
    if wish.design is not None:
        data["design"] = str(wish.design)
    if place is not None and place.text.access is not Access.PRIVATE:
        data["facility"] = place.slug
    append(connection, "need.opened", need, caller.name, data, now)
    return read_need(connection, need, now)


def support(connection: sa.Connection, caller: Caller, need: str, note: str, now: datetime) -> NeedView:
    """Say that one needs it too, and what for; again: the voice is fresh, and counts once all the same."""
    row = _open(connection, need)
    known = any(voice["who"] == caller.member for voice in store.voices_of(connection, need))
    store.hear(connection, need, caller.member, now, note=note if note or not known else None)
    count_voices(connection, need, now)
    if not known:
        _tell(connection, "need.supported", row, caller, {}, now)
    return read_need(connection, need, now)


def fall_silent(connection: sa.Connection, caller: Caller, need: str, now: datetime) -> NeedView:
    """Take one's voice back. Raises Conflict when there is none."""
    row = _open(connection, need)
    if not store.fall_silent(connection, need, caller.member):
        raise Conflict("you did not say that you need this", code="no_voice", value=need)
    count_voices(connection, need, now)
    _tell(connection, "need.unsupported", row, caller, {}, now)
    return read_need(connection, need, now)


def take_up(connection: sa.Connection, caller: Caller, need: str, plan: str, now: datetime) -> NeedView:
    """Say that one is at it, and how; again: one still is. It is no lock: several may be at it."""
    row = _open(connection, need)
    new = store.take_up(connection, need, caller.member, plan or None, now)
    if new:
        _tell(connection, "need.taken_up", row, caller, {"plan": plan} if plan else {}, now)
    return read_need(connection, need, now)


def let_go(connection: sa.Connection, caller: Caller, need: str, now: datetime) -> NeedView:
    """Say that one is at it no longer. Raises Conflict when one was not."""
    row = _open(connection, need)
    if not store.let_go(connection, need, caller.member):
        raise Conflict("you have not taken this up", code="no_claim", value=need)
    _tell(connection, "need.let_go", row, caller, {}, now)
    return read_need(connection, need, now)


def link_design(connection: sa.Connection, caller: Caller, need: str, design: DesignName, now: datetime) -> NeedView:
    """Say in which design it is worked at."""
    row = _open(connection, need)
    _add_link(connection, caller, need, "design", _design(connection, design), now)
    _tell(connection, "need.linked", row, caller, {"target": str(design)}, now)
    return read_need(connection, need, now)


def link_proposal(connection: sa.Connection, caller: Caller, need: str, proposal: str, now: datetime) -> NeedView:
    """Say in which proposal it is worked at, by its id."""
    row = _open(connection, need)
    if not facts.has_proposal(connection, proposal):
        raise NotFound(f"there is no proposal {proposal[:80]!r}", code="no_proposal", value=proposal[:80])
    _add_link(connection, caller, need, "proposal", proposal, now)
    _tell(connection, "need.linked", row, caller, {"proposal": proposal}, now)
    return read_need(connection, need, now)


def answer(
    connection: sa.Connection, caller: Caller, need: str, version: VersionName, *, words: str, now: datetime
) -> NeedView:
    """Close a need by the version that answers it. Anybody may; who needs it may open it again."""
    row = _open(connection, need)
    view = read_version(connection, version.design, version.version)
    _require(may_answer(view.id, row["rejected"], row["opener_id"], caller.member))
    if view.yanked is not None or view.recalled is not None:
        raise Conflict(f"{view.name} was withdrawn: name a version that can be made", code="version_withdrawn")
    _move(
        connection, row, Move.ANSWER, now,
        closed_at=now, closed_by=caller.member, closing=words, answer_id=view.id,
    )  # fmt: skip
    data: dict[str, Fact] = {"answer": str(view.name), "reason": words}
    _tell(connection, "need.answered", row, caller, data, now)
    return read_need(connection, need, now)


def withdraw(connection: sa.Connection, caller: Caller, need: str, reason: str, now: datetime) -> NeedView:
    """Close a need that nobody has any more."""
    row = _open(connection, need)
    others = sum(voice["who"] != caller.member for voice in store.voices_of(connection, need))
    _require(may_withdraw(row["opener_id"], others, caller.member))
    _move(connection, row, Move.WITHDRAW, now, closed_at=now, closed_by=caller.member, closing=reason)
    _tell(connection, "need.withdrawn", row, caller, {"reason": reason}, now)
    return read_need(connection, need, now)


def reopen(connection: sa.Connection, caller: Caller, need: str, reason: str, now: datetime) -> NeedView:
    """Open a closed need again: it is still missing, and the reason says why."""
    row = _row(connection, need)
    voices = [voice["who"] for voice in store.voices_of(connection, need)]
    decision = may_reopen(NeedState(row["state"]), row["opener_id"], voices, caller.member)
    if not decision.allowed and not NeedState(row["state"]).closed:
        raise Conflict(decision.reasons[0], code="need_open", value=need)
    _require(decision)
    rejected = [*row["rejected"], *([row["answer_id"]] if row["answer_id"] else [])]
    _move(
        connection, row, Move.REOPEN, now,
        closed_at=None, closed_by=None, closing=None, answer_id=None, rejected=rejected,
    )  # fmt: skip
    data: dict[str, Fact] = {"reason": reason}
    if row["answer"]:
        data["version"] = row["answer"]
    _tell(connection, "need.reopened", row, caller, data, now)
    return read_need(connection, need, now)


def count_voices(connection: sa.Connection, need: str, now: datetime) -> list[Voice]:
    """Bring the need's rank up to date with its voices, and return these."""
    voices = [Voice(row["who"], row["at"], row["times"]) for row in store.voices_of(connection, need)]
    store.change_need(connection, need, rank=rank_of(voices), voices=len(voices), changed_at=now)
    return voices


def search_text(*words: str) -> str:
    """What words are looked for in."""
    return " ".join(" ".join(words).casefold().split())


def design_id(connection: sa.Connection, design: DesignName) -> str:
    """The id of a design. Raises NotFound."""
    return _design(connection, design)


def _add_link(  # noqa: PLR0917  (who links what to what)
    connection: sa.Connection, caller: Caller, need: str, kind: str, target: str, now: datetime
) -> None:
    if len(store.links_of(connection, need)) >= MOST_LINKS:
        raise Invalid(f"a need has at most {MOST_LINKS} links: answer it by a version", code="too_many_links")
    row = {"need_id": need, "kind": kind, "target": target, "member_id": caller.member, "at": now}
    if not store.add_link(connection, **row):
        raise Conflict("this is linked already", code="linked", value=target)


def _design(connection: sa.Connection, design: DesignName) -> str:
    row = design_store.design_by_name(connection, design)
    if row is None:
        raise NotFound(f"there is no design {design}: look it up", code="no_design", value=str(design))
    return str(row["id"])


def _row(connection: sa.Connection, need: str) -> sa.RowMapping:
    store.lock_need(connection, need)
    row = store.need_by_id(connection, need)
    if row is None or row["state"] == NeedState.FAINT:
        raise no_need(need)
    return row


def _open(connection: sa.Connection, need: str) -> sa.RowMapping:
    row = _row(connection, need)
    if NeedState(row["state"]).closed:
        raise Conflict(
            "this need is closed: open it again if it is still missing", code="need_closed", state=row["state"]
        )
    return row


def _move(connection: sa.Connection, row: sa.RowMapping, move: Move, now: datetime, **values: object) -> None:
    state = after(NeedState(row["state"]), move)
    assert state is not None, "it was looked at before"
    store.change_need(connection, row["id"], state=state, changed_at=now, **values)


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_yours")


def _tell(  # noqa: PLR0917  (as an entry is told)
    connection: sa.Connection, kind: str, row: sa.RowMapping, caller: Caller, data: dict[str, Fact], now: datetime
) -> None:
    about: dict[str, Fact] = {"title": row["title"]}
    if row["design"]:
        about["design"] = row["design"]
    append(connection, kind, row["id"], caller.name, about | data, now)
