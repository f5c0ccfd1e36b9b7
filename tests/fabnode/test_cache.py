"""The artifact cache, fetching from the simulated registry over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from designs.digest import Digest, digest_bytes
from fabnode.cache import ArtifactCache, CacheError
from fabnode.client import Registry, RegistryRefused, RegistryUnreachable
from tests.simulators.registry import Fault, SimulatedRegistry

DATA = bytes(range(256)) * 4000
DIGEST = digest_bytes(DATA)


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        simulator.blob(DATA)
        yield simulator


@pytest.fixture
async def registry(simulator: SimulatedRegistry) -> AsyncIterator[Registry]:
    async with Registry(simulator.url, "token") as registry:
        yield registry


async def test_a_fetched_artifact_is_whole_and_fetched_once(
    simulator: SimulatedRegistry, registry: Registry, tmp_path: Path
) -> None:
    cache = ArtifactCache(tmp_path, 1 << 30)
    path = await cache.fetch(registry, DIGEST, len(DATA))
    assert path.read_bytes() == DATA
    await cache.fetch(registry, DIGEST, len(DATA))
    assert simulator.blob_bytes_sent == len(DATA)


async def test_an_interrupted_fetch_goes_on_where_it_stopped(
    simulator: SimulatedRegistry, registry: Registry, tmp_path: Path
) -> None:
    cache = ArtifactCache(tmp_path, 1 << 30)
    simulator.misbehave("/blobs", Fault.LOSE_ANSWER)
    with pytest.raises(RegistryUnreachable):
        await cache.fetch(registry, DIGEST, len(DATA))
    assert await cache.get(DIGEST) is None
    assert (await cache.fetch(registry, DIGEST, len(DATA))).read_bytes() == DATA


async def test_two_who_want_the_same_are_served_by_one_fetch(
    simulator: SimulatedRegistry, registry: Registry, tmp_path: Path
) -> None:
    cache = ArtifactCache(tmp_path, 1 << 30)
    paths = await asyncio.gather(*(cache.fetch(registry, DIGEST, len(DATA)) for _ in range(5)))
    assert {path.read_bytes() for path in paths} == {DATA}
    assert simulator.blob_bytes_sent == len(DATA)


async def test_what_is_here_already_is_not_sent_again(
    simulator: SimulatedRegistry, registry: Registry, tmp_path: Path
) -> None:
    (tmp_path / f"{DIGEST}.part").write_bytes(DATA[:700_000])
    path = await ArtifactCache(tmp_path, 1 << 30).fetch(registry, DIGEST, len(DATA))
    assert path.read_bytes() == DATA
    assert simulator.blob_bytes_sent == len(DATA) - 700_000


async def test_wrong_bytes_are_refused_and_forgotten(
    simulator: SimulatedRegistry, registry: Registry, tmp_path: Path
) -> None:
    cache = ArtifactCache(tmp_path, 1 << 30)
    simulator.misbehave("/blobs", Fault.NONSENSE)
    with pytest.raises(CacheError, match="did not arrive whole"):
        await cache.fetch(registry, DIGEST, len(DATA))
    assert list(tmp_path.iterdir()) == []
    assert (await cache.fetch(registry, DIGEST, len(DATA))).read_bytes() == DATA


async def test_more_bytes_than_named_are_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="more than the 10 bytes"):
        await ArtifactCache(tmp_path, 1 << 30).fetch(registry, DIGEST, 10)


async def test_a_file_that_changed_on_the_disk_is_fetched_again(registry: Registry, tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path, 1 << 30)
    path = await cache.fetch(registry, DIGEST, len(DATA))
    path.write_bytes(DATA[:-1] + b"x")
    assert await cache.get(DIGEST) is None
    assert (await cache.fetch(registry, DIGEST, len(DATA))).read_bytes() == DATA


async def test_the_least_recently_used_goes_first_and_never_one_in_use(
    simulator: SimulatedRegistry, registry: Registry, tmp_path: Path
) -> None:
    blobs = [bytes([number]) * 1000 for number in range(4)]
    digests = [Digest(simulator.blob(blob).sha256) for blob in blobs]
    cache = ArtifactCache(tmp_path, 2500)
    for digest in digests[:2]:
        await cache.fetch(registry, digest, 1000)
    with cache.keep(digests[0]):
        await cache.fetch(registry, digests[2], 1000)
        assert await cache.get(digests[0])
        assert await cache.get(digests[1]) is None
    with pytest.raises(CacheError, match="the cache holds 2500"):
        await cache.fetch(registry, DIGEST, len(DATA))


async def test_an_unknown_artifact_is_the_registrys_refusal(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RegistryRefused, match="unknown_blob"):
        await ArtifactCache(tmp_path, 1 << 30).fetch(registry, Digest("f" * 64), 5)
