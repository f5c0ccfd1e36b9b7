"""Requests to addresses that strangers name: to the public network alone, bounded in time, without redirects.

A name is resolved once, and the connection is made to the address that was judged: between the two nothing can be
changed. Of the answer only the head is read.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpcore

from registry.core.hooks import Answer, is_public

TRY_SECONDS = 15.0
"""For everything together: name, connection, sending, and the head of the answer."""
MOST_ADDRESSES = 4
"""Of one name that are tried."""
_RESOLVERS = ThreadPoolExecutor(8, thread_name_prefix="webhook-names")
"""A name whose servers never answer holds a thread for as long as the system is patient, whatever the try's own limit:
those threads are not the ones that hash passwords. None is begun before it is needed.
"""


class NotPublic(httpcore.ConnectError):
    """The name leads to an address where nothing is sent to."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves names itself, judges what comes out, and connects to exactly that."""

    def __init__(self, *, anywhere: bool) -> None:
        self._anywhere = anywhere
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's own)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The first of the name's addresses that answers. Raises NotPublic, httpcore.ConnectError."""
        problem: Exception = httpcore.ConnectError(f"the name {host} leads nowhere")
        for address in await self._addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's own)
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotPublic("nothing is sent to a socket of this host")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not known") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not self._anywhere and not all(is_public(address) for address in addresses):
            raise NotPublic(f"{host} is not an address of the public network: nothing is sent there")
        return addresses[:MOST_ADDRESSES]


class Sender:
    """Sends parcels. A connection is made for each, and closed after it."""

    def __init__(self, *, anywhere: bool, trusted: ssl.SSLContext | None = None) -> None:
        self._anywhere = anywhere
        self._trusted = trusted or ssl.create_default_context()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send it, and say what came of it. Never raises for what the other side does."""
        try:
            async with asyncio.timeout(TRY_SECONDS):
                return await self._post(url, body, headers)
        except TimeoutError:
            return Answer(None, f"no answer within {TRY_SECONDS:g} seconds")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            return Answer(None, _words(error))
        except (httpcore.UnsupportedProtocol, ssl.SSLError, OSError, ValueError) as error:
            return Answer(None, _words(error))

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        network = GuardedNetwork(anywhere=self._anywhere)
        limits = dict.fromkeys(("connect", "read", "write", "pool"), TRY_SECONDS)
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._trusted, network_backend=network) as pool,
            pool.stream("POST", url, headers=_all(headers, body), content=body, extensions={"timeout": limits}) as got,
        ):
            if 200 <= got.status < 300:
                return Answer(got.status, "")
            if 300 <= got.status < 400:
                return Answer(got.status, f"it answered {got.status}: redirects are not followed, change the address")
            return Answer(got.status, f"it answered {got.status}", _retry_after(got.headers))


def _all(headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("User-Agent", "Cofab-Webhooks/1"),
        ("Connection", "close"),
        *headers.items(),
    ]


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Seconds; a date is not read."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return int(value) if value.isdigit() and len(value) < 8 else None


def _words(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:200]
