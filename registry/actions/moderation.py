"""Reporting, hiding with a reason, and appeals. Nothing is deleted, and everybody may see what was hidden and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.log import append
from registry.actions.roles import role_in, roles_in
from registry.core.moderation import Kind, Outcome, may_decide_appeal, may_moderate
from registry.core.permissions import Caller, Decision
from registry.core.roles import Role
from registry.errors import Conflict, Fact, Forbidden, Hidden, NotFound
from registry.ids import DesignName, MemberId, parse_design_name
from registry.store import designs, members, proposal_talk
from registry.store import moderation as store

MOST_OPEN = 500


@dataclass(frozen=True)
class Complaint:
    """A report that nobody has answered yet."""

    id: str
    kind: Kind
    subject: str
    words: str
    reported_by: str
    reported_at: datetime


@dataclass(frozen=True)
class Hiding:
    """Something that is hidden, or was."""

    id: str
    kind: Kind
    subject: str
    """How it was called: `namespace/name`, a member's name, a comment's id."""
    reason: str
    hidden_by: str
    hidden_at: datetime
    appealed_at: datetime | None
    appeal: str | None
    """What its owner says against it; shown to moderators and to them."""
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None
    lifted_at: datetime | None


@dataclass(frozen=True)
class _Subject:
    id: str
    name: str
    owner: MemberId | None


def check_shown(connection: sa.Connection, design: DesignName, caller: Caller | None) -> Hidden | None:
    """What to raise where this design is hidden from the caller; its owners and moderators still see it."""
    reason = store.hidden_reason(connection, design)
    if reason is None or may_moderate(caller).allowed:
        return None
    if caller is not None and role_in(connection, caller, design.namespace) is not None:
        return None
    return Hidden(f"moderators hid {design}: {reason}", reason=reason, value=str(design))


def require_shown(connection: sa.Connection, caller: Caller | None, *named: DesignName) -> None:
    """For what names designs elsewhere than in its address. Raises Hidden where one is hidden from the caller."""
    for design in dict.fromkeys(named):
        hidden = check_shown(connection, design, caller)
        if hidden is not None:
            raise hidden


def hidden_reasons(connection: sa.Connection, kind: Kind, subjects: Collection[str]) -> dict[str, str]:
    """Subject's id → why it is hidden, for those that are."""
    return store.hidden_now(connection, kind, subjects)


def report(
    connection: sa.Connection, caller: Caller, kind: Kind, name: str, words: str, *, complaint: str, now: datetime
) -> None:
    """Tell the moderators that something breaks the rules."""
    subject = _subject(connection, kind, name)
    if store.open_complaint_by(connection, caller.member, kind, subject.id) is not None:
        raise Conflict(f"you reported {subject.name} already: a moderator will answer", code="reported_already")
    store.add_complaint(
        connection,
        id=complaint,
        kind=kind.value,
        subject_id=subject.id,
        words=words,
        reported_by=caller.member,
        reported_at=now,
    )


def list_complaints(connection: sa.Connection, caller: Caller) -> tuple[Complaint, ...]:
    """The open reports, the oldest first: for moderators."""
    _allow(may_moderate(caller), "not_a_moderator")
    return tuple(
        Complaint(row["id"], Kind(row["kind"]), row["subject"], row["words"], row["reporter"], row["reported_at"])
        for row in store.open_complaints(connection, MOST_OPEN)
    )


def dismiss(connection: sa.Connection, caller: Caller, complaint: str, answer: str, now: datetime) -> None:
    """Close a report without hiding anything."""
    _allow(may_moderate(caller), "not_a_moderator")
    row = store.complaint_by_id(connection, complaint)
    if row is None or row["closed_at"] is not None:
        raise NotFound(f"there is no open report {complaint[:80]!r}: somebody may have answered it", code="no_report")
    store.close_complaint(
        connection,
        complaint,
        closed_by=caller.member,
        closed_at=now,
        outcome=Outcome.DISMISSED.value,
        answer=answer,
    )


def hide(
    connection: sa.Connection, caller: Caller, kind: Kind, name: str, reason: str, *, hiding: str, now: datetime
) -> Hiding:
    """Hide something, with a reason that everybody reads. It stays for its owner and for moderators."""
    _allow(may_moderate(caller), "not_a_moderator")
    subject = _subject(connection, kind, name)
    if store.hiding_of(connection, kind, subject.id) is not None:
        raise Conflict(f"{subject.name} is hidden already", code="hidden_already", value=subject.name)
    store.add_hiding(
        connection,
        id=hiding,
        kind=kind.value,
        subject_id=subject.id,
        subject=subject.name,
        owner_id=subject.owner,
        reason=reason,
        hidden_by=caller.member,
        hidden_at=now,
    )
    store.set_hidden(connection, kind, subject.id, reason)
    store.close_complaints_about(
        connection, kind, subject.id, closed_by=caller.member, closed_at=now, outcome=Outcome.HIDDEN.value
    )
    append(connection, "moderation.hidden", subject.name, caller.name, {"kind": kind.value, "reason": reason}, now)
    return read_hiding(connection, hiding, caller)


