"""Webhooks against a real HTTP server: signed, in order, tried again, given up, sent again; and where none is sent."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry.actions import outbox
from registry.core.hooks import MOST_TRIES, Answer
from registry.ids import new_id
from registry.settings import Settings
from registry.store.clock import database_now
from registry.store.tables.hooks import deliveries, hooks
from registry.work.outgoing import Sender
from tests.registry.harness import Person, Registry, running

PATIENCE_SECONDS = 20


@dataclass
class Got:
    """One request as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def sequence(self) -> int | None:
        return json.loads(self.body)["data"].get("sequence")


@dataclass
class Receiver:
    """A small HTTP server that keeps what it gets and answers as it is told."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answer: Callable[[int], bytes] = lambda count: b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    """Given how many requests came before."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append(Got(headers, body))
        writer.write(self.answer(len(self.got) - 1))
        await writer.drain()
        writer.close()

    async def count(self, wanted: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.got) < wanted:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


def status(number: int, *more: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {number} X", "Content-Length: 0", "Connection: close", *more, "", ""]).encode()


@pytest.fixture
async def registry(tmp_path: Path, database_url: str) -> AsyncIterator[Registry]:
    settings = Settings(
        data=tmp_path / "data", database_url=database_url, public_url="http://registry.test", build_workers=0,
        poll_seconds=0.1, webhook_targets="any",
    )  # fmt: skip
    async with running(settings) as started:
        yield started


def verified(got: Got, secret: str) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in got.headers["webhook-signature"].split(" ")


async def hook_of(person: Person, url: str, **more: object) -> dict[str, str]:
    answer = await person.client.post("/hooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, str] = answer.json()
    return told


async def tried(person: Person, hook: str, times: int) -> None:
    """Wait until so many tries of the first delivery are written down."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            told = (await person.client.get(f"/hooks/{hook}/deliveries")).json()["deliveries"]
            if told and told[-1]["tries"] >= times:
                return
            await asyncio.sleep(0.02)


async def make_due(registry: Registry) -> None:
    """Let no pause between two tries hold a test up."""
    await registry.parts.db.write(lambda c: c.execute(sa.update(hooks).values(next_at=database_now(c))))
    registry.parts.signals.notify("hooks")


async def test_what_happens_is_sent_signed_and_in_order(registry: Registry, ada: Person):
    async with receiving() as receiver:
        hook = await hook_of(ada, receiver.url, kinds=["namespace"])
        for name in ("one", "two", "three"):
            await ada.client.post("/namespaces", json={"name": name})
        await ada.published()
        await receiver.count(3)
        assert [json.loads(got.body)["data"]["subject"] for got in receiver.got] == ["one", "two", "three"]
        assert all(verified(got, hook["secret"]) for got in receiver.got)
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 3
        assert "secret" not in (await ada.client.get(f"/hooks/{hook['id']}")).json()
        fresh = (await ada.client.post(f"/hooks/{hook['id']}/secret")).json()["secret"]
        await ada.client.post(f"/hooks/{hook['id']}/test")
        await receiver.count(4)
        assert verified(receiver.got[3], fresh)
        assert verified(receiver.got[3], hook["secret"]), "for a day the old secret verifies too"
        assert json.loads(receiver.got[3].body)["type"] == "hook.test"


async def test_what_fails_is_tried_again_and_nothing_overtakes_it(registry: Registry, ada: Person):
    async with receiving() as receiver:
        receiver.answer = lambda count: status(500) if count < 2 else status(200)
        hook = await hook_of(ada, receiver.url, kinds=["namespace"])
        await ada.client.post("/namespaces", json={"name": "one"})
        await ada.client.post("/namespaces", json={"name": "two"})
        for expected in (1, 2):
            await receiver.count(expected)
            await tried(ada, hook["id"], expected)
            await make_due(registry)
        await receiver.count(4)
        ids = [got.headers["webhook-id"] for got in receiver.got]
        assert ids[0] == ids[1] == ids[2] != ids[3]
        assert receiver.got[0].body == receiver.got[2].body
        told = (await ada.client.get(f"/hooks/{hook['id']}/deliveries")).json()["deliveries"]
        assert [one["subject"] for one in told] == ["two", "one"]
        assert told[1]["tries"] == 3


async def test_a_process_that_died_in_between_sends_again_under_the_same_id(registry: Registry, ada: Person):
    """The delivery is taken by a worker that never settles it: when its lease is over, another one sends it."""
    async with receiving() as receiver:
        hook = await hook_of(ada, receiver.url, kinds=["namespace"])
        db = registry.parts.db
        await ada.client.post(f"/hooks/{hook['id']}/pause")
        await ada.client.post("/namespaces", json={"name": "one"})
        await db.write(lambda c: c.execute(sa.update(hooks).values(paused_at=None)))
        await db.write(lambda c: outbox.fill(c, lambda: new_id("msg"), database_now(c)))
        parcel = await db.write(lambda c: outbox.take(c, "dead"))
        if parcel is not None:  # else the registry's own sender was quicker, and sent it
            assert await db.write(lambda c: outbox.take(c, "other")) is None, "one at a time"
            past = timedelta(seconds=1)
            await db.write(lambda c: c.execute(sa.update(hooks).values(lease_until=database_now(c) - past)))
            registry.parts.signals.notify("hooks")
        await receiver.count(1)
        (row,) = await db.read(lambda c: list(c.execute(sa.select(deliveries.c.id)).scalars()))
        assert receiver.got[0].headers["webhook-id"] == row


async def test_what_is_given_up_can_be_sent_again(registry: Registry, ada: Person):
    async with receiving() as receiver:
        receiver.answer = lambda count: status(302, "Location: http://127.0.0.1:1/") if count == 0 else status(200)
        hook = await hook_of(ada, receiver.url, kinds=["namespace"])
        await ada.client.post(f"/hooks/{hook['id']}/pause")
        await ada.client.post("/namespaces", json={"name": "one"})
        await ada.client.post(f"/hooks/{hook['id']}/resume")
        await receiver.count(1)
        db = registry.parts.db
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (
                not (told := (await ada.client.get(f"/hooks/{hook['id']}/deliveries")).json()["deliveries"])
                or not (told[0]["status"])
            ):
                await asyncio.sleep(0.05)
        assert "redirects are not followed" in told[0]["problem"]
        await db.write(lambda c: c.execute(sa.update(deliveries).values(tries=MOST_TRIES)))
        parcel = outbox.Parcel(hook["id"], told[0]["id"], receiver.url, (), b"", MOST_TRIES, 2)
        await db.write(lambda c: c.execute(sa.update(hooks).values(worker="test")))
        await db.write(lambda c: outbox.settle(c, "test", parcel, Answer(500, "it answered 500"), 0))
        paused = (await ada.client.get(f"/hooks/{hook['id']}")).json()
        assert paused["paused_at"] is not None
        assert "it answered 500" in paused["pause_reason"]
        dead = (await ada.client.get(f"/hooks/{hook['id']}/deliveries?state=dead")).json()["deliveries"]
        await ada.client.post(f"/hooks/{hook['id']}/deliveries/{dead[0]['id']}/resend")
        again = await ada.client.post(f"/hooks/{hook['id']}/deliveries/{dead[0]['id']}/resend")
        assert again.json()["code"] == "delivery_waits"
        await ada.client.post(f"/hooks/{hook['id']}/resume")
        await receiver.count(2)
        assert receiver.got[1].headers["webhook-id"] == receiver.got[0].headers["webhook-id"]


async def test_whose_a_hook_is(registry: Registry, ada: Person, grace: Person):
    hook = await hook_of(ada, "http://127.0.0.1:9/", kinds=["namespace"])
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/secret"), ("GET", "/deliveries"), ("POST", "/test")):
        answer = await grace.client.request(method, f"/hooks/{hook['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_hook")
    foreign = await grace.client.post("/hooks", json={"url": "http://127.0.0.1:9/", "namespace": "ada"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_namespace")
    assert (await grace.client.get("/hooks")).json() == {"hooks": []}
    assert (await ada.client.delete(f"/hooks/{hook['id']}")).status_code == 204
    bad = await ada.client.post("/hooks", json={"url": "ftp://x/"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_hook_address")
    filtered = await ada.client.post("/hooks", json={"url": "http://127.0.0.1:9/", "about": ["ada/box"]})
    assert (filtered.status_code, filtered.json()["code"]) == (422, "bad_filter")


async def test_nothing_is_sent_to_addresses_that_are_not_public():
    async with receiving() as receiver:
        port = receiver.url.rsplit(":", 1)[1]
        for host in ("127.0.0.1", "localhost"):
            answer = await Sender(anywhere=False).post(f"http://{host}:{port}", b"{}", {})
            assert answer.status is None
            assert "not an address of the public network" in answer.words
        assert receiver.got == []
        assert (await Sender(anywhere=True).post(receiver.url, b"{}", {})).good


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"nonsense\r\n\r\n", "status line"),
        (b"", "disconnected"),
        (status(429, "Retry-After: 120"), "429"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 60_000, ""),
    ],
)
async def test_whatever_a_receiver_answers_is_an_answer(reply: bytes, words: str):
    async with receiving() as receiver:
        receiver.answer = lambda count: reply
        answer = await Sender(anywhere=True).post(receiver.url, b"{}", {})
        assert not answer.good
        assert words in answer.words
        assert answer.retry_after_seconds == (120 if words == "429" else None)


async def test_a_name_that_leads_nowhere_is_an_answer_too():
    answer = await Sender(anywhere=True).post("http://nowhere.invalid/hook", b"{}", {})
    assert answer.status is None
    assert "nowhere.invalid" in answer.words


def test_names_that_nobody_answers_for_keep_no_other_work_from_its_threads():
    held = threading.Event()

    async def sent_while_threads_are_busy() -> Answer:
        only = ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(only)
        only.submit(held.wait, PATIENCE_SECONDS)
        try:
            return await Sender(anywhere=True).post("http://nowhere.invalid/hook", b"{}", {})
        finally:
            held.set()

    assert "not known" in asyncio.run(sent_while_threads_are_busy()).words
