"""Asking for a build or an artifact: it is found at once where it is there, else queued; and waiting for it."""

import asyncio
import time
from collections.abc import Mapping

import sqlalchemy as sa

from designs.parameters import Given, ParameterError
from designs.recipe import Recipe
from registry.actions import build_queue, designs
from registry.actions import builds as actions
from registry.actions.builds import FLOOR, ArtifactState, ArtifactView, BuildView, recipe_for
from registry.core.builds import Asker
from registry.errors import Conflict, NotFound, Unavailable
from registry.ids import BuildId, VersionName
from registry.parts import State
from registry.store import build_queue as queue_store
from registry.store.clock import database_now
from registry.work.engines import fingerprint

RENEW_SECONDS = 3.0
"""How often it is noted who waits: well within core.builds.GRACE."""


async def ask_for_build(
    state: State, asker: Asker, version: VersionName, given: Mapping[str, Given], preset: str | None
) -> BuildView:
    """The build of a version with these parameters. Raises NotFound, ParameterError, RateLimited, Unavailable."""

    def look(connection: sa.Connection) -> tuple[BuildView | None, Recipe]:
        view = designs.read_version(connection, version.design, version.version)
        recipe = recipe_for(view, given, preset, fingerprint(view.manifest.engine))
        try:
            return actions.read_build(connection, BuildId(recipe.digest)), recipe
        except NotFound:
            return None, recipe

    try:
        found, recipe = await state.db.read(look)
    except ParameterError:
        state.refusals.note_values(asker.who, version, given, time.time())
        raise
    if found is not None and found.state.final and not actions.worth_another_try(found):
        return found
    state.floor.check(asker)
    limits = state.settings.build_limits
    queued = await state.db.write(
        lambda c: actions.request_build(c, recipe, database_now(c), asker=asker, limits=limits)
    )
    state.signals.notify("builds")
    return queued


async def ask_for_artifact(
    state: State, asker: Asker, build: BuildId, name: str, *, wait_seconds: float
) -> ArtifactView:
    """An artifact of a build: made if need be, and waited for so long. Not final afterwards: it takes longer.

    Raises NotFound, RateLimited, Unavailable; Conflict where there is none of this geometry, or it cannot be made.
    """
    view = await _read(state, build)
    found = view.artifact(name)
    if found.state is ArtifactState.DONE:
        return found
    _check(view, found, again=True)
    state.floor.check(asker)
    limits, names = state.settings.build_limits, [name]
    with state.signals.listen(f"build:{build}") as news, state.waiters.hold(build, name, asker):
        await state.db.write(
            lambda c: actions.request_artifacts(c, build, names, database_now(c), asker=asker, limits=limits)
        )
        state.signals.notify("builds")
        until = time.monotonic() + wait_seconds
        while not state.signals.closed:
            view = await _read(state, build)
            found = view.artifact(name)
            _check(view, found, again=False)
            left = until - time.monotonic()
            if found.state.final or left <= 0:
                break
            await news.wait(min(left, state.settings.poll_seconds))
    return found


async def release(state: State, asker: Asker, build: BuildId) -> None:
    """The asker waits for nothing of this build any more: what nobody else wants is ended at once."""
    state.waiters.let_go(build, asker.key)
    topics = await state.db.write(lambda c: build_queue.release(c, build, asker.key))
    state.signals.notify(*topics)


async def touch(state: State, asker: Asker, build: BuildId) -> None:
    """Whoever looks at a build that is under way waits for it."""
    await state.db.write(lambda c: actions.wait_for(c, build, "", asker, database_now(c)))


async def renew_waits_until_closed(state: State) -> None:
    """Keep those waiting who have a connection open, until the process stops."""
    while not state.signals.closed:
        await asyncio.sleep(RENEW_SECONDS)
        await renew_waits(state)


async def renew_waits(state: State) -> None:
    """Note of everybody with an open connection that they wait."""

    def note(connection: sa.Connection) -> None:
        queue_store.note_waits(connection, state.waiters.rows(database_now(connection)))

    if state.waiters:
        await state.db.write(note)


async def _read(state: State, build: BuildId) -> BuildView:
    return await state.db.read(lambda c: actions.read_build(c, build))


def _check(view: BuildView, artifact: ArtifactView, *, again: bool) -> None:
    """Raise Conflict where nothing will come of it; `again`: what failed for no reason of its own may be tried."""
    if artifact.state is ArtifactState.WITHHELD:
        raise Conflict(
            f"there is no {artifact.name} of this part: {artifact.reason}",
            code="artifact_withheld", name=artifact.name, reason=artifact.reason,
        )  # fmt: skip
    if not again and FLOOR in {artifact.kind, view.error.kind if view.error else ""}:
        raise Unavailable(view.error.message if view.error else artifact.reason, code="floor")
    if artifact.state is ArtifactState.FAILED and not (again and artifact.kind in actions.AGAIN):
        raise Conflict(
            f"{artifact.name} could not be made: {artifact.reason}",
            code="artifact_failed", name=artifact.name, kind=artifact.kind,
        )  # fmt: skip
    if view.error is not None and not (again and actions.worth_another_try(view)):
        raise Conflict(
            f"the geometry could not be built: {view.error.message}", code="build_failed", kind=view.error.kind
        )
