"""What is done to a proposal by the forms of its pages. Each goes back to where it came from."""

from collections.abc import Mapping
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from designs.errors import DesignError
from registry.actions import proposal_reviews, proposal_talk
from registry.actions.proposal_views import Choice, SideName, Verdict
from registry.api.deps import Parts
from registry.errors import Invalid, RegistryError
from registry.ids import parse_version_name
from registry.moments import now
from registry.web.forms import form_problem
from registry.web.guards import safe_next
from registry.web.languages import _
from registry.web.pages import SignedIn, see_other
from registry.web.proposal_model import shown_at
from registry.web.proposal_page import Proposal, Proposed, SayForm, conversation
from registry.web.routes_proposals import conflicts_page
from registry.work import proposing
from registry.work.proposal_talk import AtPlace, OnLine, begin_thread

router = APIRouter(include_in_schema=False)
ADDRESS = "/designs/{namespace}/{name}/proposals/{number}"
FAILED = (RegistryError, DesignError)


class WordsForm(BaseModel):
    """A comment, an answer or a reason."""

    words: str = ""
    act: str = ""
    next: str = ""


class ReviewForm(WordsForm):
    verdict: Verdict = Verdict.COMMENT
    round: int | None = None


class AcceptForm(WordsForm):
    version: str = ""
    snapshot: str | None = None


class ResolutionForm(BaseModel):
    choice: Choice | None = None
    text: str = ""
    act: str = "resolve"


@router.post(f"{ADDRESS}/reviews")
async def review(
    request: Request, parts: Parts, looker: SignedIn, found: Proposed, form: Annotated[ReviewForm, Form()]
) -> Response:
    """A verdict; mere words begin a thread, so that they can be answered."""
    proposal, words, moment = found.view.card.id, form.words, now()
    try:
        if form.verdict is Verdict.COMMENT:
            await begin_thread(parts, looker, proposal, words)
        else:
            verdict, seen = form.verdict, form.round
            await parts.db.write(
                lambda c: proposal_reviews.review(c, looker, proposal, verdict, words, moment, seen=seen)
            )
            parts.signals.notify("log", f"proposal:{proposal}")
    except FAILED as error:
        return _failed(request, found, error, SayForm(words, form.verdict.value))
    return see_other(f"{found.address}#say")


@router.post(f"{ADDRESS}/reviews/{{review}}")
async def take_back(request: Request, parts: Parts, looker: SignedIn, found: Proposed, review: str) -> Response:
    """Take one's verdict back."""
    try:
        await parts.db.write(lambda connection: proposal_reviews.take_back(connection, looker, review, now()))
    except FAILED as error:
        return _failed(request, found, error)
    parts.signals.notify("log", f"proposal:{found.view.card.id}")
    return see_other(found.address)


