"""The rules of the builds' queue: what is next, what is given up, and that nobody starves anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from registry.core import builds as rules
from registry.core.builds import GRACE, PATIENCE, VISITORS, KeptFor, Limits, Turn, Urgency, Wait, Work

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
ROOMY = Limits(running_per_member=1000)
MEMBERS = ("ada", "bob", "eve", VISITORS)

moments = st.integers(-100, 100).map(lambda seconds: NOW + timedelta(seconds=seconds))
waits = st.builds(Wait, st.sampled_from(MEMBERS), moments)
works = st.builds(
    Work,
    build=st.sampled_from("abcdef"),
    artifact=st.sampled_from(("", "model.step", "model.stl")),
    kept_for=st.sampled_from((None, *KeptFor)),
    asker=st.sampled_from(MEMBERS),
    since=moments,
    waits=st.lists(waits, max_size=3).map(tuple),
)
queues = st.lists(works, max_size=8)
loads = st.dictionaries(st.sampled_from(MEMBERS), st.integers(0, 5))
turns_had = st.dictionaries(st.sampled_from(MEMBERS), moments)


def wanted_by(who: str, build: str = "a", artifact: str = "", **values: object) -> Work:
    """Something that somebody waits for now."""
    work = Work(build, artifact, None, who, NOW, (Wait(who, NOW + GRACE),))
    return replace(work, **values)  # type: ignore[arg-type]


@given(queues, loads, turns_had)
def test_what_nobody_wants_is_never_made_and_what_presses_most_is(queue, running, served):
    turn = rules.next_turn(queue, running, served, ROOMY, NOW)
    pressing = [one for work in queue if (one := rules.urgency(work, NOW)) is not None]
    if turn is None:
        assert pressing == []
    else:
        assert turn.urgency == min(pressing)
        assert rules.is_wanted(turn.work.kept_for, turn.work.waits, NOW)


@given(queues, loads, turns_had, st.integers(1, 4))
def test_nobody_has_more_running_than_the_limit(queue, running, served, most):
    turn = rules.next_turn(queue, running, served, Limits(running_per_member=most), NOW)
    assert turn is None or running.get(turn.who, 0) < most


@given(queues, loads, turns_had)
def test_a_guest_waits_now_and_has_nothing_running(queue, running, served):
    turn = rules.next_turn(queue, running, served, ROOMY, NOW, for_guests=True)
    waiting = {wait.who for work in queue for wait in work.waits if wait.until > NOW}
    if turn is None:
        assert all(running.get(who) for who in waiting)
    else:
        assert turn.urgency is Urgency.NOW
        assert not running.get(turn.who)


@given(queues, loads, turns_had)
def test_the_order_of_the_rows_does_not_matter(queue, running, served):
    first = rules.next_turn(queue, running, served, ROOMY, NOW)
    again = rules.next_turn(list(reversed(queue)), running, served, ROOMY, NOW)
    assert (first is None) == (again is None)
    if first is not None and again is not None:
        assert (first.who, first.urgency, first.work.build, first.work.artifact) == (
            again.who,
            again.urgency,
            again.work.build,
            again.work.artifact,
        )


@given(queues, loads, turns_had)
def test_what_is_made_in_one_go_belongs_together(queue, running, served):
    turn = rules.next_turn(queue, running, served, ROOMY, NOW)
    if turn is None:
        return
    along = rules.taken_along(turn, queue, NOW)
    assert turn.work in along
    assert {work.build for work in along} == {turn.work.build}
    assert {bool(work.artifact) for work in along} == {bool(turn.work.artifact)}
    assert {rules.urgency(work, NOW) for work in along} == {turn.urgency}


def test_an_order_lets_those_at_the_screen_go_first_but_not_for_ever():
    order = Work("o", "", KeptFor.ORDER, "bob", NOW)
    assert rules.urgency(order, NOW + PATIENCE - timedelta(milliseconds=1)) is Urgency.SOON
    assert rules.urgency(order, NOW + PATIENCE) is Urgency.NOW
    ahead = replace(order, kept_for=KeptFor.AHEAD)
    assert rules.urgency(ahead, NOW + timedelta(days=1)) is Urgency.AHEAD


def test_the_grace_is_over_at_its_end():
    wait = Wait("ada", NOW + GRACE)
    assert rules.is_wanted(None, [wait], NOW + GRACE - timedelta(milliseconds=1))
    assert not rules.is_wanted(None, [wait], NOW + GRACE)
    assert rules.is_wanted(KeptFor.AHEAD, [], NOW)


@given(st.sampled_from((None, *KeptFor)), st.sampled_from((None, *KeptFor)))
def test_an_order_is_the_best_reason(first, second):
    found = rules.stronger(first, second)
    assert found == rules.stronger(second, first)
    assert found in {first, second}
    assert (found is None) == (first is second is None)
    assert (found is KeptFor.ORDER) == (KeptFor.ORDER in {first, second})


def test_a_build_that_many_wait_for_comes_by_the_best_turn_among_them():
    shared = wanted_by("ada", "shared")
    shared = replace(shared, waits=(*shared.waits, Wait("bob", NOW + GRACE)))
    turn = rules.next_turn([wanted_by("ada", "own"), shared], {"ada": 3}, {}, ROOMY, NOW)
    assert turn is not None
    assert (turn.work.build, turn.who) == ("shared", "bob")


def test_only_what_is_made_ahead_gives_way_and_only_to_somebody_who_waits():
    waiting = Turn(wanted_by("ada"), "ada", Urgency.NOW)
    assert rules.gives_way(Urgency.AHEAD, waiting, idle=0)
    assert not rules.gives_way(Urgency.AHEAD, waiting, idle=1)
    assert not rules.gives_way(Urgency.AHEAD, replace(waiting, urgency=Urgency.SOON), idle=0)
    assert not rules.gives_way(Urgency.AHEAD, None, idle=0)
    assert not rules.gives_way(Urgency.NOW, waiting, idle=0)


def test_the_limits_say_which_one_is_reached():
    limits = Limits(queued_per_member=2, queued=5)
    assert rules.may_queue("ada", 1, 4, limits) is None
    own = rules.may_queue("ada", 2, 4, limits)
    whole = rules.may_queue("ada", 1, 5, limits)
    visitor = rules.may_queue(VISITORS, 2, 2, limits)
    assert own is not None
    assert whole is not None
    assert visitor is not None
    assert (own.code, whole.code) == ("too_many_own_builds", "too_many_builds")
    assert "2" in own.words
    assert "5" in whole.words
    assert "log in" in visitor.words


class Queue(RuleBasedStateMachine):
    """A registry's queue with several workers, where people ask, leave and come back while time goes on."""

    WORKERS = 3

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.queued: dict[tuple[str, str], Work] = {}
        self.running: dict[tuple[str, str], Turn] = {}
        self.served: dict[str, datetime] = {}
        self.number = 0
        self.passed_over: dict[tuple[str, str], int] = {}
        """How many of others' were begun while this one, whose asker has nothing else, was waiting."""

    @rule(who=st.sampled_from(MEMBERS), count=st.integers(1, 6), kept_for=st.sampled_from((None, None, *KeptFor)))
    def ask(self, who, count, kept_for):
        for _ in range(count):
            self.number += 1
            key = (f"b{self.number}", "")
            waits = () if kept_for else (Wait(who, self.now + timedelta(hours=1)),)
            self.queued[key] = Work(*key, kept_for, who, self.now, waits)

    @precondition(lambda self: self.queued)
    @rule(data=st.data())
    def leave(self, data):
        key = data.draw(st.sampled_from(sorted(self.queued)))
        self.queued[key] = replace(self.queued[key], waits=())

    @rule(seconds=st.integers(1, 40))
    def later(self, seconds):
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: len(self.running) < self.WORKERS)
    @rule()
    def take(self):
        loads = self._loads()
        turn = rules.next_turn(list(self.queued.values()), loads, self.served, ROOMY, self.now)
        if turn is None:
            assert all(rules.urgency(work, self.now) is None for work in self.queued.values())
            return
        key = (turn.work.build, turn.work.artifact)
        self.running[key] = Turn(self.queued.pop(key), turn.who, turn.urgency)
        self.served[turn.who] = self.now = self.now + timedelta(milliseconds=1)
        self.passed_over.pop(key, None)
        for other, work in self.queued.items():
            waiting = rules.urgency(work, self.now) is Urgency.NOW and loads.get(work.asker, 0) == 0
            if waiting and turn.urgency is Urgency.NOW and turn.who != work.asker:
                self.passed_over[other] = self.passed_over.get(other, 0) + 1

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def finish(self, data):
        del self.running[data.draw(st.sampled_from(sorted(self.running)))]

    @invariant()
    def nothing_is_made_twice(self):
        assert not self.queued.keys() & self.running.keys()

    @invariant()
    def nobody_is_passed_over_more_often_than_there_are_others(self):
        """Of one asker's things at least the oldest is begun before any other asker is served twice."""
        for who in MEMBERS:
            own = [
                self.passed_over.get(key, 0)
                for key, work in self.queued.items()
                if work.asker == who and rules.urgency(work, self.now) is Urgency.NOW
            ]
            if own and not self._loads().get(who):
                assert min(own) <= len(MEMBERS) - 1 + self.WORKERS

    def _loads(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for turn in self.running.values():
            found[turn.who] = found.get(turn.who, 0) + 1
        return found


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_two_hundred_of_one_member_delay_anothers_one_by_no_more_than_what_runs():
    """Two workers: when the other one asks, two builds run; his is the next to be begun."""
    queue = [wanted_by("ada", f"a{number:03}") for number in range(200)]
    served = {"bob": NOW - timedelta(seconds=1)}
    running: dict[str, int] = {}
    for moment in range(2):
        turn = rules.next_turn(queue, running, served, ROOMY, NOW)
        assert turn is not None
        queue.remove(turn.work)
        running[turn.who] = running.get(turn.who, 0) + 1
        served[turn.who] = NOW + timedelta(seconds=moment)
    queue.append(wanted_by("bob", "z", since=NOW + timedelta(seconds=5)))
    running["ada"] -= 1
    turn = rules.next_turn(queue, running, served, ROOMY, NOW)
    assert turn is not None
    assert (turn.who, turn.work.build) == ("bob", "z")
