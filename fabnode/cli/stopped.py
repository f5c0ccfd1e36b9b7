"""What is loaded and kept, changed straight in the stock while the agent does not run."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import ValidationError

from fabnode import events as e
from fabnode.config import Config
from fabnode.core import Step
from fabnode.decisions import NotADecision
from fabnode.home import Home
from fabnode.journal import Journal
from fabnode.outfit import Action, Outfit, Outfitting, SpoolSaid
from fabnode.records import Record
from fabnode.spoolman import Spoolman
from fabnode.stock import Stock
from fabnode.upkeep import Upkeep


@dataclass(frozen=True)
class _JournalsHands:
    """To a machine's attempt without its worker: what is decided is carried out when the agent runs again."""

    journal: Journal

    async def holding(self, machine: str) -> Record | None:
        return self.journal.holding(machine)

    async def apply(self, machine: str, attempt: str, event: e.Event) -> Step:
        return self.journal.advance(attempt, event, datetime.now(UTC))


@dataclass(frozen=True)
class StoppedStock:
    """Raises FabnodeError in words."""

    upkeep: Upkeep
    outfit: Outfit

    def do(self, machine: str, action: str, said: dict[str, Any]) -> None:
        try:
            asyncio.run(self.outfit.do(machine, cast(Action, action), Outfitting.model_validate(said)))
        except ValidationError as error:
            raise _in_words(error) from error

    def keep_spool(self, said: dict[str, Any]) -> str:
        try:
            return asyncio.run(self.outfit.keep_spool(SpoolSaid.model_validate(said))).id
        except ValidationError as error:
            raise _in_words(error) from error


@contextmanager
def stopped_stock(home: Home, config: Config, journal: Journal) -> Iterator[StoppedStock]:
    from fabnode.preparation.choosing import preparation_for
    from fabnode.slicers.choosing import Slicers

    stock = Stock(home.stock)
    try:
        upkeep = Upkeep(stock, config.machines, lambda machine: None)
        slicers = Slicers(config.agent, home.slices)
        keeper = Spoolman(config.spoolman.url) if config.spoolman else None
        outfit = Outfit(
            upkeep, config.machines, _JournalsHands(journal),
            lambda settings: preparation_for(settings, slicers, home.folder), keeper,
        )  # fmt: skip
        yield StoppedStock(upkeep, outfit)
    finally:
        stock.close()


def _in_words(error: ValidationError) -> NotADecision:
    first = error.errors()[0]
    return NotADecision(f"{'.'.join(map(str, first['loc']))}: {first['msg']}, not {first['input']!r}")
