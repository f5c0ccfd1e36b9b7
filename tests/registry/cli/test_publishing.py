"""Publishing, forking, lineage and downloads against a real registry process."""

from pathlib import Path

import pytest

from testbed.registry import RegistryServer
from tests.registry.cli.conftest import PASSWORD
from tests.registry.cli.terminal import Terminal


def test_publish_counts_up_and_uploads_only_what_is_missing(terminal: Terminal, member: str, hook: Path):
    (hook / "notes.txt").write_text(f"only {member} has this")
    first = terminal.well("publish", hook)
    assert f"{member}/my-hook@1.0.0 is published (4 files" in first.out
    (hook / "README.md").write_text(f"# Changed by {member}\n")
    second = terminal.well("publish", hook, "--changelog", "A new README")
    assert f"{member}/my-hook@1.0.1" in second.out
    assert f"{len(f'# Changed by {member}') + 1} B uploaded" in second.out
    assert second.err.strip().splitlines() == ["Uploading: README.md"]
    shown = terminal.well("show", f"{member}/my-hook", "--json").json
    assert shown["version"] == "1.0.1"
    assert [(each["kind"], each["version"]) for each in shown["parents"]] == [("revises", f"{member}/my-hook@1.0.0")]


def test_a_version_is_never_published_twice(terminal: Terminal, member: str, hook: Path):
    terminal.well("publish", hook, "--version", "2.0.0")
    ended = terminal.cofab("publish", hook, "--version", "2.0.0")
    assert ended.status == 1
    assert "2.0.0" in ended.err
    assert terminal.cofab("publish", hook, "--version", "two").status == 1


def test_an_unmodified_script_is_published_with_its_licence(terminal: Terminal, member: str, tmp_path: Path):
    script = tmp_path / "Camera Mount.py"
    script.write_text("import cadquery as cq\nwidth = 10.0\nshow_object(cq.Workplane().box(width, 5, 5))\n")
    missing = terminal.cofab("publish", script)
    assert missing.status == 2
    assert "add --licence CERN-OHL-S-2.0" in missing.err
    assert terminal.cofab("publish", script, "--licence", "GPLv3").status == 1
    terminal.well("publish", script, "--licence", "CERN-OHL-S-2.0", "--description", "Holds a camera")
    shown = terminal.well("show", f"{member}/camera-mount").out
    assert "CERN-OHL-S-2.0" in shown
    assert "width" in shown


def test_the_licence_of_a_folder_stands_in_its_manifest(terminal: Terminal, member: str, hook: Path):
    assert terminal.cofab("publish", hook, "--licence", "MIT").status == 2


def test_nobody_publishes_into_the_namespace_of_another(
    terminal: Terminal, member: str, hook: Path, server: RegistryServer, tmp_path: Path
):
    other = Terminal(tmp_path / "other")
    other.well("register", server.url, "--name", f"{member}-other", "--password-stdin", stdin=f"{PASSWORD}\n")
    ended = other.cofab("publish", hook, "--to", f"{member}/my-hook")
    assert ended.status == 1
    assert ended.err.startswith("error: ")


def test_fork_change_publish_and_see_the_lineage(terminal: Terminal, member: str, hook: Path, tmp_path: Path):
    terminal.well("publish", hook)
    forked = terminal.well("fork", f"{member}/my-hook@1.0.0", "--to", f"{member}/deep-hook")
    assert f"{member}/deep-hook@1.0.0 is forked from {member}/my-hook@1.0.0" in forked.out
    copy = tmp_path / "deep"
    terminal.well("download", f"{member}/deep-hook", "--out", copy)
    manifest = (copy / "design.toml").read_text()
    (copy / "design.toml").write_text(
        manifest.replace('name = "my-hook"', 'name = "deep-hook"').replace("= 30.0", "= 40.0")
    )
    terminal.well("publish", copy, "--version", "1.1.0")
    tree = terminal.well("lineage", f"{member}/deep-hook").out.splitlines()
    assert [line.split("  (")[0] for line in tree] == [
        f"{member}/my-hook@1.0.0",
        f"└─ {member}/deep-hook@1.0.0 *  forks {member}/my-hook@1.0.0",
        f"   └─ {member}/deep-hook@1.1.0 *",
    ]
    assert len(terminal.well("lineage", f"{member}/my-hook", "--json").json["nodes"]) == 3
    past = terminal.well("lineage", f"{member}/deep-hook", "--ancestors").out.splitlines()
    assert [line.split()[:4] for line in past] == [
        [f"{member}/deep-hook@1.0.0", "1", "step", "revises"],
        [f"{member}/my-hook@1.0.0", "2", "steps", "forks"],
    ]
    assert f"{member}/deep-hook@1.1.0" in terminal.well("lineage", f"{member}/my-hook@1.0.0", "--concerned").out
    assert "nothing is newer than" in terminal.well("show", f"{member}/deep-hook").out
    (hook / "README.md").write_text("Now with a readme.\n")
    terminal.well("publish", hook)
    news = f"its origin {member}/my-hook has 1 newer version than {member}/my-hook@1.0.0:"
    assert news in terminal.well("lineage", f"{member}/deep-hook", "--news").out
    drift = terminal.well("lineage", f"{member}/deep-hook", "--drift").out
    assert f"{member}/deep-hook@1.1.0 is 2 ahead, 1 behind {member}/my-hook@1.0.1" in drift
    refused = terminal.cofab("lineage", f"{member}/my-hook", "--news")
    assert (refused.status, "is no fork" in refused.err) == (1, True)


