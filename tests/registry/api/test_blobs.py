"""Uploads that are limited and verified, downloads that resume."""

import asyncio
import os

import pytest

from registry.core.permissions import Scope
from tests.registry.harness import Person, Registry, running, sha256

DATA = b"0123456789" * 100


async def kept(person: Person, data: bytes = DATA) -> str:
    return str((await person.upload(data))["sha256"])


async def test_bytes_are_uploaded_and_downloaded(registry: Registry, ada: Person):
    digest = await kept(ada)
    answer = await registry.visitor.get(f"/blobs/{digest}")
    assert answer.content == DATA
    assert answer.headers["etag"] == f'"{digest}"'
    assert "immutable" in answer.headers["cache-control"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_only_what_is_missing_has_to_be_uploaded(ada: Person):
    there = await kept(ada)
    absent = sha256(b"absent")
    answer = await ada.client.post("/blobs/missing", json={"digests": [absent, there, absent]})
    assert answer.json() == {"missing": [absent]}


async def test_other_bytes_than_named_are_refused_and_not_kept(registry: Registry, ada: Person):
    digest = sha256(DATA)
    answer = await ada.client.put(f"/blobs/{digest}", content=DATA + b"!")
    assert (answer.status_code, answer.json()["code"]) == (422, "digest_mismatch")
    assert answer.json()["expected"] == digest
    assert (await registry.visitor.get(f"/blobs/{digest}")).status_code == 404
    assert list(registry.parts.incoming.iterdir()) == []


async def test_uploading_needs_a_token_with_the_scope(registry: Registry):
    reader = await registry.person("reader", frozenset({Scope.READ}))
    assert (await reader.client.put(f"/blobs/{sha256(DATA)}", content=DATA)).status_code == 403
    assert (await registry.visitor.put(f"/blobs/{sha256(DATA)}", content=DATA)).status_code == 401


async def test_an_address_that_is_no_digest_is_refused(ada: Person):
    for name in ("A" * 64, "0" * 63, "x" * 64, "..%2f..%2fetc%2fpasswd"):
        assert (await ada.client.get(f"/blobs/{name}")).status_code in {404, 422}
        assert (await ada.client.put(f"/blobs/{name}", content=b"")).status_code in {404, 422}


@pytest.mark.parametrize("promised", [True, False])
async def test_too_many_bytes_are_refused_promised_or_not(settings, promised: bool):
    async with running(settings.model_copy(update={"max_blob_bytes": 1000})) as registry:
        ada = await registry.person("ada")
        assert (await ada.client.put(f"/blobs/{sha256(DATA)}", content=DATA)).status_code == 201
        large = DATA + b"!"

        async def pieces():
            for start in range(0, len(large), 100):
                yield large[start : start + 100]

        content = large if promised else pieces()
        answer = await ada.client.put(f"/blobs/{sha256(large)}", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.headers["content-type"] == "application/problem+json"
        assert list(registry.parts.incoming.iterdir()) == []


async def test_an_upload_that_is_cut_off_leaves_nothing(registry: Registry, ada: Person):
    sent = [{"type": "http.request", "body": DATA, "more_body": True}, {"type": "http.disconnect"}]
    answers: list[dict] = []

    async def receive() -> dict:
        return sent.pop(0)

    async def send(message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": f"/api/v1/blobs/{sha256(DATA)}",
        "raw_path": b"",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"authorization", f"Bearer {ada.token}".encode()), (b"content-length", b"1000000")],
        "client": ("127.0.0.1", 1),
        "server": ("registry.test", 80),
    }
    await registry.app(scope, receive, send)
    assert answers[0]["status"] == 422
    assert list(registry.parts.incoming.iterdir()) == []
    assert (await registry.visitor.head(f"/blobs/{sha256(DATA)}")).status_code == 404


PARTS = [
    ("bytes=0-0", 206, 0, 1),
    ("bytes=10-19", 206, 10, 20),
    ("bytes=990-", 206, 990, 1000),
    ("bytes=-5", 206, 995, 1000),
    ("bytes=-5000", 206, 0, 1000),
    ("bytes=500-999999", 206, 500, 1000),
    ("bytes=0-1,5-6", 200, 0, 1000),
    ("bytes=" + ",".join(f"{n}-{n}" for n in range(500)), 200, 0, 1000),
    ("bytes=20-10", 200, 0, 1000),
    ("items=0-1", 200, 0, 1000),
    ("bytes=a-b", 200, 0, 1000),
    ("bytes=-", 200, 0, 1000),
]
"""Range header, status, first byte and the one after the last."""


@pytest.mark.parametrize("blobs", [None, "memory:"])
async def test_the_part_that_is_asked_for(settings, blobs):
    async with running(settings.model_copy(update={"blobs": blobs})) as registry:
        ada = await registry.person("ada")
        digest = await kept(ada)
        for asked, status, start, end in PARTS:
            answer = await registry.visitor.get(f"/blobs/{digest}", headers={"Range": asked})
            assert (asked, answer.status_code, answer.content) == (asked, status, DATA[start:end])
            assert answer.headers["content-length"] == str(end - start)
            expected = f"bytes {start}-{end - 1}/1000" if status == 206 else None
            assert answer.headers.get("content-range") == expected


async def test_a_part_outside_is_not_satisfiable(registry: Registry, ada: Person):
    digest = await kept(ada)
    for asked in ("bytes=1000-", "bytes=5000-6000", "bytes=-0"):
        answer = await registry.visitor.get(f"/blobs/{digest}", headers={"Range": asked})
        assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
        assert answer.headers["content-range"] == "bytes */1000"


async def test_what_one_has_is_not_sent_again(registry: Registry, ada: Person):
    digest = await kept(ada)
    for tag in (f'"{digest}"', f'W/"{digest}"', f'"other", "{digest}"', "*"):
        answer = await registry.visitor.get(f"/blobs/{digest}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
    answer = await registry.visitor.get(f"/blobs/{digest}", headers={"If-None-Match": '"other"'})
    assert answer.status_code == 200


async def test_a_part_of_something_else_is_never_mixed_in(registry: Registry, ada: Person):
    digest = await kept(ada)
    same = await registry.visitor.get(f"/blobs/{digest}", headers={"Range": "bytes=0-4", "If-Range": f'"{digest}"'})
    other = await registry.visitor.get(f"/blobs/{digest}", headers={"Range": "bytes=0-4", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


async def test_head_says_everything_but_the_bytes(registry: Registry, ada: Person):
    digest = await kept(ada)
    answer = await registry.visitor.head(f"/blobs/{digest}")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "1000", b"")
    assert (await registry.visitor.head(f"/blobs/{sha256(b'x')}")).status_code == 404


async def test_the_same_bytes_from_many_at_once(ada: Person):
    data = os.urandom(200_000)
    answers = await asyncio.gather(*(ada.client.put(f"/blobs/{sha256(data)}", content=data) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert (await ada.client.get(f"/blobs/{sha256(data)}")).content == data


async def test_bytes_in_s3_are_streamed_through(settings, tmp_path, s3):
    data = os.urandom(2_500_000)
    async with running(settings.model_copy(update={"blobs": s3.address("registry")})) as registry:
        ada = await registry.person("ada")
        digest = await kept(ada, data)
        whole = await registry.visitor.get(f"/blobs/{digest}")
        part = await registry.visitor.get(f"/blobs/{digest}", headers={"Range": "bytes=2000000-"})
        missing = await registry.visitor.get(f"/blobs/{sha256(b'absent')}")
    assert whole.content == data
    assert (part.status_code, part.content) == (206, data[2_000_000:])
    assert missing.status_code == 404
