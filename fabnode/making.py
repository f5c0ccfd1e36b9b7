"""From a claimed job to a file that lies, verified, on the machine: fetch, prepare, upload. And the start."""

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from designs.digest import Digest, digest_file, parse_digest
from fabnode import events as e
from fabnode.cache import ArtifactCache, CacheError
from fabnode.client import Registry, RegistryConfused, RegistryRefused, RegistryUnreachable
from fabnode.clock import boot_seconds
from fabnode.config import AgentSettings, MachineSettings
from fabnode.preparation.interface import Preparation, Prepared, Unprepared
from fabnode.protocol import ArtifactRef, AskPermit, MachineCard, SliceFigures
from fabnode.provenance import Guard, NotProvedNow, Untrusted
from fabnode.records import Record
from fabnode.retry import Backoff
from printers.machine import Attended, FileRefused, Machine, MachineConfused, MachineError, MachineRefused, MachineState

FETCHES = 3
"""Times that an artifact may arrive broken before the job is given back."""
MAY_NOT = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.NOT_FOUND})
"""Answers to a request for a permit that mean no."""
ENDS_BY_ITSELF = frozenset({"other_gcode", "conflict"})
"""The codes of a no that ends by itself: a permit for G-code that is gone runs out first; somebody else changed the
same thing at the same moment."""
MADE_FOR = "made-for"
"""The file beside a program that holds the yardstick of its making."""
LONGEST_PERMIT_SECONDS = 600.0
"""What a registry says beyond it is not believed."""


@dataclass(frozen=True)
class Workshop:
    """What all machines of one agent share."""

    registry: Registry
    cache: ArtifactCache
    settings: AgentSettings
    work: Path
    """Folder of what is being prepared."""
    guard: Guard | None = None
    """What must be proved of a job; None: nothing."""
    preparing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def backoff(self) -> Callable[[int], Awaitable[None]]:
        pause = Backoff(self.settings.retry_seconds, self.settings.retry_most_seconds)

        async def wait(failures: int) -> None:
            await asyncio.sleep(pause.after(failures, random.random()))  # noqa: S311  (spreading, not a secret)

        return wait


