"""Staggered heat-up: the rule, and that what is granted never passes the limit whatever comes in between."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fabnode.power import Ask, Needs, Power, draw, granted, is_heated
from fabnode.protocol import AttemptState as S
from printers.machine import MachineState as M
from printers.machine import Status

WATTS = st.floats(1, 500, allow_nan=False)
NEEDS = Needs(heating=300, printing=100)


@limits(deadline=None)
@given(st.floats(0, 2000), st.dictionaries(st.text(max_size=3), WATTS, max_size=6), st.lists(WATTS, max_size=6))
def test_what_is_granted_fits_and_nobody_is_overtaken(
    limit: float, draws: dict[str, float], asked: list[float]
) -> None:
    asks = tuple(Ask(f"m{number}", watts) for number, watts in enumerate(asked))
    able = granted(limit, draws, asks)
    assert able == tuple(ask.machine for ask in asks[: len(able)])
    if able:
        assert sum(draws.values()) + sum(asked[: len(able)]) <= limit + 1e-6
    if len(able) < len(asks):
        assert sum(draws.values()) + sum(asked[: len(able) + 1]) > limit - 1e-6


@pytest.mark.parametrize(
    ("state", "seen", "heated", "watts"),
    [
        (None, M.IDLE, False, 0),
        (S.STAGED, M.IDLE, False, 0),
        (S.START_INTENT, M.IDLE, False, 300),
        (S.START_INTENT, M.OFFLINE, True, 300),
        (S.PRINTING, M.PRINTING, False, 300),
        (S.PRINTING, M.PRINTING, True, 100),
        (S.PRINTING, M.OFFLINE, True, 300),
        (S.UNCERTAIN, M.OFFLINE, False, 300),
        (S.UNCERTAIN, M.IDLE, False, 0),
        (S.UNCERTAIN, M.PRINTING, True, 300),
        (S.FINISHED_UNVERIFIED, M.IDLE, True, 0),
        (None, M.PRINTING, False, 300),
        (None, M.OFFLINE, False, 0),
    ],
)
def test_what_is_not_known_counts_in_full(state: S | None, seen: M, watts: float, *, heated: bool) -> None:
    assert draw(NEEDS, state, Status(seen), heated=heated) == watts


@pytest.mark.parametrize(
    ("nozzle", "bed", "heated"),
    [(None, None, None), (200, 60, False), (211, 60, True), (211, 40, False), (None, 58, True), (215, None, True)],
)
def test_heated_is_what_the_file_sets(nozzle: float | None, bed: float | None, heated: bool | None) -> None:
    assert is_heated(Status(M.PRINTING, nozzle_c=nozzle, bed_c=bed), 215, 60) is heated


class Workshop(RuleBasedStateMachine):
    """Machines ask, begin, heat up, end, are lost and come back in any order; the agent may be killed at any moment."""

    @initialize(limit=st.integers(300, 1000))
    def open(self, limit: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.limit = limit
        self.power = Power(limit)
        self.truth: dict[str, float] = {}
        """What each machine may really draw."""
        self.waiting: dict[str, asyncio.Task[None]] = {}

    def settle(self) -> None:
        for _ in range(3):
            self.loop.run_until_complete(asyncio.sleep(0))
        for machine, task in list(self.waiting.items()):
            if task.done():
                del self.waiting[machine]
                self.truth[machine] = NEEDS.most

    @rule(machine=st.sampled_from("abcdef"))
    def ask(self, machine: str) -> None:
        if machine not in self.waiting and not self.truth.get(machine):
            self.waiting[machine] = self.loop.create_task(self.power.share(machine, NEEDS.most))
            self.settle()

    @rule(machine=st.sampled_from("abcdef"), heated=st.booleans())
    def is_seen_printing(self, machine: str, *, heated: bool) -> None:
        if self.truth.get(machine):
            self.truth[machine] = min(self.truth[machine], NEEDS.printing) if heated else self.truth[machine]
            self.power.draws(machine, self.truth[machine])
            self.power.release(machine)
            self.settle()

    @rule(machine=st.sampled_from("abcdef"))
    def ends(self, machine: str) -> None:
        if self.truth.get(machine):
            self.truth[machine] = 0
            self.power.draws(machine, 0)
            self.power.release(machine)
            self.settle()

    @rule(machine=st.sampled_from("abcdef"))
    def is_cancelled_while_it_waits(self, machine: str) -> None:
        if task := self.waiting.pop(machine, None):
            task.cancel()
            with suppress(asyncio.CancelledError):
                self.loop.run_until_complete(task)
            self.settle()

    @precondition(lambda self: any(self.truth.values()))
    @rule()
    def the_agent_is_killed_and_comes_up(self) -> None:
        for task in self.waiting.values():
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.waiting = {}
        self.power = Power(self.limit)
        for machine, watts in self.truth.items():  # from the journal, before anything may begin
            self.power.draws(machine, NEEDS.most if watts else 0)
        self.settle()

    @invariant()
    def the_limit_holds(self) -> None:
        if hasattr(self, "truth"):
            assert sum(self.truth.values()) <= self.limit

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        if getattr(self, "waiting", None):
            assert self.power.drawn + NEEDS.most > self.limit
            assert self.power.waiting(next(iter(self.waiting)))

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            for task in self.waiting.values():
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()


TestWorkshop = Workshop.TestCase


async def test_without_a_limit_nobody_waits() -> None:
    power = Power(None)
    power.draws("a", 10_000)
    await power.share("b", 10_000)
    assert power.waiting("b") is None
