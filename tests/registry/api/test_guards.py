"""A body that stops coming is given up; one that comes is taken whole."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from registry.settings import Settings
from tests.registry.harness import Person, Registry, running, sha256


@pytest.fixture
async def impatient(settings: Settings) -> AsyncIterator[Registry]:
    async with running(settings.model_copy(update={"body_patience_seconds": 0.2})) as started:
        yield started


async def stopping(data: bytes) -> AsyncIterator[bytes]:
    yield data
    await asyncio.Event().wait()


async def coming(data: bytes, pieces: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        await asyncio.sleep(0)
        yield data


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("PUT", f"/blobs/{'ab' * 32}", "application/octet-stream"),
        ("POST", "/builds", "application/json"),
        ("POST", "/designs/ada/box/archive?version=1.0.0", "application/zip"),
    ],
)
async def test_a_body_that_stops_is_given_up_and_leaves_nothing(
    impatient: Registry, method: str, path: str, kind: str
) -> None:
    ada: Person = await impatient.person("ada")
    async with asyncio.timeout(20):
        answer = await ada.client.request(method, path, content=stopping(b"{"), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_slow")
    assert answer.headers["connection"] == "close"
    assert list(impatient.parts.incoming.iterdir()) == []


async def test_a_body_that_comes_in_many_pieces_is_taken(impatient: Registry) -> None:
    ada = await impatient.person("ada")
    data = b"x" * 4096
    answer = await ada.client.put(f"/blobs/{sha256(data * 50)}", content=coming(data, 50))
    assert answer.status_code == 201
