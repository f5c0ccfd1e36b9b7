"""Moderation and administration on pages: what was hidden and why, reports, appeals, and members."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import administration
from registry.actions import moderation as actions
from registry.api import administration as admin_api
from registry.api import moderation as api
from registry.api.administration import PasswordLink, Rights, Suspension
from registry.api.deps import Parts
from registry.api.moderation import AnswerWish, AppealWish, DecisionWish, HidingWish, ReportWish
from registry.core.moderation import Kind, may_moderate
from registry.core.permissions import Caller
from registry.errors import RegistryError
from registry.moments import now
from registry.parts import State
from registry.web.forms import FormProblem, form_problem
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

MOST_HIDINGS = 100
MOST_MEMBERS = 200


class ReportForm(BaseModel):
    kind: str = Kind.DESIGN
    subject: str = ""
    words: str = ""


class AnswerForm(BaseModel):
    answer: str = ""
    words: str = ""
    shown: bool = False


class ActForm(BaseModel):
    act: str = ""
    reason: str = ""


@router.get("/moderation")
async def moderation_page(request: Request, parts: Parts, looker: Looker) -> Response:
    """All that was ever hidden; for moderators what waits for them."""
    return await _moderation(request, parts, looker)


@router.get("/report")
async def report_page(request: Request, looker: SignedIn, kind: str = Kind.DESIGN, subject: str = "") -> Response:
    """The form for a report."""
    form = ReportForm(kind=kind, subject=subject)
    return render(request, "moderation/report.html", form=form, problem=None, sent=False)


@router.post("/report")
async def report(request: Request, parts: Parts, looker: SignedIn, form: Annotated[ReportForm, Form()]) -> Response:
    """Tell the moderators."""
    try:
        await api.report(ReportWish.model_validate(form.model_dump()), looker, parts)
    except (RegistryError, ValidationError) as error:
        told = form_problem(error)
        return render(request, "moderation/report.html", status=told.status, form=form, problem=told.words, sent=False)
    return render(request, "moderation/report.html", form=form, problem=None, sent=True)


@router.post("/moderation/hide")
async def hide(request: Request, parts: Parts, looker: SignedIn, form: Annotated[ReportForm, Form()]) -> Response:
    """Hide something."""
    wish = {"kind": form.kind, "subject": form.subject, "reason": form.words}
    try:
        await api.hide(HidingWish.model_validate(wish), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _moderation(request, parts, looker, told=form_problem(error))
    return see_other("/moderation")


@router.post("/moderation/reports/{report}/dismiss")
async def dismiss(
    request: Request, parts: Parts, looker: SignedIn, report: str, form: Annotated[AnswerForm, Form()]
) -> Response:
    """Close a report."""
    try:
        await api.dismiss_report(report, AnswerWish(answer=form.answer), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _moderation(request, parts, looker, told=form_problem(error))
    return see_other("/moderation")


@router.post("/moderation/{hiding}/appeal")
async def appeal(
    request: Request, parts: Parts, looker: SignedIn, hiding: str, form: Annotated[AnswerForm, Form()]
) -> Response:
    """Say why it should be shown again."""
    try:
        await api.appeal(hiding, AppealWish(words=form.words), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _moderation(request, parts, looker, told=form_problem(error))
    return see_other("/moderation")


@router.post("/moderation/{hiding}/decide")
async def decide(
    request: Request, parts: Parts, looker: SignedIn, hiding: str, form: Annotated[AnswerForm, Form()]
) -> Response:
    """Answer an appeal."""
    try:
        await api.decide(hiding, DecisionWish(answer=form.answer, shown=form.shown), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _moderation(request, parts, looker, told=form_problem(error))
    return see_other("/moderation")


@router.get("/admin/members")
async def members_page(request: Request, parts: Parts, looker: SignedIn, after: str = "") -> Response:
    """All members: for administrators."""
    return await _members(request, parts, looker, after=after)


@router.post("/admin/members/{name}")
async def change_member(
    request: Request, parts: Parts, looker: SignedIn, name: str, form: Annotated[ActForm, Form()]
) -> Response:
    """What an administrator does about a member."""
    link: PasswordLink | None = None
    try:
        if form.act == "suspend":
            await admin_api.suspend(name, Suspension(reason=form.reason), looker, parts)
        elif form.act == "reinstate":
            await admin_api.reinstate(name, looker, parts)
        elif form.act == "link":
            link = await admin_api.make_password_link(name, looker, parts)
        else:
            await admin_api.change_rights(name, _rights(form.act), looker, parts)
    except (RegistryError, ValidationError) as error:
        return await _members(request, parts, looker, told=form_problem(error))
    return await _members(request, parts, looker, link=link)


def _rights(act: str) -> Rights:
    return {
        "admin": Rights(admin=True),
        "no-admin": Rights(admin=False),
        "moderator": Rights(moderator=True),
        "no-moderator": Rights(moderator=False),
    }.get(act, Rights())


async def _moderation(
    request: Request, parts: State, looker: Caller | None, *, told: FormProblem | None = None
) -> Response:
    moderates, moment = may_moderate(looker).allowed, now()
    hidings = await parts.db.read(
        lambda connection: actions.list_hidings(connection, looker, before=moment, limit=MOST_HIDINGS)
    )
    reports: tuple[actions.Complaint, ...] = ()
    if looker is not None and moderates:
        asker = looker
        reports = await parts.db.read(lambda connection: actions.list_complaints(connection, asker))
    return render(
        request,
        "moderation/page.html",
        status=told.status if told else 200,
        problem=told.words if told else None,
        hidings=hidings,
        reports=reports,
        moderates=moderates,
        administers=looker is not None and looker.admin,
    )


async def _members(
    request: Request,
    parts: State,
    looker: Caller,
    *,
    after: str = "",
    told: FormProblem | None = None,
    link: PasswordLink | None = None,
) -> Response:
    found = await parts.db.read(
        lambda connection: administration.list_members(connection, looker, after=after, limit=MOST_MEMBERS)
    )
    return render(
        request,
        "moderation/members.html",
        status=told.status if told else 200,
        problem=told.words if told else None,
        people=found,
        link=link,
        more=found[-1].name if len(found) == MOST_MEMBERS else None,
    )
