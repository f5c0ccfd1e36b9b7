"""What every handler of the local page needs: the agent, what was said by form or JSON, and the answer "done"."""

import re
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import BaseModel

from fabnode.agent import Agent

AGENT: web.AppKey[Agent] = web.AppKey("agent")

_MACHINE_PAGE = re.compile(r"/machines/[A-Za-z0-9._:-]+")

_S = TypeVar("_S", bound=BaseModel)


def is_api(request: web.Request) -> bool:
    """Whether the command line asks, and not a form."""
    return request.path.startswith("/api/")


async def read_said(request: web.Request, kind: type[_S]) -> _S:
    """Raises ValidationError."""
    if is_api(request):
        return kind.model_validate_json(await request.read() or b"{}")
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    return kind.model_validate({name: value for name, value in form.items() if value})


def done(request: web.Request) -> web.Response:
    """A form leads back to the machine's own page when it was sent from there, else to all machines."""
    if is_api(request):
        return web.json_response({})
    came_from = urlsplit(request.headers.get("Referer", "")).path
    where = came_from if _MACHINE_PAGE.fullmatch(came_from) else "/"
    return web.Response(status=303, headers={"Location": where})
