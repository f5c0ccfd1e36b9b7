"""What the machines are fitted out with while the agent runs, what prints take, and what care they are due.

What is asked often (may this machine take a job?) is answered from memory; every change is in the stock first.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import floor

from fabnode.config import MachineSettings
from fabnode.decisions import Refused
from fabnode.maintenance import Due, standing, stopping
from fabnode.protocol import ClaimedJob, LoadedMaterial
from fabnode.records import Record
from fabnode.spools import Ending, Spool, Use, remaining_g, share_made, shortage
from fabnode.stock import Fit, Load, Stock
from fabnode.toolpaths.cut_files import is_same_sheet

log = logging.getLogger(__name__)

LOOK_AT_CARE_SECONDS = 600.0
"""Days pass by themselves."""


class Upkeep:
    """One workshop's. `changed(machine)` is called when what is told of a machine may be something else now."""

    def __init__(self, stock: Stock, machines: tuple[MachineSettings, ...], changed: Callable[[str], None]) -> None:
        self.stock = stock
        self._configured = {machine.key: machine for machine in machines}
        self._changed = changed
        stock.know_machines(tuple(self._configured), datetime.now(UTC))
        self._read()

    # ---- what is asked

    def settings(self, machine: str) -> MachineSettings:
        """The machine's settings with what is loaded and mounted now."""
        return fitted(self._configured[machine], self.fits.get(machine, Fit()), self.spools, self._uses)

    def fit(self, machine: str) -> Fit:
        return self.fits.get(machine, Fit())

    def hindrance(self, machine: str) -> str | None:
        """Why the machine takes no new job, in words for its operator."""
        return self.fit(machine).short or stopping(machine, self.dues.get(machine, ()))

    def mismatch(self, record: Record) -> str | None:
        """Why the job cannot be made of what is loaded now."""
        settings, job = self.settings(record.attempt.machine), record.claimed
        if may_be_made_of(job, settings.materials):
            return None
        loaded = (
            ", ".join(_words(one.material, one.colour, one.thickness_mm) for one in settings.materials) or "nothing"
        )
        wanted = _words(job.material, job.colour, job.thickness_mm)
        return f"{settings.title} has {loaded} loaded now, and the job wants {wanted}"

    def lack(self, record: Record) -> str | None:
        """Why this print cannot be finished with what is loaded."""
        machine = record.attempt.machine
        needed = record.figures.filament_g if record.figures else None
        spool = self._spool_for(record)
        if spool is None or self.fit(machine).allowed:
            return None
        return shortage(needed, spool, remaining_g(spool, self._uses, but=record.attempt.id))

    # ---- what happens to prints

    async def give_back(self, record: Record, lack: str) -> str:
        """The print cannot be made here; the machine waits for its operator. The reason in full."""
        machine = record.attempt.machine
        words = f"{lack}: load another spool with `fabnode load {machine} …`, or say `fabnode allow-short {machine}`"
        await asyncio.to_thread(self.stock.note_short, machine, f"the last job was given back: {words}")
        await self._reread(machine)
        return f"{self._configured[machine].title} gives the job back: {lack}"

    async def begin(self, record: Record) -> None:
        """The print may begin now: keep its material aside."""
        figures, spool = record.figures, self._spool_for(record)
        use = Use(
            record.attempt.id,
            record.attempt.machine,
            spool.id if spool else None,
            (figures.filament_g if figures else None) or 0.0,
            (figures.print_seconds if figures else None) or 0.0,
            datetime.now(UTC),
        )
        await asyncio.to_thread(self.stock.begin, use)
        await self._reread(use.machine)

    def open_uses(self) -> tuple[Use, ...]:
        return self._uses

    async def settle(self, attempt: str, ending: Ending) -> None:
        """The print may be over: take off what it took, once."""
        use = next((use for use in self._uses if use.attempt == attempt), None)
        made = share_made(use, ending) if use else None
        if use is None or made is None:
            return
        seconds = ending.seconds if ending.seconds is not None else use.seconds * made
        await asyncio.to_thread(self.stock.settle, attempt, use.grams * made, seconds, datetime.now(UTC))
        await self._reread(use.machine)

    # ---- what people do

    async def load(self, machine: str, load: Load) -> None:
        """Raises Refused when the spool is not known or holds something else."""
        load = checked_load(load, self.spools)
        await asyncio.to_thread(self.stock.load, machine, load)
        await self._reread(machine)

    async def unload(self, machine: str) -> None:
        await asyncio.to_thread(self.stock.unload, machine)
        await self._reread(machine)

    async def fit_out(self, machine: str, nozzle_mm: float | None, profile: str | None) -> None:
        await asyncio.to_thread(self.stock.fit, machine, nozzle_mm, profile)
        await self._reread(machine)

    async def allow(self, machine: str) -> None:
        await asyncio.to_thread(self.stock.allow, machine)
        await self._reread(machine)

    async def cared(self, machine: str, what: str, by: str, note: str) -> None:
        """Raises Refused when the machine has no such interval."""
        require_interval(self._configured[machine], what)
        await asyncio.to_thread(self.stock.care, machine, what, by, note, datetime.now(UTC))
        await self._reread(machine)

    async def keep_spool(self, spool: Spool) -> None:
        await asyncio.to_thread(self.stock.keep_spool, spool)
        await asyncio.to_thread(self._read)
        for machine, fit in self.fits.items():
            if any(load.spool == spool.id for load in fit.loads):
                self._changed(machine)

    async def run(self) -> None:
        """Look at what falls due by itself."""
        while True:
            await asyncio.sleep(LOOK_AT_CARE_SECONDS)
            await asyncio.to_thread(self._read)

    # ---- inside

    def _spool_for(self, record: Record) -> Spool | None:
        fit, wanted = self.fit(record.attempt.machine), record.claimed
        held = [load for load in fit.loads if load.material.casefold() == wanted.material.casefold()]
        same = [load for load in held if (load.colour or "").casefold() == (wanted.colour or "").casefold()]
        load = next(iter(same or held), None)
        return self.spools.get(load.spool) if load and load.spool else None

    async def _reread(self, machine: str) -> None:
        await asyncio.to_thread(self._read)
        self._changed(machine)

    def _read(self) -> None:
        self.fits: Mapping[str, Fit] = self.stock.fits()
        self.spools: Mapping[str, Spool] = self.stock.spools()
        self._uses = self.stock.open_uses()
        self.dues: Mapping[str, tuple[Due, ...]] = dues(self.stock, self._configured)


