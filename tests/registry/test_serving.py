"""The server as a process of its own, among strangers who only hold connections."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from testbed.ports import LOOPBACK
from testbed.registry import RegistryServer

MORE_THAN_ONE_BACKLOG = 150
FOLLOWER = b"GET /api/v1/log/events HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_HEAD = b"GET / HTTP/1.1\r\nX-Slow: "


@contextmanager
def held(port: int, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that have sent this and stay open."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection((LOOPBACK, port), timeout=30)) for _ in range(count)
        ]
        for connection in connections:
            connection.sendall(sent)
        yield connections


def test_followers_and_slow_heads_keep_nobody_out(tmp_path: Path) -> None:
    with RegistryServer(tmp_path) as registry, held(registry.port, MORE_THAN_ONE_BACKLOG, FOLLOWER) as followers:
        assert all(follower.recv(12) == b"HTTP/1.1 200" for follower in followers)
        with held(registry.port, MORE_THAN_ONE_BACKLOG, HALF_A_HEAD):
            assert httpx.get(f"{registry.url}/api/v1/health", timeout=5).is_success


def test_beyond_the_limit_connections_wait_until_others_have_gone(tmp_path: Path) -> None:
    with RegistryServer(tmp_path, settings={"COFAB_MAX_CONNECTIONS": "16"}) as registry:
        with held(registry.port, 40, FOLLOWER) as followers:
            assert followers[0].recv(12) == b"HTTP/1.1 200"
        assert httpx.get(f"{registry.url}/api/v1/health", timeout=10).is_success
