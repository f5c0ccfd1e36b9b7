"""The one who looks after proposals: merges anew where a side moved, and has what came of it checked.

One in each process that builds. The row of a merge is its queue entry: it is held by a lease while it is looked at, a
step at a time, so that a process that dies loses nothing and another takes it up.
"""

import asyncio
import logging
from datetime import timedelta

import sqlalchemy as sa

from designs.errors import DesignError
from designs.snapshot import MAX_BYTES, parse_snapshot
from registry.actions import proposal_checks as actions
from registry.actions.proposal_checks import LOOK_EVERY, MOST_TRIES, OpenCheck
from registry.blobs import transfer
from registry.errors import Conflict, NotFound, Unavailable
from registry.parts import State
from registry.store import proposals as store
from registry.store.clock import database_now
from registry.work.engines import fingerprint
from registry.work.processes import is_dead, own_name
from registry.work.proposal_merging import merge_anew

logger = logging.getLogger(__name__)

AT_ONCE = 20
"""Proposals whose sides moved that are merged in one go."""


async def check_until_closed(state: State) -> None:
    """Look after proposals until the process stops, unless it leaves builds to others."""
    if state.settings.build_workers == 0:
        return
    worker = own_name()
    await state.db.write(_take_back)
    try:
        with state.signals.listen("proposals", "builds", "log") as news:
            while not state.signals.closed:
                try:
                    await look_after(state, worker)
                except (Unavailable, Conflict) as error:
                    logger.warning("the checks of proposals wait for better times: %s", error.message)
                except Exception:  # outermost loop: without it nothing would ever be checked again
                    logger.exception("looking after proposals failed and goes on")
                await news.wait(state.settings.poll_seconds)
    finally:
        await asyncio.shield(state.db.write(lambda c: store.free_checks_of(c, worker)))


async def look_after(state: State, worker: str) -> None:
    """One round: merge what moved, then look at all open checks once."""
    for proposal in await state.db.read(lambda c: store.stale(c, AT_ONCE)):
        await merge_anew(state, proposal)
    if not await state.db.read(store.has_open_checks):
        return
    lease = timedelta(seconds=state.settings.build_lease_seconds)
    due = await state.db.read(database_now) + LOOK_EVERY - timedelta(seconds=1)
    while not state.signals.closed:
        check = await state.db.write(lambda c: actions.take_next(c, worker, database_now(c), lease, due=due))
        if check is None:
            return
        await _look(state, check, worker)


async def _look(state: State, check: OpenCheck, worker: str) -> None:
    if check.tries > MOST_TRIES:
        words = "the process ended under it each time that it was looked at"
        await state.db.write(lambda c: actions.give_up(c, check, worker, words, database_now(c)))
        return
    try:
        data = await asyncio.to_thread(transfer.read_whole, state.blobs, check.snapshot, limit=MAX_BYTES)
        snapshot = parse_snapshot(data)
        engine = await asyncio.to_thread(fingerprint, snapshot.manifest.engine)
    except (DesignError, NotFound, Unavailable) as error:
        words = f"it cannot be built here: {error}"
        await state.db.write(lambda c: actions.give_up(c, check, worker, words, database_now(c)))
        state.signals.notify(f"proposal:{check.proposal}", "log")
        return
    if not check.planned:
        await state.db.write(lambda c: actions.plan(c, check, snapshot, engine, database_now(c)))
    over = await state.db.write(lambda c: actions.look(c, check, worker, snapshot, fingerprint, database_now(c)))
    topics = [f"proposal:{check.proposal}", *(["log"] if over else []), *([] if over or check.planned else ["builds"])]
    state.signals.notify(*topics)


def _take_back(connection: sa.Connection) -> None:
    """Free what workers held whose processes are known to be dead."""
    for worker in store.busy_workers(connection):
        if is_dead(worker):
            store.free_checks_of(connection, worker)
