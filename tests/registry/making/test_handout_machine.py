"""The whole hand-out over a database, driven at random: agents that lag, repeat, reorder and lose answers; plates of
several copies; time that passes; people who cancel and redo. What the machines really did is counted outside, and must
agree."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from registry.actions.handed_out import HandedOut
from registry.actions.reports import Reported
from registry.core.attempts import AttemptState, JobState
from registry.core.orders import OrderState
from registry.errors import Conflict
from registry.store.database import Database
from tests.registry.making.workshop import MK3S, Agent, Workshop

S = AttemptState
CARDS = tuple(replace(MK3S, key=key, plate_copies=copies) for key, copies in (("a", 3), ("b", 1)))
QUANTITY = 4
SOME = st.integers(0, 3)


@dataclass
class Work:
    """What an agent's journal holds of one attempt."""

    agent: Agent
    at: HandedOut
    state: AttemptState = S.CLAIMED
    permitted: bool = False
    starts: int = 0
    made: int = 0
    """Good parts of its plate."""
    sent: list[Reported] = field(default_factory=list)

    def journal(self, state: AttemptState, *, retry: bool = False, good_copies: int | None = None) -> None:
        self.state = state
        self.sent.append(replace(self.agent.report(self.at, state, retry=retry), good_copies=good_copies))


def _has(*states: AttemptState) -> Callable[[Any], bool]:
    return lambda machine: bool(machine.those(*states))


