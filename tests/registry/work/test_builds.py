"""Builds of a real design in the real jail, through the queue."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from designs.build import ARTIFACTS, QUICK
from designs.digest import digest_bytes
from designs.sandbox.confine import Floor, FloorDecision
from registry.actions import build_queue as actions
from registry.actions.build_queue import MOST_TRIES
from registry.actions.builds import CANCELLED, INTERRUPTED, request_artifacts
from registry.core.builds import Asker
from registry.ids import BuildId
from registry.settings import Settings
from registry.store.clock import database_now
from registry.store.tables.builds import build_waits, builds
from registry.work.asking import renew_waits
from tests.registry.harness import BASE, Person, Registry, box_files, running

LEASE = timedelta(seconds=15)
DONE_SECONDS = 60


@pytest.fixture
def building(settings: Settings) -> Settings:
    return settings.model_copy(update={"build_workers": 1})


@pytest.fixture
async def workshop(building: Settings) -> AsyncIterator[Registry]:
    """A registry that builds."""
    async with running(building) as started:
        yield started


async def ask(person: Person, version: str = "ada/box@1.0.0", **parameters: object) -> dict[str, Any]:
    answer = await person.client.post("/builds", json={"version": version, "parameters": parameters})
    assert answer.status_code in {200, 202}, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def finished(registry: Registry, build: str) -> dict[str, Any]:
    """The build once it is over."""
    async with asyncio.timeout(DONE_SECONDS):
        with registry.parts.signals.listen(f"build:{build}") as news:
            while True:
                told: dict[str, Any] = (await registry.visitor.get(f"/builds/{build}")).json()
                if told["state"] in {"done", "failed"}:
                    return told
                await news.wait(0.5)


async def all_made(registry: Registry, build: str) -> dict[str, dict[str, Any]]:
    """The artifacts once each of them is over, by name."""
    async with asyncio.timeout(DONE_SECONDS):
        with registry.parts.signals.listen(f"build:{build}") as news:
            while True:
                told = (await registry.visitor.get(f"/builds/{build}")).json()
                artifacts = {artifact["name"]: artifact for artifact in told["artifacts"]}
                if all(artifact["state"] in {"done", "withheld", "failed"} for artifact in artifacts.values()):
                    return artifacts
                await news.wait(0.5)


async def test_a_version_is_built_when_it_is_published(workshop: Registry):
    ada = await workshop.person("ada")
    version = await ada.published()
    build = await finished(workshop, version["default_build"])
    assert (build["state"], build["error"], build["progress"]) == ("done", None, 1.0)
    assert build["parameters"] == {"width": "20", "height": "10"}
    assert build["versions"] == ["ada/box@1.0.0"]
    assert build["measurements"]["volume_mm3"] == pytest.approx(2000, abs=0.01)
    assert [artifact["name"] for artifact in build["artifacts"]] == list(ARTIFACTS)
    there = [artifact for artifact in build["artifacts"] if artifact["state"] == "done"]
    assert {artifact["name"] for artifact in there} >= set(QUICK)
    for artifact in there:
        answer = await workshop.visitor.get(artifact["url"].removeprefix("/api/v1"))
        assert digest_bytes(answer.content) == artifact["sha256"]
        assert len(answer.content) == artifact["size"]
    glb = await workshop.visitor.get(f"/builds/{build['id']}/artifacts/model.glb")
    assert glb.headers["content-type"] == "model/gltf-binary"
    ahead = await all_made(workshop, build["id"])
    assert {artifact["state"] for artifact in ahead.values()} <= {"done", "withheld"}
    card = (await workshop.visitor.get("/designs/ada/box")).json()
    thumbnail = ahead["thumbnail.png"]
    assert card["image_url"] == f"/api/v1/blobs/{thumbnail['sha256']}"
    kinds = [entry["kind"] for entry in (await workshop.visitor.get("/log")).json()["entries"]]
    assert "build.done" in kinds


async def test_parameters_and_presets_shape_the_part(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    wide = await finished(workshop, (await ask(ada, width=30.5))["id"])
    assert wide["measurements"]["volume_mm3"] == pytest.approx(3050, abs=0.01)
    answer = await ada.client.post("/builds", json={"version": "ada/box@1.0.0", "preset": "flat"})
    flat = await finished(workshop, answer.json()["id"])
    assert flat["parameters"] == {"width": "20", "height": "5"}
    again = await ada.client.post("/builds", json={"version": "ada/box@1.0.0", "parameters": {"width": "30.50"}})
    assert (again.status_code, again.json()["id"]) == (200, wide["id"])


async def test_an_unmodified_script_is_published_and_built(workshop: Registry):
    ada = await workshop.person("ada")
    script = b"import cadquery as cq\n\nheight = 4.0\nsides = 3\nshow_object(cq.Workplane().box(10, 10, height))\n"
    no_licence = await ada.client.post("/designs/ada/plain/archive?version=1.0.0", content=script)
    assert (no_licence.status_code, no_licence.json()["code"]) == (422, "licence_missing")
    answer = await ada.client.post("/designs/ada/plain/archive?version=1.0.0&licence=MIT", content=script)
    assert answer.status_code == 201, answer.text
    assert {parameter["name"] for parameter in answer.json()["manifest"]["parameters"]} == {"height", "sides"}
    build = await finished(workshop, (await ask(ada, "ada/plain@1.0.0", height=8))["id"])
    assert build["measurements"]["volume_mm3"] == pytest.approx(800, abs=0.01)


async def test_a_script_that_fails_says_why_and_is_not_tried_again(workshop: Registry):
    ada = await workshop.person("ada")
    files = box_files()
    files["box.py"] = 'print("so far")\nwidth = 20.0\nheight = 10.0\nraise RuntimeError("no such shape")\n'
    version = await ada.published(files=files)
    build = await finished(workshop, version["default_build"])
    assert (build["state"], build["error"]["kind"]) == ("failed", "script_error")
    assert "no such shape" in build["error"]["message"] + build["error"]["log"]
    again = await ada.client.post("/builds", json={"version": "ada/box@1.0.0"})
    assert (again.status_code, again.json()["state"]) == (200, "failed")


async def test_what_does_not_fit_is_listed(registry: Registry, ada: Person):
    await ada.published()
    answer = await ada.client.post(
        "/builds", json={"version": "ada/box@1.0.0", "parameters": {"width": 500, "depth": 1, "height": "tall"}}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_error")
    assert {problem["name"] for problem in answer.json()["problems"]} == {"width", "depth", "height"}
    nan = await ada.client.post(
        "/builds",
        content=b'{"version": "ada/box@1.0.0", "parameters": {"width": NaN}}',
        headers={"content-type": "application/json"},
    )
    assert nan.status_code == 422
    absent = await ada.client.post("/builds", json={"version": "ada/box@9.0.0"})
    assert (absent.status_code, absent.json()["code"]) == (404, "no_version")


async def test_what_a_dead_process_of_this_host_was_at_is_taken_up_at_once(building: Settings):
    async with running(building.model_copy(update={"build_workers": 0})) as registry:
        ada = await registry.person("ada")
        build = (await ada.published())["default_build"]
        dead = f"{socket.gethostname()}:999999999:1:abcd:0"
        assert await registry.parts.db.write(lambda c: actions.take_next(c, dead, timedelta(hours=1)))
    async with running(building) as registry:
        assert (await finished(registry, build))["state"] == "done"


async def test_what_ended_its_process_too_often_is_given_up_until_asked_for_again(building: Settings):
    async with running(building.model_copy(update={"build_workers": 0})) as registry:
        ada = await registry.person("ada")
        build = (await ada.published())["default_build"]
        for _ in range(MOST_TRIES):
            await registry.parts.db.write(lambda c: actions.take_next(c, "elsewhere:1:1:x", timedelta(seconds=-1)))
    async with running(building) as registry:
        told = await finished(registry, build)
        assert (told["state"], told["error"]["kind"]) == ("failed", INTERRUPTED)
        client = registry.client()
        again = await client.post("/builds", json={"version": "ada/box@1.0.0"})
        assert (again.status_code, again.json()["id"]) == (202, build)
        assert (await finished(registry, build))["state"] == "done"


async def test_a_stopping_process_gives_its_builds_back(building: Settings):
    async with running(building.model_copy(update={"build_workers": 0})) as registry:
        ada = await registry.person("ada")
        build = (await ada.published())["default_build"]
    async with running(building) as registry:
        with registry.parts.signals.listen(f"build:{build}") as news:
            while (await registry.visitor.get(f"/builds/{build}")).json()["state"] == "queued":
                await news.wait(0.1)
    async with running(building.model_copy(update={"build_workers": 0})) as registry:
        told = (await registry.visitor.get(f"/builds/{build}")).json()
    assert told["state"] in {"queued", "done"}


async def test_a_build_that_is_not_there(registry: Registry, ada: Person):
    for path in (f"/builds/{'0' * 64}", f"/builds/{'0' * 64}/events", f"/builds/{'0' * 64}/artifacts/model.stl"):
        answer = await registry.visitor.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    await ada.published()
    build = await ask(ada)
    answer = await registry.visitor.get(f"/builds/{build['id']}/artifacts/model.exe")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_artifact")


async def test_a_file_is_made_when_it_is_asked_for_and_the_script_is_not_run_again(workshop: Registry):
    ada = await workshop.person("ada")
    version = await ada.published()
    build = await finished(workshop, (await ask(ada, width=30))["id"])
    source = next(file for file in version["files"] if file["path"] == "box.py")
    workshop.parts.blobs.delete(source["sha256"])
    stl = f"/builds/{build['id']}/artifacts/model.stl"
    answer = await workshop.visitor.get(stl)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "model/stl")
    told = await finished(workshop, build["id"])
    listed = next(artifact for artifact in told["artifacts"] if artifact["name"] == "model.stl")
    assert (listed["state"], listed["sha256"]) == ("done", digest_bytes(answer.content))
    part = await workshop.visitor.get(stl, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, answer.content[:10])
    assert (await workshop.visitor.get(stl, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304


async def test_a_build_from_before_geometry_was_kept_gives_the_same_files(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    build = await finished(workshop, (await ask(ada, width=30))["id"])
    path = f"/builds/{build['id']}/artifacts/model.stl"
    db = workshop.parts.db
    await db.write(lambda c: c.execute(sa.update(builds).where(builds.c.id == build["id"]).values(geometry=None)))
    assert (await finished(workshop, build["id"]))["geometry"] is None
    assert (await workshop.visitor.get(path)).status_code == 200
    assert (await finished(workshop, build["id"]))["geometry"] == build["geometry"]


async def test_what_there_is_not_of_this_part_is_said_with_its_reason(workshop: Registry):
    ada = await workshop.person("ada")
    files = box_files()
    files["box.py"] = files["box.py"].replace("box(width, 10, height)", "sphere(width / 2)")
    await ada.published(files=files)
    build = await finished(workshop, (await ask(ada, width=30))["id"])
    answer = await workshop.visitor.get(f"/builds/{build['id']}/artifacts/model.dxf")
    assert (answer.status_code, answer.json()["code"]) == (409, "artifact_withheld")
    told = await finished(workshop, build["id"])
    listed = next(artifact for artifact in told["artifacts"] if artifact["name"] == "model.dxf")
    assert listed["state"] == "withheld"
    assert listed["reason"]
    assert listed["reason"] in answer.json()["detail"]


async def test_a_file_that_takes_longer_than_one_waits_is_asked_for_again(registry: Registry, ada: Person):
    await ada.published()
    build = await ask(ada)
    answer = await registry.visitor.get(f"/builds/{build['id']}/artifacts/model.stl?wait=0.1")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.headers["retry-after"] == "2"


async def test_a_pages_link_makes_the_file_and_leads_to_it(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    build = await finished(workshop, (await ask(ada, width=30))["id"])
    browser = workshop.client(base_url=BASE)
    page = await browser.get("/designs/ada/box?p.width=30")
    assert f'href="/builds/{build["id"]}/model.stl" rel="nofollow"' in page.text
    answer = await browser.get(f"/builds/{build['id']}/model.stl")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/box-model.stl")
    file = await browser.get(answer.headers["location"])
    assert (file.status_code, file.headers["content-type"]) == (200, "model/stl")
    page = await browser.get("/designs/ada/box?p.width=30")
    assert 'download="box-model.stl"' in page.text


async def test_a_file_that_takes_long_has_a_page_that_looks_again(registry: Registry, ada: Person):
    await ada.published()
    build = await ask(ada)
    browser = registry.client(base_url=BASE)
    answer = await browser.get(f"/builds/{build['id']}/model.stl?wait=0")
    assert answer.status_code == 202
    assert '<meta http-equiv="refresh"' in answer.text
    assert 'href="/designs/ada/box/versions/1.0.0"' in answer.text
    order = await browser.get("/designs/ada/box/order?p.width=30")
    assert (order.status_code, order.headers["location"]) == (303, "/designs/ada/box/versions/1.0.0/order?p.width=30")


SLEEPER = "import time\n\nimport cadquery as cq\n\nwidth = 20.0\nheight = 10.0\nif width > 90:\n    time.sleep(50)\n"


async def sleeper(registry: Registry) -> Person:
    """Somebody whose design takes very long when it is wide."""
    ada = await registry.person("ada")
    files = {**box_files(), "box.py": SLEEPER + "show_object(cq.Workplane().box(width, 10, height))\n"}
    await all_made(registry, (await ada.published(files=files))["default_build"])
    return ada


async def begun(registry: Registry, person: Person, build: str) -> None:
    async with asyncio.timeout(DONE_SECONDS):
        with registry.parts.signals.listen(f"build:{build}") as news:
            while (await person.client.get(f"/builds/{build}")).json()["stage"] != "script":
                await news.wait(0.1)


@asynccontextmanager
async def waiting(registry: Registry, person: Person, *builds: str) -> AsyncIterator[None]:
    """Somebody looks at these builds again and again, so that they are wanted however long the block takes."""

    async def look() -> None:
        with registry.parts.signals.listen("nothing") as news:
            while True:
                for build in builds:
                    await person.client.get(f"/builds/{build}")
                await news.wait(1)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()


async def test_a_slider_that_moves_on_ends_the_former_build(workshop: Registry):
    ada = await sleeper(workshop)
    slow = await ask(ada, width=95)
    await begun(workshop, ada, slow["id"])
    left = await ada.client.delete(f"/builds/{slow['id']}/wait")
    assert left.status_code == 204
    quick = await finished(workshop, (await ask(ada, width=31))["id"])
    assert quick["state"] == "done"
    ended = (await workshop.visitor.get(f"/builds/{slow['id']}")).json()
    assert (ended["state"], ended["error"]["kind"]) == ("failed", CANCELLED)
    again = await ask(ada, width=95)
    assert (again["id"], again["state"], again["error"]) == (slow["id"], "queued", None)
    await ada.client.delete(f"/builds/{slow['id']}/wait")


async def test_scripts_that_hold_the_only_worker_keep_nobody_else_waiting(workshop: Registry):
    """Two, for the worker may just have been at something else when the first was let in beside it."""
    ada, bob = await sleeper(workshop), await workshop.person("bob")
    slow = await ask(ada, width=95)
    await begun(workshop, ada, slow["id"])
    second, third = await ask(ada, width=94), await ask(ada, width=96)
    asked = [one["id"] for one in (slow, second, third)]
    async with waiting(workshop, ada, *asked):
        assert (await finished(workshop, (await ask(bob, width=32))["id"]))["state"] == "done"
        told = [(await ada.client.get(f"/builds/{build}")).json() for build in asked]
    assert told[0]["stage"] == "script"
    assert told[2]["state"] == "queued"
    for build in asked:
        await ada.client.delete(f"/builds/{build}/wait")


async def test_whoever_follows_the_events_keeps_a_build_alive_and_hears_its_stages(workshop: Registry):
    ada = await sleeper(workshop)
    build = await ask(ada, width=40)
    stages, states = [], []
    async with asyncio.timeout(DONE_SECONDS), ada.client.stream("GET", f"/builds/{build['id']}/events") as events:
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                told = json.loads(line.removeprefix("data:"))
                stages.append(told["stage"])
                states.append((told["state"], told["progress"]))
    assert states[-1] == ("done", 1.0)
    assert stages[-1] == "done"
    assert [progress for _, progress in states] == sorted(progress for _, progress in states)
    assert not workshop.parts.waiters


async def test_an_open_connection_is_renewed_by_one_write_for_all(registry: Registry, ada: Person):
    await ada.published()
    build = BuildId((await ask(ada))["id"])
    follower = Asker("mem_far")
    with registry.parts.waiters.hold(build, "", follower), registry.parts.waiters.hold(build, "", follower):
        await renew_waits(registry.parts)
        named = sa.select(build_waits.c.until).where(build_waits.c.waiter == follower.key)
        assert len(await registry.parts.db.read(lambda c: c.execute(named).all())) == 1
        registry.parts.waiters.let_go(build, follower.key)
        assert not registry.parts.waiters
    assert not registry.parts.waiters


async def test_the_limit_that_is_reached_is_named(settings: Settings):
    async with running(settings.model_copy(update={"build_queue_per_member": 2})) as registry:
        ada = await registry.person("ada")
        await ada.published()
        for width in (31, 32):
            await ask(ada, width=width)
        body = {"version": "ada/box@1.0.0", "parameters": {"width": 33}}
        refused = await ada.client.post("/builds", json=body)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_own_builds")
        assert refused.headers["retry-after"] == "60"
        assert "2" in refused.json()["detail"]
        assert (await registry.visitor.post("/builds", json=body)).status_code == 202


BELOW = FloorDecision(Floor.STRICT, False, ("no Landlock: use a kernel from 5.13 on",))


async def test_below_the_floor_nothing_is_built_for_strangers(workshop: Registry):
    ada, grace = await workshop.person("ada"), await workshop.person("grace")
    await all_made(workshop, (await ada.published())["default_build"])
    workshop.parts.floor.note(BELOW)
    body = {"version": "ada/box@1.0.0", "parameters": {"width": 31}}
    for stranger in (grace.client, workshop.visitor):
        refused = await stranger.post("/builds", json=body)
        assert (refused.status_code, refused.json()["code"]) == (503, "floor")
        assert "no Landlock" in refused.json()["detail"]
    wish = {"version": "ada/box@1.0.0", "parameters": {"width": 32}, "quantity": 1}
    assert (await grace.client.post("/orders", json=wish)).json()["code"] == "floor"
    assert (await grace.published("bin"))["default_build"] is None
    health = (await workshop.visitor.get("/health")).json()["builds"]
    assert (health["met"], health["reasons"]) == (False, list(BELOW.reasons))
    assert (await finished(workshop, (await ask(ada, width=31))["id"]))["state"] == "done"
    assert (await workshop.visitor.post("/builds", json=body)).json()["state"] == "done"


async def test_what_a_stranger_asked_for_elsewhere_fails_below_the_floor_with_the_reason(workshop: Registry):
    ada = await workshop.person("ada")
    await all_made(workshop, (await ada.published())["default_build"])
    wanted = await ask(ada, width=31)
    build = await finished(workshop, wanted["id"])
    workshop.parts.floor.note(BELOW)
    asker = Asker("mem_elsewhere")
    await workshop.parts.db.write(
        lambda c: request_artifacts(c, BuildId(build["id"]), ["model.stl"], database_now(c), asker=asker)
    )
    workshop.parts.signals.notify("builds")
    told = await all_settled(workshop, build["id"])
    assert (told["model.stl"]["state"], told["model.stl"]["reason"]) == ("failed", workshop.parts.floor.refusal())
    again = await ada.client.get(f"/builds/{build['id']}/artifacts/model.stl")
    assert again.status_code == 200


async def all_settled(registry: Registry, build: str) -> dict[str, dict[str, Any]]:
    """The artifacts once nothing is made any more, by name."""
    async with asyncio.timeout(DONE_SECONDS):
        with registry.parts.signals.listen(f"build:{build}") as news:
            while True:
                told = (await registry.visitor.get(f"/builds/{build}")).json()
                if not any(artifact["state"] in {"queued", "running"} for artifact in told["artifacts"]):
                    return {artifact["name"]: artifact for artifact in told["artifacts"]}
                await news.wait(0.5)