@dataclass(frozen=True)
class Bench:
    """One machine with its settings: where attempts are made. Each method does one stage and returns its event."""

    shop: Workshop
    machine: Machine
    settings: MachineSettings
    preparation: Preparation

    def folder(self, attempt_file: str) -> Path:
        return self.shop.work / attempt_file.removesuffix(".gcode")

    def card(self) -> MachineCard:
        """The machine as it is announced."""
        settings, facts = self.settings, self.preparation.facts
        return MachineCard(
            key=settings.key, name=settings.title, model=facts.model, driver=settings.driver, process=facts.process,
            envelope=facts.envelope, nozzle_mm=facts.nozzle_mm, profile=facts.profile,
            materials=tuple(self.preparation.told(loaded) for loaded in settings.materials),
            plate_copies=min(settings.plate_copies, facts.most_copies), tolerance_mm=settings.tolerance_mm,
            rates=settings.rates,
        )  # fmt: skip

    async def prepare(self, record: Record) -> e.Sliced | e.PreparationFailed:
        """Fetch what the job is made from, and make and judge the file that the machine runs."""
        folder = self.folder(record.attempt.file)
        try:
            wanted = _model(record.claimed.artifacts, self.preparation.models)
            digest = parse_digest(wanted.sha256)
            await self._prove(record)
            with self.shop.cache.keep(digest):
                model = await self._fetch(digest, wanted)
                named = await asyncio.to_thread(_named, model, wanted.name, folder)
                async with self.shop.preparing:
                    prepared = await self.preparation.prepare(named, record.claimed, folder / "making")
            figures = await asyncio.to_thread(
                _kept, prepared, self._program(record), self.preparation, record.claimed.copies, wanted.sha256
            )
        except Unprepared as error:
            alone_it_may_do = record.claimed.copies > 1
            return e.PreparationFailed(str(error), retry=error.retry or alone_it_may_do)
        except (CacheError, RegistryRefused, OSError) as error:
            return e.PreparationFailed(str(error), retry=True)
        except NotProvedNow as error:
            return e.PreparationFailed(str(error), retry=True)
        except (_NoModel, Untrusted) as error:
            return e.PreparationFailed(str(error), retry=False)
        return e.Sliced(figures)

    async def stage(self, record: Record) -> e.Staged | e.PreparationFailed | None:
        """Upload and verify, as often as it takes within reason. None: the G-code is not here any more, or was made for
        what the machine was before."""
        gcode, yardstick = self._program(record), self.preparation.yardstick
        if not await asyncio.to_thread(_is_whole, gcode, record.attempt.gcode_sha256, yardstick):
            return None
        wait = self.shop.backoff()
        failures = 0
        until = boot_seconds() + self.shop.settings.give_back_seconds
        while True:
            try:
                await self.machine.upload(record.attempt.file, gcode)
            except MachineRefused as error:
                return e.PreparationFailed(f"{self.settings.title} refused the file: {error}", retry=True)
            except MachineError as error:
                if boot_seconds() > until:
                    return e.PreparationFailed(f"{self.settings.title} does not take the file: {error}", retry=True)
                failures += 1
                await wait(failures)
            else:
                return e.Staged()

    async def permit(self, record: Record) -> e.PermitGranted | e.PermitRefused | e.PreparationFailed:
        """Ask for leave to start as soon as the machine could begin, as long as the registry does not answer."""
        wait = self.shop.backoff()
        failures = 0
        obstacle = ""
        idle_at = boot_seconds()
        ask = AskPermit(
            attempt=record.attempt.id, epoch=record.attempt.epoch, gcode_sha256=record.attempt.gcode_sha256 or ""
        )
        while True:
            try:
                if await self._could_begin(record.attempt.file):
                    idle_at = asked_at = boot_seconds()
                    granted = await self.shop.registry.permit(ask)
                    if granted.attempt == ask.attempt:
                        return e.PermitGranted(
                            granted.permit, asked_at + min(granted.valid_seconds, LONGEST_PERMIT_SECONDS)
                        )
                failures = 1
            except RegistryRefused as error:
                if error.status in MAY_NOT and error.code not in ENDS_BY_ITSELF:
                    return e.PermitRefused(error.detail)
                failures += 1
            except (RegistryUnreachable, RegistryConfused):
                failures += 1
            except FileRefused as error:
                return e.PreparationFailed(f"{self.settings.title} refused the file: {error}", retry=True)
            except MachineError as error:
                failures, obstacle = failures + 1, f": {error}"
            if boot_seconds() - idle_at > self.shop.settings.give_back_seconds:
                words = f"{self.settings.title} does not become ready to begin{obstacle}"
                return e.PreparationFailed(words, retry=True)
            await wait(failures)

    async def _could_begin(self, file: str) -> bool:
        """Whether the machine is idle; what may take longer than a permit holds is done before one is asked for."""
        idle = (await self.machine.status()).state is MachineState.IDLE
        if idle and isinstance(self.machine, Attended):
            await self.machine.make_ready(file)
        return idle

    async def start(self, order: e.StartOnce) -> e.Started | e.StartRefused | e.StartUnknown | e.PermitExpired:
        """The one time that the machine is told to begin. The permit is checked at the moment of sending, and what a
        driver does before it sends does not outlast the permit."""
        left = order.valid_until - boot_seconds()
        if left <= 0:
            return e.PermitExpired(unwatched=-left > self.shop.settings.trust_bed_seconds)
        try:
            async with asyncio.timeout(min(self.shop.settings.start_seconds, left)):
                await self.machine.start(order.file)
        except MachineRefused as error:
            return e.StartRefused(str(error))
        except (MachineError, TimeoutError) as error:
            kind = "answered nonsense to" if isinstance(error, MachineConfused) else "did not answer"
            return e.StartUnknown(f"{self.settings.title} {kind} the start: {error}".removesuffix(": "))
        return e.Started()

    async def tidy(self, file: str) -> None:
        """Remove an attempt's files, where the machine can be reached."""
        await asyncio.to_thread(shutil.rmtree, self.folder(file), ignore_errors=True)
        await self.machine.remove(file)

    def _program(self, record: Record) -> Path:
        return self.folder(record.attempt.file) / "program.gcode"

    async def _prove(self, record: Record) -> None:
        """Whether the facility's policy lets this job through. Raises Untrusted, NotProvedNow."""
        guard = self.shop.guard
        if guard is None:
            return None
        wait = self.shop.backoff()
        failures = 0
        until = boot_seconds() + self.shop.settings.give_back_seconds
        while True:
            try:
                return await guard.check(record.claimed)
            except NotProvedNow:
                if boot_seconds() > until:
                    raise
                failures += 1
            await wait(failures)

    async def _fetch(self, digest: Digest, wanted: ArtifactRef) -> Path:
        wait = self.shop.backoff()
        failures = broken = 0
        until = boot_seconds() + self.shop.settings.give_back_seconds
        while True:
            try:
                return await self.shop.cache.fetch(self.shop.registry, digest, wanted.size)
            except (RegistryUnreachable, RegistryConfused) as error:
                if boot_seconds() > until:
                    raise CacheError(f"{wanted.name} cannot be fetched: {error}") from error
                failures += 1
            except CacheError:
                broken += 1
                if broken == FETCHES:
                    raise
            await wait(failures + broken)


class _NoModel(Exception):
    """The job carries nothing that this machine's files can be made from."""


def _model(artifacts: tuple[ArtifactRef, ...], models: tuple[str, ...]) -> ArtifactRef:
    by_name = {artifact.name: artifact for artifact in artifacts}
    for name in models:
        if name in by_name:
            return by_name[name]
    raise _NoModel(
        f"the job has none of {', '.join(models)} among its artifacts: {', '.join(by_name) or 'there are none'}"
    )


def _named(model: Path, name: str, folder: Path) -> Path:
    """The cached file under the name by which its format is known."""
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / name
    link.unlink(missing_ok=True)
    link.symlink_to(model.resolve())
    return link


def _is_whole(gcode: Path, sha256: str | None, yardstick: str) -> bool:
    made_for = gcode.with_name(MADE_FOR)
    is_for_this = made_for.is_file() and made_for.read_text() == yardstick
    return is_for_this and gcode.is_file() and digest_file(gcode) == sha256


def _kept(prepared: Prepared, program: Path, by: Preparation, copies: int, model_sha256: str) -> SliceFigures:
    """The file in its place, without what else came of the making, and its figures."""
    making = prepared.gcode.parent
    prepared.gcode.replace(program)
    program.with_name(MADE_FOR).write_text(by.yardstick)  # the file first: what is new here is never beside an old one
    shutil.rmtree(making, ignore_errors=True)
    return SliceFigures(
        slicer=prepared.maker,
        profile=by.facts.profile,
        gcode_sha256=digest_file(program),
        gcode_bytes=program.stat().st_size,
        print_seconds=prepared.print_seconds,
        filament_g=prepared.filament_g,
        filament_mm=prepared.filament_mm,
        layers=prepared.layers,
        copies=copies,
        model_sha256=model_sha256,
    )