class HandOutOverDatabase(RuleBasedStateMachine):
    template: ClassVar[Path]
    """A database with all tables and no rows."""

    @initialize(patience=st.integers(2, 9))
    def open(self, patience: int) -> None:
        self.patience = patience
        """The order is not cancelled before so many claims."""
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        file = Path(self.folder.name) / "cofab.sqlite"
        shutil.copy(self.template, file)
        self.db = Database(f"sqlite:///{file}")
        self.workshop = Workshop(self.db, self.runner)
        self.agents = [self.workshop.agent(*CARDS), self.workshop.agent(*CARDS)]
        self.order = self.workshop.ready_order(quantity=QUANTITY).summary.id
        self.works: dict[str, Work] = {}
        self.keys: dict[str, str] = {}
        self.redone: Counter[str] = Counter()
        self.cancelled = False

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()
            self.runner.close()
            self.folder.cleanup()

    def those(self, *states: AttemptState) -> list[Work]:
        """What is in the agents' journals in one of these states, the newest first."""
        return [work for work in reversed(self.works.values()) if work.state in states]

    def _one(self, number: int, *states: AttemptState) -> Work:
        found = self.those(*states)
        return found[number % len(found)]

    @rule(which=st.integers(0, 1), key=st.integers(0, 30), answered=st.sampled_from([True, True, True, False]))
    def claim(self, which: int, key: int, answered: bool) -> None:
        agent, name = self.agents[which], f"{which}-{key}"
        found = self.workshop.claim(agent, "a", "b", key=name)
        if found is None:
            return
        known = self.keys.setdefault(name, found.attempt)
        assert known == found.attempt, "one key, two attempts"
        if answered and found.attempt not in self.works:
            self.works[found.attempt] = Work(agent, found)

    @precondition(_has(S.CLAIMED, S.STAGED))
    @rule(number=SOME)
    def prepare_and_ask(self, number: int) -> None:
        work = self._one(number, S.CLAIMED, S.STAGED)
        if work.state is S.CLAIMED:
            work.journal(S.STAGED)
        try:
            self.workshop.permit(work.agent, work.at)
        except Conflict:
            return
        work.permitted = True

    @precondition(_has(S.STAGED))
    @rule(number=SOME)
    def start(self, number: int) -> None:
        work = self._one(number, S.STAGED)
        if work.permitted:
            work.starts += 1
            work.journal(S.STARTING)

    @precondition(_has(S.STARTING, S.UNCERTAIN))
    @rule(
        number=SOME,
        end=st.sampled_from([S.GOOD, S.GOOD, S.SCRAP, S.FAILED, S.UNCERTAIN]),
        good=st.none() | st.integers(1, 3),
    )
    def finish(self, number: int, end: AttemptState, good: int | None) -> None:
        work = self._one(number, S.STARTING, S.UNCERTAIN)
        if end in {S.GOOD, S.SCRAP}:
            work.journal(S.FINISHED_UNVERIFIED)
        if end is S.GOOD:
            work.made = work.at.copies if good is None else min(good, work.at.copies)
        work.journal(end, good_copies=good if end is S.GOOD else None)

    @precondition(_has(S.CLAIMED, S.STAGED))
    @rule(number=SOME, retry=st.booleans())
    def fail_before_start(self, number: int, retry: bool) -> None:
        self._one(number, S.CLAIMED, S.STAGED).journal(S.FAILED, retry=retry)

    @precondition(lambda self: any(work.sent for work in self.works.values()))
    @rule(number=SOME, data=st.data())
    def some_reports_arrive(self, number: int, data: st.DataObject) -> None:
        works = [work for work in reversed(self.works.values()) if work.sent]
        work = works[number % len(works)]
        chosen = data.draw(st.lists(st.sampled_from(work.sent), min_size=1, max_size=4))
        self.workshop.send(work.agent, *chosen)

    @precondition(lambda self: any(work.sent for work in self.works.values()))
    @rule()
    def all_reports_arrive(self) -> None:
        for agent in self.agents:
            due = [told for work in self.works.values() if work.agent is agent for told in work.sent]
            if due:
                self.workshop.send(agent, *due)

    @rule(minutes=st.sampled_from([1, 3, 60, 600]), beats=st.booleans())
    def time_passes(self, minutes: int, beats: bool) -> None:
        self.workshop.later(minutes=minutes)
        if beats:
            for agent in self.agents:
                self.workshop.beat(agent, *(one.at for one in self.works.values() if one.agent is agent))
        self.workshop.sweep()

    @precondition(lambda self: len(self.works) >= self.patience and not self.cancelled)
    @rule()
    def cancel(self) -> None:
        shown = self.workshop.show(self.order)
        if shown.summary.state is OrderState.DONE:
            with pytest.raises(Conflict):
                self.workshop.cancel(shown)
            return
        self.cancelled = True
        self.workshop.cancel(shown)

    @precondition(lambda self: bool(self.works))
    @rule()
    def redo_whatever_needs_it(self) -> None:
        shown = self.workshop.show(self.order)
        for job in shown.jobs:
            if job.state in {JobState.NEEDS_REDO, JobState.UNCERTAIN}:
                self.workshop.redo(shown, job.copy)
                self.redone[job.id] += 1

    @invariant()
    def the_books_agree_with_what_the_machines_did(self) -> None:
        if not hasattr(self, "order"):
            return
        shown = self.workshop.show(self.order)
        assert shown.summary.copies.total == QUANTITY
        for job in shown.jobs:
            known_as = {attempt.plate or attempt.id for attempt in job.attempts}
            mine = [work for work in self.works.values() if work.at.attempt in known_as]
            assert sum(work.starts for work in mine) <= 1 + self.redone[job.id], "started without a person's word"
            good = [attempt for attempt in job.attempts if attempt.state is S.GOOD]
            assert len(good) == (1 if job.state is JobState.DONE else 0)
            assert all(self.works[attempt.plate or attempt.id].made for attempt in good)
            assert sorted(attempt.epoch for attempt in job.attempts) == list(range(1, len(job.attempts) + 1))


def test_nothing_starts_twice_and_no_part_is_lost_once_everything_was_told(tmp_path: Path) -> None:
    """After all reports have come, every good part is counted: as its job's, or as an extra one."""

    empty = Database(f"sqlite:///{tmp_path / 'template.sqlite'}")
    empty.migrate()
    empty.close()

    class Told(HandOutOverDatabase):
        template = tmp_path / "template.sqlite"

        def teardown(self) -> None:
            if hasattr(self, "order"):
                self.all_reports_arrive()
                shown = self.workshop.show(self.order)
                tries = [attempt for job in shown.jobs for attempt in job.attempts]
                counted = Counter(one.plate or one.id for one in tries if S.GOOD in {one.state, one.extra})
                assert counted == {work.at.attempt: work.made for work in self.works.values() if work.made}
            super().teardown()

    Told.TestCase.settings = settings(max_examples=12, stateful_step_count=60, deadline=None)
    Told.TestCase("runTest").runTest()
