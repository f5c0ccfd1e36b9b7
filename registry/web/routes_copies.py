"""The buttons of single copies on an order's page: pause, go on, stop the machine, leave the copy out."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import RedirectResponse

from registry.actions import directing
from registry.api.deps import Parts
from registry.core.attempts import Command
from registry.store.clock import database_now
from registry.web.pages import SignedIn, see_other

router = APIRouter(include_in_schema=False)

_COMMANDS = {"pause": Command.PAUSE, "resume": Command.RESUME, "stop": Command.CANCEL}


@router.post("/orders/{order}/jobs/{job}/cancel")
async def cancel(parts: Parts, looker: SignedIn, order: str, job: str) -> RedirectResponse:
    """Leave the copy out."""
    topics = await parts.db.write(
        lambda connection: directing.cancel_job(connection, looker, order, job, now=database_now(connection))
    )
    parts.signals.notify(*topics)
    return see_other(f"/orders/{order}")


@router.post("/orders/{order}/jobs/{job}/machine/{verb}")
async def direct(
    parts: Parts, looker: SignedIn, order: str, job: str, verb: Literal["pause", "resume", "stop"]
) -> RedirectResponse:
    """Let the machine pause, go on, or stop."""
    command = _COMMANDS[verb]
    topics = await parts.db.write(
        lambda connection: directing.direct_job(connection, looker, order, job, command, now=database_now(connection))
    )
    parts.signals.notify(*topics)
    return see_other(f"/orders/{order}")
