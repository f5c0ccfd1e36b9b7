"""Builds of a real design in the real jail, through the queue."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from designs.build import ARTIFACTS, QUICK
from designs.digest import digest_bytes
from registry.actions import build_queue as actions
from registry.actions.build_queue import MOST_TRIES
from registry.actions.builds import INTERRUPTED
from registry.settings import Settings
from tests.registry.harness import Person, Registry, box_files, running

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
