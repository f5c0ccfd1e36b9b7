"""A proposal with real builds in the real jail, in a registry process that is killed while it checks."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from testbed.registry import RegistryServer
from tests.registry.harness import box_files, zipped

DONE_SECONDS = 100


@pytest.fixture
def server(tmp_path: Path, database_url: str):
    with RegistryServer(tmp_path / "server", database_url, settings={"COFAB_POLL_SECONDS": "0.2"}) as running:
        yield running


def person(server: RegistryServer, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30, headers=headers)


async def joined(server: RegistryServer, name: str) -> str:
    async with person(server, "") as client:
        answer = await client.post("/members", json={"name": name, "password": "correct horse battery"})
    token: str = answer.json()["token"]
    return token


async def until(client: httpx.AsyncClient, proposal: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The proposal once it holds."""
    deadline = time.monotonic() + DONE_SECONDS
    told: dict[str, Any] = {}
    while time.monotonic() < deadline:
        told = (await client.get(f"/proposals/{proposal}")).json()
        if holds(told):
            return told
        await asyncio.sleep(0.05)
    raise TimeoutError(f"its checks are {[(check['name'], check['state']) for check in told['checks']]}")


def over(told: dict[str, Any]) -> bool:
    return bool(told["checks"]) and not {check["state"] for check in told["checks"]} & {"queued", "running"}


def begun(told: dict[str, Any]) -> bool:
    return any(build["state"] == "running" for check in told["checks"][:1] for build in check["builds"])


async def test_a_fork_is_changed_proposed_checked_and_accepted(server: RegistryServer):
    files = box_files()
    files["box.py"] = files["box.py"].replace("10, height)", "12, height)")
    files["design.toml"] = files["design.toml"].replace("max = 100\n\n[presets", "max = 120\n\n[presets")
    ada, grace = await joined(server, "ada"), await joined(server, "grace")
    async with person(server, ada) as client:
        answer = await client.post("/designs/ada/box/archive?version=1.0.0", content=zipped(box_files()))
        assert answer.status_code == 201, answer.text
    async with person(server, grace) as client:
        fork = await client.post("/designs/ada/box/versions/1.0.0/fork", json={"namespace": "grace"})
        assert fork.status_code == 201, fork.text
        answer = await client.post("/designs/grace/box/archive?version=1.1.0", content=zipped(files))
        assert answer.status_code == 201, answer.text
        wanted = {"source": "grace/box@1.1.0", "target": "ada/box", "title": "Deeper and higher"}
        told = (await client.post("/proposals", json=wanted)).json()
        proposal = told["card"]["id"]
        assert (told["card"]["label"], told["merge"]["state"]) == ("ada/box#1", "clean")
        await until(client, proposal, begun)
    await asyncio.to_thread(server.kill9)
    await asyncio.to_thread(server.start)
    async with person(server, ada) as client:
        told = await until(client, proposal, over)
        assert {check["name"]: check["state"] for check in told["checks"]} == {
            "builds": "passed",
            "findings": "warned",
            "licence": "passed",
            "interfaces": "warned",
        }
        assert any("corner" in line for line in told["checks"][1]["lines"]), "too tall for its foot, as ada's never was"
        builds = told["checks"][0]["builds"]
        assert [build["label"] for build in builds[:2]] == ["defaults", "preset flat"]
        assert len({build["build"] for build in builds}) == len(builds) == 6
        acceptance = told["acceptance"]
        assert (acceptance["ready"], acceptance["smallest_step"], acceptance["version"]) == (True, "minor", "1.1.0")
        accepted = await asyncio.gather(*(client.post(f"/proposals/{proposal}/accept", json={}) for _ in range(2)))
        assert sorted(answer.status_code for answer in accepted) == [200, 409], "one wins"
        version = (await client.get("/designs/ada/box/versions/1.1.0")).json()
        log = (await client.get("/log?limit=100")).json()["entries"]
    assert {(parent["kind"], parent["version"]) for parent in version["parents"]} == {
        ("revises", "ada/box@1.0.0"),
        ("merges", "grace/box@1.1.0"),
    }
    assert version["snapshot"] == told["merge"]["snapshot"], "what was checked is what is published"
    assert (version["published_by"], version["contributors"]) == ("ada", ["grace"])
    kinds = [entry["kind"] for entry in log if entry["kind"].startswith("proposal.")]
    assert kinds == ["proposal.opened", "proposal.checked", "proposal.accepted"]
