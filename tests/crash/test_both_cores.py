"""Both cores, joined by a network that loses, doubles, delays and reorders, with crashes of either, and jumping clocks.

The rules are the real ones; the shells around them are models. What is not in the model, since nothing on this side
could know of it: a start that reaches the machine after a person has looked at it and said that it was not begun.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fabnode import core
from fabnode import events as e
from fabnode.protocol import BedState
from printers.machine import Outcome
from registry.core.attempts import Command
from tests.crash.fleet import FOREIGN, Fleet

EXAMPLES, STEPS = 200, 50


class BothCores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.fleet = Fleet()
        self.machine, self.agent, self.registry = self.fleet.machine, self.fleet.agent, self.fleet.registry

    @initialize(orders=st.integers(1, 3), most_copies=st.integers(1, 3), further=st.integers(0, 3))
    def begin(self, orders: int, most_copies: int, further: int) -> None:
        """Somewhere on the way: each run explores another stretch of it."""
        self.registry.most_copies = most_copies
        for _ in range(orders):
            self.registry.order()
        self.fleet.come_up()
        self.fleet.clear_bed()
        for _ in range(further):
            self.fleet.carry_out() if self.agent.held else self.fleet.be_handed_work()
            self.fleet.talk()

    # ---- people

    @precondition(lambda self: len(self.registry.jobs) < 4)
    @rule()
    def order(self) -> None:
        self.registry.order()

    @rule(whole_order=st.booleans(), dice=st.integers(0, 3), data=st.data())
    def cancel(self, whole_order: bool, dice: int, data: st.DataObject) -> None:
        """Seldom: what is cancelled does not come far."""
        if dice == 0 and whole_order:
            self.registry.cancel_order()
        elif dice == 0:
            self.registry.cancel(data.draw(st.sampled_from(sorted(self.registry.jobs))))

    @precondition(lambda self: self.fleet.to_redo)
    @rule(data=st.data())
    def redo(self, data: st.DataObject) -> None:
        self.registry.redo(data.draw(st.sampled_from(self.fleet.to_redo)))

    @precondition(lambda self: self.fleet.active)
    @rule(data=st.data(), command=st.sampled_from(Command))
    def direct(self, data: st.DataObject, command: Command) -> None:
        self.registry.direct(data.draw(st.sampled_from(self.fleet.active)), command)

    @rule()
    def clear_bed(self) -> None:
        self.fleet.clear_bed()

    @precondition(lambda self: self.fleet.to_judge)
    @rule(good_copies=st.integers(0, 3))
    def judge(self, good_copies: int) -> None:
        self.fleet.judge(good_copies)

    @precondition(lambda self: self.fleet.uncertain)
    @rule()
    def settle(self) -> None:
        self.fleet.settle()

    # ---- the agent

    @precondition(lambda self: not self.agent.up)
    @rule()
    def come_up(self) -> None:
        self.fleet.come_up()

    @precondition(lambda self: self.agent.up)
    @rule()
    def crash(self) -> None:
        self.agent.crash()
        self.fleet.waited_for.clear()

    @precondition(lambda self: self.agent.up and self.agent.orders and self.agent.doing is None)
    @rule(well=st.sampled_from([True, True, True, False]))
    def work(self, well: bool) -> None:
        self.fleet.work(well=well)

    @precondition(lambda self: self.agent.up)
    @rule(patient=st.booleans())
    def look(self, patient: bool) -> None:
        self.agent.look(patient=patient and not self.fleet.start_is_on_its_way)

    @precondition(lambda self: self.agent.up and not self.agent.held and self.machine.running is None)
    @rule()
    def claim(self) -> None:
        self.fleet.claim()

    @precondition(lambda self: self.agent.up)
    @rule()
    def beat(self) -> None:
        self.fleet.beat()

    @precondition(lambda self: self.agent.up and self.agent.owed())
    @rule()
    def report(self) -> None:
        self.fleet.send("report", self.agent.owed())

    @precondition(lambda self: self.agent.up and self.fleet.asks_permit and self.machine.running is None)
    @rule()
    def ask_permit(self) -> None:
        self.fleet.ask_permit()

    @precondition(lambda self: self.agent.up and self.agent.doing and isinstance(self.agent.doing[1], e.StartOnce))
    @rule()
    def lose_patience_with_start(self) -> None:
        self.fleet.lose_patience_with_start()

    # ---- the network

    @precondition(lambda self: self.fleet.letters)
    @rule(data=st.data(), answered=st.booleans())
    def deliver(self, data: st.DataObject, answered: bool) -> None:
        """Any of them, so that they overtake each other; the answer may get lost."""
        letter = data.draw(st.sampled_from(self.fleet.letters))
        self.fleet.letters.remove(letter)
        self.fleet.arrive(letter, answered=answered)

    @precondition(lambda self: self.fleet.letters)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        self.fleet.letters.remove(data.draw(st.sampled_from(self.fleet.letters)))

    @precondition(lambda self: any(letter.what != "start" for letter in self.fleet.letters))
    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        """Not the start: TCP does not, and a proxy that does gets a refusal from a machine that prints."""
        to_registry = [letter for letter in self.fleet.letters if letter.what != "start"]
        self.fleet.letters.append(data.draw(st.sampled_from(to_registry)))

    # ---- the machine, and time

    @precondition(lambda self: self.machine.running is not None)
    @rule(outcome=st.sampled_from(Outcome))
    def end_print(self, outcome: Outcome) -> None:
        if self.machine.running != FOREIGN or self.fleet.foreign_is_seen:
            self.machine.end(outcome)

    @rule()
    def lose_power(self) -> None:
        if self.machine.running != FOREIGN or self.fleet.foreign_is_seen:
            self.machine.lose_power()

    @precondition(lambda self: self.machine.running is None and not self.fleet.start_is_on_its_way)
    @rule()
    def print_by_hand(self) -> None:
        """Somebody uses the machine without the agent, whose look is sooner than the print's end."""
        self.machine.files.add(FOREIGN)
        self.machine.start(FOREIGN)
        self.machine.begun_on_a_part.clear()
        self.fleet.unwatched = not self.agent.up

    @rule(agent=st.sampled_from([1.0, 70.0, 4000.0]), registry=st.sampled_from([-4000.0, 1.0, 20.0, 100.0, 1e6]))
    def pass_time(self, agent: float, registry: float) -> None:
        self.agent.now += agent
        self.registry.pass_time(registry)

    @rule(seconds=st.sampled_from([0.0, 20.0, 100.0, 1e6]))
    def sweep(self, seconds: float) -> None:
        """The registry has heard of nobody for so long."""
        self.registry.pass_time(seconds)
        self.registry.sweep()

    @precondition(lambda self: self.agent.up and not self.fleet.letters and self.agent.bed is BedState.CLEAR)
    @rule(answered=st.booleans(), crash=st.booleans())
    def begin_a_print(self, answered: bool, crash: bool) -> None:
        """Up to the one start, whose answer may get lost, with the agent."""
        self.fleet.be_handed_work()
        for _ in range(2):
            self.fleet.carry_out(start_answered=answered)
        if crash:
            self.crash()

    @precondition(lambda self: self.agent.up and not self.fleet.letters)
    @rule(steps=st.integers(1, 6))
    def nothing_goes_wrong_for_a_moment(self, steps: int) -> None:
        """So that all states are come to."""
        fleet = self.fleet
        ways = (fleet.be_handed_work, fleet.carry_out, fleet.talk, fleet.be_tended, fleet.carry_out, fleet.talk)
        for go_on in ways[:steps]:
            go_on()

    # ---- what must hold

    @invariant()
    def nothing_starts_twice_or_without_leave(self) -> None:
        for attempt in self.agent.attempts.values():
            assert self.machine.starts[attempt.file] <= min(1, self.registry.permits[attempt.id])

    @invariant()
    def nothing_that_may_have_started_is_queued_again_by_itself(self) -> None:
        begun = {one.id for one in self.agent.attempts.values() if self.machine.starts[one.file]}
        requeued = {self.registry.known_as[one] for one in self.registry.requeued}
        assert not begun & requeued

    @invariant()
    def a_job_is_begun_once_for_each_time_that_a_person_wants_it(self) -> None:
        for job in self.registry.jobs:
            tries = [attempt for attempt, of in self.registry.job_of.items() if of == job]
            begun = sum(self.machine.starts[f"{self.registry.known_as[attempt]}.gcode"] for attempt in tries)
            assert begun <= 1 + len(self.registry.redone & set(tries))

    @invariant()
    def nothing_starts_on_a_part(self) -> None:
        assert self.machine.begun_on_a_part == []

    @invariant()
    def a_machine_holds_one_attempt(self) -> None:
        assert sum(one.state in core.HOLDING for one in self.agent.attempts.values()) <= 1

    def teardown(self) -> None:
        """When the faults end, everything comes to its end, and every part is accounted for."""
        self.fleet.come_to_rest()
        self.fleet.assert_accounted()


BothCores.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestBothCores = BothCores.TestCase
