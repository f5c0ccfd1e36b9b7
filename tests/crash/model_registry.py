"""A registry that is only its rules: what the actions around `registry.core` do, over dictionaries. One order's copies.

Copies of a plate have attempts of their own; the agent knows them all by the first one's id and epoch.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from registry.core import attempts as rules
from registry.core.attempts import AttemptState, Command, Effect, Job, JobState, Outcome, Refusal, Told
from registry.core.directing import cancel_copy, direct_plate
from registry.core.dispatch import Overdue, Timing, overdue
from registry.core.plates import Copy, permit_plate, report_plate

TIMING = Timing()
PRINT_SECONDS = 600.0


@dataclass(frozen=True)
class Handed:
    """The answer to a claim."""

    job: str
    attempt: str
    epoch: int
    copies: int


@dataclass(frozen=True)
class Report:
    """One report, as far as it decides anything."""

    sequence: int
    attempt: str
    epoch: int
    state: AttemptState
    retry: bool
    good_copies: int | None


@dataclass
class ModelRegistry:
    """Everything here is durable: a crash of the registry loses connections, nothing else."""

    most_copies: int = 1
    """How many the machine takes as one plate."""
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    jobs: dict[str, Job] = field(default_factory=dict)
    attempts: dict[str, rules.Attempt] = field(default_factory=dict)
    job_of: dict[str, str] = field(default_factory=dict)
    known_as: dict[str, str] = field(default_factory=dict)
    """Attempt → the one by which the agent knows it."""
    lease_until: dict[str, datetime] = field(default_factory=dict)
    permit_until: dict[str, datetime] = field(default_factory=dict)
    permits: Counter[str] = field(default_factory=Counter)
    claims: dict[str, str] = field(default_factory=dict)
    known: dict[int, Report] = field(default_factory=dict)
    through: int = 0
    requeued: set[str] = field(default_factory=set)
    """Attempts after which a job went back to the queue by itself."""
    redone: set[str] = field(default_factory=set)
    """Attempts after which a person wanted another."""

    def plate(self, known_as: str) -> list[Copy]:
        """The copies that the agent knows as this attempt, that one first."""
        ids = sorted((one for one, name in self.known_as.items() if name == known_as), key=lambda one: one != known_as)
        return [(self.jobs[self.job_of[one]], self.attempts[one]) for one in ids]

    # ---- what an agent may ask

    def claim(self, key: str) -> Handed | None:
        if key in self.claims:
            self._renew(self.claims[key], TIMING.first_lease)
            return self._handed(self.claims[key])
        queued = sorted(job.id for job in self.jobs.values() if job.state is JobState.QUEUED)[: self.most_copies]
        if not queued or any(attempt.state in rules.HOLDING for attempt in self.attempts.values()):
            return None
        first = f"a{len(self.attempts) + 1}"
        for job in queued:
            fresh = f"a{len(self.attempts) + 1}"
            outcome = rules.claim(self.jobs[job], fresh)
            assert isinstance(outcome, Outcome)
            self.job_of[fresh], self.known_as[fresh] = job, first
            self.lease_until[fresh] = self.now + TIMING.first_lease
            self._keep(outcome)
        self.claims[key] = first
        return self._handed(first)

    def beat(self, leases: tuple[tuple[str, int], ...]) -> tuple[frozenset[str], tuple[tuple[str, Command], ...]]:
        """Attempts whose lease is held, and what is asked of which."""
        named = [attempt for attempt, epoch in leases if self.attempts[attempt].epoch == epoch]
        held = frozenset(attempt for attempt in named if self._renew(attempt, TIMING.lease))
        commands = {
            (self.known_as[one.id], one.command)
            for one in self.attempts.values()
            if one.command is not None and self.jobs[self.job_of[one.id]].attempt == one.id
        }
        return held, tuple(sorted(commands))

    def permit(self, attempt: str, epoch: int) -> float | None:
        """Seconds for which a start is allowed; None: it is not."""
        copies = self.plate(attempt)
        outcomes = permit_plate(copies, epoch)
        if isinstance(outcomes, Refusal):
            return None
        until = self.permit_until.get(attempt)
        if until is not None and self.now < until:
            return min(until - self.now, TIMING.permit).total_seconds()
        self.permits[attempt] += 1
        self.permit_until[attempt] = self.now + TIMING.permit
        for (_, at), outcome in zip(copies, outcomes, strict=True):
            self.lease_until[at.id] = self.now + TIMING.lease
            self._keep(outcome)
        return TIMING.permit.total_seconds()

    def take(self, reports: tuple[Report, ...]) -> int:
        """Up to which number all reports are kept."""
        fresh = [report for report in reports if report.sequence not in self.known]
        assert all(self.known.get(report.sequence, report) == report for report in reports), "a number used twice"
        coming = set(self.known) | {report.sequence for report in fresh}
        while self.through + 1 in coming:
            self.through += 1
        for report in sorted(fresh, key=lambda report: report.sequence):
            self.known[report.sequence] = report
            told = Told(report.sequence, report.epoch, report.state, report.retry, report.sequence <= self.through + 1)
            self._keep(*report_plate(self.plate(report.attempt), told, report.good_copies))
        return self.through

    # ---- what else happens

    def sweep(self) -> None:
        """Time runs out for some."""
        for one in list(self.attempts):
            attempt, job = self.attempts[one], self.jobs[self.job_of[one]]
            match overdue(attempt, self.lease_until[one], PRINT_SECONDS, TIMING, self.now):
                case Overdue.LEASE_LOST:
                    self._keep(rules.lose_lease(job, attempt))
                case Overdue.SILENT:
                    self._keep(rules.fall_silent(job, attempt))
                case Overdue.NOT:
                    pass

    def order(self) -> None:
        job = f"j{len(self.jobs) + 1}"
        self.jobs[job] = rules.release(Job(job))

    def cancel_order(self) -> None:
        for job in list(self.jobs.values()):
            self._keep(rules.cancel(job, self.attempts[job.attempt] if job.attempt else None))

    def cancel(self, job: str) -> None:
        current = self.jobs[job].attempt
        if current is None:
            self._keep(rules.cancel(self.jobs[job], None))
            return
        self._keep_unless_refused(cancel_copy(self.plate(self.known_as[current]), job))

    def direct(self, job: str, command: Command) -> None:
        current = self.jobs[job].attempt
        if current is not None:
            self._keep_unless_refused(direct_plate(self.plate(self.known_as[current]), job, command))

    def redo(self, job: str) -> None:
        current = self.jobs[job].attempt
        again = rules.redo(self.jobs[job])
        assert isinstance(again, Job)
        self.jobs[job] = again
        self.redone |= {current} if current else set()

    def pass_time(self, seconds: float) -> None:
        """Its clock may also be set back."""
        self.now += timedelta(seconds=seconds)

    def _handed(self, attempt: str) -> Handed:
        return Handed(self.job_of[attempt], attempt, self.attempts[attempt].epoch, len(self.plate(attempt)))

    def _renew(self, attempt: str, lease: timedelta) -> bool:
        """Whether a copy still counts."""
        good = [at for job, at in self.plate(attempt) if rules.is_current(job, at) and at.state not in rules.SETTLED]
        for at in good:
            self.lease_until[at.id] = self.now + lease
        return bool(good)

    def _keep_unless_refused(self, outcomes: Sequence[Outcome] | Refusal) -> None:
        if not isinstance(outcomes, Refusal):
            self._keep(*outcomes)

    def _keep(self, *outcomes: Outcome) -> None:
        for outcome in outcomes:
            was = self.jobs[outcome.job.id]
            self.jobs[outcome.job.id] = outcome.job
            if outcome.attempt is not None:
                self.attempts[outcome.attempt.id] = outcome.attempt
            if outcome.job.state is JobState.QUEUED and was.state is not JobState.QUEUED:
                assert was.attempt is not None
                self.requeued.add(was.attempt)
            assert outcome.effect is not Effect.LATE or outcome.job == was, "what came late moved a job"
