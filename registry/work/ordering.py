"""Ordering: what an order needs of the CAD engine is asked before, so that no transaction waits for it."""

import asyncio
import time

from designs.parameters import ParameterError
from registry.actions import designs, matches, orders
from registry.actions.matches import Matches
from registry.actions.wishes import OrderWish
from registry.core.builds import asker_of
from registry.core.permissions import Caller
from registry.ids import OrderId, VersionName, new_id
from registry.parts import State
from registry.store.clock import database_now
from registry.work.engines import fingerprint


async def match(state: State, caller: Caller, wish: OrderWish) -> Matches:
    """Which machines can make this, and why the others cannot; those that can come first."""
    engine, timing = await _fingerprint(state, wish.version), state.settings.hand_out
    return await state.db.read(
        lambda connection: matches.match_wish(
            connection, caller, wish, fingerprint=engine, timing=timing, now=database_now(connection)
        )
    )


async def match_order(state: State, caller: Caller, order: str) -> Matches:
    """The same for an order that is placed."""
    timing = state.settings.hand_out
    return await state.db.read(
        lambda connection: matches.match_order(connection, caller, order, timing=timing, now=database_now(connection))
    )


async def place(state: State, caller: Caller, wish: OrderWish, request_key: str | None = None) -> OrderId:
    """Place an order; the same request key again gives the order that is there. See `orders.place_order`."""
    engine, fresh = await _fingerprint(state, wish.version), OrderId(new_id("ord"))
    limits = state.settings.build_limits
    state.floor.check(asker_of(caller))
    try:
        order, topics = await state.db.write(
            lambda connection: orders.place_order(
                connection, caller, wish,
                order=fresh, request_key=request_key, fingerprint=engine, now=database_now(connection), limits=limits,
            )
        )  # fmt: skip
    except ParameterError:
        state.refusals.note_values(caller.member, wish.version, wish.parameters, time.time())
        raise
    state.signals.notify(*topics)
    return order


async def _fingerprint(state: State, version: VersionName) -> str:
    engine = await state.db.read(lambda connection: designs.engine_of(connection, version))
    return await asyncio.to_thread(fingerprint, engine)
