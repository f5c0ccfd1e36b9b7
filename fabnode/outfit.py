"""What an operator changes at a machine while work goes on: material, spool, nozzle, profile, and care that was given.

A job that was prepared for what was there before goes back to the registry first; one that prints is never touched.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from fabnode import core
from fabnode import events as e
from fabnode.config import MachineSettings
from fabnode.core import Step
from fabnode.decisions import Refused
from fabnode.errors import FabnodeError
from fabnode.records import Record
from fabnode.spoolman import Spoolman
from fabnode.spools import Spool
from fabnode.stock import Fit, Load
from fabnode.upkeep import Upkeep, checked_load, fitted, may_be_made_of, require_machine

Action = Literal["load", "unload", "fit", "allow-short", "done"]


class Outfitting(BaseModel):
    """What was done at a machine, as it is said by form, JSON or command line."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    by: Annotated[str, Field(min_length=1, max_length=80)] = "the operator"
    material: Annotated[str, Field(max_length=40)] = ""
    colour: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    thickness_mm: Annotated[float | None, Field(gt=0, le=500)] = None
    spool: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")] = None
    slot: Annotated[int, Field(ge=1, le=32)] = 1
    nozzle_mm: Annotated[float | None, Field(gt=0, le=5)] = None
    profile: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    what: Annotated[str, Field(max_length=40)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class SpoolSaid(BaseModel):
    """A spool that is new, or weighed anew."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    id: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")] = None
    """None: the next number."""
    material: Annotated[str, Field(max_length=40)] = ""
    colour: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    name: Annotated[str, Field(max_length=80)] = ""
    grams: Annotated[float, Field(ge=0, le=100_000)]


class Hands(Protocol):
    """The way to a machine's attempt: through its worker, or in the journal of an agent that does not run."""

    async def holding(self, machine: str) -> Record | None: ...

    async def apply(self, machine: str, attempt: str, event: e.Event) -> Step: ...


class Outfit:
    """Every method raises Refused in words."""

    def __init__(
        self,
        upkeep: Upkeep,
        machines: tuple[MachineSettings, ...],
        hands: Hands,
        prepares: Callable[[MachineSettings], object],
        spoolman: Spoolman | None,
    ) -> None:
        """`prepares` raises FabnodeError for settings that nothing can be made with."""
        self._upkeep = upkeep
        self._configured = {machine.key: machine for machine in machines}
        self._hands = hands
        self._prepares = prepares
        self._spoolman = spoolman

    async def do(self, machine: str, action: Action, said: Outfitting) -> None:
        require_machine(machine, self._configured)
        match action:
            case "load":
                await self._load(machine, said)
            case "unload":
                fit = replace(self._upkeep.fit(machine), loads=())
                await self._make_way(machine, fit, said.by)
                await self._upkeep.unload(machine)
            case "fit":
                fit = replace(self._upkeep.fit(machine), nozzle_mm=said.nozzle_mm, profile=said.profile)
                await self._make_way(machine, fit, said.by)
                await self._upkeep.fit_out(machine, said.nozzle_mm, said.profile)
            case "allow-short":
                await self._upkeep.allow(machine)
            case "done":
                await self._upkeep.cared(machine, said.what, said.by, said.note)

    async def keep_spool(self, said: SpoolSaid) -> Spool:
        """A new spool, or what an old one weighs now."""
        if self._spoolman is not None:
            raise Refused("Spoolman keeps the spools of this workshop: add and weigh them there")
        known = self._upkeep.spools.get(said.id) if said.id else None
        material = said.material.upper() or (known.material if known else "")
        if not material:
            raise Refused(f"there is no spool {said.id!r} yet: say what it holds, like `fabnode spool add PLA`")
        number = said.id or self._upkeep.stock.next_spool()
        name = said.name or (known.name if known else "")
        colour = said.colour or (known.colour if known else None)
        spool = Spool(number, material, colour, name, said.grams, datetime.now(UTC))
        await self._upkeep.keep_spool(spool)
        return spool

    async def _load(self, machine: str, said: Outfitting) -> None:
        if said.spool and self._spoolman is not None:
            try:
                await self._upkeep.keep_spool((await self._spoolman.spool(said.spool)).spool)
            except FabnodeError as error:
                raise Refused(str(error)) from error
        spool = self._upkeep.spools.get(said.spool) if said.spool else None
        material = said.material or (spool.material if spool else "")
        if not material:
            raise Refused("say what is loaded: a material like PLA, or a spool")
        load = checked_load(
            Load(said.slot - 1, material, said.colour, said.thickness_mm, said.spool, said.by, datetime.now(UTC)),
            self._upkeep.spools,
        )
        before = self._upkeep.fit(machine)
        others = tuple(one for one in before.loads if one.slot != load.slot)
        await self._make_way(machine, replace(before, loads=(*others, load)), said.by)
        await self._upkeep.load(machine, load)

    async def _make_way(self, machine: str, fit: Fit, by: str) -> None:
        """Judge how the machine is to be fitted out, and give back a job that was prepared for another."""
        before = self._upkeep.settings(machine)
        after = fitted(self._configured[machine], fit, self._upkeep.spools, ())
        try:
            self._prepares(after)
        except FabnodeError as error:
            raise Refused(str(error)) from error
        held = await self._hands.holding(machine)
        if held is None:
            return
        rebuilt = (before.nozzle_mm, before.profile) != (after.nozzle_mm, after.profile)
        if held.attempt.state in core.BEFORE_START and (rebuilt or not may_be_made_of(held.claimed, after.materials)):
            reason = f"{by} fitted {before.title} out anew before it began"
            step = await self._hands.apply(machine, held.attempt.id, e.PreparationFailed(reason, retry=True))
            if step.refused:
                raise Refused(step.refused)
        elif rebuilt and held.attempt.state in core.TO_BE_PROVED:
            raise Refused(f"{before.title} is at {held.claimed.design}: change nozzle or profile when that is over")
