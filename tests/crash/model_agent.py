"""An agent that is only its rules: what worker, link and claims do around `fabnode.core`, over plain values.

What the journal keeps survives a crash: beds, attempts, reports owed, claims in flight. Everything else does not.
"""

from collections import deque
from dataclasses import dataclass, field

from fabnode import core, observation
from fabnode import events as e
from fabnode.protocol import AttemptState as S
from fabnode.protocol import BedState, SliceFigures
from printers.machine import MachineState
from registry.core.attempts import AttemptState
from tests.crash.model_machine import ModelMachine
from tests.crash.model_registry import Handed, Report

GCODE = "0" * 64
FIGURES = SliceFigures(slicer="model", profile="model", gcode_sha256=GCODE, gcode_bytes=1)
PATIENT = observation.Doubt(60, 60)
IMPATIENT = observation.Doubt(0, 60)


@dataclass
class ModelAgent:
    machine: ModelMachine
    # ---- durable
    bed: BedState = BedState.UNKNOWN
    attempts: dict[str, core.Attempt] = field(default_factory=dict)
    outbox: list[Report] = field(default_factory=list)
    delivered: int = 0
    claims: list[str] = field(default_factory=list)
    """Keys of claims that were not answered yet."""
    # ---- volatile
    up: bool = False
    now: float = 0.0
    """On the boot clock."""
    orders: deque[tuple[str, e.Command]] = field(default_factory=deque)
    doing: tuple[str, e.Command] | None = None
    """What is waited for: a request for a permit, or a start."""
    asked_at: float = 0.0

    # ---- what is journaled

    @property
    def held(self) -> core.Attempt | None:
        return next((attempt for attempt in self.attempts.values() if attempt.state in core.HOLDING), None)

    def apply(self, attempt: str, event: e.Event) -> core.Step:
        step = core.step(core.Slot(self.bed, self.attempts[attempt]), event)
        if step.refused is None:
            self._keep(attempt, step)
        return step

    def change_bed(self, event: e.Event) -> core.Step:
        step = core.step(core.Slot(self.bed, self.held), event)
        if step.refused is None:
            self._keep(self.held.id if self.held else "", step)
        return step

    def owed(self) -> tuple[Report, ...]:
        return tuple(report for report in self.outbox if report.sequence > self.delivered)

    def _keep(self, attempt: str, step: core.Step) -> None:
        self.bed = step.slot.bed
        if step.slot.attempt is not None:
            self.attempts[attempt] = step.slot.attempt
            for tell in step.tells:
                state, number = AttemptState(tell.state.value), len(self.outbox) + 1
                epoch = step.slot.attempt.epoch
                self.outbox.append(Report(number, attempt, epoch, state, tell.retry, tell.good_copies))
        if not self.up:
            return
        for command in step.commands:
            if isinstance(command, e.StopWork):
                self.doing = None if self.doing and self.doing[0] == attempt else self.doing
            elif not isinstance(command, e.Follow):
                self.orders.append((attempt, command))

    # ---- coming and going

    def crash(self) -> None:
        self.up = False
        self.orders.clear()
        self.doing = None

    def come_up(self, *, unwatched: bool) -> None:
        """`unwatched`: nobody looked at the machine for so long that its bed is not trusted."""
        self.up = True
        if core.bed_after_gap(self.bed, 1e6 if unwatched else 1, 600) is not self.bed:
            self.change_bed(e.BedDoubted("nobody watched"))
        if self.held:
            self.apply(self.held.id, e.Restarted())

    # ---- answers of the registry

    def settle_claim(self, key: str, handed: Handed | None) -> None:
        if key in self.claims:
            self.claims.remove(key)
        if handed is None or handed.attempt in self.attempts:
            return
        taken = self.held
        fresh = core.Attempt(
            handed.attempt, handed.job, handed.epoch, "m1", f"{handed.attempt}.gcode", copies=handed.copies
        )
        self._keep(fresh.id, core.begin(self.bed, fresh))
        if taken is not None:
            self.apply(fresh.id, e.PreparationFailed(f"the machine still holds {taken.id}", retry=True))

    def hear_permit(self, seconds: float | None) -> None:
        assert self.doing is not None
        attempt, self.doing = self.doing[0], None
        granted = e.PermitGranted("permit", self.asked_at + seconds) if seconds is not None else None
        self.apply(attempt, granted or e.PermitRefused("no"))

    def acknowledge(self, through: int) -> None:
        first = self.delivered + 1
        if through >= first:
            self.delivered = min(through, len(self.outbox))

    def hear_beat(
        self, asked: tuple[tuple[str, int], ...], held: frozenset[str], commands: tuple[tuple[str, str], ...]
    ) -> None:
        for attempt, _ in asked:
            if attempt not in held:
                self.apply(attempt, e.LeaseLost())
        for attempt, command in commands:
            if attempt in {one for one, _ in asked}:
                self._obey(self.attempts[attempt], command)

    def _obey(self, attempt: core.Attempt, command: str) -> None:
        if command == "cancel" and not attempt.cancel_asked:
            self.apply(attempt.id, e.CancelAsked("cancelled by the registry"))
        elif command == "pause" and attempt.state in core.RUNNING and attempt.state is not S.PAUSED:
            self.apply(attempt.id, e.PauseAsked())
        elif command == "resume" and attempt.state is S.PAUSED:
            self.apply(attempt.id, e.ResumeAsked())

    # ---- the machine

    def work(self, *, well: bool) -> None:
        """Carry out the next order, but one that asks somebody else: that becomes `doing`."""
        assert self.doing is None
        attempt, command = self.orders.popleft()
        if self.attempts[attempt].state in core.OVER and not isinstance(command, e.Tidy):
            return
        match command:
            case e.Prepare():
                self.apply(attempt, e.PreparationBegan())
                self.apply(attempt, e.Sliced(FIGURES) if well else e.PreparationFailed("it failed", retry=True))
            case e.Stage() if well:
                self.machine.files.add(self.attempts[attempt].file)
                self.apply(attempt, e.Staged())
            case e.Stage():
                self.apply(attempt, e.PreparationFailed("it failed", retry=True))
            case e.Tidy():
                if self.machine.running != self.attempts[attempt].file:
                    self.machine.files.discard(self.attempts[attempt].file)
            case e.AskPermit():
                self.doing = (attempt, command)
            case e.StartOnce(_, valid_until):
                if self.now >= valid_until:
                    self.apply(attempt, e.PermitExpired())
                else:
                    self.doing = (attempt, command)
            case _:
                self._direct(attempt, command)

    def _direct(self, attempt: str, command: e.Command) -> None:
        if not observation.runs_ours(self.attempts[attempt], self.machine.status()):
            return
        match command:
            case e.PauseOnMachine():
                self.machine.paused = True
            case e.ResumeOnMachine():
                self.machine.paused = False
            case e.CancelOnMachine():
                self.machine.end(observation.Outcome.CANCELLED)

    def look(self, *, patient: bool) -> None:
        """`patient`: doubt has lasted for long enough."""
        status, held = self.machine.status(), self.held
        if held and held.state in core.TO_BE_PROVED:
            event = self._seen(held, patient=patient)
            if event:
                self.apply(held.id, event)
        elif self.bed is not BedState.OCCUPIED and self._runs_foreign(held):
            self.change_bed(e.BedTaken(f"the machine runs {status.file}"))

    def _seen(self, held: core.Attempt, *, patient: bool) -> e.Event | None:
        status = self.machine.status()
        if observation.runs_ours(held, status):
            return observation.seen_running(held, status)
        starting = self.doing is not None and self.doing[0] == held.id
        doubt = PATIENT if patient and not starting else IMPATIENT
        return observation.seen_record(held, self.machine.evidence(held.file), None, None, doubt)

    def _runs_foreign(self, held: core.Attempt | None) -> bool:
        status = self.machine.status()
        ours = held is not None and held.state in core.ON_MACHINE and status.file == held.file
        return status.state in {MachineState.PRINTING, MachineState.PAUSED} and not ours
