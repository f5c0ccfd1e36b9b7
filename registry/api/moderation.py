"""Reports, what moderators hide for them, and appeals."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from registry.actions import moderation as actions
from registry.actions.moderation import Complaint, Hiding
from registry.api.deps import AccountOwner, Member, Parts, Visitor
from registry.api.problems import documented
from registry.api.words import Lines
from registry.core.moderation import Kind
from registry.ids import new_id
from registry.moments import now

router = APIRouter(tags=["moderation"])

Words = Annotated[Lines, Field(min_length=1, max_length=2000)]
HidingPath = Annotated[str, Path(max_length=40, examples=["hid_3k7m9q2t5v8x1z4b"])]
ReportPath = Annotated[str, Path(max_length=40, examples=["rep_3k7m9q2t5v8x1z4b"])]


class ReportWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "design", "subject": "ada/bin", "words": "Not theirs to publish"}},
    )

    kind: Kind
    subject: Annotated[str, Field(max_length=200)]
    """`namespace/name`, a member's name, or a comment's id."""
    words: Words


class HidingWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "design", "subject": "ada/bin", "reason": "A copy without licence"}},
    )

    kind: Kind
    subject: Annotated[str, Field(max_length=200)]
    reason: Words
    """Everybody reads it."""


class AppealWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"words": "I have the author's leave"}})

    words: Words


class AnswerWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"answer": "Nothing wrong with it"}})

    answer: Words


class DecisionWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"answer": "The author agrees", "shown": True}}
    )

    answer: Words
    """Everybody reads it."""
    shown: bool
    """Whether it is shown again."""


class ReportOut(BaseModel):
    id: str
    kind: Kind
    subject: str
    words: str
    reported_by: str
    reported_at: datetime


class ReportsOut(BaseModel):
    reports: tuple[ReportOut, ...]


class ReportMade(BaseModel):
    id: str


class HidingOut(BaseModel):
    id: str
    kind: Kind
    subject: str
    reason: str
    hidden_by: str
    hidden_at: datetime
    appealed_at: datetime | None
    appeal: str | None
    """Shown to moderators and to the owner."""
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None
    lifted_at: datetime | None


class HidingsOut(BaseModel):
    hidings: tuple[HidingOut, ...]


def _report(view: Complaint) -> ReportOut:
    told: dict[str, Any] = vars(view)
    return ReportOut(**told)


def _hiding(view: Hiding) -> HidingOut:
    told: dict[str, Any] = vars(view)
    return HidingOut(**told)


@router.post("/reports", status_code=201, responses=documented(401, 404, 409))
async def report(body: ReportWish, caller: Member, parts: Parts) -> ReportMade:
    """Tell the moderators of a design, a member or a comment that breaks the rules. They alone see who told it."""
    complaint, moment = new_id("rep"), now()
    await parts.db.write(
        lambda connection: actions.report(
            connection, caller, body.kind, body.subject, body.words, complaint=complaint, now=moment
        )
    )
    return ReportMade(id=complaint)


@router.get("/reports", responses=documented(401, 403))
async def list_reports(caller: Member, parts: Parts) -> ReportsOut:
    """Reports that nobody has answered, the oldest first: for moderators."""
    found = await parts.db.read(lambda connection: actions.list_complaints(connection, caller))
    return ReportsOut(reports=tuple(map(_report, found)))


@router.post("/reports/{report}/dismiss", status_code=204, responses=documented(401, 403, 404))
async def dismiss_report(report: ReportPath, body: AnswerWish, caller: AccountOwner, parts: Parts) -> None:
    """Close a report without hiding anything: for moderators."""
    moment = now()
    await parts.db.write(lambda connection: actions.dismiss(connection, caller, report, body.answer, moment))


@router.post("/hidings", status_code=201, responses=documented(401, 403, 404, 409))
async def hide(body: HidingWish, caller: AccountOwner, parts: Parts) -> HidingOut:
    """Hide a design, a member's words about themselves, or a comment: for moderators. Nothing is deleted."""
    hiding, moment = new_id("hid"), now()
    view = await parts.db.write(
        lambda connection: actions.hide(
            connection, caller, body.kind, body.subject, body.reason, hiding=hiding, now=moment
        )
    )
    parts.signals.notify("log")
    return _hiding(view)


@router.get("/hidings", responses=documented(401))
async def list_hidings(
    caller: Visitor,
    parts: Parts,
    before: Annotated[AwareDatetime | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> HidingsOut:
    """All that was ever hidden, and why, the newest first."""
    moment = before or now()
    found = await parts.db.read(lambda connection: actions.list_hidings(connection, caller, before=moment, limit=limit))
    return HidingsOut(hidings=tuple(map(_hiding, found)))


@router.post("/hidings/{hiding}/appeal", responses=documented(401, 403, 404, 409))
async def appeal(hiding: HidingPath, body: AppealWish, caller: AccountOwner, parts: Parts) -> HidingOut:
    """Say why something should be shown again: for its owner, once."""
    moment = now()
    view = await parts.db.write(lambda connection: actions.appeal(connection, caller, hiding, body.words, moment))
    parts.signals.notify("log")
    return _hiding(view)


@router.post("/hidings/{hiding}/decide", responses=documented(401, 403, 404, 409))
async def decide(hiding: HidingPath, body: DecisionWish, caller: AccountOwner, parts: Parts) -> HidingOut:
    """Answer an appeal, or show something again without one: for moderators, other than who hid it."""
    moment = now()
    view = await parts.db.write(
        lambda connection: actions.decide(connection, caller, hiding, body.answer, shown=body.shown, now=moment)
    )
    parts.signals.notify("log")
    return _hiding(view)
