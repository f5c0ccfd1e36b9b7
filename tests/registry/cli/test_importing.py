"""`cofab import`, `export-okh`, `licence` and `source`, and publishing from a git repository."""

import io
import subprocess
import zipfile
from pathlib import Path

import httpx
import pytest

from testbed.registry import RegistryServer
from tests.registry.cli.terminal import Terminal

LOOM = """\
okhv = "2.4"
name = "Hand loom"
repo = "https://example.org/loom"
version = "v1.2"
license = "CERN-OHL-S-2.0"
licensor = "Ada"
function = "Weaves"
source = "loom.scad"
"""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def loom(tmp_path: Path) -> Path:
    folder = tmp_path / "loom"
    folder.mkdir()
    (folder / "okh.toml").write_text(LOOM)
    (folder / "loom.scad").write_text("cube(10);\n")
    return folder


def test_a_module_becomes_a_design_that_checks(terminal: Terminal, loom: Path) -> None:
    made = terminal.well("import", loom, "--json").json
    assert (made["version"], made["manifest"]["design"]["name"]) == ("1.2.0", "hand-loom")
    assert terminal.well("check", loom, "--json").json["design"] == "hand-loom"
    assert "design.toml is there already" in terminal.cofab("import", loom).err


def test_what_cannot_be_imported_is_told_with_its_place(terminal: Terminal, loom: Path, tmp_path: Path) -> None:
    (loom / "okh.toml").write_text(LOOM.replace("licensor", "licenser").replace("loom.scad", "loom.fcstd"))
    said = terminal.cofab("import", loom)
    assert said.status == 1
    assert "okh.toml:6: licenser: unknown key (did you mean licensor?)" in said.err
    (tmp_path / "empty").mkdir()
    assert "has no okh.toml and no okh.yml" in terminal.cofab("import", tmp_path / "empty").err
    assert terminal.cofab("import", tmp_path / "nowhere").status == 2


def test_links_in_a_strange_repository_are_not_followed(terminal: Terminal, loom: Path, tmp_path: Path) -> None:
    secret, written = tmp_path / "secret.toml", tmp_path / "written"
    (loom / "design.toml").symlink_to(written)
    said = terminal.cofab("import", loom)
    assert "design.toml is there already" in said.err
    assert not written.exists()
    (loom / "design.toml").unlink()
    (loom / "okh.toml").rename(secret)
    (loom / "okh.toml").symlink_to(secret)
    assert "has no okh.toml and no okh.yml" in terminal.cofab("import", loom).err


def test_a_repository_is_imported_at_a_tag_and_published_with_its_commit(
    terminal: Terminal, member: str, loom: Path, tmp_path: Path
) -> None:
    git(loom, "init", "--quiet")
    git(loom, "add", ".")
    git(loom, "commit", "--quiet", "-m", "Begin")
    git(loom, "tag", "v1.2.0")
    out = tmp_path / "fetched"
    terminal.well("import", loom.as_uri(), "--tag", "v1.2.0", "--out", out)
    refused = terminal.cofab("publish", out)
    assert refused.status == 1
    assert "not committed: design.toml" in refused.err
    git(out, "add", ".")
    git(out, "commit", "--quiet", "-m", "Describe")
    git(out, "tag", "v1.3.0")
    git(out, "remote", "set-url", "origin", "https://ada:secret@example.org/loom.git")
    made = terminal.well("publish", out, "--no-sign", "--json").json
    assert made["version"] == "1.3.0"
    exported = terminal.well("export-okh", f"{member}/hand-loom@1.3.0").out
    assert 'version = "1.3.0"' in exported
    name = f"{member}/hand-loom@1.3.0"
    assert "sell: yes" in terminal.well("licence", name).out
    assert "MIT: no" in terminal.well("licence", name, "--under", "MIT").out
    target = tmp_path / "loom-source.zip"
    assert terminal.well("source", name, "--out", target, "--json").json["included"] == [name]
    assert "hand-loom-1.3.0/source/loom.scad" in zipfile.ZipFile(target).namelist()
    assert "is there already" in terminal.cofab("source", name, "--out", target).err


def test_archives_are_sent_whole_by_a_real_server(
    terminal: Terminal, member: str, loom: Path, server: RegistryServer
) -> None:
    terminal.well("import", loom)
    terminal.well("publish", loom, "--to", f"{member}/hand-loom", "--no-sign")
    for _ in range(3):
        for name in ("archive.zip", "source.zip"):
            url = f"{server.url}/api/v1/designs/{member}/hand-loom/versions/latest/{name}"
            answer = httpx.get(url).raise_for_status()
            assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
