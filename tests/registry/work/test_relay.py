"""Processes that wake each other over PostgreSQL."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.settings import Settings
from registry.signals import Signals
from registry.store.database import Database
from registry.store.notices import LONGEST
from registry.work.relay import Relay, packed
from testbed.postgres import PostgresServer

SOON = 20.0


@asynccontextmanager
async def process(url: str) -> AsyncIterator[tuple[Signals, Relay]]:
    """A registry process, as far as it wakes others: it listens when the block begins."""
    database, signals = Database(Settings(database_url=url).database), Signals()
    relay = Relay(database, signals)
    signals.carry(relay.send)
    running = asyncio.create_task(relay.run())
    try:
        await listening(relay)
        yield signals, relay
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        database.close()


async def listening(relay: Relay) -> None:
    async with asyncio.timeout(SOON):
        while not relay.listening:
            await asyncio.sleep(0.01)


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """Where the server of another user may get to: see PostgresServer."""
    folder = Path(tempfile.mkdtemp(prefix="cofab-postgres-"))
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


async def test_what_one_process_tells_wakes_the_waiters_of_another(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    async with process(url) as (here, _), process(url) as (there, _):
        with there.listen("build:1") as news, there.listen("build:2") as others, here.listen("build:1") as own:
            here.notify(*(f"order:{number}" for number in range(2000)), "build:1")
            assert await news.wait(SOON)
            assert await own.wait(0)
            assert not await others.wait(0)


async def test_a_process_hears_again_after_the_database_was_restarted(own_folder: Path) -> None:
    with PostgresServer(own_folder) as server:
        url = server.new_database()
        stack = process(url)
        here, mine = await stack.__aenter__()
        other = process(url)
        there, _ = await other.__aenter__()
    with here.listen("log") as news, PostgresServer(own_folder):
        assert await news.wait(SOON), "what may have been missed is looked at"
        await listening(mine)
        while True:
            there.notify("log")
            if await news.wait(0.2):
                break
        await other.__aexit__(None, None, None)
        await stack.__aexit__(None, None, None)


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1, max_size=300)))
def test_messages_hold_all_topics_and_none_is_too_long(topics: list[str]) -> None:
    messages = [message.split("\n") for message in packed("me", topics)]
    assert [topic for _, *rest in messages for topic in rest] == topics
    assert all(sender == "me" for sender, *_ in messages)
    assert all(len("\n".join(message).encode()) <= LONGEST for message in messages)
