"""Puts a registry process together: its parts, its routes, and what surrounds every request."""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import Receive, Scope, Send

import registry.api
from registry.api import problems
from registry.api.gate import pass_gate
from registry.api.guards import BodyLimits, SecurityHeaders
from registry.api.node_claims import answer_later
from registry.api.openapi import complete
from registry.blobs.choose import open_blobs
from registry.blobs.transfer import prepare_incoming
from registry.parts import State
from registry.settings import Settings
from registry.signals import Signals
from registry.store.database import Database
from registry.web import pages, routes
from registry.work.asking import renew_waits_until_closed
from registry.work.builds import build_until_closed
from registry.work.claim_desk import LANES, ClaimDesk
from registry.work.comparers import compare_until_closed
from registry.work.needs import gather_until_closed
from registry.work.proposals import check_until_closed
from registry.work.relay import Relay
from registry.work.signing import open_signer
from registry.work.sweeping import sweep_until_closed
from registry.work.webhooks import send_until_closed

PREFIX = "/api/v1"
DESK_CONNECTIONS = LANES + 2
"""The hand-out's own, so that it stands behind nobody who reads: a look, what is being answered, word to the others."""
DESCRIPTION = """
Open designs, their lineage, and their making. Reading needs no login; everything else takes a token in the
`Authorization: Bearer cofab_…` header. Errors are `application/problem+json` (RFC 9457) with a `code` for programs.
"""


class Application(FastAPI):
    """FastAPI with the schema of our errors in its OpenAPI document, and with answers that wait outside of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer_later(super().__call__, scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        document = complete(super().openapi())
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problems.schema()
        return document


def create_app(settings: Settings) -> FastAPI:
    """A registry that opens its database and begins its work when the server starts it."""
    app = Application(
        title="Cofab registry",
        version="1",
        description=DESCRIPTION,
        lifespan=_lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={500: problems.documented(500)[500], **problems.documented()},
    )
    app.state.settings = settings
    for router in _api_routers():
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(pass_gate)])
    app.include_router(routes.router, dependencies=[Depends(pass_gate)])
    problems.install(app, pages.error_page)
    app.add_middleware(BodyLimits, settings=settings)
    app.add_middleware(SecurityHeaders)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    await asyncio.to_thread(prepare_incoming, settings.data / "incoming")
    db = Database(settings.database)
    await asyncio.to_thread(db.migrate)
    signer = await open_signer(settings, db)
    signals = Signals()
    own = db if db.sqlite else Database(settings.database, connections=DESK_CONNECTIONS)
    desk = ClaimDesk(own, signals, settings.hand_out)
    signals.follow(desk)
    parts = State(settings, db, await asyncio.to_thread(open_blobs, settings), signals, desk, signer)
    app.state.parts = parts
    ending = [asyncio.create_task(work) for work in (desk.run(), sweep_until_closed(parts), gather_until_closed(parts))]
    cut_off = [asyncio.create_task(work) for work in _interruptible(parts, own)]
    try:
        yield
    finally:
        signals.close()  # the first end with their round; the others may be stopped anywhere
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*ending, *cut_off, return_exceptions=True)
        for database in {db, own}:
            await asyncio.to_thread(database.close)


def _interruptible(parts: State, own: Database) -> Iterator[Coroutine[Any, Any, None]]:
    """Work of this process that goes on, here or elsewhere, where it was stopped."""
    yield build_until_closed(parts)
    yield compare_until_closed(parts)
    yield check_until_closed(parts)
    yield renew_waits_until_closed(parts)
    yield send_until_closed(parts)
    if not own.sqlite:
        yield _relay(own, parts.signals)


async def _relay(db: Database, signals: Signals) -> None:
    relay = Relay(db, signals)
    signals.carry(relay.send)
    await relay.run()


def _api_routers() -> Iterator[APIRouter]:
    """The router of every module in registry.api that has one, in the order of their names."""
    for found in pkgutil.iter_modules(registry.api.__path__, "registry.api."):
        router = vars(importlib.import_module(found.name)).get("router")
        if isinstance(router, APIRouter):
            yield router