def test_yank_needs_a_reason_and_an_exact_version(terminal: Terminal, member: str, hook: Path):
    terminal.well("publish", hook)
    assert terminal.cofab("yank", f"{member}/my-hook@1.0.0").status == 2
    assert terminal.cofab("yank", f"{member}/my-hook", "--reason", "bad").status == 2
    terminal.well("yank", f"{member}/my-hook@1.0.0", "--reason", "The arm breaks at 40 N")
    assert "withdrawn: The arm breaks at 40 N" in terminal.well("show", f"{member}/my-hook@1.0.0").err
    assert "withdrawn" in terminal.well("lineage", f"{member}/my-hook").out


def test_download_goes_on_and_overwrites_nothing(terminal: Terminal, member: str, hook: Path, tmp_path: Path):
    terminal.well("publish", hook)
    out = tmp_path / "out"
    assert "3 files, 3 fetched" in terminal.well("download", f"{member}/my-hook", "--out", out).out
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in hook.iterdir()
    }
    (out / "hook.py").unlink()
    (out / "hook.py.part").write_bytes((hook / "hook.py").read_bytes()[:100])
    assert "3 files, 1 fetched" in terminal.well("download", f"{member}/my-hook", "--out", out).out
    assert (out / "hook.py").read_bytes() == (hook / "hook.py").read_bytes()
    assert not (out / "hook.py.part").exists()
    (out / "README.md").write_text("mine")
    ended = terminal.cofab("download", f"{member}/my-hook", "--out", out)
    assert ended.status == 1
    assert "README.md is there with other content" in ended.err
    assert (out / "README.md").read_text() == "mine"


def test_search_and_names_that_are_not_there(terminal: Terminal, member: str, hook: Path):
    terminal.well("publish", hook)
    (hook / "design.toml").write_text(
        (hook / "design.toml").read_text().replace("A wall hook", f"Zz{member}zz wall hook")
    )
    terminal.well("publish", hook)
    assert terminal.well("search", f"Zz{member}zz").out.split()[0] == f"{member}/my-hook@1.0.1"
    assert "nothing found" in terminal.well("search", "nosuchword").err
    ended = terminal.cofab("show", f"{member}/nothing")
    assert ended.status == 1
    assert "there is no design" in ended.err


def test_a_design_with_problems_is_not_uploaded(terminal: Terminal, member: str, hook: Path):
    (hook / "hook.py").unlink()
    ended = terminal.cofab("publish", hook)
    assert ended.status == 1
    assert "names 'hook.py', which is not in the folder" in ended.err
    assert "Uploading" not in ended.err


def test_facilities(terminal: Terminal, member: str, server: RegistryServer):
    slug = f"lab-{member}"
    terminal.well("facility", "create", f"Lab {member}", "--slug", slug, "--latitude", "53.79", "--longitude", "-1.54")
    told = terminal.well("facility", "enrol", slug)
    assert told.out.startswith(f"fabnode enroll {server.url} --code ")
    assert slug in terminal.well("facility", "list").out
    assert terminal.cofab("facility", "enrol", "no-such-lab").status == 1
    assert terminal.cofab("facility", "create", "x", "--latitude", "91").status == 2


@pytest.mark.parametrize("name", ["ada/hook@", "ada/hook@1.x", "ada", "a/b/c", "@1.0.0", "ada/hook@1.0.0+build"])
def test_names_that_are_none_are_wrong_use(name: str, terminal: Terminal):
    ended = terminal.cofab("show", name)
    assert ended.status == 2
    assert "Invalid value" in ended.err
