"""What every store of bytes promises."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from designs.digest import Digest, DigestMismatch, digest_bytes
from registry.blobs import transfer
from registry.blobs.interface import BlobMissing, BlobStore, BlobStoreUnavailable
from registry.blobs.s3 import open_s3
from registry.errors import TooLarge
from testbed.ports import free_port

ABSENT = digest_bytes(b"never put anywhere")


@pytest.fixture
def data() -> bytes:
    """Other bytes in each test: the S3 bucket is shared."""
    return os.urandom(3_000_000)


@pytest.fixture
def kept(store: BlobStore, data: bytes, tmp_path: Path) -> Digest:
    return transfer.put_bytes(store, data, tmp_path)


def test_bytes_come_back_as_they_went_in(store: BlobStore, data: bytes, kept: Digest):
    assert store.size(kept) == len(data)
    assert b"".join(store.read(kept)) == data


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, None), (10, 20), (2_999_999, None), (1_000_000, 2_500_001), (5, 5), (0, 3_000_000)]
)
def test_any_part_can_be_read(store: BlobStore, data: bytes, kept: Digest, start: int, end: int | None):
    assert b"".join(store.read(kept, start, end)) == data[start:end]


def test_no_bytes_are_bytes_too(store: BlobStore, tmp_path: Path):
    empty = transfer.put_bytes(store, b"", tmp_path)
    assert store.size(empty) == 0
    assert b"".join(store.read(empty)) == b""


def test_what_is_not_there_is_missing(store: BlobStore):
    for ask in (store.size, store.read):
        with pytest.raises(BlobMissing) as caught:
            ask(ABSENT)
        assert caught.value.facts["sha256"] == ABSENT
    assert store.local_path(ABSENT) is None


def test_putting_twice_is_harmless(store: BlobStore, data: bytes, kept: Digest, tmp_path: Path):
    assert transfer.put_bytes(store, data, tmp_path) == kept
    assert b"".join(store.read(kept)) == data


def test_many_may_put_the_same_at_once(store: BlobStore, data: bytes, tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(data)
    file = transfer.verify_file(path)
    with ThreadPoolExecutor(8) as threads:
        for putting in [threads.submit(store.put, file) for _ in range(8)]:
            putting.result()
    assert b"".join(store.read(file.digest)) == data


def test_the_source_file_is_left_alone(store: BlobStore, tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    store.put(transfer.verify_file(path))
    assert path.read_bytes() == b"mine"


def test_deleting_is_final_and_repeatable(store: BlobStore, kept: Digest):
    store.delete(kept)
    store.delete(kept)
    with pytest.raises(BlobMissing):
        store.size(kept)


def test_a_local_path_holds_exactly_these_bytes(store: BlobStore, data: bytes, kept: Digest):
    path = store.local_path(kept)
    assert path is None or path.read_bytes() == data


def test_a_reader_that_stops_early_harms_nobody(store: BlobStore, data: bytes, kept: Digest):
    for _ in range(40):
        pieces = store.read(kept)
        next(pieces)
        del pieces
    assert b"".join(store.read(kept)) == data


def test_fetching_verifies(store: BlobStore, data: bytes, kept: Digest, tmp_path: Path):
    transfer.fetch(store, kept, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == data
    assert transfer.read_whole(store, kept, limit=len(data)) == data
    with pytest.raises(TooLarge):
        transfer.read_whole(store, kept, limit=len(data) - 1)


def test_a_file_is_not_taken_for_another(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"these")
    with pytest.raises(DigestMismatch):
        transfer.verify_file(tmp_path / "file", digest_bytes(b"those"))


def test_rotten_bytes_are_found_out_when_fetched(tmp_path: Path):
    from registry.blobs.filesystem import FilesystemBlobs

    store = FilesystemBlobs(tmp_path / "blobs")
    kept = transfer.put_bytes(store, b"sound", tmp_path)
    path = store.local_path(kept)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"rotten")
    with pytest.raises(DigestMismatch):
        transfer.fetch(store, kept, tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()
    with pytest.raises(DigestMismatch):
        transfer.read_whole(store, kept, limit=100)


def test_an_s3_server_that_is_away_is_unavailable():
    with pytest.raises(BlobStoreUnavailable):
        open_s3(f"s3://key:secret@127.0.0.1:{free_port()}/bucket?secure=0")


@pytest.mark.parametrize("address", ["s3://host/bucket", "s3://key:secret@host", "s3://key@host/bucket"])
def test_an_incomplete_s3_address_says_how_it_reads(address: str):
    with pytest.raises(ValueError, match="s3://key:secret@host:port/bucket"):
        open_s3(address)
