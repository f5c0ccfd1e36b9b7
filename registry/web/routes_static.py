"""The bundled front end, the icon, and the choices of colours and language."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from registry.errors import NotFound
from registry.web.assets import bundled, media_type
from registry.web.guards import safe_next
from registry.web.languages import LANGUAGES
from registry.web.pages import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Looker, see_other

router = APIRouter(include_in_schema=False)

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
A_DAY = {"Cache-Control": "public, max-age=86400"}
A_YEAR_SECONDS = 31_536_000
ICON = Path(__file__).parent / "favicon.svg"


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """A bundled file; its name changes with its content."""
    path = bundled().file(name)
    if path is None:
        raise NotFound(f"there is no file {name[:80]!r} in the front end", value=name[:80])
    packed = bundled().file(f"{name}.gz")
    if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers = {**FOR_EVER, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return FileResponse(packed, media_type=media_type(path), headers=headers)
    return FileResponse(path, media_type=media_type(path), headers={**FOR_EVER, "Vary": "Accept-Encoding"})


@router.get("/favicon.svg")
async def favicon() -> FileResponse:
    """The icon of the browser's tab."""
    return FileResponse(ICON, media_type="image/svg+xml", headers=A_DAY)


@router.post("/theme")
async def theme(_: Looker, theme: Annotated[str, Form()], next: Annotated[str, Form()] = "/") -> RedirectResponse:
    """Keep the choice of colours in a cookie, for browsers without script."""
    answer = see_other(safe_next(next))
    if theme in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR_SECONDS, samesite="lax", path="/")
    return answer


@router.post("/language")
async def language(_: Looker, language: Annotated[str, Form()], next: Annotated[str, Form()] = "/") -> RedirectResponse:
    """Keep the choice of language in a cookie."""
    answer = see_other(safe_next(next))
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR_SECONDS, samesite="lax", path="/")
    return answer
