"""A registry process that is killed at once, with builds under way, and started again."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from testbed.registry import RegistryServer
from tests.registry.harness import box_files, zipped

SLOW_SCRIPT = """\
import time

import cadquery as cq

width = 20.0
height = 10.0
time.sleep(2)
show_object(cq.Workplane("XY").box(width, 10, height))
"""


@pytest.fixture
def server(tmp_path: Path, database_url: str):
    settings = {"COFAB_POLL_SECONDS": "0.2"}
    with RegistryServer(tmp_path / "server", database_url, settings=settings) as running:
        yield running


async def build_in_state(client: httpx.AsyncClient, build: str, *states: str) -> dict:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = (await client.get(f"/builds/{build}")).json()
        if told["state"] in states:
            return told
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the build was not {states} within a minute")


async def test_nothing_that_was_acknowledged_is_lost_and_builds_go_on(server: RegistryServer):
    files = {**box_files(), "box.py": SLOW_SCRIPT}
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as client:
        joined = await client.post("/members", json={"name": "ada", "password": "correct horse battery"})
        client.headers["Authorization"] = f"Bearer {joined.json()['token']}"
        answer = await client.post("/designs/ada/box/archive?version=1.0.0", content=zipped(files))
        version = answer.json()
        await build_in_state(client, version["default_build"], "running")
    await asyncio.to_thread(server.kill9)
    await asyncio.to_thread(server.start)
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as client:
        assert (await client.get("/designs/ada/box/versions/1.0.0")).json() == version
        told = await build_in_state(client, version["default_build"], "done", "failed")
        assert (told["state"], told["error"]) == ("done", None)
        kinds = [entry["kind"] for entry in (await client.get("/log")).json()["entries"]]
    assert kinds == ["member.joined", "design.published", "build.done"]


async def test_artifacts_that_were_being_made_are_taken_up_by_another_process(server: RegistryServer):
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as client:
        joined = await client.post("/members", json={"name": "ada", "password": "correct horse battery"})
        client.headers["Authorization"] = f"Bearer {joined.json()['token']}"
        answer = await client.post("/designs/ada/box/archive?version=1.0.0", content=zipped(box_files()))
        build = answer.json()["default_build"]
        await artifacts_where(client, build, lambda states: "running" in states)
        await asyncio.to_thread(server.kill9)
    await asyncio.to_thread(server.start)
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as client:
        await artifacts_where(client, build, lambda states: states <= {"done", "withheld"})


async def artifacts_where(client: httpx.AsyncClient, build: str, holds: Callable[[set[str]], bool]) -> None:
    """Wait until it holds for the states of the build's artifacts."""
    states: set[str] = set()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = (await client.get(f"/builds/{build}")).json()
        states = {artifact["state"] for artifact in told["artifacts"]}
        if holds(states):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"after a minute the artifacts are {states}")
