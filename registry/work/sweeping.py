"""The sweeper: in every process, now and then, a bounded look for what became overdue without anybody's doing."""

import logging

import sqlalchemy as sa

from registry.actions.build_queue import forget_waits, give_up_unwanted
from registry.actions.recalls import AT_ONCE as STOPPED_AT_ONCE
from registry.actions.recalls import stop_recalled
from registry.actions.settling import AT_ONCE, sweep
from registry.errors import Unavailable
from registry.parts import State
from registry.store.clock import database_now
from registry.work.log_signing import fold_once

logger = logging.getLogger(__name__)


async def sweep_until_closed(parts: State) -> None:
    """Sweep every few seconds until the process stops. What fails is told to the server's log and tried again."""
    with parts.signals.listen("sweep") as wake:
        while not parts.signals.closed:
            more = False
            try:
                more = await sweep_once(parts)
            except Unavailable as error:
                logger.warning("the sweep for overdue work will be tried again: %s", error.message)
            except Exception:  # outermost loop: without it nothing would ever be released again
                logger.exception("the sweep for overdue work failed and will be tried again")
            if not more:
                await wake.wait(parts.settings.poll_seconds)


async def sweep_once(parts: State) -> bool:
    """One round; True when there is probably more to do at once."""
    timing = parts.settings.hand_out
    found, topics = await parts.db.write(lambda connection: sweep(connection, timing, database_now(connection)))
    given_up = await parts.db.write(_give_up)
    stopped, told = await parts.db.write(lambda connection: stop_recalled(connection, database_now(connection)))
    parts.signals.notify(*topics, *given_up, *told)
    more = await fold_once(parts)
    return found >= AT_ONCE or stopped >= STOPPED_AT_ONCE or more


def _give_up(connection: sa.Connection) -> frozenset[str]:
    topics = give_up_unwanted(connection)
    forget_waits(connection)
    return topics
