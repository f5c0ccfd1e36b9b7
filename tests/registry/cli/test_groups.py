"""Groups, handing over and one's own copy, from the command line against a real registry."""

import zipfile
from pathlib import Path

from testbed.registry import RegistryServer
from tests.registry.cli.terminal import Terminal

PASSWORD = "correct horse battery"


def test_a_group_takes_a_design_over_and_its_maker_a_copy_along(
    terminal: Terminal, member: str, server: RegistryServer, hook: Path, tmp_path: Path
):
    other = Terminal(tmp_path / "other")
    other.well("register", server.url, "--name", f"{member}-friend", "--password-stdin", stdin=f"{PASSWORD}\n")
    lab = f"lab-of-{member}"
    terminal.well("group", "create", lab, "--title", "The lab", "--kind", "coalition")
    terminal.well("group", "invite", lab, f"{member}-friend", "--role", "owner")
    assert lab in other.well("group", "list").out
    other.well("group", "accept", lab)
    assert f"{member}-friend" in terminal.well("group", "show", lab).out
    terminal.well("publish", hook)
    offered = terminal.well("transfer", "offer", f"{member}/my-hook", lab, "--json").json
    assert offered["to"] == f"{lab}/my-hook"
    other.well("transfer", "accept", offered["id"])
    assert terminal.well("show", f"{member}/my-hook", "--json").json["design"] == f"{lab}/my-hook"
    terminal.well("export", tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert any(name.startswith(f"designs/{lab}/my-hook/") for name in archive.namelist())
    terminal.well("group", "leave", lab)
    refused = other.cofab("group", "leave", lab)
    assert (refused.status, "keeps at least one owner" in refused.err) == (1, True)
    assert other.cofab("admin", "members").status == 1
