"""Two versions or builds side by side. Looking at what nobody has built yet builds nothing: a button does."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from designs.manifest import Manifest
from designs.parameters import ParameterError
from registry.actions.builds import BuildView
from registry.actions.designs import read_version
from registry.api.compare import check_sides, parse_side, side_name
from registry.api.deps import Parts
from registry.core.builds import asker_of
from registry.errors import Invalid
from registry.parts import State
from registry.web.comparing_form import Asked, ask_both, comparing_form
from registry.web.comparison_words import comparison_words
from registry.web.design_page import with_query
from registry.web.diff_words import FileDiff, file_diff
from registry.web.difference_stage import stage_of
from registry.web.languages import _
from registry.web.pages import Looker, render, see_other
from registry.web.parameter_form import link_query
from registry.work.comparing import Compared, Wish, compare, find_compared

router = APIRouter(include_in_schema=False)

PATIENCE_SECONDS = 3
"""A page that waits for a comparison is shown after so long, and looks again by itself."""
SPLIT = "split"
"""In the query's `lines`: changed lines side by side."""
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
    await check_sides(parts, looker, *sides)
    asked = await load_asked(parts, sides, request.query_params)
    try:
        known = await find_compared(parts, asked.before, asked.after)
        if known is None or known.worth_another_try:
            return _unbuilt(request, a, b, asked)
        if not known.state.final:
            known = await compare(parts, asker_of(looker), asked.before, asked.after, wait_seconds=PATIENCE_SECONDS)
    except ParameterError as error:
        return _unbuilt(request, a, b, asked, error)
    return await _page(request, a, b, asked, known)


@router.post("/compare")
async def ask(request: Request, parts: Parts, looker: Looker) -> Response:
    """Have both sides built at the sent parameters, and compared."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    a, b = sent.get("a", "").strip(), sent.get("b", "").strip()
    try:
        sides = _sides(a, b)
    except Invalid as error:
        return render(request, "compare/form.html", status=422, a=a, b=b, problem=error.message)
    if sides is None:
        words = _("Name both sides, like ada/hook@1.0.0.")
        return render(request, "compare/form.html", status=422, a=a, b=b, problem=words)
    await check_sides(parts, looker, *sides)
    asked = await load_asked(parts, sides, sent)
    try:
        await compare(parts, asker_of(looker), asked.before, asked.after, wait_seconds=0)
    except ParameterError as error:
        return _unbuilt(request, a, b, asked, error)
    split = {"lines": SPLIT} if sent.get("lines") == SPLIT else {}
    return see_other("/compare", a=a, b=b, **asked.query, **split)


async def load_asked(parts: State, sides: tuple[Wish, Wish], sent: Mapping[str, str]) -> Asked:
    """Both sides at the sent parameters. Raises NotFound."""
    manifests = await _manifest(parts, sides[0]), await _manifest(parts, sides[1])
    return ask_both(*sides, manifests, sent)


async def load_diffs(known: Compared) -> tuple[FileDiff, ...]:
    """The changed lines of all files, with their words."""
    return await asyncio.to_thread(lambda: tuple(file_diff(text) for text in known.values.texts))


async def _manifest(parts: State, wish: Wish) -> Manifest | None:
    version = wish.version
    if version is None:
        return None
    view = await parts.db.read(lambda connection: read_version(connection, version.design, version.version))
    return view.manifest


async def _page(request: Request, a: str, b: str, asked: Asked, known: Compared) -> Response:
    split = request.query_params.get("lines") == SPLIT
    query = asked.query | ({"lines": SPLIT} if split else {})
    return render(
        request,
        "compare/page.html",
        before=_side_words(a, asked.before, known.before),
        after=_side_words(b, asked.after, known.after),
        words=comparison_words(known),
        stage=stage_of(known),
        form=comparing_form(asked),
        chosen=asked.query,
        diffs=await load_diffs(known),
        split=split,
        unified_link=with_query("/compare", {"a": a, "b": b, **asked.query}) + "#source",
        split_link=with_query("/compare", {"a": a, "b": b, **asked.query, "lines": SPLIT}) + "#source",
        plain_link=with_query("/compare", {"a": a, "b": b}),
        swapped=with_query("/compare", {"a": b, "b": a, **query}),
    )


def _unbuilt(request: Request, a: str, b: str, asked: Asked, error: ParameterError | None = None) -> Response:
    form = comparing_form(asked, error.problems if error else ())
    sides = {"before": SideWords(a, a), "after": SideWords(b, b)}
    status = 422 if error else 200
    return render(request, "compare/unbuilt.html", status=status, **sides, form=form, failed=error is not None)


def _sides(a: str, b: str) -> tuple[Wish, Wish] | None:
    """Raises Invalid for what names nothing; None: one is left out."""
    return (parse_side(a.strip()), parse_side(b.strip())) if a.strip() and b.strip() else None


def _side_words(asked: str, wish: Wish, build: BuildView) -> SideWords:
    name = side_name(build) if wish.version is None or wish.version.version == "latest" else str(wish.version)
    if not build.versions:
        return SideWords(asked, name)
    page = f"/designs/{name.replace('@', '/versions/')}"
    chosen = wish.build is not None or wish.parameters
    return SideWords(asked, name, with_query(page, link_query(build.parameters)) if chosen else page)
