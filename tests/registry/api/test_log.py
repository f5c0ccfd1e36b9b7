"""The log, its live stream, and feeds."""

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.work.needs import follow_all
from testbed.registry import RegistryServer
from tests.registry.harness import Person, Registry, box_files, zipped

ATOM = "{http://www.w3.org/2005/Atom}"


async def test_every_public_act_is_an_entry(registry: Registry, ada: Person, grace: Person):
    await ada.client.post("/namespaces", json={"name": "lab"})
    await ada.published()
    await grace.client.post("/designs/ada/box/versions/1.0.0/fork", json={"namespace": "grace"})
    await ada.client.post("/designs/ada/box/versions/1.0.0/yank", json={"reason": "cracks"})
    log = (await registry.visitor.get("/log")).json()
    told = [(entry["kind"], entry["subject"], entry["actor"]) for entry in log["entries"]]
    assert told == [
        ("member.joined", "ada", "ada"),
        ("member.joined", "grace", "grace"),
        ("namespace.made", "lab", "ada"),
        ("design.published", "ada/box@1.0.0", "ada"),
        ("design.forked", "grace/box@1.0.0", "grace"),
        ("version.yanked", "ada/box@1.0.0", "ada"),
    ]
    numbers = [entry["sequence"] for entry in log["entries"]]
    assert numbers == sorted(set(numbers))
    assert log["next_after"] == numbers[-1]
    rest = (await registry.visitor.get(f"/log?after={numbers[3]}&limit=1")).json()
    assert [entry["sequence"] for entry in rest["entries"]] == [numbers[4]]
    about = (await registry.visitor.get("/log?subject=ada/box@1.0.0")).json()
    assert [entry["kind"] for entry in about["entries"]] == ["design.published", "version.yanked"]


async def test_what_failed_is_not_told(registry: Registry, ada: Person):
    await ada.published()
    before = (await registry.visitor.get("/log")).json()
    await ada.publish(files=box_files(note="again"))
    assert (await registry.visitor.get("/log")).json() == before


async def test_feeds_tell_what_was_published(registry: Registry, ada: Person, grace: Person):
    await ada.published(changelog="First & <best>")
    await grace.published("lamp", files=box_files("lamp"))
    whole = await registry.visitor.get("/feed.atom")
    assert whole.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(whole.text)
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == [
        "grace published grace/lamp@1.0.0",
        "ada published ada/box@1.0.0",
    ]
    own = ET.fromstring((await registry.visitor.get("/designs/ada/box/feed.atom")).text)
    (entry,) = own.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}summary") == "First & <best>"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "ada"
    assert all(own.findtext(f"{ATOM}{part}") for part in ("id", "title", "updated"))
    again = await registry.visitor.get("/feed.atom", headers={"If-None-Match": whole.headers["etag"]})
    assert again.status_code == 304
    assert (await registry.visitor.get("/designs/ada/nothing/feed.atom")).status_code == 404


async def test_a_feed_of_one_design_leaves_out_its_namesakes(registry: Registry, ada: Person):
    await ada.published("box")
    await ada.published("box-2", files=box_files("box-2"))
    feed = ET.fromstring((await registry.visitor.get("/designs/ada/box/feed.atom")).text)
    assert len(list(feed.iter(f"{ATOM}entry"))) == 1


async def test_signs_that_xml_cannot_carry_are_left_out(registry: Registry, ada: Person):
    await ada.published(changelog="neither \uffff nor \ufffe, tab\tkept")
    feed = ET.fromstring((await registry.visitor.get("/feed.atom")).text)
    assert feed.findtext(f"{ATOM}entry/{ATOM}summary") == "neither  nor , tab\tkept"


@pytest.fixture
def server(tmp_path: Path, database_url: str):
    with RegistryServer(tmp_path / "server", database_url, settings={"COFAB_BUILD_WORKERS": "0"}) as running:
        yield running


