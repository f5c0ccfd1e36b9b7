"""Each store of bytes, opened the way a registry opens it, S3 on a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.blobs.choose import open_blobs
from registry.blobs.interface import BlobStore
from registry.settings import Settings
from testbed.s3 import S3Server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["filesystem", "memory", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What COFAB_BLOBS says."""
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        return server.address("contract")
    return "memory:" if request.param == "memory" else str(tmp_path / "blobs")


@pytest.fixture
def store(address: str, tmp_path: Path) -> BlobStore:
    return open_blobs(Settings(data=tmp_path, blobs=address))
