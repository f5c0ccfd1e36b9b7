"""The client against registries that misbehave: it tells what happened, and believes nothing unseen."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from designs.digest import DigestMismatch, digest_bytes
from registry.cli.following import follow
from registry.client import (
    RegistryClient,
    RegistryConfused,
    RegistryRefused,
    RegistryUnreachable,
    is_loopback,
)
from registry.client_transfer import FileChanged, download, upload
from tests.registry.cli.scripted import Answer, Asked, Scripted, problem, told

CONTENT = bytes(range(256)) * 5000
DIGEST = digest_bytes(CONTENT)


def unseen(_: int) -> None:
    pass


def test_a_refusal_is_told_in_the_words_of_the_registry():
    answer = problem(409, "version_taken", "it is there", problems=[{"where": "body.version", "message": "taken"}])
    with (
        Scripted(lambda _: answer) as server,
        RegistryClient(server.url) as registry,
        pytest.raises(RegistryRefused, match="it is there") as caught,
    ):
        registry.me()
    assert (caught.value.reason, caught.value.status) == ("version_taken", 409)
    assert caught.value.problems == ("body.version: taken",)


def test_every_problem_of_a_refusal_is_told_as_it_is_told_of_local_files():
    told_by_registry = [
        {"file": "design.toml", "line": 3, "key": "design.name", "message": "bad"},
        {"file": "x?.py", "line": None, "key": "", "message": "worse"},
        {"name": "wall", "value": "9", "message": "is more than 4", "allowed": "1 to 4"},
    ]
    answer = problem(422, "document_error", "several things", problems=told_by_registry)
    with (
        Scripted(lambda _: answer) as server,
        RegistryClient(server.url) as registry,
        pytest.raises(RegistryRefused) as caught,
    ):
        registry.me()
    assert caught.value.problems == (
        "design.toml:3: design.name: bad",
        "x?.py: worse",
        "wall = 9: is more than 4; allowed: 1 to 4",
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html>hello</html>", "text/html"),
        Answer(200, b"[1, 2]"),
        Answer(200, b"null"),
        Answer(200, b"{" * 5000),
        Answer(200, b"[" * 500_000),
        Answer(200, gzip.compress(b" " * (40 << 20)), headers={"Content-Encoding": "gzip"}),
        Answer(200, b'{"name": 3}'),
        Answer(200, b"{}"),
        Answer(200, b"\xff\xfe"),
        Answer(500, b"Internal Server Error", "text/plain"),
        Answer(502, b"<html>Bad Gateway</html>", "text/html"),
        Answer(302, b"", headers={"Location": "http://elsewhere.invalid/"}),
        Answer(400, b"not json", "application/problem+json"),
        Answer(400, b"{}", "application/problem+json"),
    ],
)
def test_nonsense_is_said_to_be_nonsense(answer: Answer):
    with (
        Scripted(lambda _: answer) as server,
        RegistryClient(server.url, "cofab_secret") as registry,
        pytest.raises(RegistryConfused) as caught,
    ):
        registry.me().text("name")
    assert "cofab_secret" not in str(caught.value)
    assert len(server.asked) == 1


def test_no_answer_is_said_with_the_address():
    with (
        RegistryClient("http://127.0.0.1:9") as registry,
        pytest.raises(RegistryUnreachable, match=r"cannot reach the registry at http://127\.0\.0\.1:9"),
    ):
        registry.me()


def test_a_download_that_breaks_off_goes_on_where_it_was(tmp_path: Path):
    def answer(asked: Asked) -> Answer:
        begin = int(asked.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        part = CONTENT[begin : begin + 500_000]
        total = {"Content-Range": f"bytes {begin}-{len(CONTENT) - 1}/{len(CONTENT)}"}
        kind = "application/octet-stream"
        return Answer(206 if begin else 200, part, kind, total if begin else {}, length=len(CONTENT) - begin)

    target = tmp_path / "model.step"
    with Scripted(answer) as server, RegistryClient(server.url) as registry:
        download(registry, "/api/v1/blobs/x", target, (DIGEST, len(CONTENT)), unseen)
    assert target.read_bytes() == CONTENT
    assert len(server.asked) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["model.step"]


def test_a_server_that_knows_no_ranges_is_read_from_the_start(tmp_path: Path):
    target = tmp_path / "model.step"
    (tmp_path / "model.step.part").write_bytes(b"old rubbish")
    whole = Answer(200, CONTENT, "application/octet-stream")
    with Scripted(lambda _: whole) as server, RegistryClient(server.url) as registry:
        download(registry, "/x", target, (DIGEST, len(CONTENT)), unseen)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, CONTENT[:-1] + b"x"),
        Answer(200, CONTENT + b"more"),
        Answer(206, CONTENT[5:], headers={"Content-Range": "bytes 0-9/10"}),
        Answer(206, b"more", headers={"Content-Range": "bytes 4-7/8"}),
    ],
)
def test_wrong_bytes_never_become_a_file(answer: Answer, tmp_path: Path):
    (tmp_path / "f.part").write_bytes(b"????")
    with (
        Scripted(lambda _: answer) as server,
        RegistryClient(server.url) as registry,
        pytest.raises((DigestMismatch, RegistryConfused)),
    ):
        download(registry, "/x", tmp_path / "f", (DIGEST, len(CONTENT)), unseen)
    assert not (tmp_path / "f").exists()


def test_a_download_that_always_breaks_off_ends(tmp_path: Path):
    cut = Answer(200, b"", "application/octet-stream", length=10)
    with (
        Scripted(lambda _: cut) as server,
        RegistryClient(server.url) as registry,
        pytest.raises(RegistryUnreachable, match="broke off 5 times"),
    ):
        download(registry, "/x", tmp_path / "f", (DIGEST, len(CONTENT)), unseen)


def test_a_file_that_changes_while_it_is_uploaded_is_not_taken(tmp_path: Path):
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    with Scripted(lambda _: told({})) as server, RegistryClient(server.url) as registry:
        upload(registry, path, digest_bytes(b"12345"), 5, unseen)
        path.write_bytes(b"123456")
        with pytest.raises((FileChanged, RegistryUnreachable)):
            upload(registry, path, digest_bytes(b"12345"), 5, unseen)


def stream(*events: str) -> Answer:
    return Answer(200, "".join(events).encode(), "text/event-stream", length=-1)


def test_following_goes_on_over_interruptions():
    rounds: Iterator[Answer] = iter(
        [
            stream('event: line\nid: 1\ndata: {"kind": "order.placed"}\n\n', ": ping\n\n"),
            Answer(503, b"", "text/plain"),
            stream(
                'event: line\nid: 2\ndata: {"kind":\ndata: "job.queued"}\n\n',
                'event: order\ndata: {"state": "done"}\n\n',
            ),
        ]
    )
    pauses: list[float] = []

    def answer(_: Asked) -> Answer:
        given = next(rounds)
        return given if given.status == 200 else Answer(200, b"event: li", "text/event-stream", length=500)

    with Scripted(answer) as server, RegistryClient(server.url) as registry:
        news = follow(registry, "ord_1", pause=pauses.append)
        lines = [next(news).line, next(news).line]
        order = next(news).order
    assert [line.text("kind") for line in lines if line is not None] == ["order.placed", "job.queued"]
    assert order is not None
    assert order.text("state") == "done"
    assert [asked.headers.get("Last-Event-ID") for asked in server.asked] == [None, "1", "1"]
    assert len(pauses) == 2


def test_an_order_of_somebody_else_is_not_followed_for_ever():
    with (
        Scripted(lambda _: problem(404, "not_found", "you have no such order")) as server,
        RegistryClient(server.url) as registry,
        pytest.raises(RegistryRefused, match="no such order"),
    ):
        next(follow(registry, "ord_1"))


def test_events_that_are_not_json_are_nonsense():
    with (
        Scripted(lambda _: stream("data: hello\n\n")) as server,
        RegistryClient(server.url) as registry,
        pytest.raises(RegistryConfused),
    ):
        next(follow(registry, "ord_1"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8440", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.example.org", False),
        ("https://registry.example.org", False),
    ],
)
def test_loopback(url: str, expected: bool):
    assert is_loopback(url) is expected
