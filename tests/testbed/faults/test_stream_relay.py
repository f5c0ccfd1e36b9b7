"""Connections to a database are cut, frozen and slowed, and a commit is lost: on a server that echoes."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.faults.loop import RelayLoop
from testbed.faults.stream_relay import StreamRelay

PATIENCE_SECONDS = 10


@pytest.fixture(scope="module")
def loop() -> Iterator[RelayLoop]:
    with RelayLoop() as loop:
        yield loop


@pytest.fixture
def arrived() -> list[bytes]:
    return []


@pytest.fixture
def relay(loop: RelayLoop, tmp_path: Path, arrived: list[bytes]) -> Iterator[StreamRelay]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            arrived.append(data)
            writer.write(b"re: " + data)
        writer.close()

    path = tmp_path / "database"
    server = loop.run(asyncio.start_unix_server(echo, path))
    relay = StreamRelay(loop, path)
    relay.open()
    yield relay
    relay.close()
    loop.tell(server.close)


def connect(relay: StreamRelay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=PATIENCE_SECONDS)


def ask(connection: socket.socket, words: bytes) -> bytes:
    """The answer; empty when the connection broke off."""
    try:
        connection.sendall(words)
        return connection.recv(1000)
    except ConnectionError:
        return b""


def test_it_passes_both_ways(relay: StreamRelay) -> None:
    with connect(relay) as connection:
        assert ask(connection, b"SELECT 1") == b"re: SELECT 1"


def test_a_cut_ends_every_connection_and_new_ones_work(relay: StreamRelay) -> None:
    with connect(relay) as one, connect(relay) as other:
        assert [ask(one, b"a"), ask(other, b"b")] == [b"re: a", b"re: b"]
        relay.cut()
        assert [ask(one, b"c"), ask(other, b"d")] == [b"", b""]
    with connect(relay) as fresh:
        assert ask(fresh, b"e") == b"re: e"


def test_nothing_passes_while_frozen_and_nothing_is_lost(relay: StreamRelay) -> None:
    with connect(relay) as connection:
        assert ask(connection, b"a")
        begun = time.monotonic()
        relay.freeze(0.2)
        assert ask(connection, b"b") == b"re: b"
        assert time.monotonic() - begun >= 0.2


def test_each_piece_takes_longer_while_slow(relay: StreamRelay) -> None:
    with connect(relay) as connection:
        assert ask(connection, b"a")
        relay.slow(0.1, 5)
        begun = time.monotonic()
        assert ask(connection, b"b") == b"re: b"
        assert time.monotonic() - begun >= 0.2, "there and back"


def test_a_lost_commit_is_done_and_not_heard_of(relay: StreamRelay, arrived: list[bytes]) -> None:
    done = threading.Event()
    with connect(relay) as connection:
        relay.lose_commit(done.set)
        assert ask(connection, b"UPDATE") == b"re: UPDATE"
        assert not done.is_set()
        assert ask(connection, b"COMMIT") == b""
        assert done.wait(PATIENCE_SECONDS)
        assert arrived == [b"UPDATE", b"COMMIT"]
    with connect(relay) as connection:
        assert ask(connection, b"COMMIT") == b"re: COMMIT"
