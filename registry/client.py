"""Talks to a registry over HTTP: what the command line does, and any program may.

    with RegistryClient("https://registry.example.org", token) as registry:
        print(registry.version("ada/bin@1.0.0").text("licence"))

Every call raises RegistryRefused (it answered no, and why), RegistryUnreachable (no answer) or RegistryConfused.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import httpx

from designs.digest import Digest
from registry.client_reply import Json, RegistryConfused, Reply
from registry.errors import RegistryError
from registry.ids import DesignName, VersionName

__all__ = ["RegistryClient", "RegistryConfused", "RegistryRefused", "RegistryUnreachable", "Reply"]

API = "/api/v1"
TIMEOUT_SECONDS = httpx.Timeout(60, connect=10)
MAX_ANSWER = 32 << 20
Parameters = Mapping[str, str | int | bool | list[str]]


class RegistryUnreachable(RegistryError):
    """No answer. What was asked may or may not have happened."""

    code = "unreachable_registry"
    title = "The registry does not answer"


class RegistryRefused(RegistryError):
    """The registry answered no; `reason` is its machine-readable code, `status` the HTTP status."""

    code = "refused"

    def __init__(self, message: str, *, reason: str, status: int, problems: Sequence[str] = ()) -> None:
        super().__init__(message, code=reason)
        self.status = status
        self.problems = tuple(problems)
        """Each single reason, where the registry told several."""


class RegistryClient:
    """One registry, as one member or as nobody."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"User-Agent": "cofab", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.http = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            trust_env=not is_loopback(self.url),
            follow_redirects=True,
            event_hooks={"response": [self._stay_here]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def _stay_here(self, answer: httpx.Response) -> None:
        """Follow a design to its new name, but nobody elsewhere: what is sent is meant for this registry."""
        if answer.has_redirect_location:
            there, here = answer.request.url.join(answer.headers["location"]), self.http.base_url
            if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
                raise RegistryConfused(f"{self.url} sends elsewhere, to {str(there)[:200]}: is the address right?")

    # Members

    def register(self, name: str, password: str, display_name: str = "", email: str | None = None) -> Reply:
        """A new member; the answer carries the token of a session."""
        body: dict[str, Json] = {"name": name, "password": password, "display_name": display_name, "email": email}
        return self.post("/members", body)

    def log_in(self, name: str, password: str) -> str:
        """The token of a new session."""
        return self.post("/sessions", {"name": name, "password": password}).text("token")

    def me(self) -> Reply:
        return self.get("/me")

    # Designs

    def design(self, design: DesignName) -> Reply:
        return self.get(f"/designs/{design}")

    def version(self, version: VersionName) -> Reply:
        return self.get(version_path(version))

    def missing_blobs(self, digests: Sequence[Digest]) -> list[str]:
        """Those of the digests whose bytes the registry does not have."""
        return self.post("/blobs/missing", {"digests": list(digests)}).texts("missing")

    def publish(self, design: DesignName, body: Mapping[str, Json]) -> Reply:
        """A new version of files that the registry has."""
        return self.post(f"/designs/{design}/versions", body)

    def fork(self, version: VersionName, body: Mapping[str, Json]) -> Reply:
        return self.post(f"{version_path(version)}/fork", body)

    def yank(self, version: VersionName, reason: str) -> Reply:
        return self.post(f"{version_path(version)}/yank", {"reason": reason})

    def blob(self, digest: Digest) -> bytes:
        """Bytes by their digest, unverified, of bounded size."""
        return self._send("GET", f"/blobs/{digest}")

    # Making

    def order(self, body: Mapping[str, Json], key: str) -> Reply:
        """Place an order. The same key again gives the same order, so that a lost answer can be asked for again."""
        return self.post("/orders", body, {"Idempotency-Key": key})

    def match(self, body: Mapping[str, Json]) -> Reply:
        """Which machines could make this order, and why others cannot."""
        return self.post("/orders/match", body)

    def matches_of(self, order: str) -> Reply:
        """Which machines can make what of a placed order waits, and where it will be made."""
        return self.get(f"/orders/{quote(order, safe='')}/machines")

    def read_order(self, order: str) -> Reply:
        return self.get(f"/orders/{quote(order, safe='')}")

    # The wire

    def get(self, path: str, query: Parameters | None = None) -> Reply:
        return self._ask("GET", path, query=query)

    def text(self, path: str) -> str:
        """What is no JSON: text in UTF-8."""
        try:
            return self._send("GET", path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise RegistryConfused(f"{self.url} answered GET {path} with something else than text") from error

    def post(
        self, path: str, body: Mapping[str, Json] | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        return self._ask("POST", path, body=body, headers=headers)

    def put(self, path: str, body: Mapping[str, Json]) -> Reply:
        return self._ask("PUT", path, body=body)

    def change(self, method: str, path: str, body: Mapping[str, Json]) -> None:
        """Send a change whose answer says nothing but that it was made."""
        self._send(method, path, body=body)

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def events(self, path: str, after: str | None = None) -> Iterator[tuple[str, str, Reply]]:
        """Server-sent events as (id, kind, data), until the registry ends the stream."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        with self._sending("GET", path), self.http.stream("GET", API + path, headers=headers) as answer:
            refuse(answer)
            yield from _parse_events(answer.iter_lines(), path)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Parameters | None = None,
        body: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        try:
            return Reply(json.loads(self._send(method, path, query, body, headers)), f"{method} {path}")
        except (ValueError, RecursionError) as error:
            raise RegistryConfused(f"{self.url} answered {method} {path} with something else than JSON") from error

    def _send(
        self,
        method: str,
        path: str,
        query: Parameters | None = None,
        body: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send a request and read the answer, of bounded size; raises unless the registry says that all went well."""
        with (
            self._sending(method, path),
            self.http.stream(method, API + path, params=query, json=body, headers=headers) as answer,
        ):
            refuse(answer)
            return _read(answer)

    @contextmanager
    def _sending(self, method: str, path: str) -> Iterator[None]:
        """Turns the transport's errors into ours."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise RegistryUnreachable(f"{self.url} gave no answer to {method} {path} in time: try again") from error
        except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RegistryUnreachable(
                f"cannot reach the registry at {self.url} ({_reason(error)}): is it running, is the address right?"
            ) from error


def version_path(version: VersionName) -> str:
    """Where a version stands in the API."""
    return f"/designs/{version.design}/versions/{quote(version.version, safe='')}"


def refuse(answer: httpx.Response) -> None:
    """Raise RegistryRefused, with the registry's own words, unless the answer says that all went well."""
    if answer.is_success:
        return
    what = f"{answer.request.method} {answer.request.url.path}"
    nonsense = f"{what} was answered {answer.status_code} by something that is no registry"
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        raise RegistryConfused(nonsense)
    try:
        problem = Reply(json.loads(_read(answer)), what)
    except (ValueError, RecursionError) as error:
        raise RegistryConfused(nonsense) from error
    raise RegistryRefused(
        problem.maybe_text("detail") or problem.text("title"),
        reason=problem.maybe_text("code") or "refused",
        status=answer.status_code,
        problems=[_problem_line(part) for part in problem.parts("problems")],
    )


def _read(answer: httpx.Response) -> bytes:
    """The body, as long as it is no larger than any answer of a registry."""
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise RegistryConfused(f"{answer.request.url.path} was answered with more than {MAX_ANSWER} bytes")
    return bytes(body)


def _problem_line(told: Reply) -> str:
    """One of several reasons: of a request (where), a folder (file, line, key), or parameters (name, value)."""
    file, line, name = told.maybe_text("file"), told.number("line"), told.maybe_text("name")
    places = [
        told.maybe_text("where"),
        f"{file}:{line}" if file and line else file,
        told.maybe_text("key"),
        f"{name} = {told.maybe_text('value')}" if name else None,
        told.maybe_text("message"),
    ]
    allowed = told.maybe_text("allowed")
    return ": ".join(place for place in places if place) + (f"; allowed: {allowed}" if allowed else "")


def is_loopback(url: str) -> bool:
    """Whether the address is this machine itself, where neither proxies nor eavesdroppers are."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parse_events(lines: Iterator[str], path: str) -> Iterator[tuple[str, str, Reply]]:
    """Reads the event stream format (WHATWG HTML, section 9.2)."""
    event_id, kind, data = "", "message", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            event_id = value
        elif field == "event":
            kind = value
        elif field == "data":
            data += value if not data else f"\n{value}"
        elif not line and data:
            try:
                yield event_id, kind, Reply(json.loads(data), f"event of {path}")
            except ValueError as error:
                raise RegistryConfused(f"an event of {path} is not JSON") from error
            kind, data = "message", ""
        if len(data) > MAX_ANSWER:
            raise RegistryConfused(f"an event of {path} is too large")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
