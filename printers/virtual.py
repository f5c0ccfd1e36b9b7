"""A machine that exists only as a folder, for tests, trials and demonstrations.

It behaves as a printer behind a print server: files, one running job, a history per file. Everything is in
`machine.json` and in `files/`, and what a print has come to follows from the clock alone: it goes on while no process
looks, and any number of processes see the same machine. `faults.json` says what goes wrong (see Faults). Checked by
the same contract tests as the drivers of real machines.
"""

import asyncio
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from printers.drivers import BadSettings, Settings
from printers.machine import (
    Evidence,
    MachineConfused,
    MachineEvent,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Status,
)
from printers.virtual_record import Record, Run

FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
PROCESSES = ("fdm", "laser", "cnc")
WATCH_SECONDS = 0.02
WARM_NOZZLE_C, WARM_BED_C, ROOM_C = 210.0, 60.0, 21.0


@dataclass(frozen=True)
class Faults:
    """What goes wrong from now on, by the names of the driver's methods. Shared by all processes on the folder."""

    refuse: tuple[str, ...] = ()
    """Answered with no; nothing happens."""
    unreachable: tuple[str, ...] = ()
    """Not answered; nothing happens."""
    confuse: tuple[str, ...] = ()
    """Answered with nonsense; nothing happens."""
    lose_reply: tuple[str, ...] = ()
    """Done, but the answer never comes."""
    truncate_uploads: bool = False
    fail_at: float | None = None
    """Progress (0 to 1) at which prints begun from now on fail by themselves."""
    slow_seconds: float = 0.0
    """Every method takes this much longer."""


