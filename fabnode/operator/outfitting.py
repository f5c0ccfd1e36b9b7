"""The local page's handlers for what is loaded and mounted, for spools, and for care that was given."""

from typing import cast

from aiohttp import web

from fabnode.operator.asking import AGENT, done, is_api, read_said
from fabnode.outfit import Action, Outfitting, SpoolSaid
from fabnode.upkeep import spool_lines

_ACTIONS = "load|unload|fit|allow-short|done"


def outfit_routes() -> list[web.AbstractRouteDef]:
    """The same for forms and for the command line."""
    return [
        web.post(f"/machines/{{machine}}/outfit/{{action:{_ACTIONS}}}", _outfit),
        web.post(f"/api/machines/{{machine}}/outfit/{{action:{_ACTIONS}}}", _outfit),
        web.post("/spools", _keep_spool),
        web.post("/api/spools", _keep_spool),
        web.get("/api/spools", _spools),
    ]


async def _outfit(request: web.Request) -> web.Response:
    said = await read_said(request, Outfitting)
    action = cast(Action, request.match_info["action"])
    await request.app[AGENT].outfit.do(request.match_info["machine"], action, said)
    return done(request)


async def _keep_spool(request: web.Request) -> web.Response:
    spool = await request.app[AGENT].outfit.keep_spool(await read_said(request, SpoolSaid))
    return web.json_response({"id": spool.id}) if is_api(request) else done(request)


async def _spools(request: web.Request) -> web.Response:
    return web.json_response(spool_lines(request.app[AGENT].house.upkeep))
