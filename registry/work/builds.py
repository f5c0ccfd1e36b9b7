"""The builders: each takes what is next from the queue, makes it in the jail, and keeps what it gave.

The row of a build, or of an artifact, is its queue entry. Whoever works on it holds a short lease and renews it; when
a process dies, its lease runs out (or is found to be a dead process's on this host) and another one takes it up again.
What nobody waits for any more is ended, and what is made ahead of any need gives way to somebody who waits.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from designs.build import BuildError
from designs.digest import Digest
from designs.errors import DesignError
from registry.actions import build_queue as actions
from registry.actions.build_queue import MOST_TRIES, Ending, Finished, MadeArtifact, Taken
from registry.actions.builds import FLOOR, INTERRUPTED, BuildFailure
from registry.actions.settling import ORDERED_FILES, settle_orders_of
from registry.core.builds import Limits, Urgency
from registry.errors import Conflict, NotFound, Unavailable
from registry.moments import now
from registry.parts import State
from registry.store import blobs as blob_store
from registry.work.engines import confine
from registry.work.making import Batch, Progress, failure_of, make_batch, make_build
from registry.work.processes import is_dead, own_name
from registry.work.threads import in_thread

logger = logging.getLogger(__name__)

TELL_EVERY_SECONDS = 0.2
"""Progress is written at most so often."""


@dataclass
class _Crew:
    """The builders of this process."""

    state: State
    idle: int = 0

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.state.settings.build_lease_seconds)


@dataclass(frozen=True)
class _Result:
    """What is to be written of a piece of work."""

    sizes: dict[Digest, int]
    finished: Finished | None = None
    """Of a build."""
    batch: Batch | None = None
    """Of artifacts."""


async def build_until_closed(state: State) -> None:
    """Work on builds until the process stops, as many at the same time as the settings say."""
    worker = own_name()
    if state.settings.build_workers == 0:
        return
    await state.db.write(lambda connection: actions.take_back_from(connection, is_dead))
    state.signals.notify("builds")
    crew = _Crew(state)
    try:
        await _start_jail(state)
        async with asyncio.TaskGroup() as group:
            for number in range(state.settings.build_workers):
                group.create_task(_work(crew, f"{worker}:{number}"))
            if state.settings.build_guests:
                group.create_task(_let_guests_in(crew, worker, group))
    finally:
        await asyncio.shield(state.db.write(lambda connection: actions.give_back(connection, worker)))


async def _start_jail(state: State) -> None:
    """Start the jail's worker before somebody waits for it, and say whether this host may build for strangers."""
    floor = state.settings.build_floor
    try:
        confinement = await in_thread(confine, name="warm-up")
    except DesignError as error:
        logger.error("the jail does not start, so that builds will fail: %s", error)
        return
    decision = confinement.meets(floor)
    state.floor.note(decision)
    layers = ", ".join(name for name, there in confinement.layers().items() if there)
    if decision.met:
        logger.info("builds are confined by %s: the floor %r is met", layers, floor.value)
    else:
        lacking = "; ".join(decision.reasons)
        logger.error(
            "builds of strangers are refused: below the floor %r, as %s. In force: %s", floor.value, lacking, layers
        )


async def _work(crew: _Crew, worker: str) -> None:
    state, limits = crew.state, crew.state.settings.build_limits
    with state.signals.listen("builds") as news:
        while not state.signals.closed:
            try:
                taken = await state.db.write(lambda c: actions.take_next(c, worker, crew.lease, limits))
                if taken is not None:
                    await _attend(crew, taken, worker)
                    continue
                crew.idle += 1
                try:
                    await news.wait(state.settings.poll_seconds)
                finally:
                    crew.idle -= 1
            except (Unavailable, Conflict) as error:
                logger.warning("builds wait for better times: %s", error.message)
                await asyncio.sleep(state.settings.poll_seconds)


async def _let_guests_in(crew: _Crew, worker: str, group: asyncio.TaskGroup) -> None:
    """While no worker is free, make what members wait for who have nothing running, beside the workers."""
    state, limits = crew.state, crew.state.settings.build_limits
    rooms = asyncio.Semaphore(state.settings.build_guests)
    numbers = itertools.count()

    async def attend(taken: Taken, name: str) -> None:
        try:
            await _attend(crew, taken, name)
        except (Unavailable, Conflict) as error:  # its lease runs out, and it is taken up again
            logger.warning("a build is left to be taken up again: %s", error.message)
        finally:
            rooms.release()

    with state.signals.listen("builds") as news:
        while not state.signals.closed:
            await rooms.acquire()
            name, taken = f"{worker}:guest-{next(numbers)}", None
            try:
                if not crew.idle:
                    taken = await state.db.write(partial(_take_guest, worker=name, crew=crew, limits=limits))
            except (Unavailable, Conflict) as error:
                logger.warning("builds wait for better times: %s", error.message)
            if taken is not None:
                group.create_task(attend(taken, name))
                continue
            rooms.release()
            await news.wait(state.settings.poll_seconds)


def _take_guest(connection: sa.Connection, *, worker: str, crew: _Crew, limits: Limits) -> Taken | None:
    return actions.take_next(connection, worker, crew.lease, limits, for_guests=True)