@router.post(f"{ADDRESS}/comments")
async def comment(request: Request, parts: Parts, looker: SignedIn, found: Proposed) -> Response:
    """Begin a thread: on the whole, on a line of a file, or on a place of the model."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    words = sent.get("words", "")
    try:
        thread = await begin_thread(parts, looker, found.view.card.id, words, about_of(sent))
    except FAILED as error:
        return _failed(request, found, error, SayForm(words))
    return see_other(f"{safe_next(sent.get('next'), found.address).partition('#')[0]}#{thread.id}")


@router.post(f"{ADDRESS}/comments/{{comment}}")
async def change_comment(  # noqa: PLR0917  (what every route is given, and the form)
    request: Request,
    parts: Parts,
    looker: SignedIn,
    found: Proposed,
    comment: str,
    form: Annotated[WordsForm, Form()],
) -> Response:
    """Edit or delete what one said."""

    def write(connection: sa.Connection) -> None:
        if form.act == "delete":
            proposal_talk.delete(connection, looker, comment, now())
        else:
            proposal_talk.edit(connection, looker, comment, form.words, now())

    try:
        await parts.db.write(write)
    except FAILED as error:
        return _failed(request, found, error, SayForm(form.words))
    parts.signals.notify("log", f"proposal:{found.view.card.id}")
    return see_other(safe_next(form.next, found.address))


@router.post(f"{ADDRESS}/threads/{{thread}}")
async def change_thread(  # noqa: PLR0917  (as above)
    request: Request,
    parts: Parts,
    looker: SignedIn,
    found: Proposed,
    thread: str,
    form: Annotated[WordsForm, Form()],
) -> Response:
    """Answer in a thread, settle it, open it again. Words that stand there when it is settled are said first."""

    def write(connection: sa.Connection) -> None:
        if form.act == "reopen":
            proposal_talk.unsettle(connection, looker, thread, now())
            return
        if form.act != "resolve" or form.words.strip():
            proposal_talk.answer(connection, looker, thread, form.words, now())
        if form.act == "resolve":
            proposal_talk.settle(connection, looker, thread, now())

    try:
        await parts.db.write(write)
    except FAILED as error:
        return _failed(request, found, error, SayForm(form.words))
    parts.signals.notify("log", f"proposal:{found.view.card.id}")
    return see_other(safe_next(form.next, found.address))


@router.post(f"{ADDRESS}/accept")
async def accept(
    request: Request, parts: Parts, looker: SignedIn, found: Proposed, form: Annotated[AcceptForm, Form()]
) -> Response:
    """Publish what came of it as a version of the target."""
    try:
        number, seen = form.version.strip() or None, form.snapshot
        await proposing.accept(parts, looker, found.view.card.id, number, form.words, seen=seen)
    except FAILED as error:
        return _failed(request, found, error, SayForm(version=form.version))
    return see_other(found.address)


@router.post(f"{ADDRESS}/decline")
async def decline(
    request: Request, parts: Parts, looker: SignedIn, found: Proposed, form: Annotated[WordsForm, Form()]
) -> Response:
    """Refuse it, with a reason."""
    try:
        await proposing.decline(parts, looker, found.view.card.id, form.words)
    except FAILED as error:
        return _failed(request, found, error)
    return see_other(found.address)


@router.post(f"{ADDRESS}/withdraw")
async def withdraw(
    request: Request, parts: Parts, looker: SignedIn, found: Proposed, form: Annotated[WordsForm, Form()]
) -> Response:
    """Take one's own proposal back."""
    try:
        await proposing.withdraw(parts, looker, found.view.card.id, form.words)
    except FAILED as error:
        return _failed(request, found, error)
    return see_other(found.address)


@router.post(f"{ADDRESS}/offer")
async def offer(
    request: Request, parts: Parts, looker: SignedIn, found: Proposed, version: Annotated[str, Form()] = ""
) -> Response:
    """Offer a newer version of the fork instead."""
    try:
        await proposing.offer(parts, looker, found.view.card.id, parse_version_name(version))
    except FAILED as error:
        return _failed(request, found, error)
    return see_other(found.address)


@router.post(f"{ADDRESS}/conflicts/{{conflict}}")
async def resolve(  # noqa: PLR0917  (as above)
    request: Request,
    parts: Parts,
    looker: SignedIn,
    found: Proposed,
    conflict: str,
    form: Annotated[ResolutionForm, Form()],
) -> Response:
    """Say what shall stand where both sides changed something; `undo` opens it again."""
    choice = None if form.act == "undo" else form.choice
    try:
        if choice is None and form.act != "undo":
            raise Invalid(_("choose what it shall be"), code="bad_choice")
        text = form.text.replace("\r\n", "\n") if choice is Choice.TEXT else None
        await proposing.resolve(parts, looker, found.view.card.id, conflict, choice, text)
    except FAILED as error:
        told = form_problem(error)
        return conflicts_page(request, found, told.words, told.status)
    return see_other(f"{found.address}/conflicts")


def about_of(sent: Mapping[str, str]) -> OnLine | AtPlace | None:
    """What a comment's form points at; None: at nothing in particular. Raises Invalid."""
    if "side" not in sent:
        return None
    try:
        side = SideName(sent["side"])
        if "path" in sent:
            return OnLine(side, sent["path"], int(sent.get("line", "")))
        x, y, z = (float(sent.get(axis, "")) for axis in "xyz")
        a, b, c = (float(sent.get(f"n{axis}") or 0) for axis in "xyz")
    except ValueError:
        raise Invalid(
            _("say where: choose a place of the model or give its three coordinates in mm"), code="bad_place"
        ) from None
    return AtPlace(side, (x, y, z), (a, b, c) if any((a, b, c)) else (0.0, 0.0, 1.0), shown_at(sent))


def _failed(
    request: Request, found: Proposal, error: RegistryError | DesignError, form: SayForm | None = None
) -> Response:
    told = form_problem(error)
    return conversation(request, found, form, told.words, told.status)
