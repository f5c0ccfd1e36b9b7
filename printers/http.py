"""HTTP as a driver needs it: bounded in time and bytes, no redirects, every failure one of three kinds.

no answer, or none in time, or a gateway's word that nobody answers behind it  → MachineUnreachable
an answer that says no (400, 401, 403, 404, 409, 413, 415, 422)                 → MachineRefused
any other answer than the awaited one, cut off, too long or not JSON            → MachineConfused
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, BinaryIO

import aiohttp
from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

from printers.drivers import BadSettings
from printers.machine import MachineConfused, MachineRefused, MachineUnreachable

REQUEST_SECONDS = 15.0
MAX_ANSWER_BYTES = 2 * 1024 * 1024
PUSH_QUIET_SECONDS = 30.0
"""Without a word for so long, a pushed connection is given up: it is made anew and the machine is asked."""
MAX_PUSH_BYTES = 4 * 1024 * 1024
REFUSALS = frozenset({400, 401, 403, 404, 409, 413, 415, 422})
GATEWAY_FAILURES = frozenset({502, 503, 504})
ADDRESS = re.compile(r"https?://[^/?#@\s]+(/[^?#@\s]*)?")


class Answered(MachineRefused):
    """A refusal with its status, for drivers that read more from it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Unanswered(MachineUnreachable):
    """A gateway's word that nobody answers behind it: the gateway itself did answer."""


def parse_address(name: str, text: str) -> str:
    """The base address of a machine's server from its settings, without a slash at the end."""
    if not ADDRESS.fullmatch(text):
        raise BadSettings(
            f"machine {name!r}: url must look like http://octopi.local or https://host:port, not {text!r}"
        )
    return text.rstrip("/")


async def _refuse_redirects(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """A redirect could carry a key or a print to another host; no machine needs one."""
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise MachineConfused(
            f"{request.url.path} answers with a redirect to {response.headers.get('Location', '?')[:200]!r}; "
            "give the final address in the machine's settings"
        )
    return response


class MachineHttp:
    """One machine's server. The session opens with the first request."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        *,
        seconds: float = REQUEST_SECONDS,
        middlewares: Sequence[ClientMiddlewareType] = (),
    ) -> None:
        """middlewares: what a server needs on every request beyond headers, such as digest authentication."""
        self.base = base
        self._headers = dict(headers)
        self._seconds = seconds
        self._middlewares = (_refuse_redirects, *middlewares)
        self._opened: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                headers=self._headers,
                trust_env=False,
                middlewares=self._middlewares,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._opened

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    @asynccontextmanager
    async def websocket(self, path: str, *, seconds: float) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """What the server pushes, as long as the block runs; `seconds` for the connection to be there."""
        address = f"{self.base}{path}"
        try:
            async with asyncio.timeout(seconds):
                connection = await self.session.ws_connect(
                    address,
                    heartbeat=PUSH_QUIET_SECONDS,
                    max_msg_size=MAX_PUSH_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1),
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise MachineUnreachable(f"{address} cannot be listened to: {error}") from error
        try:
            yield connection
        except (aiohttp.ClientError, OSError) as error:
            raise MachineUnreachable(f"{address} broke off: {error}") from error
        finally:
            await connection.close()

    async def json(
        self, method: str, path: str, body: object = None, *, awaited: tuple[int, ...] = (200,)
    ) -> dict[str, Any]:
        """The JSON object that the server answers with the awaited status."""
        async with self.answer(method, path, body, awaited=awaited) as response:
            return await read_object(response, path)

    async def done(self, method: str, path: str, body: object = None, *, awaited: tuple[int, ...] = (204,)) -> None:
        """Ask for something that is answered by its status alone."""
        async with self.answer(method, path, body, awaited=awaited):
            pass

    async def upload(self, path: str, form: aiohttp.FormData, *, seconds: float) -> dict[str, Any]:
        """Send a multipart form; the JSON object answered with 201."""
        async with self._asked("POST", path, awaited=(201,), seconds=seconds, data=form) as response:
            return await read_object(response, path)

    async def put(self, path: str, file: BinaryIO, headers: Mapping[str, str], *, seconds: float) -> None:
        """Send a file as it is; answered with 201."""
        async with self._asked("PUT", path, awaited=(201,), seconds=seconds, data=file, headers=dict(headers)):
            pass

    async def lines(self, path: str, *, max_bytes: int) -> AsyncIterator[bytes]:
        """The lines of a text that may be long, without ever holding it."""
        async with self.answer("GET", path) as response:
            rest, read = b"", 0
            async for chunk in response.content.iter_chunked(64 * 1024):
                read += len(chunk)
                if read > max_bytes:
                    raise MachineConfused(f"{path} answers with more than {max_bytes} bytes")
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line
            yield rest

    def answer(
        self, method: str, path: str, body: object = None, *, awaited: tuple[int, ...] = (200,)
    ) -> AbstractAsyncContextManager[ClientResponse]:
        """An open answer with the awaited status; its body is the caller's to read."""
        return self._asked(method, path, awaited=awaited, seconds=self._seconds, json=body)

    @asynccontextmanager
    async def _asked(
        self, method: str, path: str, *, awaited: tuple[int, ...], seconds: float, **what: Any
    ) -> AsyncIterator[ClientResponse]:
        what = {key: value for key, value in what.items() if value is not None}
        try:
            async with (
                asyncio.timeout(seconds),
                self.session.request(
                    method, self.base + path, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=None), **what
                ) as response,
            ):
                if response.status not in awaited:
                    raise await _failure(response, path)
                yield response
        except TimeoutError as error:
            raise MachineUnreachable(f"{self.base} did not answer {method} {path} within {seconds:g} s") from error
        except aiohttp.ClientPayloadError as error:
            raise MachineConfused(f"{self.base} cut its answer to {method} {path} off: {error}") from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise MachineUnreachable(f"{self.base} cannot be reached: {error}") from error
        except aiohttp.ClientError as error:
            raise MachineConfused(f"{self.base} does not speak HTTP as awaited: {error}") from error


async def read_object(response: ClientResponse, path: str) -> dict[str, Any]:
    """The body of an answer, which must be one JSON object."""
    data = b""
    async for chunk in response.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise MachineConfused(f"{path} answers with more than {MAX_ANSWER_BYTES} bytes")
    return parse_object(path, data)


def parse_object(source: str, data: bytes | str) -> dict[str, Any]:
    """What a machine sent, which must be one JSON object."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MachineConfused(f"{source} answers with what is not JSON: {data[:80]!r}") from error
    if not isinstance(value, dict):
        raise MachineConfused(f"{source} answers with JSON that is not an object: {data[:80]!r}")
    return value


async def _failure(response: ClientResponse, path: str) -> Exception:
    """The error that an unawaited status is."""
    said = (await response.content.read(400)).decode(errors="replace").strip()
    text = f"{response.method} {path} is answered with {response.status} {response.reason or ''}: {said}"
    if response.status in REFUSALS:
        return Answered(response.status, text)
    if response.status in GATEWAY_FAILURES:
        return Unanswered(text)
    return MachineConfused(text)
