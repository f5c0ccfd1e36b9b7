"""Single requests are hurt as their fault says: what the server sees, and what the client hears."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from testbed.faults.cards import Kind
from testbed.faults.http_relay import HttpRelay, Snare
from testbed.faults.loop import RelayLoop

PATIENCE_SECONDS = 10


class Counting(ThreadingHTTPServer):
    """Answers every request with how many it has seen, and keeps their bodies in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with self.server.lock:
            self.server.seen.append(f"{self.path} {body}")
            answer = str(len(self.server.seen)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def loop() -> Iterator[RelayLoop]:
    with RelayLoop() as loop:
        yield loop


@pytest.fixture
def server() -> Iterator[Counting]:
    with Counting() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def relay(loop: RelayLoop, server: Counting) -> Iterator[HttpRelay]:
    relay = HttpRelay(loop, server.server_address[1])
    relay.open()
    yield relay
    relay.close()


def post(relay: HttpRelay, body: str = "it", path: str = "/do") -> str | None:
    """What the client hears; None when nothing."""
    try:
        return httpx.post(f"{relay.url}{path}", content=body, timeout=PATIENCE_SECONDS, trust_env=False).text
    except httpx.TransportError:
        return None


def hurting(relay: HttpRelay, kind: Kind, *, seconds: float = 5, variant: int = 0, **more: object) -> Snare:
    return relay.set(Snare(lambda request: request.begins("POST /do"), kind, seconds, variant, **more))  # type: ignore[arg-type]


def test_without_a_snare_everything_passes(relay: HttpRelay, server: Counting) -> None:
    assert [post(relay, "a"), post(relay, "b")] == ["1", "2"]
    assert server.seen == ["/do a", "/do b"]


def test_a_body_in_chunks_arrives_whole(relay: HttpRelay, server: Counting) -> None:
    answer = httpx.post(f"{relay.url}/do", content=iter([b"one ", b"two"]), trust_env=False)
    assert answer.text == "1"
    assert server.seen == ["/do one two"]


def test_a_dropped_request_never_arrives(relay: HttpRelay, server: Counting) -> None:
    snare = hurting(relay, Kind.DROP)
    assert post(relay) is None
    assert server.seen == []
    assert snare.hurt.is_set()
    assert post(relay) == "1"


def test_a_lost_answer_belongs_to_a_request_that_was_done(relay: HttpRelay, server: Counting) -> None:
    hurting(relay, Kind.LOSE)
    assert post(relay) is None
    assert server.seen == ["/do it"]


@pytest.mark.parametrize(("variant", "heard"), [(0, {"2"}), (1, {"1", "2"})])
def test_a_duplicated_request_is_done_twice(relay: HttpRelay, server: Counting, variant: int, heard: set[str]) -> None:
    hurting(relay, Kind.DUPLICATE, variant=variant)
    assert post(relay) in heard
    assert server.seen == ["/do it", "/do it"]


def test_a_reordered_request_arrives_after_a_later_one(relay: HttpRelay, server: Counting) -> None:
    caught = threading.Event()
    relay.set(Snare(lambda request: request.body == b"first", before=lambda _: caught.set()))
    relay.set(Snare(lambda request: request.body == b"first", Kind.REORDER, PATIENCE_SECONDS))
    with ThreadPoolExecutor(1) as elsewhere:
        first = elsewhere.submit(post, relay, "first")
        assert caught.wait(PATIENCE_SECONDS)
        while not server.seen:
            post(relay, "later", "/other")
        assert first.result(PATIENCE_SECONDS) is not None
    assert server.seen.index("/do first") > server.seen.index("/other later")


def test_what_nothing_overtakes_is_not_reordered(relay: HttpRelay, server: Counting) -> None:
    snare = hurting(relay, Kind.REORDER, seconds=0.05)
    assert post(relay) == "1"
    assert not snare.hurt.is_set()
    assert relay.withdraw(snare), "it still waits for a request that is overtaken"


@pytest.mark.parametrize("variant", [0, 1])
def test_a_delayed_exchange_is_done_all_the_same(relay: HttpRelay, server: Counting, variant: int) -> None:
    hurting(relay, Kind.DELAY, seconds=0.05, variant=variant)
    assert post(relay) == "1"
    assert server.seen == ["/do it"]


def test_a_snare_for_one_status_lets_other_answers_pass(relay: HttpRelay, server: Counting) -> None:
    snare = hurting(relay, Kind.LOSE, only_status=204)
    assert post(relay) == "1"
    assert relay.withdraw(snare)


def test_calls_are_made_before_and_after(relay: HttpRelay, server: Counting) -> None:
    heard: list[object] = []
    relay.set(
        Snare(
            lambda request: True,
            before=lambda request: heard.append((request.line, len(server.seen))),
            after=lambda answer: heard.append(answer.endswith(b"1")),
        )
    )
    assert post(relay) == "1"
    assert heard == [("POST /do HTTP/1.1", 0), True]


def test_a_withdrawn_snare_hurts_nothing(relay: HttpRelay, server: Counting) -> None:
    snare = hurting(relay, Kind.DROP)
    assert relay.withdraw(snare)
    assert post(relay) == "1"
    assert not relay.withdraw(snare)


def test_a_server_that_is_gone_shows_as_a_broken_connection(loop: RelayLoop) -> None:
    relay = HttpRelay(loop, 1)
    relay.open()
    assert post(relay) is None
    relay.close()
