"""Where a request ends, and what is changed on its way."""

import asyncio

import pytest

from testbed.faults.http_messages import MAX_BODY_BYTES, NotHttp, read_request, status_of, with_connection_close


async def read(raw: bytes) -> object:
    reader = asyncio.StreamReader()
    reader.feed_data(raw)
    reader.feed_eof()
    return await read_request(reader)


async def test_a_request_is_read_to_its_end_and_asks_for_its_connection_to_be_closed() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(
        b"POST /a HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\n\r\n"
    )
    reader.feed_eof()
    first, second = await read_request(reader), await read_request(reader)
    assert first is not None
    assert (first.line, first.body, first.upgrades) == ("POST /a HTTP/1.1", b"hi", False)
    assert first.raw == b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    assert second is not None
    assert second.begins("GET /b ")
    assert await read_request(reader) is None


async def test_a_body_in_chunks_goes_on_as_a_whole() -> None:
    raw = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n"
    request = await read(raw)
    assert request.body == b"abc"  # type: ignore[attr-defined]
    assert request.raw == b"POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"  # type: ignore[attr-defined]


async def test_a_websocket_is_passed_as_it_is() -> None:
    raw = b"GET /push HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    request = await read(raw)
    assert request.upgrades  # type: ignore[attr-defined]
    assert request.raw == raw  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HT",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\nabc" % (MAX_BODY_BYTES + 1),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000,
    ],
)
async def test_what_is_cut_off_or_too_long_is_no_request(raw: bytes) -> None:
    with pytest.raises(NotHttp):
        await read(raw)


def test_an_answer_says_that_its_connection_is_closed() -> None:
    answer = b"HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\nX: y\r\n\r\nbody"
    assert with_connection_close(answer) == b"HTTP/1.1 204 No Content\r\nX: y\r\nConnection: close\r\n\r\nbody"
    assert with_connection_close(b"HTTP/1.1 204 No") == b"HTTP/1.1 204 No", "one that was cut off stays so"


@pytest.mark.parametrize(
    ("answer", "status"), [(b"HTTP/1.1 204 No Content\r\n", 204), (b"", None), (b"SSH-2.0 x", None)]
)
def test_the_status_of_an_answer(answer: bytes, status: int | None) -> None:
    assert status_of(answer) == status
