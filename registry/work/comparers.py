"""The comparer: takes what is next among the comparisons, makes it in the jail, and keeps what it gave.

One in each process that builds. The row of a comparison is its queue entry, as a build's is: it is held by a lease,
and ended when nobody waits for it any more.
"""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from designs.build import BuildError
from designs.compare import LIMITS, compare_geometries
from designs.errors import DesignError
from registry.actions import compare as actions
from registry.actions.builds import INTERRUPTED, BuildFailure
from registry.actions.compare import MOST_TRIES, Model, Outcome, TakenComparison
from registry.blobs import transfer
from registry.errors import Conflict, NotFound, Unavailable
from registry.moments import now
from registry.parts import State
from registry.store import blobs as blob_store
from registry.work.making import Progress
from registry.work.processes import is_dead, own_name
from registry.work.threads import in_thread

logger = logging.getLogger(__name__)

TELL_EVERY_SECONDS = 0.2
"""Progress is written at most so often."""


async def compare_until_closed(state: State) -> None:
    """Work on comparisons until the process stops, unless it leaves builds to others."""
    if state.settings.build_workers == 0:
        return
    worker = own_name()
    await state.db.write(lambda c: actions.take_back_from(c, is_dead))
    try:
        with state.signals.listen("comparisons") as news:
            while not state.signals.closed:
                try:
                    if not await compare_next(state, worker):
                        await news.wait(state.settings.poll_seconds)
                except (Unavailable, Conflict) as error:
                    logger.warning("comparisons wait for better times: %s", error.message)
                    await asyncio.sleep(state.settings.poll_seconds)
                except Exception:  # outermost loop: without it nothing would ever be compared again
                    logger.exception("the comparer failed and goes on")
                    await asyncio.sleep(state.settings.poll_seconds)
    finally:
        await asyncio.shield(state.db.write(lambda c: actions.give_back(c, worker)))


async def compare_next(state: State, worker: str) -> bool:
    """Make the next comparison; False when there is none."""
    limits, lease = state.settings.build_limits, timedelta(seconds=state.settings.build_lease_seconds)
    taken = await state.db.write(lambda c: actions.take_next(c, worker, lease, limits))
    if taken is None:
        return False
    progress = Progress()
    watching = asyncio.create_task(_watch(state, taken, worker, progress, lease))
    try:
        outcome = await _make(state, taken, progress)
    finally:
        watching.cancel()
        progress.cancel.cancel()
    moment = now()

    def keep(connection: sa.Connection) -> None:
        if outcome.model is not None:
            blob_store.record_blobs(connection, {outcome.model.sha256: outcome.model.size}, moment)
        actions.finish(connection, taken.id, worker, outcome)

    await state.db.write(keep)
    state.signals.notify("comparisons:done")
    return True


async def _make(state: State, taken: TakenComparison, progress: Progress) -> Outcome:
    if taken.tries > MOST_TRIES:
        return actions.interrupted()
    try:
        return await in_thread(lambda: _made(state, taken, progress), name=f"compare-{taken.id[:12]}")
    except BuildError as error:
        return Outcome(None, failure=BuildFailure(error.kind, error.message, error.log))
    except (DesignError, NotFound) as error:
        words = f"what the registry kept of the builds is not in order: {error}"
        return Outcome(None, failure=BuildFailure("damaged", words, ""))
    except Unavailable:
        raise
    except Exception:
        logger.exception("comparison %s failed for a reason that nobody foresaw", taken.id)
        words = "the registry failed; the failure is in its server log"
        return Outcome(None, failure=BuildFailure(INTERRUPTED, words, ""))


def _made(state: State, taken: TakenComparison, progress: Progress) -> Outcome:
    with transfer.scratch(state.incoming) as folder:
        before, after = folder / "before", folder / "after"
        transfer.fetch(state.blobs, taken.before, before)
        transfer.fetch(state.blobs, taken.after, after)
        limits = replace(LIMITS, owner=taken.owner)
        found = compare_geometries(
            before, after, folder / "result", limits=limits, progress=progress.tell, cancel=progress.cancel
        )
        if found.model is None:
            return Outcome(found.change)
        state.blobs.put(transfer.verify_file(found.model.path, found.model.sha256))
        return Outcome(found.change, Model(found.model.sha256, found.model.size))


async def _watch(state: State, taken: TakenComparison, worker: str, progress: Progress, lease: timedelta) -> None:
    """Say how far it is when that has changed, keep the lease, and end what nobody waits for any more."""
    told, renewed = ("", 0.0), time.monotonic()
    looked = renewed
    while True:
        await asyncio.sleep(TELL_EVERY_SECONDS)
        moment, current = time.monotonic(), (progress.stage, progress.fraction)
        try:
            if moment - looked >= state.settings.poll_seconds:
                looked = moment
                if not await state.db.read(lambda c: actions.is_wanted(c, taken.id)):
                    progress.cancel.cancel()
            if current != told or moment - renewed >= lease.total_seconds() / 3:
                told, renewed = current, moment
                await _tell(state, taken, worker, current, lease)
        except (Unavailable, Conflict) as error:
            logger.warning("the lease of comparison %s could not be renewed: %s", taken.id, error.message)


async def _tell(
    state: State, taken: TakenComparison, worker: str, current: tuple[str, float], lease: timedelta
) -> None:
    stage, fraction = current
    await state.db.write(
        lambda c: actions.note_progress(c, taken.id, worker, stage=stage, progress=fraction, lease=lease)
    )
