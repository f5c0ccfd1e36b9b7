"""How long it takes to find a build that is there, on a real registry with many: in its process and over HTTP."""

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench.subjects import LIBRARY
from designs.source import read_folder
from registry.actions import builds as actions
from registry.actions import designs
from registry.client import RegistryClient
from registry.client_reply import Json
from registry.client_transfer import upload
from registry.ids import BuildId, DesignName, NamespaceName
from registry.settings import Settings
from registry.store.database import Database
from registry.store.tables.builds import build_artifacts
from registry.store.tables.builds import builds as build_rows
from registry.work.engines import fingerprint
from testbed.process import wait_until
from testbed.registry import RegistryServer

DESIGN = "gridfinity-bin"
OTHERS = 20_000
"""Builds beside the one that is asked for."""
ASKED = 300
WARMING = 20
READY_SECONDS = 120
MESH = "model.glb"


@dataclass(frozen=True)
class Found:
    """Seconds of every question."""

    in_process: list[float]
    """From the parameters to the recipe's digest, to the build with its list of artifacts."""
    over_http: list[float]
    """The same by POST /builds, with the answer read."""
    mesh_over_http: list[float]
    """The mesh's bytes by the build's address."""


def measure() -> Found:
    """Start a registry, publish, build once, add the other builds, and ask."""
    with tempfile.TemporaryDirectory(prefix="cofab-bench-registry-") as folder:
        with RegistryServer(Path(folder)) as server, RegistryClient(server.url) as visitor:
            token = visitor.register("bench", "a long password of nobody").text("token")
            with RegistryClient(server.url, token) as client:
                _publish(client)
                wish = {"version": f"bench/{DESIGN}@1.0.0", "parameters": {"units_x": 3}}
                build = _built(client, wish)
                asyncio.run(_fill(Settings(data=Path(folder) / "data"), build))
                over_http = _times(lambda: _ask(client, wish))
                path = f"/api/v1/builds/{build}/artifacts/{MESH}"
                mesh = _times(lambda: client.http.get(path, follow_redirects=True).raise_for_status())
        in_process = asyncio.run(_in_process(Settings(data=Path(folder) / "data"), wish))
    return Found(in_process, over_http, mesh)


def _publish(client: RegistryClient) -> None:
    source = read_folder(LIBRARY / DESIGN)
    for file in source.files:
        upload(client, source.root / file.path, file.sha256, file.size, lambda _count: None)
    listed: list[Json] = [{"path": file.path, "sha256": file.sha256, "size": file.size} for file in source.files]
    client.publish(
        DesignName(NamespaceName("bench"), DESIGN), {"version": "1.0.0", "manifest_files": listed, "parents": []}
    )


def _ask(client: RegistryClient, wish: Mapping[str, object]) -> None:
    answer = client.http.post("/api/v1/builds", json=wish)
    if answer.status_code != 200 or json.loads(answer.content)["state"] != "done":
        raise LookupError(f"the build was not found: {answer.status_code} {answer.text[:200]}")


def _built(client: RegistryClient, wish: Mapping[str, object]) -> str:
    build = str(client.http.post("/api/v1/builds", json=wish).raise_for_status().json()["id"])

    def done() -> bool:
        return str(client.http.get(f"/api/v1/builds/{build}").raise_for_status().json()["state"]) == "done"

    wait_until(done, seconds=READY_SECONDS, what="the first build")
    return build


async def _fill(settings: Settings, build: str) -> None:
    """Copies of the build under other digests, with their artifacts."""
    database = Database(settings.database)

    def copy(connection: sa.Connection) -> None:
        row = dict(connection.execute(sa.select(build_rows).where(build_rows.c.id == build)).mappings().one())
        kept = sa.select(build_artifacts).where(build_artifacts.c.build_id == build)
        made = [dict(artifact) for artifact in connection.execute(kept).mappings()]
        others = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(OTHERS)]
        connection.execute(sa.insert(build_rows), [{**row, "id": other} for other in others])
        artifacts = [{**artifact, "build_id": other} for other in others for artifact in made]
        connection.execute(sa.insert(build_artifacts), artifacts)

    await database.write(copy)
    database.close()


async def _in_process(settings: Settings, wish: Mapping[str, object]) -> list[float]:
    database = Database(settings.database)
    given = wish["parameters"]
    assert isinstance(given, dict)

    def look(connection: sa.Connection) -> actions.BuildView:
        view = designs.read_version(connection, DesignName(NamespaceName("bench"), DESIGN), "1.0.0")
        recipe = actions.recipe_for(view, given, None, fingerprint(view.manifest.engine))
        return actions.read_build(connection, BuildId(recipe.digest))

    seconds = []
    for number in range(WARMING + ASKED):
        began = time.perf_counter()
        found = await database.read(look)
        if number >= WARMING:
            seconds.append(time.perf_counter() - began)
        assert found.artifacts
    database.close()
    return seconds


def _times(ask: Callable[[], object]) -> list[float]:
    for _ in range(WARMING):
        ask()
    seconds = []
    for _ in range(ASKED):
        began = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - began)
    return seconds
