"""The registry's own needs: the log followed as it grows, and now and then a look for what nobody's act tells of."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import sqlalchemy as sa

from registry.actions import need_orders, need_refusals, need_tending, need_watch
from registry.actions.log import last_entry
from registry.actions.story import Story
from registry.errors import Conflict, Unavailable
from registry.ids import new_id
from registry.parts import State
from registry.store.clock import database_now

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 30.0
"""How often what was refused is written down, and orders that wait are judged."""


def need_id() -> str:
    """A fresh id for a need."""
    return new_id("nee")


@dataclass
class _Places:
    """Where the next round goes on."""

    order: str = ""
    cause: str = ""


async def gather_until_closed(parts: State) -> None:
    """Follow the log until the process stops. What fails is told to the server's log and tried again."""
    places, looked = _Places(), -LOOK_EVERY_SECONDS
    with parts.signals.listen("log") as news:
        while not parts.signals.closed:
            try:
                await follow_all(parts)
                if monotonic() - looked >= LOOK_EVERY_SECONDS:
                    looked = monotonic()
                    await look_once(parts, places)
            except (Unavailable, Conflict) as error:
                logger.warning("the look for needs will be tried again: %s", error.message)
            except Exception:  # outermost loop: without it no need would ever be noticed again
                logger.exception("the look for needs failed and will be tried again")
            await news.wait(parts.settings.poll_seconds)


async def follow_all(parts: State) -> None:
    """Deal with every entry of the log that is there."""
    while not parts.signals.closed and await parts.db.read(_is_behind):
        await _write(parts, lambda story: need_watch.follow(story, need_id))


async def look_once(parts: State, places: _Places | None = None) -> None:
    """Write down what was refused, judge some of the orders that wait, and end what lapsed."""
    at = places or _Places()
    refused = parts.refusals.take()
    if refused:
        await _write(parts, lambda story: need_refusals.keep(story, refused, need_id))
    found = await parts.db.read(lambda c: need_orders.look(c, at.order, at.cause, database_now(c)))
    at.order, at.cause = found.next_order, found.next_cause
    if found.waiting or found.over:
        await _write(parts, lambda story: need_orders.keep(story, found, need_id))
    await _write(parts, lambda story: need_tending.tend(story, need_id))


def _is_behind(connection: sa.Connection) -> bool:
    return need_watch.position(connection) < last_entry(connection)


async def _write(parts: State, act: Callable[[Story], object]) -> None:
    def work(connection: sa.Connection) -> frozenset[str]:
        story = Story(connection, database_now(connection))
        act(story)
        return story.finish()

    parts.signals.notify(*await parts.db.write(work))
