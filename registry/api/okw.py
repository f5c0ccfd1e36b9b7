"""Facilities as Open Know-Where."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from designs.okw import write_json, write_yaml
from registry.actions.okw import read_workplace
from registry.api.deps import Parts, Visitor
from registry.api.problems import documented
from registry.moments import now

router = APIRouter(prefix="/facilities/{slug}", tags=["interchange"])

_TEXT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The description",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("application/json", "application/yaml")},
    }
}
_WRITERS = {"json": write_json, "yaml": write_yaml}


@router.get("/okw", responses={**documented(404), **_TEXT}, response_class=Response)
async def export_okw(
    slug: str, caller: Visitor, parts: Parts, form: Annotated[Literal["json", "yaml"], Query(alias="format")] = "json"
) -> Response:
    """A facility with its machines as Open Know-Where, with X, Y and Z of what each machine takes."""
    timing, moment = parts.settings.hand_out, now()
    place = await parts.db.read(lambda connection: read_workplace(connection, slug, caller, timing, moment))
    return Response(_WRITERS[form](place), media_type=f"application/{form}")
