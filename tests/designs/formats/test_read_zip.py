"""Archives: what Python's own writer makes is read, and nothing that is out of order."""

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.engines.interface import EngineError
from designs.formats import read_zip
from designs.formats.read_zip import Archive
from tests.designs.formats.archives import lying, members


def _read(path: Path, name: str) -> bytes:
    with Archive(path) as archive:
        return b"".join(archive.chunks(name))


@settings(max_examples=40, deadline=None)
@given(
    data=st.lists(st.binary(max_size=300), max_size=4),
    repeated=st.integers(1, 3000),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_what_was_packed_comes_out(tmp_path_factory: pytest.TempPathFactory, data, repeated, method):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    members(path, [(f"part-{number}", piece * repeated) for number, piece in enumerate(data)], method)
    with Archive(path) as archive:
        for number, piece in enumerate(data):
            assert f"PART-{number}" in archive
            assert b"".join(archive.chunks(f"part-{number}")) == piece * repeated


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_changed_byte_is_found_or_does_not_matter(tmp_path_factory: pytest.TempPathFactory, place, value):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    original = b"three times " * 40
    data = bytearray(members(path, [("a", original)]).read_bytes())
    data[place % len(data)] = value
    path.write_bytes(bytes(data))
    try:
        found = _read(path, "a")
    except EngineError:
        return
    assert found == original


def test_cut_off_anywhere_it_is_refused(tmp_path):
    whole = members(tmp_path / "a.zip", [("a", b"x" * 1000), ("b", b"y")]).read_bytes()
    for end in range(len(whole)):
        (tmp_path / "cut.zip").write_bytes(whole[:end])
        with pytest.raises(EngineError, match=r"cut\.zip cannot be read as an archive"):
            _read(tmp_path / "cut.zip", "a")


def test_zip64_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"wide")
    assert _read(tmp_path / "a.zip", "a") == b"wide"


def test_zip64_directory_is_read(tmp_path):
    plain = members(tmp_path / "a.zip", [("a", b"wide")]).read_bytes()
    count, size, offset = struct.unpack("<H2I", plain[-12:-2])
    end64 = b"PK\6\6" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, len(plain) - 22, 1)
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (tmp_path / "a.zip").write_bytes(plain[:-22] + end64 + locator + end)
    assert _read(tmp_path / "a.zip", "a") == b"wide"


def test_a_bomb_is_refused_by_what_it_says(tmp_path):
    path = lying(tmp_path / "a.zip", "a", bytes(1000), says=4 << 30 - 2)
    with pytest.raises(EngineError, match="larger than 536870912 bytes"):
        _read(path, "a")


def test_a_bomb_that_lies_unpacks_no_further_than_it_said(tmp_path):
    path = lying(tmp_path / "a.zip", "a", bytes(50 << 20), says=1000)
    given_out: list[int] = []
    with Archive(path) as archive, pytest.raises(EngineError, match="not as long"):
        given_out.extend(len(piece) for piece in archive.chunks("a"))
    assert sum(given_out) <= 1000


def test_the_bound_is_for_all_members_together(tmp_path):
    half = bytes(5001)
    path = members(tmp_path / "a.zip", [("a", half), ("b", half)])
    with Archive(path, most=10_000) as archive:
        assert sum(len(piece) for piece in archive.chunks("a")) == len(half)
        with pytest.raises(EngineError, match="larger than 10000 bytes"):
            list(archive.chunks("b"))


def _with_name(name: bytes, tmp_path: Path) -> Path:
    path = members(tmp_path / "a.zip", [("x" * len(name), b"content")])
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))
    return path


@pytest.mark.parametrize("name", [b"/etc/passwd", b"../../up", b"a/../../up", b"..", b"a\\b"])
def test_names_that_leave_the_archive(name, tmp_path):
    with pytest.raises(EngineError, match="not a name within the archive"):
        Archive(_with_name(name, tmp_path))


def test_two_of_one_name(tmp_path):
    path = members(tmp_path / "a.zip", [("a", b"1"), ("b", b"2")])
    path.write_bytes(path.read_bytes().replace(b"b", b"A"))
    with pytest.raises(EngineError, match="'A' twice"):
        Archive(path)


def test_methods_and_encryption(tmp_path):
    path = members(tmp_path / "bz.zip", [("a", b"1" * 99)], zipfile.ZIP_BZIP2)
    with pytest.raises(EngineError, match="method 12"):
        Archive(path)
    data = bytearray(members(tmp_path / "e.zip", [("a", b"1")]).read_bytes())
    data[data.rfind(b"PK\1\2") + 8] |= 1
    (tmp_path / "e.zip").write_bytes(bytes(data))
    with pytest.raises(EngineError, match="encrypted"):
        Archive(tmp_path / "e.zip")


def test_more_members_than_are_read(tmp_path):
    path = members(tmp_path / "a.zip", [(f"{n}", b"") for n in range(read_zip.MAX_MEMBERS + 1)])
    with pytest.raises(EngineError, match="2001 members"):
        Archive(path)


def test_what_the_directory_says_is_not_there(tmp_path):
    path = members(tmp_path / "a.zip", [("a", b"1" * 99)])
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\1\2")
    data[entry + 42 : entry + 46] = struct.pack("<I", 5)
    path.write_bytes(bytes(data))
    with pytest.raises(EngineError, match="not where the archive says"):
        _read(path, "a")
    with pytest.raises(EngineError, match="it has no 'b'"):
        _read(path, "b")


def test_damaged_data(tmp_path):
    path = lying(tmp_path / "a.zip", "a", b"0123456789" * 9, says=90)
    data = bytearray(path.read_bytes())
    data[31:36] = b"\xff" * 5
    path.write_bytes(bytes(data))
    with pytest.raises(EngineError, match="damaged"):
        _read(path, "a")
