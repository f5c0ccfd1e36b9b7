"""Reports of agents: each is kept once, under the number that its agent gave it, and does what the rules say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.moves import keep
from registry.actions.nodes import NodeIdentity
from registry.actions.story import Story
from registry.core.attempts import PHYSICAL, RUNNING, AttemptState, Effect, Outcome, Told, may_have_started
from registry.core.plates import report_plate
from registry.errors import Conflict
from registry.store import handout, plates
from registry.store import nodes as node_store
from registry.store import orders as store
from registry.store.handout import KeptAttempt, KeptJob
from registry.store.plates import Copy

_LOOK_AHEAD = 1000


@dataclass(frozen=True)
class Figures:
    """What an attempt's report says beside its state, as far as it is kept in columns of its own."""

    slice: dict[str, object] | None = None
    """What the slicer says: print_seconds, filament_g, filament_mm, layers, slicer, profile …"""
    print_seconds: float | None = None
    starts_seen: int | None = None


@dataclass(frozen=True)
class Reported:
    """One report as it came."""

    sequence: int
    attempt: str
    epoch: int
    state: AttemptState
    retry: bool
    reason: str | None
    figures: Figures
    body: dict[str, object]
    """The whole message, for the record."""
    body_sha256: str
    good_copies: int | None = None
    """Of a plate that is good: how many of its copies are. None: all."""


@dataclass(frozen=True)
class Acknowledged:
    """All reports up to `through` are kept; the `late` ones moved nothing."""

    through: int
    late: tuple[int, ...]
    topics: frozenset[str]


def take_reports(
    connection: sa.Connection, node: NodeIdentity, reports: Sequence[Reported], now: datetime
) -> Acknowledged:
    """Keep an agent's reports and let them do what they may. Repeated ones do nothing; nothing is ever refused
    but a number that is used again for something else."""
    kept = node_store.lock_node(connection, node.id)
    known = store.reports_known(connection, node.id, [one.sequence for one in reports])
    _refuse_reused(reports, known)
    fresh = {one.sequence: one for one in reports if one.sequence not in known}
    known_as = _lock_concerned(connection, node, list(fresh.values()))
    story = Story(connection, now)
    here = _Here(connection, node.id, kept["acknowledged"], set(fresh) | set(known))
    late = {sequence for sequence, (_, effect) in known.items() if effect == Effect.LATE}
    for sequence in sorted(fresh):
        effect = _take(story, fresh[sequence], known_as, complete=here.complete_below(sequence))
        if effect is Effect.LATE:
            late.add(sequence)
        _record(story, node, fresh[sequence], effect)
    if here.through != kept["acknowledged"]:
        node_store.note_acknowledged(connection, node.id, here.through)
    node_store.note_seen(connection, node.id, now)
    return Acknowledged(here.through, tuple(sorted(late)), story.finish())


class _Here:
    """Up to which sequence number an agent's reports are here without a gap, counting those that come just now."""

    def __init__(self, connection: sa.Connection, node: str, acknowledged: int, coming: set[int]) -> None:
        beyond = coming | set(store.sequences_after(connection, node, acknowledged, _LOOK_AHEAD))
        self.through = acknowledged
        while self.through + 1 in beyond:
            self.through += 1

    def complete_below(self, sequence: int) -> bool:
        return sequence <= self.through + 1


def _refuse_reused(reports: Sequence[Reported], known: dict[int, tuple[str, str]]) -> None:
    seen = {sequence: digest for sequence, (digest, _) in known.items()}
    for one in reports:
        if seen.setdefault(one.sequence, one.body_sha256) != one.body_sha256:
            raise Conflict(
                f"sequence number {one.sequence} was used for another report before: this agent's journal was"
                " replaced. Enrol the agent again",
                code="sequence_reused", sequence=one.sequence,
            )  # fmt: skip


def _lock_concerned(
    connection: sa.Connection, node: NodeIdentity, reports: Sequence[Reported]
) -> dict[str, list[Copy]]:
    """The agent's own attempts that the reports are about, by the names that it knows: each with all its copies."""
    seen = plates.with_companions(connection, [one.attempt for one in reports])
    return plates.lock_plates(connection, {id_: one for id_, one in seen.items() if one.at.node == node.id})


def _take(story: Story, one: Reported, known_as: dict[str, list[Copy]], *, complete: bool) -> Effect:
    """Apply a report to every copy that the agent makes under this attempt."""
    copies = known_as.get(one.attempt)
    if copies is None:
        return Effect.LATE
    told = Told(one.sequence, one.epoch, one.state, one.retry, complete)
    outcomes = report_plate([(job.job, at.attempt) for job, at in copies], told, one.good_copies)
    jobs = [_take_copy(story, one, *copy, outcome) for copy, outcome in zip(copies, outcomes, strict=True)]
    now = handout.attempts_seen(story.connection, [at.attempt.id for _, at in copies])
    known_as[one.attempt] = [(job, now[at.attempt.id]) for job, (_, at) in zip(jobs, copies, strict=True)]
    effects = {outcome.effect for outcome in outcomes}
    return next(effect for effect in (Effect.MOVED, Effect.KEPT, Effect.LATE) if effect in effects)


def _take_copy(story: Story, one: Reported, job: KeptJob, at: KeptAttempt, outcome: Outcome) -> KeptJob:
    assert outcome.attempt is not None, "a report is about an attempt"
    moved = outcome.effect is Effect.MOVED
    values = _columns(one.figures) if moved else {}
    kept = keep(story, job, outcome, at, reason=one.reason if moved else None, **values)
    if moved and outcome.attempt.state in RUNNING | PHYSICAL and not may_have_started(at.attempt):
        words = "it was begun although no leave to start was given: look after this agent"
        story.tell(at.order, "attempt.without_leave", job=at.job, attempt=at.attempt.id, words=words)
    if not moved and outcome.attempt.extra is not at.attempt.extra:
        words = f"epoch {at.attempt.epoch} made a part that is not counted: {outcome.attempt.extra}"
        story.tell(at.order, "attempt.extra_part", job=at.job, attempt=at.attempt.id, words=words)
    elif outcome.effect is Effect.LATE:
        story.tell(at.order, "attempt.late", job=at.job, attempt=at.attempt.id, words=one.state.value)
    return kept


def _columns(figures: Figures) -> dict[str, object]:
    columns = {
        "figures": figures.slice,
        "print_seconds": figures.print_seconds,
        "starts_seen": figures.starts_seen,
    }
    return {name: value for name, value in columns.items() if value is not None}


def _record(story: Story, node: NodeIdentity, one: Reported, effect: Effect) -> None:
    store.add_report(
        story.connection,
        node_id=node.id,
        sequence=one.sequence,
        attempt_id=one.attempt,
        epoch=one.epoch,
        state=one.state.value,
        effect=effect.value,
        body=one.body,
        body_sha256=one.body_sha256,
        received_at=story.now,
    )