async def _attend(crew: _Crew, taken: Taken, worker: str) -> None:
    """Make one piece of work, renew its lease meanwhile, and write how it ended."""
    progress = Progress(show=_shows(crew.state, taken))
    watching = asyncio.create_task(_watch(crew, taken, worker, progress))
    try:
        refusal = crew.state.floor.refusal()
        if refusal is not None and not taken.trusted:
            result = _failed(taken, BuildFailure(FLOOR, refusal, ""))
        elif taken.tries > MOST_TRIES:
            interrupted = "the process ended under it each time that it was tried"
            result = _failed(taken, BuildFailure(INTERRUPTED, interrupted, ""))
        else:
            result = await _make(crew.state, taken, progress)
    finally:
        watching.cancel()
        progress.cancel.cancel()
    await _keep(crew.state, taken, worker, result)


def _shows(state: State, taken: Taken) -> Callable[[bytes], None]:
    """Hands a model to who waits for it in this process, from the thread that makes it."""
    loop = asyncio.get_running_loop()

    def show(data: bytes) -> None:
        loop.call_soon_threadsafe(state.previews.show, taken.id, data)

    return show


async def _keep(state: State, taken: Taken, worker: str, result: _Result) -> None:
    """Write how it ended, and what follows from that, in one transaction."""
    moment = now()

    def keep(connection: sa.Connection) -> tuple[bool, frozenset[str]]:
        blob_store.record_blobs(connection, result.sizes, moment)
        if result.finished is not None:
            ending = actions.finish(connection, taken.id, worker, result.finished, moment)
            over = ending is Ending.KEPT
        else:
            batch = result.batch or Batch(())
            endings = actions.finish_artifacts(connection, taken, worker, batch.made, geometry=batch.geometry)
            over = Ending.KEPT in endings and not set(ORDERED_FILES.values()).isdisjoint(taken.artifacts)
        return over, settle_orders_of(connection, taken.id, now()) if over else frozenset()

    over, topics = await state.db.write(keep)
    state.signals.notify(f"build:{taken.id}", "builds", *(["log"] if over else []), *topics)


async def _make(state: State, taken: Taken, progress: Progress) -> _Result:
    try:
        return await in_thread(lambda: _made(state, taken, progress), name=f"build-{taken.id[:12]}")
    except BuildError as error:
        return _failed(taken, failure_of(error))
    except (DesignError, NotFound) as error:
        words = f"what the registry kept of the design is not in order: {error}"
        return _failed(taken, BuildFailure("damaged", words, ""))
    except Unavailable:
        raise
    except Exception:
        logger.exception("build %s failed for a reason that nobody foresaw", taken.id)
        words = "the registry failed; the failure is in its server log"
        return _failed(taken, BuildFailure(INTERRUPTED, words, ""))


def _made(state: State, taken: Taken, progress: Progress) -> _Result:
    if taken.artifacts:
        batch = make_batch(state, taken, progress)
        files = [one.file for one in batch.made if one.file is not None]
        return _Result({**batch.sizes, **{file.sha256: file.size for file in files}}, batch=batch)
    finished, sizes = make_build(state, taken, progress)
    return _Result(sizes, finished=finished)


def _failed(taken: Taken, failure: BuildFailure) -> _Result:
    if taken.artifacts:
        return _Result({}, batch=Batch(tuple(MadeArtifact(name, failure=failure) for name in taken.artifacts)))
    return _Result({}, finished=Finished((), None, [], {}, failure))


async def _watch(crew: _Crew, taken: Taken, worker: str, progress: Progress) -> None:
    """Say how far it is when that has changed, keep the lease, and end what is not to go on."""
    state = crew.state
    topics = [f"wanted:{taken.id}", *(["builds"] if taken.urgency is Urgency.AHEAD else [])]
    told, renewed = ("", 0.0), time.monotonic()
    looked = renewed
    with state.signals.listen(*topics) as news:
        while True:
            notified = await news.wait(TELL_EVERY_SECONDS)
            moment = time.monotonic()
            current = (progress.stage, progress.fraction)
            try:
                if notified or moment - looked >= state.settings.poll_seconds:
                    looked = moment
                    await _end_unless_wanted(crew, taken, progress)
                if current != told or moment - renewed >= crew.lease.total_seconds() / 3:
                    told, renewed = current, moment
                    await _tell(crew, taken, worker, current)
            except (Unavailable, Conflict) as error:
                logger.warning("the lease of build %s could not be renewed: %s", taken.id, error.message)


async def _tell(crew: _Crew, taken: Taken, worker: str, current: tuple[str, float]) -> None:
    stage, fraction = current
    await crew.state.db.write(
        lambda c: actions.note_progress(c, taken, worker, stage=stage, progress=fraction, lease=crew.lease)
    )
    crew.state.signals.notify(f"build:{taken.id}")


async def _end_unless_wanted(crew: _Crew, taken: Taken, progress: Progress) -> None:
    limits = crew.state.settings.build_limits

    def ends(connection: sa.Connection) -> bool:
        return not actions.is_wanted(connection, taken.id, taken.artifacts) or actions.should_give_way(
            connection, taken.urgency, limits, idle=crew.idle
        )

    if await crew.state.db.read(ends):
        progress.cancel.cancel()
