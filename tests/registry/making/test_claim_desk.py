"""The claim desk over each database: many agents at once, waiting, waking, and what is missed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from registry.actions.claims import Claim
from registry.actions.handed_out import HandedOut
from registry.actions.story import node_topic
from registry.actions.wishes import OrderWish
from registry.core.matching import Loaded, Size
from registry.errors import Invalid
from registry.ids import parse_version_name
from registry.signals import Signals
from registry.store.nodes import lock_node
from registry.work.claim_desk import RELOOK_SECONDS, ClaimDesk
from tests.registry.making.workshop import BIN, MK3S, TIMING, Agent, Workshop

SOON = 15.0
"""Seconds within which everything here happens; far below RELOOK_SECONDS where nobody is to look again by itself."""


class Counter:
    """A process: its desk and its signals."""

    def __init__(self, desk: ClaimDesk, signals: Signals) -> None:
        self.desk = desk
        self.signals = signals

    def claim(
        self, agent: Agent, wait: float = SOON, key: str = "k", gone: Callable[[], Awaitable[bool]] | None = None
    ) -> asyncio.Task[HandedOut | None]:
        return asyncio.create_task(self.desk.claim(Claim(agent.node, key, ("mk3s",)), wait, gone))

    async def parked(self, number: int) -> None:
        async with asyncio.timeout(SOON):
            while self.desk.parked != number:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def counter(workshop: Workshop, relook: tuple[float, float] = (600.0, 900.0)) -> AsyncIterator[Counter]:
    signals = Signals()
    desk = ClaimDesk(workshop.db, signals, TIMING, relook)
    signals.follow(desk)
    running = asyncio.create_task(desk.run())
    try:
        yield Counter(desk, signals)
    finally:
        signals.close()
        await running


def run(workshop: Workshop, scene: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(4 * SOON):
            await scene()

    workshop.run(bounded())


def test_32_agents_of_two_processes_get_each_job_once(workshop: Workshop) -> None:
    agents = [workshop.agent(MK3S) for _ in range(32)]
    workshop.ready_order(quantity=20)
    workshop.ready_order(quantity=20, parameters={"units": 3})

    async def scene() -> None:
        async with counter(workshop) as one, counter(workshop) as other:
            for shop, elsewhere in ((one, other), (other, one)):
                elsewhere.signals.carry(shop.signals.deliver)
            claims = [(one, other)[number % 2].claim(agent) for number, agent in enumerate(agents)]
            given = await asyncio.gather(*claims)
        taken = [at.job for at in given if at is not None]
        assert len(taken) == len(set(taken)) == 32

    run(workshop, scene)


def test_a_new_job_wakes_one_agent_and_the_others_wait_on(workshop: Workshop) -> None:
    agents = [workshop.agent(MK3S) for _ in range(5)]
    order = workshop.order()

    async def scene() -> None:
        async with counter(workshop) as shop:
            claims = [shop.claim(agent) for agent in agents]
            await shop.parked(5)
            await workshop.beside(lambda there: there.build_done(order.build))
            rounds = shop.desk.rounds
            shop.signals.notify(*workshop.topics)
            done, waiting = await asyncio.wait(claims, return_when=asyncio.FIRST_COMPLETED)
            await shop.parked(4)
            assert (len(done), len(waiting), shop.desk.rounds) == (1, 4, rounds + 1)
            (given,) = done
            assert (await given) is not None
        assert [await claim for claim in waiting] == [None] * 4

    run(workshop, scene)


def test_an_order_of_many_copies_wakes_as_many_agents(workshop: Workshop) -> None:
    agents = [workshop.agent(MK3S) for _ in range(4)]
    order = workshop.order(OrderWish(parse_version_name(BIN), {}, quantity=3))

    async def scene() -> None:
        async with counter(workshop) as shop:
            claims = [shop.claim(agent) for agent in agents]
            await shop.parked(4)
            await workshop.beside(lambda there: there.build_done(order.build))
            shop.signals.notify(*workshop.topics)
            await shop.parked(1)
        given = await asyncio.gather(*claims)
        assert sum(at is not None for at in given) == 3

    run(workshop, scene)


def test_a_job_goes_to_the_agent_whose_machine_can_make_it(workshop: Workshop) -> None:
    small, large = workshop.agent(replace(MK3S, envelope=Size(50, 50, 50))), workshop.agent(MK3S)
    order = workshop.order()

    async def scene() -> None:
        async with counter(workshop) as shop:
            first, second = shop.claim(small), shop.claim(large)
            await shop.parked(2)
            await workshop.beside(lambda there: there.build_done(order.build))
            shop.signals.notify(*workshop.topics)
            assert (await second) is not None
            assert not first.done()

    run(workshop, scene)


def test_a_wake_up_that_nobody_told_of_is_found_by_looking_again(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    order = workshop.order()

    async def scene() -> None:
        async with counter(workshop, relook=(0.0, 1.0)) as shop:
            claim = shop.claim(agent)
            await shop.parked(1)
            await workshop.beside(lambda there: there.build_done(order.build))
            assert (await claim) is not None

    run(workshop, scene)
    least, most = RELOOK_SECONDS
    assert 15 <= least < most <= 30


def test_an_agent_that_went_away_leaves_its_job_to_another(workshop: Workshop) -> None:
    dead, quick = workshop.agent(MK3S), workshop.agent(MK3S)
    order = workshop.order()

    async def gone() -> bool:
        return True

    async def scene() -> None:
        async with counter(workshop) as shop:
            first = shop.claim(dead, gone=gone)
            await shop.parked(1)
            second = shop.claim(quick)
            await shop.parked(2)
            await workshop.beside(lambda there: there.build_done(order.build))
            shop.signals.notify(*workshop.topics)
            assert (await second) is not None
            assert (await first) is None

    run(workshop, scene)


def test_an_agent_whose_machine_was_loaded_anew_looks_again(workshop: Workshop) -> None:
    agent = workshop.agent(replace(MK3S, materials=(Loaded("PETG"),)))
    workshop.ready_order()

    async def scene() -> None:
        async with counter(workshop) as shop:
            claim = shop.claim(agent)
            await shop.parked(1)
            await workshop.beside(lambda there: there.announce(agent, MK3S))
            shop.signals.notify(node_topic(agent.node.id))
            assert (await claim) is not None

    run(workshop, scene)


def test_a_claim_is_tried_again_while_something_else_is_done_for_its_agent(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    locked, done = threading.Event(), threading.Event()

    def hold(connection: sa.Connection) -> None:
        lock_node(connection, agent.node.id)
        locked.set()
        done.wait(SOON)

    async def scene() -> None:
        async with counter(workshop) as shop:
            holding = asyncio.create_task(workshop.db.write(hold))
            await asyncio.to_thread(locked.wait, SOON)
            claim = shop.claim(agent)
            while not shop.desk.rounds:
                await asyncio.sleep(0.01)
            done.set()
            await holding
            assert (await claim) is not None

    run(workshop, scene)


def test_a_claim_ends_with_nothing_when_its_time_is_over(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)

    async def scene() -> None:
        async with counter(workshop) as shop:
            assert (await shop.claim(agent, wait=0)) is None
            assert (await shop.claim(agent, wait=0.2)) is None
            assert shop.desk.parked == 0
            with pytest.raises(Invalid, match="announced no machine"):
                await shop.desk.claim(Claim(agent.node, "k", ("other",)), SOON)

    run(workshop, scene)


def test_the_same_key_gets_the_same_attempt_from_any_process(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order(quantity=2)

    async def scene() -> None:
        async with counter(workshop) as one, counter(workshop) as other:
            claims = [shop.claim(agent, wait=0, key="once") for shop in (one, other, one, other)]
            given = {None if at is None else at.attempt for at in await asyncio.gather(*claims)}
            again = await one.claim(agent, key="once")
        assert again is not None
        assert given - {None} == {again.attempt}

    run(workshop, scene)
