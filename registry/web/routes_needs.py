"""The board of needs, each need's page, and the form for a new one."""

from collections.abc import Awaitable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import need_views as views
from registry.actions.need_search import NeedQuery, filter_for
from registry.actions.need_views import NeedPage, NeedView
from registry.actions.timelines import read_timeline
from registry.api import needs as api
from registry.api.deps import Parts
from registry.api.need_models import AnswerBody, LinkBody, NeedBody, NeedOut, NoteBody, ReasonBody
from registry.core.needs import NeedKind
from registry.core.permissions import Caller, Scope, may_use
from registry.errors import Forbidden, NotFound, RegistryError
from registry.parts import State
from registry.store.clock import database_now
from registry.store.needs import popular_tags
from registry.web.forms import FormProblem, form_problem
from registry.web.log_words import sentences
from registry.web.need_words import KINDS, STATES, demand_words, link_address
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

Act = Literal["support", "unsupport", "take-up", "let-go", "link", "answer", "withdraw", "reopen"]


class BoardWish(BaseModel):
    """What somebody looks for."""

    q: str = ""
    kind: str = ""
    state: str = "open"
    tag: str = ""
    design: str = ""
    facility: str = ""
    member: str = ""
    near: str = ""
    sort: str = ""
    cursor: str = ""

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.kind or self.tag or self.design or self.facility or self.member or self.near)

    def query(self) -> NeedQuery:
        kinds = tuple(kind for kind in NeedKind if kind == self.kind)
        state: Literal["open", "closed", "all"] = "closed" if self.state == "closed" else "open"
        return NeedQuery(
            self.q, kinds, state, self.tag, self.design or None, self.facility or None, None, self.member or None,
            self.near or None,
        )  # fmt: skip


class NeedForm(BaseModel):
    """What somebody typed; judged where it is used, so that the page can show it again."""

    title: str = ""
    words: str = ""
    tags: str = ""
    design: str = ""
    facility: str = ""
    material: str = ""
    near: str = ""
    note: str = ""

    def body(self) -> NeedBody:
        """Raises ValidationError."""
        latitude, _, longitude = self.near.partition(",")
        given: Mapping[str, object] = {
            "title": self.title.strip(),
            "words": self.words,
            "tags": [tag for tag in self.tags.replace(",", " ").split() if tag],
            "design": self.design.strip() or None,
            "facility": self.facility.strip() or None,
            "material": self.material.strip() or None,
            "latitude": latitude.strip() or None,
            "longitude": longitude.strip() or None,
            "note": self.note,
        }
        return NeedBody.model_validate(given)


class ActForm(BaseModel):
    """What goes along with an act: the words, and the version or design that is named."""

    note: str = ""
    version: str = ""
    target: str = ""


@router.get("/needs")
async def board(request: Request, parts: Parts, looker: Looker, wish: Annotated[BoardWish, Query()]) -> Response:
    """What is missing, the greatest demand first."""
    problem, status = None, 200

    def find(connection: sa.Connection) -> tuple[NeedPage, list[str]]:
        wanted, now = filter_for(connection, wish.query()), database_now(connection)
        page = views.find_needs(connection, wanted, now, newest=wish.sort == "newest", cursor=wish.cursor or None)
        return page, popular_tags(connection, 16)

    try:
        found, tags = await parts.db.read(find)
    except RegistryError as error:
        told = form_problem(error)
        problem, status, found, tags = told.words, told.status, NeedPage((), None), []
    following = {**wish.model_dump(exclude={"cursor"}, exclude_defaults=True), "cursor": found.next_cursor or ""}
    return render(
        request, "need/list.html", status=status,
        wish=wish, found=found, tags=tags, kinds=KINDS, states=STATES, demand=demand_words, problem=problem,
        next_link=f"/needs?{urlencode(following)}",
    )  # fmt: skip


@router.get("/needs/new")
async def new_page(request: Request, _: SignedIn, design: str = "", facility: str = "") -> Response:
    """The form for a new need."""
    return render(request, "need/new.html", form=NeedForm(design=design, facility=facility), problem=None)


@router.post("/needs/new")
async def open_need(request: Request, parts: Parts, looker: SignedIn, form: Annotated[NeedForm, Form()]) -> Response:
    """Open it, and go to its page."""
    try:
        made = await api.open_need(form.body(), _publisher(looker), parts)
    except (RegistryError, ValidationError) as error:
        told = form_problem(error)
        return render(request, "need/new.html", status=told.status, form=form, problem=told.words)
    return see_other(f"/needs/{made.id}")


@router.get("/needs/{need}")
async def show(request: Request, parts: Parts, looker: Looker, need: str) -> Response:
    """One need."""
    return await _show(request, parts, looker, need)


@router.post("/needs/{need}/{act}")
async def do(
    *, request: Request, parts: Parts, looker: SignedIn, need: str, act: Act, form: Annotated[ActForm, Form()]
) -> Response:
    """Support it, take it up, link it, answer it, withdraw it, open it again."""
    try:
        await _done(act, need, form, _publisher(looker), parts)
    except NotFound as error:
        if error.reason == "no_need":
            raise
        return await _show(request, parts, looker, need, form_problem(error))
    except (RegistryError, ValidationError) as error:
        return await _show(request, parts, looker, need, form_problem(error))
    return see_other(f"/needs/{need}")


def _done(act: Act, need: str, form: ActForm, caller: Caller, parts: State) -> Awaitable[NeedOut]:
    """What an act of the page is in the API. Raises ValidationError."""
    words = form.note.strip()
    match act:
        case "support":
            done: Awaitable[NeedOut] = api.support_need(need, NoteBody(note=words), caller, parts)
        case "unsupport":
            done = api.unsupport_need(need, caller, parts)
        case "take-up":
            done = api.take_up_need(need, NoteBody(note=words), caller, parts)
        case "let-go":
            done = api.let_go_need(need, caller, parts)
        case "link":
            done = api.link_need(need, LinkBody(design=form.target.strip()), caller, parts)
        case "answer":
            done = api.answer_need(need, AnswerBody(version=form.version.strip(), words=words), caller, parts)
        case "withdraw":
            done = api.withdraw_need(need, ReasonBody(reason=words), caller, parts)
        case "reopen":
            done = api.reopen_need(need, ReasonBody(reason=words), caller, parts)
    return done


async def _show(
    request: Request, parts: State, looker: Caller | None, need: str, told: FormProblem | None = None
) -> Response:
    def load(connection: sa.Connection) -> tuple[NeedView, object]:
        view = views.read_need(connection, need, database_now(connection))
        return view, sentences(read_timeline(connection, "need", need, limit=30).entries)

    view, story = await parts.db.read(load)
    name = None if looker is None else looker.name
    return render(
        request, "need/page.html", status=told.status if told else 200,
        view=view, story=story, kinds=KINDS, states=STATES, demand=demand_words, link_address=link_address,
        problem=told.words if told else None,
        supports=any(voice.member and voice.who == name for voice in view.voices),
        claims=any(claim.live and claim.member == name for claim in view.claims),
        others=sum(not (voice.member and voice.who == name) for voice in view.voices),
        mine=name is not None and view.line.opener == name,
    )  # fmt: skip


def _publisher(caller: Caller) -> Caller:
    """A session may do everything; a token on a page as much as its scopes say."""
    decision = may_use(caller, Scope.PUBLISH)
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="missing_scope", scope=Scope.PUBLISH.value)
    return caller
