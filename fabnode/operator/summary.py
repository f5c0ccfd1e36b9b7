"""What the local page and `fabnode status` show of an agent, as plain values."""

from datetime import datetime
from typing import Literal, get_args, overload

from pydantic import BaseModel, ConfigDict

from fabnode import core
from fabnode import events as e
from fabnode.agent import Agent, Overview
from fabnode.cameras import picture_moments
from fabnode.protocol import AttemptState, BedState, LoadedMaterial
from fabnode.records import Bed, Record
from fabnode.worker import Worker
from printers.machine import Evidence, MachineState

Group = Literal["needs", "offline", "working", "ready"]
GROUPS: tuple[Group, ...] = get_args(Group)


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
    source_url: str | None
    """Where the complete source can be had."""
    print_seconds: float | None
    filament_g: float | None
    layers: int | None
    lease_lost: bool
    evidence: str | None = None
    """What the machine's record says, for one that is uncertain."""
    pictures: tuple[str, ...] = ()
    """Moments of which there is a picture, in their order."""
    recalled: str | None = None
    """Why the version was recalled for safety, where it was."""

    @property
    def cancellable(self) -> bool:
        return self.state in core.BEFORE_START | core.ON_MACHINE

    @property
    def pausable(self) -> bool:
        return (self.state, e.PauseAsked) in core.TRANSITIONS

    @property
    def resumable(self) -> bool:
        return (self.state, e.ResumeAsked) in core.TRANSITIONS


class CareLine(_Value):
    """One maintenance interval."""

    what: str
    share: float
    stop: bool
    words: str


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
    needs: tuple[str, ...] = ()
    """What somebody has to do at it."""
    waits: str | None = None
    """What a prepared print waits for that nobody has to do anything about."""
    care: tuple[CareLine, ...] = ()
    nozzle_mm: float | None = None
    profile: str = ""
    short: bool = False
    """It takes no job because its last one would not have been finished."""

    @property
    def group(self) -> Group:
        """Under which filter it is shown."""
        if self.needs:
            return "needs"
        if self.state in {"offline", "error"}:
            return "offline"
        return "ready" if self.state == "idle" and self.attempt is None else "working"


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
    lines = {record.attempt.id: _pictured(agent, record) for record in overview.unfinished}
    machines = []
    deciding = {AttemptState.FINISHED_UNVERIFIED, AttemptState.UNCERTAIN}
    to_judge = {line.machine for line in lines.values() if line.state in deciding}
    for worker in overview.workers:
        held = worker.held
        line = lines.get(held.attempt.id) if held else None
        if line and line.state is AttemptState.UNCERTAIN:
            line = line.model_copy(update={"evidence": evidence_words(worker.evidence)})
            lines[line.attempt] = line
        machines.append(_machine_line(worker, overview.beds.get(worker.key), line, judge=worker.key in to_judge))
    return Summary(
        facility=agent.identity.facility_name,
        registry=agent.identity.registry,
        reached_at=agent.link.state.reached_at,
        trouble=agent.not_claiming or agent.link.state.trouble,
        owed_reports=agent.link.state.owed,
        machines=tuple(machines),
        to_decide=tuple(line for line in lines.values() if line.state in deciding),
        recent=tuple(_pictured(agent, record) for record in overview.recent),
    )


def _pictured(agent: Agent, record: Record) -> AttemptLine:
    found = {path.stem for path in agent.house.cameras.pictures(record.attempt.file)}
    moments = tuple(moment for moment in picture_moments() if moment in found)
    recalled = agent.link.recalled.get(record.attempt.id)
    return attempt_line(record).model_copy(update={"pictures": moments, "recalled": recalled})


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
        reason=attempt.reason.replace(f"attempt {attempt.id}", claimed.design) if attempt.reason else None,
        since=record.moved_at,
        file=attempt.file,
        note=claimed.note,
        source_url=claimed.source_url,
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


def _machine_line(worker: Worker, bed: Bed | None, attempt: AttemptLine | None, *, judge: bool) -> MachineLine:
    settings, status, house = worker.bench.settings, worker.status, worker.house
    care = tuple(
        CareLine(what=due.what, share=due.share, stop=due.stop, words=due.words)
        for due in house.upkeep.dues.get(worker.key, ())
    )
    return MachineLine(
        key=worker.key,
        name=settings.title,
        model=worker.bench.preparation.facts.model,
        software=worker.software,
        state=status.state.value,
        trouble=worker.trouble or worker.objection,
        file=status.file,
        progress=status.progress,
        seconds_left=status.seconds_left,
        nozzle_c=status.nozzle_c,
        bed_c=status.bed_c,
        materials=tuple(material_words(m) for m in settings.materials),
        bed=worker.bed,
        bed_since=bed.at if bed else None,
        bed_note=_by_name(bed.note, attempt) if bed else "",
        bed_refusal=_by_name(core.bed_refusal(worker.held.attempt if worker.held else None), attempt),
        attempt=attempt,
        needs=_needs(worker, attempt, care, judge=judge),
        waits=house.waiting(worker.key),
        care=care,
        nozzle_mm=worker.bench.preparation.facts.nozzle_mm,
        profile=worker.bench.preparation.facts.profile,
        short=house.upkeep.fit(worker.key).short is not None,
    )


def _needs(worker: Worker, attempt: AttemptLine | None, care: tuple[CareLine, ...], *, judge: bool) -> tuple[str, ...]:
    words = []
    if attempt and attempt.state is AttemptState.AWAITING_OPERATOR:
        words.append("a job waits for a clear bed")
    if judge:
        words.append("a part waits for your word")
    if hindrance := worker.house.hindrance(worker.key):
        words.append(hindrance)
    words += [f"care is due: {line.words}" for line in care if line.share >= 1 and line.words not in " ".join(words)]
    if worker.status.state is MachineState.ERROR or (worker.trouble and attempt):
        words.append(worker.trouble or worker.status.message or "it reports an error")
    return tuple(words)


def material_words(loaded: LoadedMaterial) -> str:
    """PLA black, 640 g left."""
    sheet = f"{loaded.thickness_mm:g} mm" if loaded.thickness_mm else None
    words = " ".join(filter(None, (loaded.material, loaded.colour, sheet)))
    return words if loaded.remaining_g is None else f"{words}, {loaded.remaining_g:.0f} g left"


@overload
def _by_name(words: str, attempt: AttemptLine | None) -> str: ...
@overload
def _by_name(words: str | None, attempt: AttemptLine | None) -> str | None: ...
def _by_name(words: str | None, attempt: AttemptLine | None) -> str | None:
    """An attempt is called by its design: nobody at a machine knows it by its id."""
    return words.replace(f"attempt {attempt.attempt}", attempt.design) if words and attempt else words


def short_id(raw: str) -> str:
    """The end of a long id: enough to find it again on the registry's page."""
    return raw if len(raw) <= 8 else f"…{raw[-6:]}"
