"""What a slider asks for: the model of these values, as soon as its mesh is there, before the rest of the build."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.digest import Digest
from designs.manifest import Manifest
from designs.parameters import Given
from designs.recipe import Recipe
from registry.actions import build_queue, designs
from registry.actions import builds as actions
from registry.actions.builds import ArtifactState, BuildState, BuildView, recipe_for
from registry.actions.design_views import VersionView
from registry.core.builds import Asker
from registry.errors import NotFound, Unavailable
from registry.ids import BuildId, DesignName
from registry.parts import State
from registry.signals import Listener
from registry.store.clock import database_now
from registry.work.engines import fingerprint
from registry.work.making import SHOWN


@dataclass(frozen=True)
class Model:
    """What there is to see of a choice of values: one of the two, or nothing of a build that failed."""

    version: VersionView
    recipe: Recipe
    data: bytes | None = None
    """Its bytes, as they were just made."""
    sha256: Digest | None = None
    """Its bytes, as they are kept."""


class Gone(Exception):
    """Whoever asked for the model has left."""


async def ask_for_model(
    state: State,
    asker: Asker,
    design: DesignName,
    version: str,
    *,
    chosen: Callable[[Manifest], tuple[Mapping[str, Given], str | None]],
    gone: Coroutine[None, None, None],
) -> Model:
    """Find the model or have it made, for as long as `gone` does not end. `chosen` reads values and preset as the
    version's manifest understands them. Whoever asks again under the same name lets go
    of what it asked for before: that is ended, where nobody else wants it.

    Raises NotFound, ParameterError, RateLimited, Unavailable, Gone.
    """

    def look(connection: sa.Connection) -> tuple[VersionView, Recipe, BuildView | None]:
        view = designs.read_version(connection, design, version)
        recipe = recipe_for(view, *chosen(view.manifest), fingerprint(view.manifest.engine))
        try:
            return view, recipe, actions.read_build(connection, BuildId(recipe.digest))
        except NotFound:
            return view, recipe, None

    leaving = asyncio.ensure_future(gone)
    try:
        view, recipe, found = await state.db.read(look)
        if found is None or not found.state.final or actions.worth_another_try(found):
            state.floor.check(asker)
            data, found = await _made(state, asker, recipe, leaving)
            if data is not None:
                return Model(view, recipe, data=data)
        return Model(view, recipe, sha256=_kept(found))
    finally:
        leaving.cancel()


async def _made(
    state: State, asker: Asker, recipe: Recipe, leaving: asyncio.Future[None]
) -> tuple[bytes | None, BuildView]:
    build = BuildId(recipe.digest)
    former = state.waiters.others_of(asker.key, build)
    for each in former:
        state.waiters.let_go(each, asker.key)
    with (
        state.previews.expect(build) as preview,
        state.signals.listen(f"build:{build}") as news,
        state.waiters.hold(build, "", asker),
    ):
        view, topics = await state.db.write(lambda c: _ask(c, state, asker, recipe, former))
        state.signals.notify("builds", *topics)
        try:
            while not (view.state.final or state.signals.closed):
                await _either(news, preview, leaving, timeout_seconds=state.settings.poll_seconds)
                if preview.done():
                    return preview.result(), view
                if leaving.done():
                    raise Gone
                view = await state.db.read(lambda c: actions.read_build(c, build))
        except (Gone, asyncio.CancelledError):
            topics = await state.db.write(lambda c: build_queue.release(c, build, asker.key))
            state.signals.notify(*topics)
            raise
    if not view.state.final:
        raise Unavailable("the registry is stopping: ask again in a moment")
    return None, view


def _ask(
    connection: sa.Connection, state: State, asker: Asker, recipe: Recipe, former: frozenset[BuildId]
) -> tuple[BuildView, frozenset[str]]:
    """Queue the build, and let go of the former ones, in one transaction."""
    topics: set[str] = set()
    for each in former:
        topics |= build_queue.release(connection, each, asker.key)
    limits = state.settings.build_limits
    view = actions.request_build(connection, recipe, database_now(connection), asker=asker, limits=limits)
    return view, frozenset(topics)


async def _either(
    news: Listener, preview: asyncio.Future[bytes], leaving: asyncio.Future[None], *, timeout_seconds: float
) -> None:
    """Wait until one of them has something to say."""
    heard = asyncio.ensure_future(news.wait(timeout_seconds))
    awaited: set[asyncio.Future[Any]] = {heard, preview, leaving}
    try:
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        heard.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await heard


async def settled(state: State, build: BuildId, *, patience_seconds: float) -> None:
    """Return when the build is done or failed, or after so long."""
    with state.signals.listen(f"build:{build}") as news, contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_seconds):
            while not state.signals.closed:
                view = await state.db.read(lambda c: actions.read_build(c, build))
                if view.state.final:
                    return
                await news.wait(state.settings.poll_seconds)


def _kept(build: BuildView) -> Digest | None:
    if build.state is not BuildState.DONE:
        return None
    model = build.artifact(SHOWN)
    return model.sha256 if model.state is ArtifactState.DONE else None