async def events(client: httpx.AsyncClient, path: str, **headers: str) -> AsyncIterator[dict[str, Any]]:
    """What a stream of events tells, each with its id and kind."""
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told: dict[str, Any] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name in {"id", "event", "data"}:
                told[name] = value
            elif not line and "data" in told:
                yield {**told, "data": json.loads(told["data"])}
                told = {}


async def test_the_log_is_followed_live_and_taken_up_again(server: RegistryServer):
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=20) as client:
        joined = await client.post("/members", json={"name": "ada", "password": "correct horse battery"})
        client.headers["Authorization"] = f"Bearer {joined.json()['token']}"
        stream = events(client, "/log/events", **{"Last-Event-ID": "0"})
        first = await anext(stream)
        assert (first["event"], first["data"]["subject"]) == ("member.joined", "ada")
        waiting = asyncio.ensure_future(anext(stream))
        answer = await client.post("/designs/ada/box/archive?version=1.0.0", content=zipped(box_files()))
        assert answer.status_code == 201, answer.text
        second = await asyncio.wait_for(waiting, 10)
        assert (second["event"], second["data"]["subject"]) == ("design.published", "ada/box@1.0.0")
        await stream.aclose()
        again = events(client, "/log/events", **{"Last-Event-ID": first["id"]})
        assert (await anext(again))["id"] == second["id"]
        await again.aclose()
        by_number = events(client, f"/log/events?after={first['id']}")
        assert (await anext(by_number))["id"] == second["id"]
        await by_number.aclose()


async def test_a_server_stops_although_somebody_listens(server: RegistryServer):
    address = f"{server.url}/api/v1/log/events?after=0"
    async with httpx.AsyncClient(timeout=20) as client, client.stream("GET", address):
        await asyncio.wait_for(asyncio.to_thread(server.stop), 15)
    assert "Traceback" not in server.log_tail()


async def test_feeds_of_members_namespaces_and_needs(registry: Registry, ada: Person):
    await ada.published(changelog="First")
    made = await ada.client.post("/needs", json={"title": "A hook that holds", "design": "ada/box"})
    await follow_all(registry.parts)
    for path, words in (
        ("/members/ada/feed.atom", ["ada opened the need “A hook that holds”", "ada published ada/box@1.0.0"]),
        ("/namespaces/ada/feed.atom", ["ada opened the need “A hook that holds”", "ada published ada/box@1.0.0"]),
        ("/needs.atom", ["ada opened the need “A hook that holds”"]),
    ):
        feed = ET.fromstring((await registry.visitor.get(path)).text)
        titles = [str(entry.findtext(f"{ATOM}title")) for entry in feed.iter(f"{ATOM}entry")]
        assert titles[: len(words)] == words, path
    links = {link.get("href") for link in feed.iter(f"{ATOM}link")}
    assert f"http://registry.test/needs/{made.json()['id']}" in links
    for path in ("/members/nobody/feed.atom", "/namespaces/nobody/feed.atom", "/facilities/nowhere/feed.atom"):
        assert (await registry.visitor.get(path)).status_code == 404
    timeline = (await registry.visitor.get("/designs/ada/box/timeline?kind=need")).json()
    assert [entry["kind"] for entry in timeline["entries"]] == ["need.opened"]
    assert (await registry.visitor.get("/designs/ada/box/timeline?kind=N")).json()["code"] == "bad_filter"


async def test_the_stream_is_narrowed_to_kinds_and_subjects(server: RegistryServer):
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=20) as client:
        joined = await client.post("/members", json={"name": "ada", "password": "correct horse battery"})
        client.headers["Authorization"] = f"Bearer {joined.json()['token']}"
        for name in ("lab", "shed"):
            await client.post("/namespaces", json={"name": name})
        stream = events(client, "/log/events?after=0&kind=namespace&about=namespace:shed")
        assert (await asyncio.wait_for(anext(stream), 10))["data"]["subject"] == "shed"
        await stream.aclose()
        refused = await client.get("/log/events?kind=Nonsense")
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_filter")
