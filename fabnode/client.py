"""The agent's side of the node protocol: one method a message, one try a call.

Whoever calls decides whether to ask again. Every answer is bounded in size and time, and is either the message that
the protocol names or an error that says who is to blame.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote, urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from designs.provenance import BadBundle, Bundle, parse_bundle
from fabnode import protocol as p
from fabnode.errors import FabnodeError

MAX_ANSWER_BYTES = 4 << 20
CLAIM_GRACE_SECONDS = 15.0
"""The agent outwaits the server's hold: otherwise a job is given to somebody who has stopped listening."""
SOFTWARE = "fabnode/0.1.0"

_M = TypeVar("_M", bound=BaseModel)


class RegistryError(FabnodeError):
    """A call to the registry did not give what was asked."""


class RegistryUnreachable(RegistryError):
    """No answer, no answer in time, or the server failed. What was asked may or may not have happened."""


class RegistryConfused(RegistryError):
    """It answered, but not in the node protocol: perhaps this is not a Cofab registry."""


class RegistryRefused(RegistryError):
    """It answered no."""

    def __init__(self, what: str, status: int, problem: "Problem") -> None:
        self.status = status
        self.code = problem.code
        self.detail = problem.detail or problem.title or HTTPStatus(status).phrase
        super().__init__(
            f"the registry refused {what} ({status}{f', {self.code}' if self.code else ''}): {self.detail}"
        )

    @property
    def credentials(self) -> bool:
        """The node's token is not known (any more): only a person can help."""
        return self.status == HTTPStatus.UNAUTHORIZED


class Problem(BaseModel):
    """What the agent reads of a problem+json answer."""

    model_config = ConfigDict(extra="ignore")

    title: str = ""
    detail: str = ""
    code: str = ""


class Consistency(BaseModel):
    """What the agent reads of a proof that the log continues."""

    model_config = ConfigDict(extra="ignore")

    path: tuple[str, ...]


class Registry:
    """One registry, spoken to as one node. Use as an async context."""

    def __init__(self, url: str, token: str | None = None, *, timeout_seconds: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._headers = {"User-Agent": SOFTWARE, "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def enrol(self, message: p.Enrol) -> p.Enrolled:
        return await self._ask("POST", "/nodes/enrol", message, p.Enrolled)

    async def announce(self, message: p.Announce) -> p.Announced:
        return await self._ask("PUT", "/node/machines", message, p.Announced)

    async def claim(self, message: p.Claim) -> p.ClaimedJob | None:
        """None: there is no work for these machines now."""
        patience = message.wait_seconds + CLAIM_GRACE_SECONDS
        body = await self._exchange("POST", "/node/claim", message, patience)
        return _parsed(p.ClaimedJob, body, "/node/claim") if body else None

    async def heartbeat(self, message: p.Heartbeat) -> p.HeartbeatReply:
        return await self._ask("POST", "/node/heartbeat", message, p.HeartbeatReply)

    async def permit(self, message: p.AskPermit) -> p.Permit:
        return await self._ask("POST", "/node/permit", message, p.Permit)

    async def report(self, message: p.Reports) -> p.ReportsReply:
        return await self._ask("POST", "/node/reports", message, p.ReportsReply)

    async def snapshot(self, attempt: str, moment: str, picture: bytes, media_type: str) -> None:
        """A picture of an attempt of this node; `moment` is start, end or failure."""
        path = f"/node/snapshots/{quote(attempt, safe='')}/{moment}"
        await self._send("POST", path, picture, media_type, self._timeout)

    async def provenance(self, design: str, recipe: str) -> Bundle:
        """The proofs about a version (`namespace/name@1.2.0`) and a build of it."""
        name, _, version = design.partition("@")
        path = f"/designs/{name}/versions/{quote(version, safe='')}/provenance?build={recipe}&content=0"
        body = await self._send("GET", path, b"", "application/json", self._timeout)
        try:
            return parse_bundle(body)
        except BadBundle as error:
            raise RegistryConfused(f"the registry's proofs about {design} cannot be read: {error}") from error

    async def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        """The proof that the log of `second` entries continues the one of `first`."""
        body = await self._send(
            "GET", f"/log/consistency?first={first}&second={second}", b"", "application/json", self._timeout
        )
        try:
            return tuple(bytes.fromhex(node) for node in _parsed(Consistency, body, "/log/consistency").path)
        except ValueError as error:
            raise RegistryConfused("the registry's proof of consistency is no list of hashes") from error

    @asynccontextmanager
    async def blob(self, digest: str, offset: int) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """The bytes of a blob from `offset` on. Gives the offset that the server really began at, and the chunks."""
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout, sock_read=self._timeout)
        path = f"/blobs/{digest}"
        try:
            async with self._open().get(
                f"{self.url}/api/v1{path}", headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                    raise _failure(f"GET {path}", answer.status, await _bounded(answer))
                began = offset if answer.status == HTTPStatus.PARTIAL_CONTENT else 0
                yield began, answer.content.iter_chunked(1 << 18)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    async def _ask(self, method: str, path: str, message: BaseModel, answer: type[_M]) -> _M:
        return _parsed(answer, await self._exchange(method, path, message, self._timeout), path)

    async def _exchange(self, method: str, path: str, message: BaseModel, patience: float) -> bytes:
        return await self._send(method, path, message.model_dump_json().encode(), "application/json", patience)

    async def _send(self, method: str, path: str, body: bytes, media_type: str, patience: float) -> bytes:
        timeout = aiohttp.ClientTimeout(total=patience, sock_connect=min(patience, 15.0))
        headers = {"Content-Type": media_type}
        try:
            async with self._open().request(
                method, f"{self.url}/api/v1{path}", data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                data = await _bounded(answer)
                if answer.status == HTTPStatus.NO_CONTENT:
                    return b""
                if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
                    return data
                raise _failure(f"{method} {path}", answer.status, data)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("Registry is used outside its context")
        return self._session

    def _unreachable(self, error: Exception) -> RegistryUnreachable:
        if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            return RegistryUnreachable(f"no trusted TLS connection to {self.url}: {error}")
        why = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return RegistryUnreachable(f"the registry {self.url} cannot be reached: {why}")


def check_url(url: str) -> str:
    """A registry's address as the agent keeps it. Raises RegistryError when it is not an http(s) address."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise RegistryError(f"not the address of a registry: {url!r}. Write it as https://cofab.example.org")
    if parts.username or parts.password:
        raise RegistryError(f"the address of the registry must not carry a password: {parts.hostname}")
    return parts.geturl().rstrip("/")


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise RegistryConfused(
                f"the registry's answer to {answer.url.path} is longer than {MAX_ANSWER_BYTES} bytes"
            )
    return bytes(data)


def _failure(what: str, status: int, body: bytes) -> RegistryError:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_TIMEOUT,
    }:
        return RegistryUnreachable(f"the registry failed on {what} with status {status}")
    if status < HTTPStatus.BAD_REQUEST:
        return RegistryConfused(
            f"the registry answered {what} with status {status}, which the node protocol does not know"
        )
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        problem = Problem()
    if status == HTTPStatus.NOT_FOUND and not problem.code:
        return RegistryConfused(f"there is no {what.rsplit(maxsplit=1)[-1]} at this address: is it a Cofab registry?")
    return RegistryRefused(what, status, problem)


def _parsed(answer: type[_M], body: bytes, path: str) -> _M:
    try:
        return answer.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"the registry's answer to {path} is not the node protocol ({where or 'body'}: {first['msg']})"
        raise RegistryConfused(f"{message}: is its version newer or older than this agent's?") from error