class VirtualMachine:
    """Settings: `folder`, `print_seconds` (default 1), `process` (fdm, laser or cnc: what it stands for)."""

    kind: ClassVar[str] = "virtual"

    def __init__(
        self,
        folder: Path,
        *,
        seconds_of: Callable[[Path], float] = lambda gcode: 1.0,
        clock: Callable[[], float] = time.time,
        process: str = "fdm",
    ) -> None:
        """seconds_of: how long a file takes to print."""
        self.process = process
        self._folder = folder
        self._files = folder / "files"
        self._seconds_of = seconds_of
        self._clock = clock
        self._files.mkdir(parents=True, exist_ok=True)

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        folder = settings.get("folder")
        if not folder:
            raise BadSettings(
                f"machine {name!r}: the setting `folder` is missing; name a folder for the virtual machine"
            )
        seconds = settings.get("print_seconds", "1")
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", seconds):
            raise BadSettings(f"machine {name!r}: print_seconds must be a number of seconds, not {seconds!r}")
        process = settings.get("process", "fdm")
        if process not in PROCESSES:
            raise BadSettings(f"machine {name!r}: process must be one of {', '.join(PROCESSES)}, not {process!r}")
        return cls(Path(folder), seconds_of=lambda gcode: float(seconds), process=process)

    def inject(self, faults: Faults) -> None:
        """Let these things go wrong from now on; Faults() ends them."""
        _write_json(self._folder / "faults.json", asdict(faults))

    async def check(self) -> str:
        await self._meet("check")
        return "Cofab virtual machine 1"

    async def status(self) -> Status:
        await self._meet("status")
        return self._status()

    async def upload(self, name: str, gcode: Path) -> None:
        await self._meet("upload")
        self._path(name)
        with self._change() as record:
            running = record.running(self._clock())
            if running is not None and running.file == name:
                raise MachineRefused(f"{name} is being printed and cannot be replaced")
            self._store(name, gcode)
        self._lose("upload")

    async def start(self, name: str) -> None:
        await self._meet("start")
        with self._change() as record:
            now = self._clock()
            running = record.running(now)
            if running is not None and running.file == name:
                raise MachineConfused(f"was asked to start {name}, which runs already")
            if running is not None:
                raise MachineRefused(f"{running.file} is being printed")
            if not self._path(name).is_file():
                raise MachineRefused(f"there is no file {name} on the machine")
            run = Run(name, now, self._seconds_of(self._path(name)), self._faults().fail_at)
            self._save(Record((*record.runs, run), name))
        self._lose("start")

    async def pause(self) -> None:
        await self._meet("pause")
        with self._change() as record:
            run = self._required_run(record, "pause")
            if run.paused_since is None:
                self._save_run(record, replace(run, paused_since=self._clock()))
        self._lose("pause")

    async def resume(self) -> None:
        await self._meet("resume")
        with self._change() as record:
            run = self._required_run(record, "resume")
            if run.paused_since is not None:
                paused = run.paused_seconds + self._clock() - run.paused_since
                self._save_run(record, replace(run, paused_since=None, paused_seconds=paused))
        self._lose("resume")

    async def cancel(self) -> None:
        await self._meet("cancel")
        with self._change() as record:
            run = record.running(self._clock())
            if run is not None:
                self._save_run(record, replace(run, cancelled_at=self._clock()))
        self._lose("cancel")

    async def evidence(self, name: str) -> Evidence:
        await self._meet("evidence")
        now = self._clock()
        runs = [run for run in self._record().runs if run.file == name]
        path = self._path(name)
        return Evidence(
            file=name,
            present=path.is_file(),
            size=path.stat().st_size if path.is_file() else None,
            starts=len(runs),
            running=bool(runs) and runs[-1].outcome(now) is None,
            outcome=runs[-1].outcome(now) if runs else None,
        )

    async def remove(self, name: str) -> None:
        await self._meet("remove")
        with self._change() as record:
            running = record.running(self._clock())
            if running is not None and running.file == name:
                raise MachineRefused(f"{name} is being printed and cannot be removed")
            self._path(name).unlink(missing_ok=True)
        self._lose("remove")

    async def events(self) -> AsyncIterator[MachineEvent]:
        seen: Status | None = None
        ended = len(self._ended())
        while True:
            try:
                await self._meet("events")
            except (MachineUnreachable, MachineRefused, MachineConfused):
                await asyncio.sleep(WATCH_SECONDS)
                continue
            for run in self._ended()[ended:]:
                ended += 1
                yield MachineEvent(file=run.file, outcome=run.outcome(self._clock()))
            status = self._status()
            if status != seen:
                seen = status
                yield MachineEvent(status=status)
            await asyncio.sleep(WATCH_SECONDS)

    async def close(self) -> None:
        """Nothing is held open."""

    def _status(self) -> Status:
        record, now = self._record(), self._clock()
        run = record.running(now)
        if run is None:
            return Status(MachineState.IDLE, file=record.selected, nozzle_c=ROOM_C, bed_c=ROOM_C)
        progress = round(run.progress(now), 3)
        state = MachineState.PRINTING if run.paused_since is None else MachineState.PAUSED
        left = round(run.seconds * (1 - progress), 1)
        return Status(state, run.file, progress, left, WARM_NOZZLE_C, WARM_BED_C)

    def _ended(self) -> list[Run]:
        now = self._clock()
        return [run for run in self._record().runs if run.outcome(now) is not None]

    def _required_run(self, record: Record, verb: str) -> Run:
        run = record.running(self._clock())
        if run is None:
            raise MachineRefused(f"there is no print to {verb}")
        return run

    def _path(self, name: str) -> Path:
        if not FILE_NAME.fullmatch(name):
            raise MachineRefused(f"the file name {name!r} may hold letters, digits, '.', '_' and '-' only")
        return self._files / name

    def _store(self, name: str, gcode: Path) -> None:
        partial = self._folder / f"{name}.part"
        shutil.copyfile(gcode, partial)
        if self._faults().truncate_uploads:
            os.truncate(partial, partial.stat().st_size // 2)
        partial.replace(self._files / name)
        arrived, sent = (self._files / name).stat().st_size, gcode.stat().st_size
        if arrived != sent:
            raise MachineConfused(f"{name} arrived with {arrived} of {sent} bytes; upload it again")

    async def _meet(self, verb: str) -> None:
        """Whatever is set to go wrong before anything is done."""
        faults = self._faults()
        if faults.slow_seconds:
            await asyncio.sleep(faults.slow_seconds)
        if verb in faults.unreachable:
            raise MachineUnreachable("the virtual machine is set not to answer")
        if verb in faults.refuse:
            raise MachineRefused(f"the virtual machine is set to refuse `{verb}`")
        if verb in faults.confuse:
            raise MachineConfused(f"the virtual machine is set to answer `{verb}` with nonsense")

    def _lose(self, verb: str) -> None:
        """Whatever is set to go wrong after all is done."""
        if verb in self._faults().lose_reply:
            raise MachineUnreachable(f"the virtual machine is set to lose its answer to `{verb}`")

    def _faults(self) -> Faults:
        stored = _read_json(self._folder / "faults.json")
        return Faults(
            refuse=tuple(stored.get("refuse", ())),
            unreachable=tuple(stored.get("unreachable", ())),
            confuse=tuple(stored.get("confuse", ())),
            lose_reply=tuple(stored.get("lose_reply", ())),
            truncate_uploads=stored.get("truncate_uploads", False),
            fail_at=stored.get("fail_at"),
            slow_seconds=stored.get("slow_seconds", 0.0),
        )

    def _record(self) -> Record:
        stored = _read_json(self._folder / "machine.json")
        runs = tuple(Run(**run) for run in stored.get("runs", ()))
        return Record(runs, stored.get("selected"))

    @contextmanager
    def _change(self) -> Iterator[Record]:
        """The record, for one change at a time among all processes."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._record()

    def _save(self, record: Record) -> None:
        _write_json(self._folder / "machine.json", asdict(record))

    def _save_run(self, record: Record, run: Run) -> None:
        self._save(replace(record, runs=(*record.runs[:-1], run)))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return loaded


def _write_json(path: Path, value: object) -> None:
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(json.dumps(value))
    partial.replace(path)
