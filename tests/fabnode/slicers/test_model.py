"""Only geometry reaches the slicer, and only so much of it."""

import io
import zipfile
from pathlib import Path

import pytest

from fabnode.slicers.interface import SliceError
from fabnode.slicers.model import plain_model
from tests.fabnode.conftest import box_3mf, box_stl


def plain(tmp_path: Path, data: bytes, name: str = "given.3mf") -> Path:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "out").mkdir()
    return plain_model(tmp_path / name, tmp_path / "out")


def package(**parts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return written.getvalue()


def test_everything_but_the_geometry_is_left_out(tmp_path: Path) -> None:
    given = io.BytesIO(box_3mf(1, 2, 3))
    with zipfile.ZipFile(given, "a") as archive:
        archive.writestr("Metadata/Slic3r_PE.config", "; post_process = rm -rf /")
        archive.writestr("../../escape.sh", "echo")
    made = plain(tmp_path, given.getvalue())
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model"]
        assert b"<vertex" in archive.read("3D/3dmodel.model")
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 cut off", "cannot be read"),
        (package(**{"a.txt": "x"}), "0 model parts instead of one"),
        (package(**{"3D__a.model": "x", "3D__b.model": "y"}), "2 model parts instead of one"),
        (package(**{f"part{n}.txt": "x" for n in range(300)}), "has 300 parts"),
    ],
)
def test_a_bad_package_is_refused_with_the_reason(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(SliceError, match=words):
        plain(tmp_path, data)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("3D/x.model", "w", force_zip64=True) as part,
    ):
        for _ in range(12):
            part.write(bytes(1 << 20))
    (tmp_path / "bomb.3mf").write_bytes(bomb.getvalue())
    with pytest.raises(SliceError, match="more than 10485760 bytes"):
        plain_model(tmp_path / "bomb.3mf", tmp_path, max_bytes=10 << 20)
    assert (tmp_path / "model.3mf").stat().st_size < 1 << 20


def test_an_stl_is_recognisably_binary_and_otherwise_untouched(tmp_path: Path) -> None:
    given = box_stl(250, 210, 2)
    made = plain(tmp_path, given, "model.stl").read_bytes()
    assert max(made[84:212]) > 127
    assert made[:84] + made[96:] == given[:84] + given[96:]


@pytest.mark.parametrize("text", [b"", b"solid x\nendsolid x\n", b"x" * 200])
def test_what_is_no_binary_stl_is_passed_as_it_is(tmp_path: Path, text: bytes) -> None:
    assert plain(tmp_path, text, "model.stl").read_bytes() == text
