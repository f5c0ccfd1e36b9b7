"""What the driver keeps in its folder: the files it sent, every start that it asked for, and what it saw come of them.

PrusaLink remembers no job that is over: for some seconds it shows how the last one ended, and until it is restarted
which file that was. So what it shows is written down when it is seen, and a start before it is asked for. Nothing is
made up: a start that was not answered and not seen stays unknown, and so does an end that nobody looked at.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from printers.durable import put_in_place
from printers.machine import MachineConfused, Outcome
from printers.prusalink_messages import ENDED, Look

KEPT = 1000
UNDECIDED = frozenset({"ATTENTION", "PRINTING", "PAUSED"})
"""Without a job: PrusaLink is between one and the other, or waits for its user."""


@dataclass(frozen=True)
class Run:
    """One run of one file, or one start that was asked for."""

    file: str
    number: int
    """Counted on through all runs of the machine."""
    begun: bool | None = True
    """None: it was asked for, and neither answered nor seen."""
    job: int | None = None
    """The number that PrusaLink gave it."""
    process: str | None = None
    """Which process of PrusaLink was asked, where its last file can tell whether this one was begun."""
    over: bool = False
    outcome: Outcome | None = None
    """None when it is over and nobody saw how it ended."""
    reason: str | None = None


@dataclass(frozen=True)
class Record:
    runs: tuple[Run, ...] = ()
    sent: tuple[str, ...] = ()
    """Names of the files that were put on the machine."""

    def of(self, file: str) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if run.file == file)

    def over_since(self, number: int) -> tuple[Run, ...]:
        """The runs that are over and whose end was seen, of those after this number."""
        return tuple(run for run in self.runs if run.over and run.outcome and run.number > number)

    @property
    def open(self) -> bool:
        """The last run is not over by what is known."""
        return bool(self.runs) and not self.runs[-1].over

    @property
    def last_number(self) -> int:
        return self.runs[-1].number if self.runs else 0

    @property
    def last_over(self) -> int:
        """Number of the last run that is over."""
        return max((run.number for run in self.runs if run.over), default=0)

    def with_sent(self, file: str) -> "Record":
        return self if file in self.sent else replace(self, sent=(*self.sent, file)[-KEPT:])

    def asked(self, file: str, process: str | None) -> "Record":
        """A start is about to be asked for."""
        return self._with(Run(file, self.last_number + 1, begun=None, process=process))

    def not_asked(self, file: str) -> "Record":
        """The start that was about to be asked for was not, after all."""
        last = self.runs[-1] if self.runs else None
        waits = last is not None and last.file == file and last.begun is None
        return replace(self, runs=self.runs[:-1]) if waits else self

    def answered(self, *, begun: bool) -> "Record":
        """The last start was answered; one that was refused never was."""
        kept = self.runs[:-1]
        return replace(self, runs=(*kept, replace(self.runs[-1], begun=True)) if begun else kept)

    def seen(self, look: Look) -> "Record":
        """What a look adds."""
        last = self.runs[-1] if self.runs else None
        if look.working:
            return self._seen_job(last, look.job, look.file or "")
        return self if last is None or last.over else self._with_last(_without_job(last, look))

    def starts(self, file: str, look: Look, process: str | None) -> int | None:
        """How many times the file was begun; None when that cannot be told."""
        runs = self.of(file)
        if file not in self.sent and not runs:
            return None
        unknown = [run for run in runs if run.begun is None]
        begun = len(runs) - len(unknown)
        if not unknown:
            # Somebody else began it, out of sight.
            return max(begun, 1) if look.selected == file else begun
        if len(unknown) > 1 or unknown[0].process is None or unknown[0].process != process:
            return None
        return begun + (look.selected == file)

    def outcome(self, file: str) -> Outcome | None:
        """How its last run ended."""
        runs = self.of(file)
        return runs[-1].outcome if runs and runs[-1].over else None

    def _seen_job(self, last: Run | None, job: int | None, file: str) -> "Record":
        if last and last.file == file and (last.job == job is not None or (not last.over and None in {last.job, job})):
            # The same run, even when it was taken for over: a printer that lost its power goes on with it.
            return self._with_last(
                replace(last, begun=True, job=job or last.job, over=False, outcome=None, reason=None)
            )
        closed = self._with_last(replace(last, over=True)) if last and not last.over else self
        return closed._with(Run(file, self.last_number + 1, job=job))

    def _with(self, run: Run) -> "Record":
        return replace(self, runs=(*self.runs, run)[-KEPT:])

    def _with_last(self, run: Run) -> "Record":
        return replace(self, runs=(*self.runs[:-1], run))


def _without_job(run: Run, look: Look) -> Run:
    """What becomes of a run when PrusaLink is at no job."""
    if look.state in ENDED and look.selected == run.file:
        return replace(run, begun=True, over=True, outcome=ENDED[look.state])
    if run.begun is None or look.state in UNDECIDED:
        return run
    if look.state == "ERROR":
        return replace(run, over=True, outcome=Outcome.FAILED, reason=look.message)
    return replace(run, over=True)


class History:
    """The record in a folder, with the last saved state at hand."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "record.json"
        self._record: Record | None = None

    async def read(self) -> Record:
        """Raises MachineConfused: a record that cannot be read must not be taken for an empty one."""
        if self._record is None:
            self._record = await asyncio.to_thread(load_record, self._path)
        return self._record

    async def change(self, change: Callable[[Record], Record]) -> Record:
        """On the disk before it counts. Raises MachineConfused."""
        before = await self.read()
        after = change(before)
        if after != before:
            try:
                await asyncio.to_thread(save_record, self._path, after)
            except OSError as error:
                raise MachineConfused(f"the record of prints {self._path} cannot be written: {error}") from error
            self._record = after
        return after


def load_record(path: Path) -> Record:
    try:
        stored: dict[str, Any] = json.loads(path.read_bytes())
        return Record(tuple(_run(entry) for entry in stored["runs"]), tuple(str(name) for name in stored["sent"]))
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MachineConfused(
            f"the record of prints {path} is damaged ({error}); move it away to begin anew"
        ) from error


def save_record(path: Path, record: Record) -> None:
    """On the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(json.dumps(asdict(record)))
    put_in_place(partial, path)


def _run(entry: dict[str, Any]) -> Run:
    outcome = entry["outcome"]
    return Run(**(entry | {"outcome": Outcome(outcome) if outcome else None}))
