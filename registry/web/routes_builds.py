"""Files of a build that are made when somebody asks for them: a plain link, which works without script."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from registry.actions.builds import BuildView, read_build
from registry.api.deps import Parts
from registry.core.builds import asker_of
from registry.ids import BuildId, parse_version_name
from registry.web.file_words import WORDS, blob_url
from registry.web.languages import _
from registry.web.pages import Looker, render
from registry.work.asking import ask_for_artifact

router = APIRouter(include_in_schema=False)

PATIENCE_SECONDS = 15
"""A browser shows a link as loading for so long; then a page says that the file is on its way and looks again."""


@router.get("/builds/{build}/{name}")
async def build_file(
    *,
    request: Request,
    parts: Parts,
    looker: Looker,
    build: str,
    name: str,
    wait: Annotated[float, Query(ge=0, le=PATIENCE_SECONDS)] = PATIENCE_SECONDS,
) -> Response:
    """The file itself once it is made; until then a page that asks again by itself."""
    asked = BuildId(build)
    found = await ask_for_artifact(parts, asker_of(looker), asked, name, wait_seconds=wait)
    view = await parts.db.read(lambda connection: read_build(connection, asked))
    if found.sha256 is None:
        words, back = _(WORDS[name]) if name in WORDS else name, _page_of(view)
        return render(request, "design/making.html", status=202, name=name, words=words, back=back)
    return RedirectResponse(blob_url(found.sha256, f"{_design(view)}-{name}"), 303)


def _design(view: BuildView) -> str:
    return parse_version_name(view.versions[0]).design.name if view.versions else "design"


def _page_of(view: BuildView) -> str:
    """The page of a version that has this build."""
    return f"/designs/{view.versions[0].replace('@', '/versions/')}" if view.versions else "/designs"
