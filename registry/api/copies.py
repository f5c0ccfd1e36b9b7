"""Single copies of an order while a machine works on them: pause, resume and stop the machine, leave a copy out."""

from fastapi import APIRouter

from registry.actions import directing, order_views
from registry.api.deps import FacilityKeeper, Parts
from registry.api.order_models import OrderOut, order_out
from registry.api.orders import Maker
from registry.api.problems import documented
from registry.core.attempts import Command
from registry.core.permissions import Caller
from registry.parts import State
from registry.store.clock import database_now

router = APIRouter(tags=["orders"])


@router.post("/orders/{order}/jobs/{job}/pause", responses=documented(401, 403, 404, 409))
async def pause_copy(order: str, job: str, caller: FacilityKeeper, parts: Parts) -> OrderOut:
    """Ask the machine that makes a copy to pause: for those who run its facility. Its report shows when it does."""
    return await _direct(parts, caller, order, job, Command.PAUSE)


@router.post("/orders/{order}/jobs/{job}/resume", responses=documented(401, 403, 404, 409))
async def resume_copy(order: str, job: str, caller: FacilityKeeper, parts: Parts) -> OrderOut:
    """Ask the machine that paused a copy to go on: for those who run its facility."""
    return await _direct(parts, caller, order, job, Command.RESUME)


@router.post("/orders/{order}/jobs/{job}/stop", responses=documented(401, 403, 404, 409))
async def stop_copy(order: str, job: str, caller: FacilityKeeper, parts: Parts) -> OrderOut:
    """Stop the machine's work on a copy, with all on its plate: for those who run its facility. The copy then waits for
    somebody to have it made again."""
    return await _direct(parts, caller, order, job, Command.CANCEL)


@router.post("/orders/{order}/jobs/{job}/cancel", responses=documented(401, 403, 404, 409))
async def cancel_copy(order: str, job: str, caller: Maker, parts: Parts) -> OrderOut:
    """Leave a copy out of the order: for whoever placed it, and for those who run the facility that it names."""
    topics = await parts.db.write(
        lambda connection: directing.cancel_job(connection, caller, order, job, now=database_now(connection))
    )
    parts.signals.notify(*topics)
    return await _read(parts, order, caller)


async def _direct(parts: State, caller: Caller, order: str, job: str, command: Command) -> OrderOut:
    topics = await parts.db.write(
        lambda connection: directing.direct_job(connection, caller, order, job, command, now=database_now(connection))
    )
    parts.signals.notify(*topics)
    return await _read(parts, order, caller)


async def _read(parts: State, order: str, caller: Caller) -> OrderOut:
    return order_out(await parts.db.read(lambda connection: order_views.read_order(connection, order, caller)))
