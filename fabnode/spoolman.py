"""Spoolman as the keeper of spools: its REST API v1, as far as an agent needs it.

GET /api/v1/info tells `version`; GET /api/v1/spool/{id} tells `remaining_weight` and `used_weight` in g; PUT
/api/v1/spool/{id}/use `{"use_weight": g}` takes off. Taking off is not idempotent there, so what was used in all is
read and kept before the first try, and a try whose answer was lost is looked for in it before it is made again.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fabnode.errors import FabnodeError
from fabnode.spools import Spool
from fabnode.stock import Stock, Untold

PATIENCE_SECONDS = 15.0
MAX_ANSWER_BYTES = 1 << 20
ROUNDING_G = 0.05


class SpoolmanError(FabnodeError):
    """Spoolman did not do what was asked, or does not know the spool."""


class _Filament(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = ""
    material: str = ""


class _Info(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: str = Field(max_length=80)


class _SpoolAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    id: int
    filament: _Filament
    remaining_weight: float | None = Field(default=None)
    used_weight: float = 0.0
    archived: bool = False


@dataclass(frozen=True)
class Kept:
    """A spool as Spoolman keeps it."""

    spool: Spool
    used_g: float


class _Once:
    """Lets one request out: aiohttp sends a PUT again when its answer is lost, and this one takes off each time."""

    def __init__(self) -> None:
        self._out = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._out:
            raise SpoolmanError(f"Spoolman at {request.url.origin()} broke the connection off")
        self._out = True
        return await handler(request)


class Spoolman:
    """One server. Every call is one try."""

    def __init__(self, url: str) -> None:
        self._base = f"{url.rstrip('/')}/api/v1"

    async def version(self) -> str:
        """Raises SpoolmanError."""
        try:
            return _Info.model_validate_json(await self._ask("GET", "/info", None)).version
        except ValidationError as error:
            raise SpoolmanError(f"{self._base} does not answer as Spoolman does") from error

    async def spool(self, number: str) -> Kept:
        """Raises SpoolmanError."""
        data = await self._ask("GET", f"/spool/{quote(number, safe='')}", None)
        try:
            told = _SpoolAnswer.model_validate_json(data)
        except ValidationError as error:
            raise SpoolmanError(
                f"Spoolman's answer about spool {number} is not understood: {error.errors()[0]['msg']}"
            ) from error
        if told.archived:
            raise SpoolmanError(f"spool {number} is archived in Spoolman: take another, or bring it back there")
        if told.remaining_weight is None:
            raise SpoolmanError(f"Spoolman does not know what is on spool {number}: give its filament a weight there")
        material = told.filament.material.strip().upper()
        if not material:
            raise SpoolmanError(f"Spoolman does not know the material of spool {number}: set it there")
        spool = Spool(
            str(told.id), material, None, told.filament.name, max(told.remaining_weight, 0.0), datetime.now(UTC),
            spoolman=True,
        )  # fmt: skip
        return Kept(spool, told.used_weight)

    async def use(self, number: str, grams: float) -> None:
        """Take off. Raises SpoolmanError; it may have happened all the same."""
        await self._ask("PUT", f"/spool/{quote(number, safe='')}/use", {"use_weight": round(grams, 3)})

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> bytes:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False, middlewares=(_Once(),)) as session,
                session.request(method, self._base + path, json=body, allow_redirects=False) as answer,
            ):
                data = await answer.content.read(MAX_ANSWER_BYTES)
                if answer.status == HTTPStatus.NOT_FOUND:
                    raise SpoolmanError(f"Spoolman at {self._base} has no {path.removeprefix('/').replace('/', ' ')}")
                if answer.status != HTTPStatus.OK:
                    raise SpoolmanError(f"Spoolman answers {answer.status} to {method} {path}: {data[:200]!r}")
                return data
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SpoolmanError(
                f"Spoolman at {self._base} cannot be reached: {error or 'no answer in time'}"
            ) from error


async def tell_use(keeper: Spoolman, stock: Stock, untold: Untold) -> None:
    """Let Spoolman take off what a print took, once. Raises SpoolmanError."""
    used = (await keeper.spool(untold.spool)).used_g
    if untold.keeper_used is None:
        await asyncio.to_thread(stock.about_to_tell, untold.attempt, used)
    elif used >= untold.keeper_used + untold.grams - ROUNDING_G:
        await asyncio.to_thread(stock.told, untold.attempt)  # the answer to an earlier try was lost
        return
    await keeper.use(untold.spool, untold.grams)
    await asyncio.to_thread(stock.told, untold.attempt)
