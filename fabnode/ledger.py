"""The journal from async code: one thread, so that its commits are in one order and never stop the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from fabnode.clock import moment
from fabnode.core import Step
from fabnode.errors import FabnodeError
from fabnode.events import BedCleared, Event
from fabnode.journal import Journal
from fabnode.protocol import ClaimedJob, Report
from fabnode.records import Bed, Past, Record

_P = ParamSpec("_P")
_T = TypeVar("_T")


class JournalUnwritable(FabnodeError):
    """The disk is full, or does not answer. Nothing was changed, and it may be tried again."""


class Ledger:
    """Every method returns once the change is on the disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, "journal")

    async def advance(self, attempt: str, event: Event) -> Step:
        return await self._run(self._journal.advance, attempt, event, _now())

    async def change_bed(self, machine: str, event: Event, note: str) -> Step:
        looked = moment() if isinstance(event, BedCleared) else None
        return await self._run(self._journal.change_bed, machine, event, note, _now(), looked)

    async def know_machine(self, key: str) -> Bed:
        """The machine's bed as it was left."""
        await self._run(self._journal.know_machine, key, _now())
        return (await self.beds())[key]

    async def beds(self) -> dict[str, Bed]:
        return await self._run(self._journal.beds)

    async def watched(self, keys: tuple[str, ...]) -> None:
        await self._run(self._journal.watched, keys, moment())

    async def attempt(self, attempt: str) -> Record:
        return await self._run(self._journal.attempt, attempt)

    async def holding(self, machine: str) -> Record | None:
        return await self._run(self._journal.holding, machine)

    async def unfinished(self) -> tuple[Record, ...]:
        return await self._run(self._journal.unfinished)

    async def recent(self, limit: int) -> tuple[Record, ...]:
        return await self._run(self._journal.recent, limit)

    async def history(self, attempt: str) -> tuple[Past, ...]:
        return await self._run(self._journal.history, attempt)

    async def note_claim(self, key: str, machines: tuple[str, ...]) -> None:
        await self._run(self._journal.note_claim, key, machines, _now())

    async def claims_in_flight(self) -> dict[str, tuple[str, ...]]:
        return await self._run(self._journal.claims_in_flight)

    async def settle_claim(self, key: str, job: ClaimedJob | None, file: str) -> Step | None:
        return await self._run(self._journal.settle_claim, key, job, file, _now())

    async def owed(self, limit: int) -> tuple[Report, ...]:
        return await self._run(self._journal.owed, limit)

    async def owed_count(self) -> int:
        return await self._run(self._journal.owed_count)

    async def acknowledge(self, sequence: int) -> None:
        await self._run(self._journal.acknowledge, sequence)

    async def rewind(self, sequence: int) -> bool:
        return await self._run(self._journal.rewind, sequence)

    async def tidied(self, attempt: str) -> None:
        await self._run(self._journal.tidied, attempt)

    async def untidy(self, machine: str) -> tuple[str, ...]:
        return await self._run(self._journal.untidy, machine)

    async def forget(self, before: datetime) -> int:
        return await self._run(self._journal.forget, before)

    async def _run(self, act: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: act(*args, **kwargs))
        except sqlite3.OperationalError as error:
            raise JournalUnwritable(
                f"the journal cannot be written ({error}): nothing is begun until it can"
            ) from error

    async def close(self) -> None:
        await self._run(self._journal.close)
        self._thread.shutdown()


def _now() -> datetime:
    return datetime.now(UTC)