def fitted(
    configured: MachineSettings, fit: Fit, spools: Mapping[str, Spool], uses: tuple[Use, ...]
) -> MachineSettings:
    """The settings of a machine with what was said of it since it was configured."""
    changes: dict[str, object] = {}
    if fit.loads:
        changes["materials"] = tuple(_loaded(load, spools, uses) for load in fit.loads)
    if fit.nozzle_mm is not None:
        changes["nozzle_mm"] = fit.nozzle_mm
    if fit.profile is not None:
        changes["profile"] = fit.profile
    return configured.model_copy(update=changes)


def _loaded(load: Load, spools: Mapping[str, Spool], uses: tuple[Use, ...]) -> LoadedMaterial:
    spool = spools.get(load.spool) if load.spool else None
    left = floor(remaining_g(spool, uses)) if spool else None
    return LoadedMaterial(material=load.material, colour=load.colour, thickness_mm=load.thickness_mm, remaining_g=left)


def checked_load(load: Load, spools: Mapping[str, Spool]) -> Load:
    """With the colour of its spool, where none was said. Raises Refused."""
    if load.spool is None:
        return load
    spool = spools.get(load.spool)
    if spool is None:
        known = ", ".join(spools) or "none yet: add one with `fabnode spool add PLA --grams 1000`"
        raise Refused(f"there is no spool {load.spool!r}; known are {known}")
    if spool.material.casefold() != load.material.casefold():
        raise Refused(f"spool {spool.id} holds {spool.material}, not {load.material}")
    return load if load.colour else replace(load, colour=spool.colour)


def require_interval(machine: MachineSettings, what: str) -> None:
    """Raises Refused."""
    names = [interval.what for interval in machine.maintenance]
    if what not in names:
        known = ", ".join(names) or "none; list them under `maintenance` in fabnode.toml"
        raise Refused(f"{machine.key} has no maintenance {what!r}; it has {known}")


def dues(stock: Stock, machines: Mapping[str, MachineSettings]) -> dict[str, tuple[Due, ...]]:
    """How each machine's intervals stand now."""
    wanted = {key: tuple(one.what for one in machine.maintenance) for key, machine in machines.items()}
    worked = stock.worked(wanted, datetime.now(UTC))
    return {
        key: tuple(standing(interval, worked[key, interval.what]) for interval in machine.maintenance)
        for key, machine in machines.items()
    }


def spool_lines(upkeep: Upkeep) -> list[dict[str, object]]:
    """Every spool with what is left on it, as plain values."""
    return [
        {
            "id": spool.id, "material": spool.material, "colour": spool.colour, "name": spool.name,
            "grams": round(remaining_g(spool, upkeep.open_uses()), 1), "spoolman": spool.spoolman,
        }
        for spool in upkeep.spools.values()
    ]  # fmt: skip


def require_machine(machine: str, machines: Mapping[str, object]) -> None:
    """Raises Refused, naming those there are."""
    if machine not in machines:
        raise Refused(f"this agent has no machine {machine!r}; it has {', '.join(machines) or 'none'}")


def _words(material: str, colour: str | None, thickness_mm: float | None) -> str:
    sheet = "" if thickness_mm is None else f" of {thickness_mm:g} mm"
    return material + (f" {colour}" if colour else "") + sheet


def may_be_made_of(job: ClaimedJob, materials: tuple[LoadedMaterial, ...]) -> bool:
    """Whether what the job asks for is among what is loaded."""
    return any(
        one.material.casefold() == job.material.casefold()
        and (job.colour is None or (one.colour or "").casefold() == job.colour.casefold())
        and (job.thickness_mm is None or is_same_sheet(one.thickness_mm, job.thickness_mm))
        for one in materials
    )
