"""Any order of claims, expiries, permits, reports, cancellations and redos: nothing starts twice, nothing is lost.

Agents are modelled as the real ones behave at their worst: they keep working under claims that were taken back, their
reports come late, twice and in any order. They obey one rule, the one that a real agent journals: start only under a
permit, once for an attempt.
"""

from dataclasses import dataclass, field, replace

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from registry.core.attempts import (
    BEFORE_START,
    Attempt,
    AttemptState,
    Effect,
    Job,
    JobState,
    Outcome,
    Refusal,
    Told,
    cancel,
    claim,
    fall_silent,
    is_current,
    lose_lease,
    permit,
    redo,
    release,
    report,
)

S = AttemptState
NEXT = {
    S.CLAIMED: [S.BUILDING, S.FAILED],
    S.BUILDING: [S.SLICED, S.FAILED],
    S.SLICED: [S.STAGED, S.FAILED],
    S.STAGED: [S.AWAITING_OPERATOR, S.FAILED, S.CANCELLED],
    S.AWAITING_OPERATOR: [S.STAGED, S.FAILED, S.CANCELLED],
    S.START_INTENT: [S.STARTING, S.FAILED, S.UNCERTAIN],
    S.STARTING: [S.PRINTING, S.FAILED, S.UNCERTAIN],
    S.PRINTING: [S.PAUSED, S.FINISHED_UNVERIFIED, S.FAILED, S.CANCELLED, S.UNCERTAIN],
    S.PAUSED: [S.PRINTING, S.CANCELLED, S.UNCERTAIN],
    S.FINISHED_UNVERIFIED: [S.GOOD, S.SCRAP],
    S.UNCERTAIN: [S.FINISHED_UNVERIFIED, S.FAILED],
}


@dataclass
class Agent:
    """What the agent of one attempt knows and did."""

    epoch: int
    state: AttemptState = S.CLAIMED
    permit: bool = False
    starts: int = 0
    sent: list[Told] = field(default_factory=list)

    def tell(self, state: AttemptState, *, retry: bool = False) -> None:
        self.state = state
        self.sent.append(Told(len(self.sent) + 1, self.epoch, state, retry))


class HandOut(RuleBasedStateMachine):
    attempts = Bundle("attempts")

    @initialize(patience=st.integers(1, 8))
    def begin(self, patience: int) -> None:
        self.patience = patience
        """The order is not cancelled before so many tries: else most runs would end at once."""
        self.job = release(Job("job"))
        self.kept: dict[str, Attempt] = {}
        self.agents: dict[str, Agent] = {}
        self.arrived: dict[str, set[int]] = {}
        self.redos = 0

    def _take(self, outcome: Outcome) -> None:
        before = self.job
        self.job = outcome.job
        if outcome.attempt is not None:
            self.kept[outcome.attempt.id] = outcome.attempt
        if outcome.job.state is JobState.QUEUED and before.state is not JobState.QUEUED:
            assert before.attempt is not None
            assert self.agents[before.attempt].starts == 0, "a job that began went back to the queue by itself"

    @precondition(lambda self: self.job.state is JobState.QUEUED)
    @rule(target=attempts)
    def claim(self) -> str:
        name = f"try-{len(self.kept) + 1}"
        outcome = claim(self.job, name)
        assert isinstance(outcome, Outcome)
        self.agents[name] = Agent(outcome.job.epoch)
        self.arrived[name] = set()
        self._take(outcome)
        return name

    @rule(name=attempts)
    def lease_runs_out(self, name: str) -> None:
        self._take(lose_lease(self.job, self.kept[name]))

    @rule(name=attempts)
    def silence(self, name: str) -> None:
        self._take(fall_silent(self.job, self.kept[name]))

    @rule(name=attempts, answer_arrives=st.sampled_from([True, True, True, False]))
    def prepare_and_ask_permit(self, name: str, answer_arrives: bool) -> None:
        agent = self.agents[name]
        if agent.state not in BEFORE_START:
            return
        if agent.state is not S.STAGED:
            agent.tell(S.STAGED)
        outcome = permit(self.job, self.kept[name], agent.epoch)
        if isinstance(outcome, Outcome):
            self._take(outcome)
            agent.permit = agent.permit or answer_arrives

    @rule(name=attempts)
    def start(self, name: str) -> None:
        agent = self.agents[name]
        if agent.permit and agent.starts == 0 and agent.state in BEFORE_START:
            agent.starts += 1
            agent.tell(S.START_INTENT)

    @rule(name=attempts, choice=st.integers(0, 9), retry=st.booleans())
    def agent_goes_on(self, name: str, choice: int, retry: bool) -> None:
        agent = self.agents[name]
        following = NEXT.get(agent.state, [])
        if following:
            agent.tell(following[choice % len(following)], retry=retry)

    @rule(name=attempts)
    def all_reports_arrive(self, name: str) -> None:
        for told in tuple(self.agents[name].sent):
            self._arrive(name, told)

    @rule(name=attempts, data=st.data())
    def a_report_arrives(self, name: str, data: st.DataObject) -> None:
        """Any that was ever sent: in order, out of order, or again."""
        if self.agents[name].sent:
            self._arrive(name, data.draw(st.sampled_from(self.agents[name].sent)))

    def _arrive(self, name: str, told: Told) -> None:
        attempt, here = self.kept[name], self.arrived[name]
        told = replace(told, complete=here >= set(range(1, told.sequence)))
        current, before = is_current(self.job, attempt), self.job
        outcome = report(self.job, attempt, told)
        here.add(told.sequence)
        if not current:
            assert outcome.effect is Effect.LATE
            assert outcome.job == before, "a stale claim moved the job"
            assert outcome.attempt.state == attempt.state
        self._take(outcome)

    @precondition(lambda self: len(self.kept) >= self.patience and not self.job.cancelling)
    @rule()
    def cancel(self) -> None:
        self._take(cancel(self.job, self.kept.get(self.job.attempt or "")))

    @precondition(lambda self: self.job.state in {JobState.NEEDS_REDO, JobState.UNCERTAIN})
    @rule()
    def redo(self) -> None:
        again = redo(self.job)
        assert isinstance(again, Job)
        self.redos += 1
        self.job = again

    @invariant()
    def a_person_wanted_every_start_but_the_first(self) -> None:
        starts = sum(agent.starts for agent in self.agents.values())
        assert starts <= 1 + self.redos
        assert all(agent.starts <= 1 for agent in self.agents.values())

    @invariant()
    def at_most_one_attempt_may_still_start(self) -> None:
        open_ones = [
            attempt
            for attempt in self.kept.values()
            if attempt.permitted and attempt.state in BEFORE_START and is_current(self.job, attempt)
        ]
        assert len(open_ones) <= 1
        for name, agent in self.agents.items():
            if agent.starts == 0 and not is_current(self.job, self.kept[name]):
                refused = permit(self.job, self.kept[name], agent.epoch)
                assert isinstance(refused, Refusal)

    @invariant()
    def the_job_is_in_one_accounted_state(self) -> None:
        current = self.kept.get(self.job.attempt or "")
        if self.job.state is JobState.DONE:
            assert current is not None
            assert current.state is S.GOOD
        if self.job.state is JobState.ACTIVE:
            assert current is not None
            assert current.state not in {S.GOOD, S.SCRAP, S.FAILED, S.CANCELLED, S.LOST, S.UNCERTAIN}
        if self.job.cancelling:
            assert self.job.state in {JobState.CANCELLED, JobState.ACTIVE, JobState.DONE}


TestHandOut = HandOut.TestCase
TestHandOut.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
