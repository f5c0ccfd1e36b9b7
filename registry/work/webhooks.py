"""The senders of webhooks: in every process, as many at the same time as SENDERS, each hook by one of them at a time.

A delivery is in the outbox before it is tried, and is settled after it: a process that dies in between leaves it to be
tried again under the same id. So everything arrives at least once.
"""

import asyncio
import logging
import secrets
from datetime import timedelta
from time import monotonic, time

from registry.actions import outbox
from registry.core.hooks import SECRET_BYTES, secret_text, signed_headers
from registry.errors import Conflict, Unavailable
from registry.ids import new_id
from registry.parts import State
from registry.store.clock import database_now
from registry.work.outgoing import Sender

logger = logging.getLogger(__name__)

SENDERS = 4
TIDY_EVERY = timedelta(hours=1)
TOPIC = "hooks"


def new_hook_secret() -> str:
    """A fresh secret, in the form of Standard Webhooks."""
    return secret_text(secrets.token_bytes(SECRET_BYTES))


def delivery_id() -> str:
    return new_id("msg")


async def send_until_closed(parts: State) -> None:
    """Fill the outbox from the log and empty it, until the process stops."""
    sender = Sender(anywhere=parts.settings.webhook_targets == "any")
    worker = secrets.token_hex(6)
    async with asyncio.TaskGroup() as group:
        group.create_task(_fill_until_closed(parts))
        for number in range(SENDERS):
            group.create_task(_send_until_closed(parts, sender, f"{worker}:{number}"))


async def _fill_until_closed(parts: State) -> None:
    tidied = monotonic()
    with parts.signals.listen("log") as news:
        while not parts.signals.closed:
            filled = 0
            try:
                if await parts.db.read(outbox.is_behind):
                    filled = await parts.db.write(lambda c: outbox.fill(c, delivery_id, database_now(c)))
                if monotonic() - tidied > TIDY_EVERY.total_seconds():
                    tidied = monotonic()
                    await parts.db.write(lambda c: outbox.forget(c, database_now(c)))
            except (Unavailable, Conflict) as error:
                logger.warning("webhooks wait for better times: %s", error.message)
            except Exception:  # outermost loop: without it nothing would ever be sent again
                logger.exception("the webhooks' outbox could not be filled, and will be tried again")
            if filled:
                parts.signals.notify(TOPIC)
            else:
                await news.wait(parts.settings.poll_seconds)


async def _send_until_closed(parts: State, sender: Sender, worker: str) -> None:
    with parts.signals.listen(TOPIC) as news:
        while not parts.signals.closed:
            try:
                if await send_one(parts, sender, worker):
                    continue
            except (Unavailable, Conflict) as error:
                logger.warning("webhooks wait for better times: %s", error.message)
            except Exception:  # outermost loop: without it nothing would ever be sent again
                logger.exception("a webhook could not be sent, and will be tried again")
            await news.wait(parts.settings.poll_seconds)


async def send_one(parts: State, sender: Sender, worker: str) -> bool:
    """Try one delivery; False: none is due."""
    if not await parts.db.read(lambda c: outbox.is_due(c, database_now(c))):
        return False
    parcel = await parts.db.write(lambda c: outbox.take(c, worker))
    if parcel is None:
        return False
    headers = signed_headers(parcel.delivery, int(time()), parcel.body, parcel.secrets)
    answer = await sender.post(parcel.url, parcel.body, headers)
    spread = secrets.randbelow(1000) / 1000
    await parts.db.write(lambda c: outbox.settle(c, worker, parcel, answer, spread))
    parts.signals.notify(f"hook:{parcel.hook}")
    return True