def appeal(connection: sa.Connection, caller: Caller, hiding: str, words: str, now: datetime) -> Hiding:
    """Say why something should be shown again: for its owner, once."""
    row = _row(connection, hiding)
    _allow(_may_appeal(connection, caller, row), "not_yours")
    if row["appealed_at"] is not None or row["lifted_at"] is not None:
        raise Conflict(f"{row['subject']} was appealed against already, or is shown again", code="appealed_already")
    store.change_hiding(connection, hiding, appeal=words, appealed_by=caller.member, appealed_at=now)
    append(connection, "moderation.appealed", row["subject"], caller.name, {"kind": row["kind"]}, now)
    return read_hiding(connection, hiding, caller)


def decide(
    connection: sa.Connection, caller: Caller, hiding: str, answer: str, *, shown: bool, now: datetime
) -> Hiding:
    """Answer an appeal, or show something again without one; the answer is public."""
    row = _row(connection, hiding)
    _allow(may_moderate(caller), "not_a_moderator")
    if row["appealed_at"] is not None:
        _allow(may_decide_appeal(caller, row["hidden_by"]), "own_hiding")
    if row["lifted_at"] is not None or (row["decided_at"] is not None and not shown):
        raise Conflict(f"this is decided already: {row['answer'] or 'shown again'}", code="decided_already")
    lifted = {"lifted_at": now} if shown else {}
    store.change_hiding(connection, hiding, decided_by=caller.member, decided_at=now, answer=answer, **lifted)
    if shown:
        store.set_hidden(connection, row["kind"], row["subject_id"], None)
    kind = "moderation.shown" if shown else "moderation.upheld"
    data: dict[str, Fact] = {"kind": row["kind"], "answer": answer}
    append(connection, kind, row["subject"], caller.name, data, now)
    return read_hiding(connection, hiding, caller)


def read_hiding(connection: sa.Connection, hiding: str, caller: Caller | None) -> Hiding:
    """One hiding; the words of the appeal only for moderators and its owner."""
    return _view(connection, _row(connection, hiding), caller)


def list_hidings(
    connection: sa.Connection, caller: Caller | None, *, before: datetime, limit: int
) -> tuple[Hiding, ...]:
    """All that was ever hidden, the newest first: everybody may look."""
    return tuple(_view(connection, row, caller) for row in store.newest_hidings(connection, before, limit))


def hiding_of(connection: sa.Connection, kind: Kind, name: str, caller: Caller | None) -> Hiding | None:
    """What hides a thing now, so that its owner can appeal."""
    row = store.hiding_of(connection, kind, _subject(connection, kind, name).id)
    return None if row is None else _view(connection, row, caller)


def _subject(connection: sa.Connection, kind: Kind, name: str) -> _Subject:
    if kind is Kind.DESIGN:
        design = parse_design_name(name)
        row = designs.design_by_name(connection, design)
        if row is not None:
            return _Subject(row["id"], str(design), None)
    elif kind is Kind.MEMBER:
        row = members.member_by_name(connection, name.lower())
        if row is not None:
            return _Subject(row["id"], row["name"], row["id"])
    else:
        row = proposal_talk.comment_by_id(connection, name)
        if row is not None:
            return _Subject(row["id"], row["id"], row["member_id"])
    raise NotFound(f"there is no {kind.value} {name[:80]!r}", code="no_subject", value=name[:80])


def _may_appeal(connection: sa.Connection, caller: Caller, row: sa.RowMapping) -> Decision:
    own = row["owner_id"] == caller.member
    if row["kind"] == Kind.DESIGN:
        own = role_of_design(connection, caller, row["subject_id"]) is Role.OWNER
    return Decision(own, () if own else ("only its owner appeals",))


def role_of_design(connection: sa.Connection, caller: Caller, design: str) -> Role | None:
    """The caller's role where this design stands now."""
    row = designs.design_by_id(connection, design)
    return None if row is None else roles_in(connection, row["namespace"]).get(caller.member)


def _row(connection: sa.Connection, hiding: str) -> sa.RowMapping:
    row = store.hiding_by_id(connection, hiding)
    if row is None:
        raise NotFound(f"nothing was hidden under the number {hiding[:80]!r}", code="no_hiding", value=hiding[:80])
    return row


def _view(connection: sa.Connection, row: sa.RowMapping, caller: Caller | None) -> Hiding:
    party = may_moderate(caller).allowed or (caller is not None and _may_appeal(connection, caller, row).allowed)
    return Hiding(
        id=row["id"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        reason=row["reason"],
        hidden_by=row["hider"],
        hidden_at=row["hidden_at"],
        appealed_at=row["appealed_at"],
        appeal=row["appeal"] if party else None,
        decided_by=row["decider"],
        decided_at=row["decided_at"],
        answer=row["answer"],
        lifted_at=row["lifted_at"],
    )


def _allow(decision: Decision, code: str) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code=code)
