"""Two versions or builds side by side. Looking at what nobody has built yet builds nothing: a button does."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from registry.actions.builds import BuildView
from registry.api.compare import parse_side, side_name
from registry.api.deps import Parts
from registry.core.builds import asker_of
from registry.errors import Invalid
from registry.web.comparison_words import comparison_words
from registry.web.design_page import with_query
from registry.web.pages import Looker, render, see_other
from registry.web.parameter_form import link_query
from registry.work.comparing import Wish, compare, find_compared

router = APIRouter(include_in_schema=False)

PATIENCE_SECONDS = 3
"""A page that waits for a comparison is shown after so long, and looks again by itself."""
Side = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True)
class SideWords:
    """One side, as the page names and links it."""

    asked: str
    """As the address has it."""
    name: str
    link: str | None = None


@router.get("/compare")
async def compared(request: Request, parts: Parts, looker: Looker, a: Side = "", b: Side = "") -> Response:
    """The comparison, as far as it has come; a form where the address names no two sides."""
    sides = _sides(a, b)
    if sides is None:
        return render(request, "compare/form.html", a=a, b=b, problem="")
    known = await find_compared(parts, *sides)
    if known is None or known.worth_another_try:
        return render(request, "compare/unbuilt.html", before=SideWords(a, a), after=SideWords(b, b))
    if not known.state.final:
        known = await compare(parts, asker_of(looker), *sides, wait_seconds=PATIENCE_SECONDS)
    return render(
        request,
        "compare/page.html",
        before=_side_words(a, sides[0], known.before),
        after=_side_words(b, sides[1], known.after),
        words=comparison_words(known),
        texts=known.values.texts,
        swapped=f"/compare?{urlencode({'a': b, 'b': a})}",
    )


@router.post("/compare")
async def ask(
    request: Request, parts: Parts, looker: Looker, a: Annotated[str, Form()] = "", b: Annotated[str, Form()] = ""
) -> Response:
    """Have both sides built, and compared."""
    try:
        sides = _sides(a, b)
    except Invalid as error:
        return render(request, "compare/form.html", status=422, a=a, b=b, problem=error.message)
    if sides is None:
        words = "Name both sides, like ada/hook@1.0.0."
        return render(request, "compare/form.html", status=422, a=a, b=b, problem=words)
    await compare(parts, asker_of(looker), *sides, wait_seconds=0)
    return see_other("/compare", a=a.strip(), b=b.strip())


def _sides(a: str, b: str) -> tuple[Wish, Wish] | None:
    """Raises Invalid for what names nothing; None: one is left out."""
    return (parse_side(a.strip()), parse_side(b.strip())) if a.strip() and b.strip() else None


def _side_words(asked: str, wish: Wish, build: BuildView) -> SideWords:
    name = side_name(build) if wish.version is None or wish.version.version == "latest" else str(wish.version)
    if not build.versions:
        return SideWords(asked, name)
    page = f"/designs/{name.replace('@', '/versions/')}"
    return SideWords(asked, name, page if wish.build is None else with_query(page, link_query(build.parameters)))
