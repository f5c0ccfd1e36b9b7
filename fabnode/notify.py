"""Telling people: messages are kept first, then delivered channel by channel, again and again within reason.

Nothing here is waited for by a print: a channel that does not answer only lets its own messages gather.
"""

import asyncio
import logging
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fabnode.channels import Channel, NotDelivered, channels
from fabnode.config import MailSettings, NotifySettings, NtfySettings, WebhookSettings
from fabnode.letterbox import Letterbox
from fabnode.notices import HOUR, Notice, batch
from fabnode.retry import Backoff
from fabnode.stock import Stock

log = logging.getLogger(__name__)

FORGET_AFTER = timedelta(days=30)


class Notifier:
    """One workshop's. `run` until cancelled."""

    def __init__(self, stock: Stock, settings: NotifySettings, folder: Path, backoff: Backoff) -> None:
        self._box = Letterbox(stock)
        self._settings = settings
        self._backoff = backoff
        self._channels = channels(settings, folder)
        self._wanted = {one.name: set(one.on) for one in _all(settings)}
        self._news = {channel.name: asyncio.Event() for channel in self._channels}
        self.troubles: dict[str, str] = {}
        """Why a channel's messages gather, by its name."""

    async def tell(self, notice: Notice) -> None:
        """Keep the message for every channel that wants its kind."""
        for channel in self._channels:
            if notice.occasion in self._wanted[channel.name]:
                await asyncio.to_thread(self._box.put, channel.name, notice)
                self._news[channel.name].set()

    async def run(self) -> None:
        await asyncio.to_thread(self._box.forget, datetime.now(UTC) - FORGET_AFTER)
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                group.create_task(self._serve(channel))

    async def _serve(self, channel: Channel) -> None:
        failures = 0
        while True:
            self._news[channel.name].clear()
            try:
                wait = await self._deliver(channel)
            except NotDelivered as error:
                failures += 1
                if str(error) != self.troubles.get(channel.name):
                    log.warning("notification %s: %s", channel.name, error)
                self.troubles[channel.name] = str(error)
                await asyncio.sleep(self._backoff.after(failures, random.random()))  # noqa: S311  (spreading)
            else:
                failures = 0
                self.troubles.pop(channel.name, None)
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._news[channel.name].wait()

    async def _deliver(self, channel: Channel) -> float:
        """One message at most; how long to wait for the next, s. Raises NotDelivered."""
        now = datetime.now(UTC)
        if dropped := await asyncio.to_thread(self._box.drop_unsent, now - HOUR * self._settings.give_up_hours):
            log.error("%d messages could not be delivered in time and are dropped", dropped)
        waiting = await asyncio.to_thread(self._box.waiting, channel.name)
        sent = await asyncio.to_thread(self._box.sent_at, channel.name, now - HOUR)
        due = batch([one.notice for one in waiting], sent, self._settings.most_per_hour, now)
        if not due.notices:
            return max(due.wait_seconds, 1.0)
        await channel.send(due.notices, now)
        numbers = tuple(one.id for one in waiting[: len(due.notices)])
        await asyncio.to_thread(self._box.sent, numbers, datetime.now(UTC))
        return 0.0


async def try_channels(settings: NotifySettings, folder: Path) -> dict[str, str | None]:
    """Send a trial message by every channel at once; why it did not go out, or None, by name."""
    now = datetime.now(UTC)
    trial = Notice("needs_operator", "trial", "", "A trial message", "fabnode can reach you this way.", now)
    outcome: dict[str, str | None] = {}
    for channel in channels(settings, folder):
        try:
            await channel.send([trial], now)
        except NotDelivered as error:
            outcome[channel.name] = str(error)
        else:
            outcome[channel.name] = None
    return outcome


def _all(settings: NotifySettings) -> tuple[WebhookSettings | MailSettings | NtfySettings, ...]:
    return (*settings.webhook, *settings.mail, *settings.ntfy)
