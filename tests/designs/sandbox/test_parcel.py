"""What crosses the wall: the same in any pieces, and nothing that is not a parcel."""

import contextlib
import io
import json
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.sandbox.limits import Limits
from designs.sandbox.parcel import (
    Json,
    ParcelError,
    Reader,
    check_name,
    check_source_name,
    read_json,
    write_closing,
    write_files,
    write_message,
)

LIMITS = Limits(file_bytes=1000, output_bytes=10_000, output_files=3)
NAMES = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,4})?", fullmatch=True)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=9,
)


def pack(messages: list[Json], files: dict[str, bytes | Path], closing: Json) -> bytes:
    stream = io.BytesIO()
    for message in messages:
        write_message(stream, message)
    write_files(stream, files)
    write_closing(stream, closing)
    return stream.getvalue()


def read(data: bytes, folder: Path, piece: int = 1 << 20, limits: Limits = LIMITS) -> tuple[Reader, list[Json]]:
    messages: list[Json] = []
    reader = Reader(folder, limits, messages.append)
    for start in range(0, len(data), piece):
        reader.feed(data[start : start + piece])
    return reader, messages


@given(
    st.lists(JSON_VALUES, max_size=3),
    st.dictionaries(NAMES, st.binary(max_size=400), max_size=3),
    JSON_VALUES,
    st.integers(1, 50),
)
def test_any_pieces_give_the_same(messages: list[Json], files: dict[str, bytes], closing: Json, piece: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reader, told = read(pack(messages, dict(files), closing), Path(folder), piece)
        assert reader.closed
        assert reader.closing == closing
        assert told == messages
        assert {name: path.read_bytes() for name, path in reader.files.items()} == files


@given(st.binary(max_size=300))
def test_nonsense_never_does_more_than_raise(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "inside"
        inside.mkdir()
        with contextlib.suppress(ParcelError):
            read(data, inside)
        assert list(Path(folder).iterdir()) == [inside]


@given(st.dictionaries(NAMES, st.binary(max_size=90), min_size=1, max_size=2), st.data())
def test_a_parcel_cut_short_is_not_closed(files: dict[str, bytes], data: st.DataObject) -> None:
    whole = pack([], dict(files), {"a": 1})
    with tempfile.TemporaryDirectory() as folder:
        reader, _ = read(whole[: data.draw(st.integers(0, len(whole) - 1))], Path(folder))
        assert not reader.closed


def frame(letter: bytes, payload: bytes) -> bytes:
    return letter + len(payload).to_bytes(8, "big") + payload


def file_frame(name: bytes, content: bytes = b"x") -> bytes:
    return frame(b"F", len(name).to_bytes(2, "big") + name + content)


@pytest.mark.parametrize(
    "data",
    [
        file_frame(b"../x"),
        file_frame(b"/etc/x"),
        file_frame(b"a/../../x"),
        file_frame(b""),
        file_frame(b"."),
        file_frame(b".hidden"),
        file_frame(b"a b"),
        file_frame(b"a\0b"),
        file_frame(b"a\\b"),
        file_frame(b"\xff"),
        file_frame(b"a" * 201),
        file_frame(b"a") * 2,
        b"".join(file_frame(b"a%d" % i) for i in range(4)),
        file_frame(b"a", b"x" * 2000),
        b"F" + (1 << 63).to_bytes(8, "big"),
        frame(b"F", b"\xff\xffa"),
        frame(b"X", b""),
        frame(b"M", b"{"),
        frame(b"M", b"x" * 70_000),
        frame(b"E", b"[NaN]"),
        frame(b"E", b"[Infinity]"),
        frame(b"E", b"1e999"),
        frame(b"E", b'{"a": 1, "a": 2}'),
        frame(b"E", b"\xff"),
        frame(b"E", b"1") + b"x",
        frame(b"E", b"1") * 2,
        frame(b"E", b"[" * 5000 + b"]" * 5000),
        frame(b"E", b"9" * 5000),
        frame(b"M", b"1") * 5000,
    ],
)
def test_refused(data: bytes, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(ParcelError):
        read(data, inside)
    assert list(tmp_path.iterdir()) == [inside]


@given(JSON_VALUES)
def test_json_both_ways(value: Json) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.text(max_size=30))
def test_names_that_may_cross_stay_inside(name: str) -> None:
    for check in (check_name, check_source_name):
        try:
            check(name)
        except ParcelError:
            continue
        inside = Path("/a/b") / name
        assert ".." not in inside.parts
        assert inside.is_relative_to("/a/b")
        assert inside != Path("/a/b")


def test_numbers_stay_finite() -> None:
    value = read_json(b"[1e308, -0.0]")
    assert isinstance(value, list)
    assert all(isinstance(number, float) and math.isfinite(number) for number in value)
