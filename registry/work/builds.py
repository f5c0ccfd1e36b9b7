"""The builder: takes queued builds one after the other, makes them in the jail, and keeps what they gave.

The row of a build is its queue entry. Whoever works on it holds a short lease and renews it; when a process dies,
its lease runs out (or is found to be a dead process's on this host) and another one takes the build up again.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from designs.build import BuildError, BuildResult, build, warm_up
from designs.digest import Digest
from designs.errors import DesignError
from designs.parameters import ResolvedParameters
from designs.recipe import OutputSettings, Recipe
from designs.snapshot import MAX_BYTES, Snapshot, parse_snapshot
from registry.actions import builds as actions
from registry.actions.builds import INTERRUPTED, BuildFailure, Finished, TakenBuild
from registry.actions.settling import settle_orders_of
from registry.blobs import transfer
from registry.errors import Conflict, NotFound, Unavailable
from registry.ids import BuildId
from registry.moments import now
from registry.parts import State
from registry.store import blobs as blob_store
from registry.work.engines import fingerprint
from registry.work.processes import is_dead, own_name
from registry.work.threads import in_thread

logger = logging.getLogger(__name__)

TELL_EVERY_SECONDS = 0.2
"""Progress is written at most so often."""


@dataclass
class Progress:
    """How far a build is, told by its thread and read by the loop."""

    stage: str = "starting"
    fraction: float = 0.0

    def tell(self, stage: str, fraction: float) -> None:
        self.stage, self.fraction = stage[:40], min(1.0, max(0.0, fraction))


async def build_until_closed(state: State) -> None:
    """Work on builds until the process stops, as many at the same time as the settings say."""
    worker = own_name()
    if state.settings.build_workers == 0:
        return
    await state.db.write(lambda connection: actions.take_back_from(connection, is_dead))
    state.signals.notify("builds")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_warm_up())
            for number in range(state.settings.build_workers):
                group.create_task(_work(state, f"{worker}:{number}"))
    finally:
        await asyncio.shield(state.db.write(lambda connection: actions.give_back(connection, worker)))


async def _warm_up() -> None:
    """Start the jail's worker before somebody waits for it."""
    try:
        await in_thread(warm_up, name="warm-up")
    except DesignError as error:
        logger.error("the jail does not start, so that builds will fail: %s", error)


async def _work(state: State, worker: str) -> None:
    lease = timedelta(seconds=state.settings.build_lease_seconds)
    with state.signals.listen("builds") as news:
        while not state.signals.closed:
            try:
                taken = await state.db.write(lambda connection: actions.take_next(connection, worker, lease))
                if taken is None:
                    await news.wait(state.settings.poll_seconds)
                else:
                    await _attend(state, taken, worker)
            except (Unavailable, Conflict) as error:
                logger.warning("builds wait for better times: %s", error.message)
                await asyncio.sleep(state.settings.poll_seconds)


async def _attend(state: State, taken: TakenBuild, worker: str) -> None:
    """Make one build, renew its lease meanwhile, and write how it ended."""
    progress = Progress()
    renewing = asyncio.create_task(_renew(state, taken.id, worker, progress))
    try:
        if taken.tries > actions.MOST_TRIES:
            finished = _failed(INTERRUPTED, "the process ended under it each time that it was tried", "")
        else:
            finished = await _make(state, taken, progress)
    finally:
        renewing.cancel()
    moment = now()
    sizes = {artifact.sha256: artifact.size for artifact in finished.artifacts}
    await state.db.write(lambda connection: blob_store.record_blobs(connection, sizes, moment))
    kept = await state.db.write(lambda connection: actions.finish(connection, taken.id, worker, finished, moment))
    if kept:
        topics = await state.db.write(lambda connection: settle_orders_of(connection, taken.id, now()))
        state.signals.notify(f"build:{taken.id}", "log", *topics)


async def _make(state: State, taken: TakenBuild, progress: Progress) -> Finished:
    try:
        return await in_thread(lambda: _make_in_jail(state, taken, progress), name=f"build-{taken.id[:12]}")
    except BuildError as error:
        return _failed(error.kind, error.message, error.log)
    except (DesignError, NotFound) as error:
        return _failed("damaged", f"what the registry kept of the design is not in order: {error}", "")
    except Unavailable:
        raise
    except Exception:
        logger.exception("build %s failed for a reason that nobody foresaw", taken.id)
        return _failed(INTERRUPTED, "the registry failed; the failure is in its server log", "")


def _make_in_jail(state: State, taken: TakenBuild, progress: Progress) -> Finished:
    data = transfer.read_whole(state.blobs, taken.snapshot, limit=MAX_BYTES)
    snapshot = parse_snapshot(data)
    recipe = _recipe(taken, snapshot)
    with transfer.scratch(state.incoming) as folder:
        root = folder / "source"
        for file in snapshot.files:
            target = root / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            transfer.fetch(state.blobs, file.sha256, target)
        result = build(root, snapshot.manifest, recipe, folder / "artifacts", progress=progress.tell)
        return _kept(state, result)


def _recipe(taken: TakenBuild, snapshot: Snapshot) -> Recipe:
    """The recipe that was asked for, if this process's engine is the one it names."""
    engine = fingerprint(snapshot.manifest.engine)
    recipe = Recipe(
        taken.snapshot,
        ResolvedParameters.from_canonical(snapshot.manifest, taken.parameters),
        engine,
        OutputSettings.from_json(taken.output),
    )
    if BuildId(recipe.digest) != taken.id:
        raise BuildError("outdated", "the engine was updated meanwhile: ask for the build again")
    return recipe


def _kept(state: State, result: BuildResult) -> Finished:
    for artifact in result.artifacts:
        state.blobs.put(transfer.verify_file(artifact.path, artifact.sha256))
    return Finished(
        artifacts=tuple(actions.ArtifactView(a.name, Digest(a.sha256), a.size) for a in result.artifacts),
        measurements=result.measurements.to_json(),
        findings=[finding.to_json() for finding in result.findings],
        seconds=dict(result.seconds),
        failure=None,
    )


def _failed(kind: str, message: str, log: str) -> Finished:
    return Finished((), None, [], {}, BuildFailure(kind, message, log))


async def _renew(state: State, build_id: BuildId, worker: str, progress: Progress) -> None:
    """Say how far the build is when that has changed, and keep the lease."""
    lease = timedelta(seconds=state.settings.build_lease_seconds)
    told, silent = ("", 0.0), 0.0
    while True:
        await asyncio.sleep(TELL_EVERY_SECONDS)
        silent += TELL_EVERY_SECONDS
        current = (progress.stage, progress.fraction)
        if current == told and silent < lease.total_seconds() / 3:
            continue
        told, silent = current, 0.0
        note = partial(actions.note_progress, stage=told[0], progress=told[1], lease=lease)
        try:
            await state.db.write(partial(note, build=build_id, worker=worker))
        except (Unavailable, Conflict) as error:
            logger.warning("the lease of build %s could not be renewed: %s", build_id, error.message)
        state.signals.notify(f"build:{build_id}")
