"""The local page's server: a page with forms for people, the same decisions as JSON for the command line.

It answers to its own loopback name only (a foreign Host means DNS rebinding). Forms carry a token of this process and
must come from the page itself; the JSON side wants the key that stands in operator.json (0600).
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fabnode import decisions
from fabnode.agent import Agent
from fabnode.cameras import TYPES
from fabnode.config import LOOPBACK, OperatorSettings
from fabnode.errors import FabnodeError
from fabnode.home import OperatorAddress
from fabnode.journal import UnknownAttempt
from fabnode.ledger import JournalUnwritable
from fabnode.operator import page, summary
from fabnode.operator.asking import AGENT, done, is_api, read_said
from fabnode.operator.machine_page import machine_page
from fabnode.operator.outfitting import outfit_routes
from fabnode.upkeep import spool_lines

STATIC = Path(__file__).parent / "static"
_DECISIONS = "|".join(decisions.DECISIONS)
MAX_BODY_BYTES = 16 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SECRETS: web.AppKey["Secrets"] = web.AppKey("secrets")


class CannotListen(FabnodeError):
    """The page's port is taken."""


class Decision(BaseModel):
    """What an operator says, by form or JSON."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    by: str = Field(default="the operator", min_length=1, max_length=80)
    verdict: str = Field(default="", max_length=40)
    reason: str | None = Field(default=None, max_length=500)
    good_copies: int | None = Field(default=None, ge=0, le=100)


class Secrets:
    """Of this process: the form token and the command line's key."""

    def __init__(self) -> None:
        self.form = secrets.token_urlsafe(24)
        self.key = secrets.token_urlsafe(32)


@asynccontextmanager
async def serving(agent: Agent, settings: OperatorSettings) -> AsyncIterator[OperatorAddress]:
    """The page while inside; gives its address. Raises CannotListen."""
    known = Secrets()
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY_BYTES)
    app[AGENT] = agent
    app[_SECRETS] = known
    app.add_routes([*_routes(), *outfit_routes()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        await runner.cleanup()
        raise CannotListen(
            f"the local page cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "set another [operator] port in fabnode.toml"
        ) from error
    host, port = runner.addresses[0][:2]
    try:
        yield OperatorAddress(f"http://{f'[{host}]' if ':' in host else host}:{port}", known.key)
    finally:
        await runner.cleanup()


def _routes() -> list[web.AbstractRouteDef]:
    return [
        web.get("/", _page),
        web.get("/now", _now),
        web.get("/machines/{machine}", _machine),
        web.get("/pictures/{attempt}/{moment:start|end|failure}", _picture),
        web.static("/static", STATIC),
        web.post("/machines/{machine}/bed-clear", _clear_bed),
        web.post(f"/attempts/{{attempt}}/{{decision:{_DECISIONS}}}", _decide),
        web.get("/api/status", _status),
        web.post("/api/machines/{machine}/bed-clear", _clear_bed),
        web.post(f"/api/attempts/{{attempt}}/{{decision:{_DECISIONS}}}", _decide),
    ]


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who may ask what; and errors in words."""
    refusal = await _refusal(request)
    response = _answer_error(request, *refusal) if refusal else await _answered(request, handler)
    response.headers.update(_HEADERS)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except UnknownAttempt as error:
        return _answer_error(request, 404, str(error))
    except decisions.Refused as error:
        return _answer_error(request, 409, str(error))
    except JournalUnwritable as error:
        return _answer_error(request, 503, str(error))
    except (decisions.NotADecision, ValidationError) as error:
        return _answer_error(request, 422, str(error))
    except web.HTTPException as error:
        return _answer_error(request, error.status, error.reason)


async def _refusal(request: web.Request) -> tuple[int, str] | None:
    host = request.url.host
    if host not in LOOPBACK or request.url.port != request.get_extra_info("sockname", (None, None))[1]:
        return 421, f"this page answers to its own loopback address only, not to {request.host!r}"
    known = request.app[_SECRETS]
    if is_api(request):
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return (
            None if secrets.compare_digest(given.encode(), known.key.encode()) else (401, "the key is not this agent's")
        )
    if request.method in {"GET", "HEAD"}:
        return None
    own = f"{request.scheme}://{request.host}"
    foreign = request.headers.get("Origin", own) != own
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return 403, "this form was sent from another page"
    token = str((await request.post()).get("token", ""))
    return (
        None
        if secrets.compare_digest(token.encode(), known.form.encode())
        else (403, "this form is out of date: load the page again")
    )


def _answer_error(request: web.Request, status: int, message: str) -> web.Response:
    if is_api(request):
        return web.json_response({"error": message}, status=status)
    return web.Response(text=page.error_page(status, message), status=status, content_type="text/html")


async def _page(request: web.Request) -> web.Response:
    now = await _summary(request)
    shown = page.whole_page(now, request.app[_SECRETS].form, request.query.get("show", ""))
    return web.Response(text=shown, content_type="text/html")


async def _now(request: web.Request) -> web.Response:
    """The part of the page that changes, for the page's own script."""
    now = await _summary(request)
    shown = page.changing_part(now, request.app[_SECRETS].form, request.query.get("show", ""))
    return web.Response(text=shown, content_type="text/html")


async def _machine(request: web.Request) -> web.Response:
    now, key = await _summary(request), request.match_info["machine"]
    line = next((line for line in now.machines if line.key == key), None)
    if line is None:
        raise web.HTTPNotFound(reason=f"this agent has no machine {key!r}")
    upkeep = request.app[AGENT].house.upkeep
    shown = machine_page(now, line, upkeep.fit(key).loads, spool_lines(upkeep), request.app[_SECRETS].form)
    return web.Response(text=shown, content_type="text/html")


async def _picture(request: web.Request) -> web.Response:
    path = await request.app[AGENT].picture(request.match_info["attempt"], request.match_info["moment"])
    if path is None:
        raise web.HTTPNotFound(reason="there is no such picture")
    data = await asyncio.to_thread(path.read_bytes)
    return web.Response(body=data, content_type=TYPES[path.suffix.removeprefix(".")])


async def _summary(request: web.Request) -> summary.Summary:
    return summary.summarise(request.app[AGENT], await request.app[AGENT].overview())


async def _status(request: web.Request) -> web.Response:
    now = await _summary(request)
    return web.Response(text=now.model_dump_json(), content_type="application/json")


async def _clear_bed(request: web.Request) -> web.StreamResponse:
    said = await read_said(request, Decision)
    await request.app[AGENT].clear_bed(request.match_info["machine"], said.by)
    return done(request)


async def _decide(request: web.Request) -> web.StreamResponse:
    event = decisions.DECISIONS[request.match_info["decision"]](
        decisions.Said(**vars(await read_said(request, Decision)))
    )
    await request.app[AGENT].decide(request.match_info["attempt"], event)
    return done(request)
