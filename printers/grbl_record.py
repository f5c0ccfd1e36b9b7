"""What the driver keeps in its folder: which files it was given, and every run that it began. Durable before it acts.

GRBL itself remembers nothing of a job, so this record is the machine's history. It is on the disk (fsync) before the
first line of a run is sent: after any crash it names at least every start that there was.
"""

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from printers.durable import put_in_place
from printers.machine import MachineConfused, Outcome

KEPT_RUNS = 1000


@dataclass(frozen=True)
class Run:
    """One run of one file."""

    file: str
    number: int
    """Counted on through all runs of the machine."""
    begun: float
    """Seconds since the epoch."""
    sent: bool = False
    """Every line was handed to the port."""
    over: bool = False
    outcome: Outcome | None = None
    """None when it is over and nobody can tell how it ended."""
    reason: str = ""
    safe: bool = False
    """The tool was switched off after it, and the controller said so."""


@dataclass(frozen=True)
class Record:
    runs: tuple[Run, ...] = ()
    checked: tuple[tuple[str, str], ...] = ()
    """File names with the fingerprint of file and settings under which the controller checked them."""

    def of(self, file: str) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if run.file == file)

    @property
    def unsettled(self) -> Run | None:
        """The last run, when it is not over or its tool may still be on."""
        last = self.runs[-1] if self.runs else None
        return last if last and not (last.over and last.safe) else None

    def waiting(self, files: Path) -> bool:
        """Whether a file in the folder was never begun."""
        begun = {run.file for run in self.runs}
        return any(path.name not in begun and not path.name.startswith(".") for path in files.iterdir())

    def over_since(self, number: int) -> tuple[Run, ...]:
        """The runs that are over, of those after this number."""
        return tuple(run for run in self.runs if run.over and run.number > number)

    def begun(self, file: str, now: float) -> "Record":
        number = self.runs[-1].number + 1 if self.runs else 1
        return replace(self, runs=(*self.runs, Run(file, number, now))[-KEPT_RUNS:])

    def with_check(self, file: str, fingerprint: str | None) -> "Record":
        others = tuple(entry for entry in self.checked if entry[0] != file)
        return replace(self, checked=(*others, (file, fingerprint)) if fingerprint else others)


def interrupted(run: Run) -> Run:
    """A run that was open when its process ended. Without all lines sent it cannot have been finished."""
    if run.over:
        return run
    outcome, reason = cut_short("the agent ended while it ran", sent=run.sent)
    return replace(run, over=True, outcome=outcome, reason=reason)


def cut_short(why: str, *, sent: bool) -> tuple[Outcome | None, str]:
    """How a run ended of which nobody saw the end."""
    if sent:
        return None, f"{why}; every line had been sent by then: look at the part"
    return Outcome.FAILED, f"{why}; the rest of its lines was never sent"


class History:
    """The record of one machine's folder, with the last saved state at hand."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record: Record | None = None
        self._changing = asyncio.Lock()

    @property
    def record(self) -> Record:
        """Raises MachineConfused when the file is damaged."""
        if self._record is None:
            self._record = load_record(self._folder)
        return self._record

    async def change(self, change: Callable[[Record], Record]) -> None:
        """On the disk before it counts. Raises MachineConfused."""
        async with self._changing:
            record = change(self.record)
            try:
                await asyncio.to_thread(save_record, self._folder, record)
            except OSError as error:
                raise MachineConfused(f"the record of runs in {self._folder} cannot be written: {error}") from error
            self._record = record

    async def change_last(self, change: Callable[[Run], Run]) -> None:
        """The same for the last run."""
        await self.change(lambda record: replace(record, runs=(*record.runs[:-1], change(record.runs[-1]))))


def load_record(folder: Path) -> Record:
    """Raises MachineConfused: a record that cannot be read proves nothing, and must not be taken for an empty one."""
    path = folder / "record.json"
    try:
        stored: dict[str, Any] = json.loads(path.read_bytes())
        return Record(
            tuple(_run(entry) for entry in stored["runs"]),
            tuple((str(file), str(fingerprint)) for file, fingerprint in stored["checked"]),
        )
    except FileNotFoundError:
        return Record()
    except (ValueError, KeyError, TypeError) as error:
        raise MachineConfused(f"the record of runs {path} is damaged ({error}); move it away to begin anew") from error


def save_record(folder: Path, record: Record) -> None:
    """On the disk when this returns."""
    partial = folder / "record.json.part"
    with partial.open("w") as file:
        json.dump(asdict(record), file)
    put_in_place(partial, folder / "record.json")


def keep_file(gcode: Path, path: Path) -> None:
    """Keep a copy, whole and on the disk. Raises MachineConfused."""
    partial = path.with_name(f".{path.name}.part")
    shutil.copyfile(gcode, partial)
    put_in_place(partial, path)
    if path.stat().st_size != gcode.stat().st_size:
        raise MachineConfused(f"{path.name} was not kept whole; upload it again")


def _run(entry: dict[str, Any]) -> Run:
    outcome = entry["outcome"]
    return Run(**(entry | {"outcome": Outcome(outcome) if outcome else None}))
