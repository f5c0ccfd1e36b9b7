"""Bytes in a bucket of anything that speaks S3, through the minio client: `ab/abcdef…`.

Addressed by `s3://key:secret@host:port/bucket`, with `?secure=0` for plain HTTP and `?region=…` where one is needed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from designs.digest import CHUNK, Digest
from registry.blobs.interface import BlobMissing, BlobStoreUnavailable, VerifiedFile

_MISSING = {"NoSuchKey", "NoSuchObject", "ResourceNotFound"}


class S3Blobs:
    """Any number of processes on any number of hosts may share the bucket."""

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        with _translated(None):
            if not client.bucket_exists(bucket):
                client.make_bucket(bucket)

    def put(self, file: VerifiedFile) -> None:
        try:
            if self.size(file.digest) == file.size:
                return
        except BlobMissing:
            pass
        with _translated(file.digest):
            self._client.fput_object(self._bucket, _key(file.digest), str(file.path))

    def size(self, digest: Digest) -> int:
        with _translated(digest):
            size: int | None = self._client.stat_object(self._bucket, _key(digest)).size
        if size is None:
            raise BlobStoreUnavailable("the S3 server does not say how large an object is")
        return size

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if end is not None and end <= start:
            self.size(digest)
            return iter(())
        with _translated(digest):
            response = self._client.get_object(
                self._bucket, _key(digest), offset=start, length=0 if end is None else end - start
            )
        return _pieces(response, digest)

    def local_path(self, digest: Digest) -> Path | None:
        return None

    def delete(self, digest: Digest) -> None:
        with _translated(digest):
            self._client.remove_object(self._bucket, _key(digest))


def open_s3(address: str) -> S3Blobs:
    """The bucket at `s3://key:secret@host:port/bucket`, made when it is not there."""
    parts = urlsplit(address)
    options = parse_qs(parts.query)
    bucket = parts.path.strip("/")
    if not parts.hostname or not bucket or parts.username is None or parts.password is None:
        raise ValueError("COFAB_BLOBS must read s3://key:secret@host:port/bucket")
    pool = urllib3.PoolManager(
        maxsize=32,
        timeout=urllib3.Timeout(connect=5, read=60),
        retries=urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504)),
    )
    client = Minio(
        parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}",
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
        secure=options.get("secure", ["1"])[0] != "0",
        region=options.get("region", [None])[0],
        http_client=pool,
    )
    return S3Blobs(client, bucket)


def _key(digest: Digest) -> str:
    return f"{digest[:2]}/{digest}"


def _pieces(response: urllib3.BaseHTTPResponse, digest: Digest) -> Iterator[bytes]:
    try:
        with _translated(digest):
            yield from response.stream(CHUNK)
    finally:
        response.close()
        response.release_conn()


@contextmanager
def _translated(digest: Digest | None) -> Iterator[None]:
    """The client's errors do not cross this seam."""
    try:
        yield
    except S3Error as error:
        if digest is not None and error.code in _MISSING:
            raise BlobMissing(digest) from None
        raise BlobStoreUnavailable(f"the S3 server refused ({error.code}): see its settings and ours") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise BlobStoreUnavailable("the S3 server does not answer: try again in a moment") from error
