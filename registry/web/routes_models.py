"""What a design's sliders ask for: the model of the values in the form, streamed straight into the view."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from designs.manifest import Manifest
from designs.parameters import Given, ParameterError
from registry.api.blob_answers import MEDIA_TYPES
from registry.api.deps import Parts
from registry.blobs import transfer
from registry.core.builds import asker_of
from registry.ids import BuildId, design_name
from registry.parts import State
from registry.web.design_page import changed, load_choice, load_head, with_query
from registry.web.pages import Looker
from registry.web.parameter_form import MOST_FIELDS, read_choice
from registry.web.routes_designs import show_choice, waiter_of
from registry.work.showing import Gone, Model, ask_for_model
from registry.work.threads import in_thread

router = APIRouter(include_in_schema=False)

MODEL = MEDIA_TYPES[".glb"]
LONGEST_MODEL = 256 * 1024 * 1024
"""Bytes; the jail lets no file become longer."""
LEFT = 204
"""The status of an answer that nobody reads any more."""


@router.post("/designs/{namespace}/{name}/versions/{version}/model")
async def model(  # noqa: PLR0917  (one address)
    request: Request, parts: Parts, looker: Looker, namespace: str, name: str, version: str
) -> Response:
    """The GLB of the posted values, as soon as its mesh is made. Of values that do not go together, and of a build that
    fails, the regions of the page that say so."""
    form = await request.form(max_fields=MOST_FIELDS)
    sent = {key: value for key, value in form.items() if isinstance(value, str)}
    design, asker = design_name(namespace, name), asker_of(looker, waiter_of(sent))
    try:
        found = await ask_for_model(parts, asker, design, version, chosen=_reader(sent), gone=_gone(request))
    except Gone:
        return Response(status_code=LEFT)
    except ParameterError:
        head = await load_head(parts, namespace, name, version)
        return await show_choice(request, parts, head, await load_choice(parts, head, sent), status=422)
    data = found.data if found.data is not None else await _kept(parts, found)
    headers = _told(found)
    if data is None:
        head = await load_head(parts, namespace, name, version)
        answer = await show_choice(request, parts, head, await load_choice(parts, head, sent))
        answer.headers.update(headers)
        return answer
    return Response(data, media_type=MODEL, headers={**headers, "Cache-Control": "no-store"})


def _reader(sent: Mapping[str, str]) -> Callable[[Manifest], tuple[Mapping[str, Given], str | None]]:
    def read(manifest: Manifest) -> tuple[Mapping[str, Given], str | None]:
        choice = read_choice(manifest, sent)
        return choice.given, choice.preset

    return read


def _told(model: Model) -> dict[str, str]:
    """Where these values have their page, and which build it is."""
    manifest, name = model.version.manifest, model.version.name
    root = f"/designs/{name.design}" + ("" if model.version.is_latest else f"/versions/{name.version}")
    link = with_query(root, changed(manifest, model.recipe.parameters.canonical))
    return {"X-Cofab-Link": quote(link, safe="/?=&%+"), "X-Cofab-Build": BuildId(model.recipe.digest)}


async def _kept(parts: State, model: Model) -> bytes | None:
    sha256 = model.sha256
    if sha256 is None:
        return None
    return await in_thread(lambda: transfer.read_whole(parts.blobs, sha256, limit=LONGEST_MODEL), name="model")


async def _gone(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
