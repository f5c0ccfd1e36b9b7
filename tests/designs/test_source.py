"""Designs as they lie on disk: what would be published, and every reason why it cannot be."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.digest import digest_bytes
from designs.manifest import ManifestError
from designs.parameters import Parameter, ParameterType
from designs.portable import collisions, is_clutter, path_problem
from designs.snapshot import snapshot_of
from designs.source import BadSource, read_folder, read_script
from tests.designs.examples import BIN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "design.toml").write_text(BIN)
    (tmp_path / "bin.py").write_text("wall = 1.2\n")
    (tmp_path / "README.md").write_text("# Bin\n")
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    return tmp_path


def test_reads_a_folder_without_hidden_files(folder: Path):
    (folder / ".env").write_text("TOKEN=secret")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "bin.pyc").write_text("x")
    (folder / "parts").mkdir()
    (folder / "parts" / "lid.py").write_text("x")
    source = read_folder(folder)
    assert [file.path for file in source.files] == ["README.md", "bin.py", "design.toml", "image.png", "parts/lid.py"]
    assert source.files[1].sha256 == digest_bytes(b"wall = 1.2\n")
    assert snapshot_of(source.files, source.manifest).manifest.name == "gridfinity-bin"


def test_tells_every_reason(folder: Path):
    (folder / "image.png").unlink()
    os.symlink("/etc/passwd", folder / "secrets")
    os.mkfifo(folder / "pipe")
    (folder / "BIN.py").write_text("")
    (folder / "what?.py").write_text("")
    with pytest.raises(BadSource) as caught:
        read_folder(folder)
    found = "\n".join(map(str, caught.value.problems))
    assert "secrets: is a link or a device" in found
    assert "pipe: is a link or a device" in found
    assert "bin.py: is one file with 'BIN.py' on some systems" in found
    assert "what?.py: the name has a character that some systems refuse" in found
    assert "design.toml: design.images: names 'image.png', which is not in the folder" in found


def test_a_folder_without_manifest_says_what_to_do(tmp_path: Path):
    with pytest.raises(ManifestError, match="there is no manifest: `cofab init` makes one"):
        read_folder(tmp_path)
    (tmp_path / "design.toml").write_bytes(b"[design]\nname = '\xff'\n")
    with pytest.raises(ManifestError, match=r"design\.toml:2: not UTF-8 \(byte 0xff\)"):
        read_folder(tmp_path)


def test_line_ends_of_windows_are_read(folder: Path):
    (folder / "design.toml").write_bytes(BIN.replace("\n", "\r\n").encode())
    assert read_folder(folder).manifest.name == "gridfinity-bin"


def test_too_many_files(folder: Path):
    for number in range(2001):
        (folder / f"{number}.txt").touch()
    with pytest.raises(BadSource, match="more than 2000 files"):
        read_folder(folder)


def test_a_single_script_is_a_design(tmp_path: Path):
    script = tmp_path / "Camera Mount.py"
    script.write_text("width = 10\n")
    (tmp_path / "other.txt").write_text("not part of it")
    parameters = [Parameter("width", ParameterType.NUMBER, Decimal(10))]
    source = read_script(script, parameters, licence="CERN-OHL-S-2.0", authors=["Ada"])
    assert source.manifest.name == "camera-mount"
    assert source.manifest.source == "Camera Mount.py"
    assert [file.path for file in source.files] == ["Camera Mount.py"]
    with pytest.raises(ManifestError, match="licence"):
        read_script(script, parameters, licence="mine", authors=["Ada"])
    script.write_text("")
    with pytest.raises(BadSource, match="0 bytes"):
        read_script(script, parameters, licence="MIT", authors=["Ada"])


@pytest.mark.parametrize("path", ["a", "a/b.py", "Ünï.md", "a b.txt", "con/x".replace("con", "cons"), "x" * 200])
def test_portable(path: str):
    assert path_problem(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a//b",
        "a/",
        ".",
        "..",
        "a/../b",
        "a\\b",
        "con",
        "Aux.txt",
        "a ",
        " a",
        "a.",
        "é" * 101,
        "\ud800",
        "a\u200bb",
    ],
)
def test_not_portable(path: str):
    assert path_problem(path) is not None


def test_collisions_are_told_with_the_earlier_one_first():
    assert collisions(["a", "b", "A"]) == [("a", "A")]
    assert collisions(["d/x", "D/y"]) == [("d/x", "D/y")]
    assert collisions(["d/x", "d/y", "e"]) == []


@given(st.text("abAB/.", min_size=1, max_size=8))
def test_a_path_always_clashes_with_itself(path: str):
    if path_problem(path) is None:
        assert collisions([path, path]) == [(path, path)]


def test_clutter():
    assert is_clutter(".env")
    assert is_clutter("a/__pycache__/b")
    assert is_clutter("a.py~")
    assert not is_clutter("a/b.py")
