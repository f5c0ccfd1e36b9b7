"""How a page comes about: who looks at it, the template, and the headers that protect it."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from registry.api.deps import SAFE_METHODS, SESSION_COOKIE, Parts, caller, state_of
from registry.api.origins import is_own_origin
from registry.api.problems import Problem
from registry.core.licence_panel import panel
from registry.core.permissions import Caller
from registry.core.source_bundle import source_url
from registry.errors import Forbidden, Unauthenticated
from registry.moments import now
from registry.parts import State
from registry.web import build_words, formatting, languages, match_words, order_words, progress_words
from registry.web.assets import bundled
from registry.web.guards import PAGE_HEADERS
from registry.web.languages import _, noted
from registry.web.licence_words import licence_words
from registry.web.markdown import render_markdown

LANGUAGE_COOKIE = "cofab_language"
THEME_COOKIE = "cofab_theme"
THEMES = ("light", "dark")
PART_HEADER = "x-cofab-part"
"""Sent by islands: only the regions that change are wanted, not the page around them."""


@cache
def templates() -> Environment:
    """The templates of this installation. Everything that comes out of a value is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(languages._, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "ago": formatting.how_long_ago,
        "until": formatting.until,
        "duration": formatting.duration,
        "file_size": formatting.file_size,
        "figure": formatting.figure,
        "volume": formatting.volume,
        "plural": formatting.plural,
        "offer": match_words.offer,
        "counted": order_words.counted,
        "short": formatting.short_digest,
        "capitalise": formatting.capitalise,
        "licence": licence_words,
        "licence_panel": cache(panel),
        "source_url": partial(source_url, ""),
        "markdown": render_markdown,
    }
    environment.globals |= {
        "months": formatting.MONTHS,
        "machines_words": progress_words.MACHINES,
        "bed_needs_clearing": progress_words.BED_NEEDS_CLEARING,
        "beds_words": progress_words.BEDS,
        "process_words": progress_words.PROCESSES,
        "orders_words": progress_words.ORDERS,
        "stages_words": build_words.STAGES,
    }
    return environment


async def recognise(request: Request, parts: Parts) -> Caller | None:
    """Who looks at the page. A session that is over makes a visitor, whose cookie is then forgotten.

    A form is taken from our own pages only, also from somebody who is not logged in: nobody shall be logged in
    as somebody else by another site. Pages are for sessions: a token, which may have few scopes, is nobody here.
    """
    languages.speak(
        languages.language_for(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
    )
    if request.method not in SAFE_METHODS and not is_own_origin(request.headers, parts.settings.url):
        raise Forbidden(
            "this form was sent from another site's page: open the page here and send it again", code="foreign_origin"
        )
    try:
        found = await caller(request, parts)
    except Unauthenticated:
        found = None
    if found is not None and not found.session:
        found = None
    request.state.caller = found
    return found


Looker = Annotated[Caller | None, Depends(recognise)]
"""Who looks: None for a visitor."""


async def signed_in(found: Looker) -> Caller:
    """Somebody who is logged in; a visitor is asked to sign in first."""
    if found is None:
        raise Unauthenticated(_("Sign in to do this."))
    return found


SignedIn = Annotated[Caller, Depends(signed_in)]


def here(request: Request) -> str:
    """Path and query of the page, as a place to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def wants_part(request: Request) -> bool:
    """Whether an island asks for the page's changing regions only."""
    return PART_HEADER in request.headers


def wants_settled(request: Request) -> bool:
    """Whether an island would rather wait than be told that a build is under way."""
    return request.headers.get(PART_HEADER) == "settled"


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Write a page. `values` are the view dataclasses and words that the template needs."""
    moment: datetime = now()
    recognised = hasattr(request.state, "caller")
    found: Caller | None = request.state.caller if recognised else None
    theme = request.cookies.get(THEME_COOKIE)
    html = (
        templates()
        .get_template(template)
        .render(
            **values,
            member=found,
            path=request.url.path,
            here=here(request) if request.method in SAFE_METHODS else "/",
            theme=theme if theme in THEMES else None,
            language=languages.spoken(),
            languages=languages.LANGUAGES,
            assets=bundled(),
            now=moment,
        )
    )
    answer = HTMLResponse(html, status, dict(PAGE_HEADERS))
    if recognised and found is None and SESSION_COOKIE in request.cookies:
        answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


def see_other(path: str, **query: str) -> RedirectResponse:
    """Where to go after a form: always by GET."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


async def error_page(request: Request, problem: Problem) -> Response:
    """A problem for people. A visitor who needs to sign in is led there and back again."""
    parts: State = state_of(request)
    if not hasattr(request.state, "caller") and request.method in SAFE_METHODS:
        await recognise(request, parts)
    if problem.status == 401 and request.method in SAFE_METHODS:
        return see_other("/sign-in", next=here(request))
    return render(
        request,
        "problem.html",
        status=problem.status,
        status_code=problem.status,
        title=_(_TITLES[problem.status]) if problem.status in _TITLES else problem.title,
        message=_(_WORDS[problem.title]) if problem.title in _WORDS else problem.detail,
    )


_TITLES = {
    401: noted("Sign in first"),
    403: noted("You may not do this"),
    404: noted("There is nothing here"),
    405: noted("This page does not do that"),
    413: noted("Too large"),
    422: noted("That is not valid"),
    500: noted("Something broke"),
}
_WORDS = {
    "Not Found": noted("The address leads nowhere. It may have been mistyped, or what was there has another name now."),
    "Method Not Allowed": noted("This address takes no such request. Go back and use the page's own buttons."),
}
"""Instead of what the framework says of an address that no page has."""
