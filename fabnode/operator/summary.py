"""What the local page and `fabnode status` show of an agent, as plain values."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from fabnode import core
from fabnode import events as e
from fabnode.agent import Agent, Overview
from fabnode.protocol import AttemptState, BedState
from fabnode.records import Bed, Record
from fabnode.worker import Worker
from printers.machine import Evidence


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class AttemptLine(_Value):
    """One attempt."""

    attempt: str
    design: str
    order: str
    copies: int
    """Equal parts on its plate."""
    machine: str
    material: str
    colour: str | None
    state: AttemptState
    reason: str | None
    since: datetime
    file: str
    note: str
    print_seconds: float | None
    filament_g: float | None
    layers: int | None
    lease_lost: bool
    evidence: str | None = None
    """What the machine's record says, for one that is uncertain."""

    @property
    def cancellable(self) -> bool:
        return self.state in core.BEFORE_START | core.ON_MACHINE

    @property
    def pausable(self) -> bool:
        return (self.state, e.PauseAsked) in core.TRANSITIONS

    @property
    def resumable(self) -> bool:
        return (self.state, e.ResumeAsked) in core.TRANSITIONS


class MachineLine(_Value):
    """One machine."""

    key: str
    name: str
    model: str
    software: str | None
    state: str
    trouble: str | None
    file: str | None
    progress: float | None
    seconds_left: float | None
    nozzle_c: float | None
    bed_c: float | None
    materials: tuple[str, ...]
    bed: BedState
    bed_since: datetime | None
    bed_note: str
    bed_refusal: str | None
    """Why the bed cannot be declared clear now."""
    attempt: AttemptLine | None


class Summary(_Value):
    """The agent now."""

    facility: str
    registry: str
    reached_at: datetime | None
    trouble: str | None
    owed_reports: int
    machines: tuple[MachineLine, ...]
    to_decide: tuple[AttemptLine, ...]
    """Finished parts and uncertain attempts."""
    recent: tuple[AttemptLine, ...]


def summarise(agent: Agent, overview: Overview) -> Summary:
    lines = {record.attempt.id: attempt_line(record) for record in overview.unfinished}
    machines = []
    for worker in overview.workers:
        held = worker.held
        line = lines.get(held.attempt.id) if held else None
        if line and line.state is AttemptState.UNCERTAIN:
            line = line.model_copy(update={"evidence": evidence_words(worker.evidence)})
            lines[line.attempt] = line
        machines.append(_machine_line(worker, overview.beds.get(worker.key), line))
    deciding = {AttemptState.FINISHED_UNVERIFIED, AttemptState.UNCERTAIN}
    return Summary(
        facility=agent.identity.facility_name,
        registry=agent.identity.registry,
        reached_at=agent.link.state.reached_at,
        trouble=agent.not_claiming or agent.link.state.trouble,
        owed_reports=agent.link.state.owed,
        machines=tuple(machines),
        to_decide=tuple(line for line in lines.values() if line.state in deciding),
        recent=tuple(attempt_line(record) for record in overview.recent),
    )


def attempt_line(record: Record) -> AttemptLine:
    attempt, claimed, figures = record.attempt, record.claimed, record.figures
    return AttemptLine(
        attempt=attempt.id,
        design=claimed.design,
        order=claimed.order,
        copies=claimed.copies,
        machine=attempt.machine,
        material=claimed.material,
        colour=claimed.colour,
        state=attempt.state,
        reason=attempt.reason,
        since=record.moved_at,
        file=attempt.file,
        note=claimed.note,
        print_seconds=figures.print_seconds if figures else None,
        filament_g=figures.filament_g if figures else None,
        layers=figures.layers if figures else None,
        lease_lost=attempt.lease_lost,
    )


def evidence_words(evidence: Evidence | None) -> str:
    """The machine's record of a file, for a person who has to settle what happened."""
    if evidence is None:
        return "the machine was not asked yet"
    there = f"on the machine ({evidence.size} bytes)" if evidence.present else "not on the machine"
    starts = "it keeps no count of starts" if evidence.starts is None else f"it counts {evidence.starts} starts"
    ended = f"the last run ended {evidence.outcome.value}" if evidence.outcome else "no run of it is recorded as ended"
    return f"the file is {there}; {starts}; {ended}"


def _machine_line(worker: Worker, bed: Bed | None, attempt: AttemptLine | None) -> MachineLine:
    settings, status = worker.bench.settings, worker.status
    return MachineLine(
        key=worker.key,
        name=settings.title,
        model=worker.bench.preparation.facts.model,
        software=worker.software,
        state=status.state.value,
        trouble=worker.trouble,
        file=status.file,
        progress=status.progress,
        seconds_left=status.seconds_left,
        nozzle_c=status.nozzle_c,
        bed_c=status.bed_c,
        materials=tuple(f"{m.material} {m.colour or ''}".strip() for m in settings.materials),
        bed=worker.bed,
        bed_since=bed.at if bed else None,
        bed_note=bed.note if bed else "",
        bed_refusal=core.bed_refusal(worker.held.attempt if worker.held else None),
        attempt=attempt,
    )
