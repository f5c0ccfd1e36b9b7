"""Comparing two builds: both are asked for where they are not there, then their shapes are; words and figures at once.

compared = await compare(state, asker, Wish(version=…), Wish(build=…), wait_seconds=20)
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.compare import Side, ValueChange, compare_values, fingerprint
from designs.comparing.shapes import ShapeChange, Verdict
from designs.comparing.texts import MAX_BYTES as MAX_TEXT
from designs.digest import Digest
from designs.parameters import Given
from designs.snapshot import MAX_BYTES, SourceFile, parse_snapshot
from registry.actions import compare as actions
from registry.actions import designs
from registry.actions.builds import AGAIN, BuildFailure, BuildState, BuildView, read_build, recipe_for
from registry.actions.compare import ComparisonView, Model, comparison_id
from registry.blobs import transfer
from registry.core.builds import Asker
from registry.errors import Conflict, NotFound
from registry.ids import BuildId, VersionName
from registry.parts import State
from registry.store.clock import database_now
from registry.work import engines
from registry.work.asking import ask_for_build, touch


@dataclass(frozen=True)
class Wish:
    """One side: a build by its id, or a version with chosen parameters."""

    version: VersionName | None = None
    build: BuildId | None = None
    parameters: Mapping[str, Given] = field(default_factory=dict)
    preset: str | None = None


@dataclass(frozen=True)
class Compared:
    """Two builds side by side, as far as it has come."""

    before: BuildView
    after: BuildView
    values: ValueChange
    """Without measurements while a side is not built."""
    state: BuildState
    stage: str
    """Of the builds first, then of the comparison."""
    progress: float
    """0 to 1."""
    id: Digest | None = None
    """None while the builds are under way, and where the shapes are identical."""
    shape: ShapeChange | None = None
    model: Model | None = None
    error: BuildFailure | None = None
    """Why there is no comparison of the shapes."""

    @property
    def worth_another_try(self) -> bool:
        """Whether it failed for no reason of its own: asked for again, it is made again."""
        return self.error is not None and self.error.kind in AGAIN


BUILDING_SHARE = 0.6
"""Of the progress bar, for the two builds."""


async def compare(state: State, asker: Asker, before: Wish, after: Wish, *, wait_seconds: float) -> Compared:
    """Compare, asking for what is not there, and wait so long. Not final afterwards: it takes longer.

    Raises NotFound, ParameterError, RateLimited, Unavailable; Conflict where a build's geometry was not kept.
    """
    until = time.monotonic() + wait_seconds
    sides = await _ask_for(state, asker, before), await _ask_for(state, asker, after)
    topics = [f"build:{side.id}" for side in sides]
    with state.signals.listen(*topics, "comparisons:done") as news:
        while True:
            sides = await _look(state, asker, sides[0].id), await _look(state, asker, sides[1].id)
            shapes = await _shapes(state, asker, *sides)
            left = until - time.monotonic()
            if _state(sides, shapes).final or left <= 0 or state.signals.closed:
                return await _compared(state, sides, shapes)
            await news.wait(min(left, state.settings.poll_seconds))


async def find_compared(state: State, before: Wish, after: Wish) -> Compared | None:
    """What is known of a comparison, without asking for anything; None: a side was never built."""
    identity = await asyncio.to_thread(fingerprint)

    def look(connection: sa.Connection) -> tuple[tuple[BuildView, BuildView], ComparisonView | None] | None:
        sides = find_build(connection, before), find_build(connection, after)
        if sides[0] is None or sides[1] is None:
            return None
        kept = sides[0].geometry, sides[1].geometry
        wanted = None if None in kept else comparison_id(*kept, identity)  # type: ignore[arg-type]
        return (sides[0], sides[1]), None if wanted is None else actions.find_comparison(connection, wanted)

    found = await state.db.read(look)
    return None if found is None else await _compared(state, *found)


def find_build(connection: sa.Connection, wish: Wish) -> BuildView | None:
    """The build that a wish names, if anybody has asked for it. Raises NotFound where there is no such version or
    build, ParameterError."""
    if wish.build is not None:
        return read_build(connection, wish.build)
    version = _version(wish)
    view = designs.read_version(connection, version.design, version.version)
    recipe = recipe_for(view, wish.parameters, wish.preset, engines.fingerprint(view.manifest.engine))
    try:
        return read_build(connection, BuildId(recipe.digest))
    except NotFound:
        return None


async def _ask_for(state: State, asker: Asker, wish: Wish) -> BuildView:
    if wish.build is not None:
        build = wish.build
        return await state.db.read(lambda c: read_build(c, build))
    return await ask_for_build(state, asker, _version(wish), wish.parameters, wish.preset)


def _version(wish: Wish) -> VersionName:
    if wish.version is None:
        raise ValueError("a side is a build or a version")
    return wish.version


async def _look(state: State, asker: Asker, build: BuildId) -> BuildView:
    view = await state.db.read(lambda c: read_build(c, build))
    if not view.state.final:
        await touch(state, asker, build)
    return view


async def _shapes(state: State, asker: Asker, before: BuildView, after: BuildView) -> ComparisonView | None:
    """The comparison of two builds that are done; None before that, and where it needs none."""
    if not before.state is after.state is BuildState.DONE:
        return None
    first, second = _geometry(before), _geometry(after)
    if first == second:
        return None
    identity = await asyncio.to_thread(fingerprint)
    wanted = comparison_id(first, second, identity)
    found = await state.db.read(lambda c: actions.find_comparison(c, wanted))
    if found is not None and found.state is BuildState.DONE:
        return found
    state.floor.check(asker)
    limits = state.settings.build_limits
    asked = await state.db.write(
        lambda c: actions.request_comparison(
            c, first, second, identity, asker=asker, limits=limits, now=database_now(c)
        )
    )
    if found is None or found.state is BuildState.FAILED:
        state.signals.notify("comparisons")
    return asked


def _geometry(build: BuildView) -> Digest:
    if build.geometry is None:
        raise Conflict(
            f"build {build.id[:12]} is from before geometries were kept: name its version instead, to have it built "
            "again",
            code="no_geometry",
            build=build.id,
        )
    return build.geometry


def _state(sides: tuple[BuildView, BuildView], shapes: ComparisonView | None) -> BuildState:
    states = {side.state for side in sides}
    if BuildState.FAILED in states:
        return BuildState.FAILED
    if states == {BuildState.DONE}:
        return BuildState.DONE if shapes is None else shapes.state
    return BuildState.RUNNING if BuildState.RUNNING in states else BuildState.QUEUED


async def _compared(state: State, sides: tuple[BuildView, BuildView], shapes: ComparisonView | None) -> Compared:
    before, after = sides
    values = await asyncio.to_thread(_values, state, before, after)
    both_done = before.state is after.state is BuildState.DONE
    if both_done and shapes is None and before.geometry == after.geometry:
        same = ShapeChange(Verdict.IDENTICAL)
        return Compared(before, after, values, BuildState.DONE, "done", 1.0, shape=same)
    if shapes is not None:
        progress = BUILDING_SHARE + (1 - BUILDING_SHARE) * shapes.progress
        found = (shapes.id, shapes.shape, shapes.model, shapes.error)
        return Compared(before, after, values, shapes.state, shapes.stage, progress, *found)
    failed = next(((side, which) for side, which in zip(sides, ("first", "second"), strict=True) if side.error), None)
    if failed is not None and failed[0].error is not None:
        error = failed[0].error
        told = BuildFailure(error.kind, f"the {failed[1]} could not be built: {error.message}", error.log)
        return Compared(before, after, values, BuildState.FAILED, "failed", 1.0, error=told)
    under_way = before if not before.state.final else after
    progress = BUILDING_SHARE * (before.progress + after.progress) / 2
    stage = "queued" if both_done else under_way.stage
    return Compared(before, after, values, _state(sides, None) if not both_done else BuildState.QUEUED, stage, progress)


def _values(state: State, before: BuildView, after: BuildView) -> ValueChange:
    def read(file: SourceFile) -> bytes:
        return transfer.read_whole(state.blobs, file.sha256, limit=MAX_TEXT)

    return compare_values(_side(state, before), _side(state, after), read, read)


def _side(state: State, build: BuildView) -> Side:
    snapshot = parse_snapshot(transfer.read_whole(state.blobs, build.snapshot, limit=MAX_BYTES))
    measured: Any = build.measurements
    return Side(snapshot.manifest, snapshot.files, build.parameters, measured if isinstance(measured, dict) else {})
