"""Asking for a build: the parameters are resolved, the recipe is made, and its build is found or queued."""

import asyncio
from collections.abc import Mapping

from designs.parameters import Given
from registry.actions import builds as actions
from registry.actions import designs
from registry.actions.builds import BuildState, BuildView, recipe_for
from registry.errors import NotFound
from registry.ids import BuildId, VersionName
from registry.moments import now
from registry.parts import State
from registry.work.engines import fingerprint


async def ask_for_build(
    state: State, version: VersionName, given: Mapping[str, Given], preset: str | None
) -> BuildView:
    """The build of a version with these parameters. Raises NotFound, ParameterError, RateLimited."""
    view = await state.db.read(lambda connection: designs.read_version(connection, version.design, version.version))
    engine = await asyncio.to_thread(fingerprint, view.manifest.engine)
    recipe = recipe_for(view, given, preset, engine)
    build = BuildId(recipe.digest)
    try:
        found = await state.db.read(lambda connection: actions.read_build(connection, build))
        if found.state is not BuildState.QUEUED and not actions.worth_another_try(found):
            return found
    except NotFound:
        pass
    moment = now()
    queued = await state.db.write(lambda connection: actions.request_build(connection, recipe, moment, awaited=True))
    state.signals.notify("builds")
    return queued
