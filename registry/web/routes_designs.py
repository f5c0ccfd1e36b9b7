"""A design's pages: overview with parameters and build, files, versions, makes."""

from collections.abc import Mapping
from typing import TypedDict

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from designs.digest import parse_digest
from designs.parameters import ParameterError
from registry.actions.design_views import DesignView, VersionView
from registry.actions.designs import file_named
from registry.actions.lineage_views import UpstreamNews
from registry.actions.order_views import made_of
from registry.actions.recalls import RecalledOrigin
from registry.actions.upstream import upstream_news
from registry.api.blob_answers import blob_answer
from registry.api.deps import Parts
from registry.core.builds import asker_of
from registry.core.permissions import Caller
from registry.ids import BuildId
from registry.parts import State
from registry.web.design_page import (
    ANALYSE,
    PATIENCE_SECONDS,
    Chosen,
    Head,
    Latest,
    Pinned,
    analyse,
    changed,
    fields_of_presets,
    load_choice,
    load_readme,
    load_shown,
    people,
    poster_of,
    with_query,
)
from registry.web.pages import Looker, render, wants_part, wants_settled
from registry.web.parameter_form import read_choice
from registry.work.asking import ask_for_build, touch
from registry.work.showing import settled

router = APIRouter(include_in_schema=False)

LONGEST_WAITER = 40
SHOWN_TYPES = frozenset({"png", "jpg", "jpeg", "gif", "webp", "svg", "glb", "3mf", "stl", "step", "stp", "json"})


@router.get("/designs/{namespace}/{name}")
async def design(request: Request, parts: Parts, looker: Looker, head: Latest) -> Response:
    """The latest version."""
    return await _overview(request, parts, looker, head)


@router.get("/designs/{namespace}/{name}/versions/{version}")
async def version(request: Request, parts: Parts, looker: Looker, head: Pinned) -> Response:
    """One version."""
    return await _overview(request, parts, looker, head)


async def _overview(request: Request, parts: State, looker: Caller | None, head: Head) -> Response:
    chosen = await load_choice(parts, head, request.query_params)
    if chosen.build is not None and chosen.build.under_way and wants_settled(request):
        await settled(parts, BuildId(chosen.build.id), patience_seconds=PATIENCE_SECONDS)
        chosen = await load_choice(parts, head, request.query_params)
    if chosen.build is not None and chosen.build.under_way and not wants_part(request):
        await touch(parts, asker_of(looker), BuildId(chosen.build.id))
    if chosen.build is not None and ANALYSE in request.query_params and chosen.build.analysis.wanting:
        await analyse(parts, asker_of(looker), BuildId(chosen.build.id))
        chosen = await load_choice(parts, head, request.query_params)
    return await show_choice(request, parts, head, chosen)


async def show_choice(request: Request, parts: State, head: Head, chosen: Chosen, *, status: int = 200) -> Response:
    """The page of a choice of values; its regions alone where an island asks for these."""
    part = wants_part(request)
    return render(
        request,
        "design/part.html" if part else "design/page.html",
        status=status,
        **head_values(head, "overview", chosen.query),
        chosen=chosen,
        recipe_link=with_query(head.pinned, chosen.query),
        analyse_link=with_query(head.pinned, {**chosen.query, ANALYSE: "1"}) + "#make",
        readme=None if part else await load_readme(parts, head),
        authors=people(head.version.manifest),
        poster_url=poster_of(head, chosen.build),
        preset_values=fields_of_presets(head.version.manifest),
        news=None if part else await _news(parts, head),
    )


async def _news(parts: State, head: Head) -> UpstreamNews | None:
    if head.view.card.forked_from is None:
        return None
    return await parts.db.read(lambda connection: upstream_news(connection, head.version.name.design))


@router.post("/designs/{namespace}/{name}/versions/{version}/build")
async def build(request: Request, parts: Parts, looker: Looker, head: Pinned) -> Response:
    """Ask for the build of the posted parameters, and go to the page that shows it."""
    sent = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    manifest, choice = head.version.manifest, read_choice(head.version.manifest, sent)
    try:
        asker = asker_of(looker, waiter_of(sent))
        asked = await ask_for_build(parts, asker, head.version.name, choice.given, choice.preset)
    except ParameterError:
        return await show_choice(request, parts, head, await load_choice(parts, head, sent), status=422)
    return RedirectResponse(with_query(head.pinned, changed(manifest, asked.parameters)), 303)


@router.get("/designs/{namespace}/{name}/versions")
async def versions(request: Request, head: Latest) -> Response:
    """All versions."""
    return _tab(request, head, "versions")


@router.get("/designs/{namespace}/{name}/versions/{version}/files")
async def files(request: Request, head: Pinned) -> Response:
    """The files of a version."""
    return _tab(request, head, "files")


@router.get("/designs/{namespace}/{name}/versions/{version}/files/{path:path}")
async def file(request: Request, parts: Parts, head: Pinned, path: str) -> Response:
    """One file, shown as what it is."""
    found = file_named(head.version, path)
    return render(
        request,
        "design/file.html",
        **head_values(head, "files"),
        file=found,
        shown=await load_shown(parts, head, found),
    )


@router.get("/designs/{namespace}/{name}/makes")
async def makes(request: Request, parts: Parts, head: Latest) -> Response:
    """Who made it, and where."""
    ids = tuple(version.id for version in head.view.versions)
    made = await parts.db.read(lambda connection: made_of(connection, ids))
    return render(request, "design/makes.html", **head_values(head, "makes"), made=made)


@router.get("/blobs/{sha256}/{name}")
async def blob(request: Request, parts: Parts, sha256: str, name: str) -> Response:
    """Bytes under a name, with the type that the name says; never one that a browser would run."""
    kind = name.rsplit(".", 1)[-1].lower()
    digest = parse_digest(sha256)
    return await blob_answer(request, parts.blobs, digest, name=name if kind in SHOWN_TYPES else f"{name}.bin")


def waiter_of(sent: Mapping[str, str]) -> str:
    """The name that a page's script gave itself, so that it can say alone that it waits no longer."""
    named = sent.get("waiter", "")
    return named if len(named) <= LONGEST_WAITER and named.isascii() and named.isalnum() else ""


def _tab(request: Request, head: Head, tab: str) -> Response:
    return render(request, f"design/{tab}.html", **head_values(head, tab))


class _Tab(TypedDict):
    view: DesignView
    version: VersionView
    tab: str
    order_link: str
    recalled_origins: tuple[RecalledOrigin, ...]


def head_values(head: Head, tab: str, query: Mapping[str, str] | None = None) -> _Tab:
    """What the head that all pages of one version share is filled with."""
    order_link = with_query(f"{head.address}/order", query or {})
    return {
        "view": head.view,
        "version": head.version,
        "tab": tab,
        "order_link": order_link,
        "recalled_origins": head.recalled_origins,
    }
