"""Archives that anybody may have sent: what is right is unpacked, all else is refused and leaves nothing."""

import gzip
import io
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designs.archive import ArchiveLimits, BadArchive, unpack
from designs.digest import digest_bytes

Files = Iterable[tuple[str, bytes]]


def as_zip(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()


def as_tar(files: Files, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def as_tar_gz(files: Files) -> bytes:
    return gzip.compress(as_tar(files))


every_kind = pytest.mark.parametrize("pack", [as_zip, as_tar, as_tar_gz])
Pack = Callable[[Files], bytes]


def refused(data: bytes, folder: Path, limits: ArchiveLimits | None = None) -> str:
    into = folder / "into"
    with pytest.raises(BadArchive) as caught:
        unpack(io.BytesIO(data), into, limits or ArchiveLimits())
    assert list(into.iterdir()) == []
    assert [path.name for path in folder.iterdir()] == ["into"]
    return str(caught.value)


@every_kind
def test_unpacks_plain_files_and_names_them_by_digest(pack: Pack, tmp_path: Path):
    found = unpack(io.BytesIO(pack([("bin.py", b"x = 1"), ("parts/lid.py", b""), ("ü.md", b"hi")])), tmp_path)
    assert [(file.path, file.size) for file in found] == [("bin.py", 5), ("parts/lid.py", 0), ("ü.md", 2)]
    assert found[0].sha256 == digest_bytes(b"x = 1")
    assert (tmp_path / "bin.py").read_bytes() == b"x = 1"
    assert (tmp_path / "bin.py").stat().st_mode & 0o111 == 0


@every_kind
def test_takes_the_content_of_a_single_top_folder_and_passes_over_clutter(pack: Pack, tmp_path: Path):
    files = [("top/a.py", b"1"), ("top/top/b.py", b"2"), ("__MACOSX/top/._a.py", b"3"), ("top/.env", b"SECRET")]
    assert [file.path for file in unpack(io.BytesIO(pack(files)), tmp_path)] == ["a.py", "top/b.py"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.py", "b.py", "top"]


@every_kind
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x", "'../x' leads out of the folder"),
        ("a/../../x", "leads out of the folder"),
        ("/etc/passwd", "'/etc/passwd' leads out of the folder"),
        ("a/./b", "leaves its folder or has an empty part"),
        ("..\\x", "leads out of the folder"),
        ("C:x", "a character that some systems refuse"),
        ("a\\b", "a character that some systems refuse"),
        ("nul.txt", "reserved on Windows"),
        ("COM1", "reserved on Windows"),
        ("a.", "what some systems drop"),
        ("a\nb", "control, invisible or undecodable character"),
        ("a\u202eb", "control, invisible or undecodable character"),
        ("e\u0301", "not in composed Unicode form"),
        ("a" * 201, "too long"),
        ("/".join("abcdefghijklmnopqrstuvwx"), "nested too deeply"),
    ],
)
def test_refuses_names(pack: Pack, name: str, reason: str, tmp_path: Path):
    assert reason in refused(pack([("a.py", b"1"), (name, b"2")]), tmp_path)


@every_kind
@pytest.mark.parametrize(
    ("one", "other"), [("a.py", "A.py"), ("straße", "STRASSE"), ("a", "a/b"), ("a/b", "a"), ("D/x", "d/y"), ("ﬁ", "fi")]
)
def test_refuses_names_that_clash(pack: Pack, one: str, other: str, tmp_path: Path):
    assert "are one file on some systems" in refused(pack([("k", b""), (one, b"1"), (other, b"2")]), tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@every_kind
def test_refuses_a_name_twice(pack: Pack, tmp_path: Path):
    assert "'a' stands in the archive twice" in refused(pack([("a", b"1"), ("a", b"2")]), tmp_path)


@every_kind
def test_refuses_too_many_files_and_bytes(pack: Pack, tmp_path: Path):
    started = time.process_time()
    assert "more than" in refused(pack([(f"{n}", b"") for n in range(10_000)]), tmp_path)
    assert time.process_time() - started < 5
    many = [(f"f{n}", bytes([n]) * 1000) for n in range(11)]
    assert "unpacks to more than 10000 bytes" in refused(pack(many), tmp_path, ArchiveLimits(unpacked_bytes=10_000))


@pytest.mark.parametrize("pack", [as_zip, as_tar_gz])
def test_refuses_bombs_early(pack: Pack, tmp_path: Path):
    bomb = pack([("a", bytes(60_000_000))])
    started = time.process_time()
    assert "expands more than 200 times" in refused(bomb, tmp_path)
    assert time.process_time() - started < 1


def test_refuses_a_tar_header_that_would_fill_memory(tmp_path: Path):
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    header.size = 4 << 30
    bomb = gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(100 << 20), compresslevel=1)
    assert "expands more than 200 times" in refused(bomb, tmp_path)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE]
)
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_refuses_links_and_devices_in_tar(kind: bytes, mode: str, tmp_path: Path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        member = tarfile.TarInfo("link")
        member.type = kind
        member.linkname = "/etc/passwd"
        archive.addfile(member)
    refused(out.getvalue(), tmp_path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_refuses_links_and_devices_in_zip(kind: int, tmp_path: Path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo("link")
        member.external_attr = (kind | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    assert "'link' is a link or a device" in refused(out.getvalue(), tmp_path)


def test_refuses_zip_forms_that_hide_things(tmp_path: Path):
    plain = as_zip([("a", b"1" * 100)])
    encrypted = plain.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    assert encrypted != plain
    assert "has a password" in refused(encrypted, tmp_path)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"1")
    assert "compressed in a way that is not read here" in refused(out.getvalue(), tmp_path)
    end = plain.rindex(b"PK\x05\x06")
    long_directory = plain[: end + 12] + struct.pack("<I", 500_000_000) + plain[end + 16 :]
    assert "more than 4000 entries" in refused(long_directory, tmp_path)
    assert "zip64" in refused(plain[:end] + b"PK\x06\x07" + bytes(16) + plain[end:], tmp_path)
    assert "'a\\x00" in refused(as_zip([("aXb", b"")]).replace(b"aXb", b"a\0b"), tmp_path)


@every_kind
def test_refuses_what_is_cut_off(pack: Pack, tmp_path: Path):
    data = pack([("a.py", bytes(range(256)) * 40), ("b.py", b"2" * 3000)])
    end = len(data) if pack is not as_tar else 512 + 10_240 + 512 + 3000
    for length in {*range(0, end - 1, max(1, end // 17)), *range(end - 9, end)}:
        refused(data[:length], tmp_path)
        (tmp_path / "into").rmdir()


def test_refuses_what_is_no_archive(tmp_path: Path):
    for data in (b"", b"hello", b"PK\x03\x04", b"\x1f\x8b", b"Rar!\x1a\x07", bytes(2000)):
        refused(data, tmp_path)
        (tmp_path / "into").rmdir()
    assert "holds no files" in refused(as_zip([]), tmp_path)
    (tmp_path / "into").rmdir()
    assert "holds no files" in refused(as_zip([(".hidden", b"")]), tmp_path)


hostile_names = st.lists(
    st.one_of(
        st.text("ab./\\\0: ~é\u0301\u202e", min_size=1, max_size=12),
        st.sampled_from(["../../escaped", "/tmp/escaped", "a/../../escaped", ".unpacking/x", "into/../x", "a//b"]),
    ),
    min_size=1,
    max_size=6,
)

damage = st.dictionaries(st.integers(0, 3000), st.integers(0, 255), max_size=3)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(hostile_names, st.sampled_from([as_zip, as_tar, as_tar_gz]), damage)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_ever_written_outside(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], pack: Pack, damage: dict[int, int]
):
    folder = tmp_path_factory.mktemp("out")
    data = bytearray(pack([(name, b"content") for name in names]))
    for at, byte in damage.items():
        data[at % len(data)] = byte
    try:
        files = unpack(io.BytesIO(bytes(data)), folder / "a" / "into")
    except BadArchive:
        files = []
    on_disk = {str(path.relative_to(folder / "a" / "into")) for path in folder.rglob("*") if not path.is_dir()}
    assert on_disk == {file.path for file in files}
    assert not any(path.is_symlink() for path in folder.rglob("*"))
