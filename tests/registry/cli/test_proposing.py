"""Proposals from the command line against a real registry: conflict, resolution, acceptance."""

from pathlib import Path

from tests.registry.cli.terminal import Terminal


def test_a_change_is_proposed_merged_by_hand_and_accepted(terminal: Terminal, member: str, hook: Path, tmp_path: Path):
    terminal.well("publish", hook)
    terminal.well("fork", f"{member}/my-hook@1.0.0", "--to", f"{member}/deep-hook")
    copy = tmp_path / "deep"
    terminal.well("download", f"{member}/deep-hook", "--out", copy)
    for folder, default in ((copy, "40.0"), (hook, "35.0")):
        manifest = folder / "design.toml"
        manifest.write_text(manifest.read_text().replace("= 30.0", f"= {default}"))
    named = (copy / "design.toml").read_text().replace('name = "my-hook"', 'name = "deep-hook"')
    (copy / "design.toml").write_text(named)
    refused = terminal.cofab("publish", hook, "--version", "1.0.1")
    assert (refused.status, "publish 1.1.0" in refused.err) == (1, True)
    terminal.well("publish", hook, "--version", "1.1.0")
    terminal.well("publish", copy, "--version", "1.1.0")
    offered = terminal.well("propose", f"{member}/deep-hook", "--title", "Deeper")
    assert f"{member}/deep-hook@1.1.0 is offered as {member}/my-hook#1" in offered.out
    label = f"{member}/my-hook#1"
    assert label in terminal.well("proposals", f"{member}/my-hook").out
    (conflict,) = terminal.well("proposal", "merge", label, "--json").json["conflicts"]
    assert (conflict["place"], conflict["ours"], conflict["theirs"]) == ("parameters.reach.default", "35.0", "40.0")
    assert "theirs | 40.0" in terminal.well("proposal", "merge", label).out
    assert terminal.cofab("proposal", "accept", label).status == 1
    assert terminal.cofab("proposal", "resolve", label, conflict["id"]).status == 2
    settled = terminal.well("proposal", "resolve", label, conflict["id"], "--text", "38.0")
    assert "It merges cleanly." in settled.out
    terminal.well("proposal", "comment", label, "Why 38?", "--file", "design.toml", "--line", "1")
    accepted = terminal.well("proposal", "accept", label)
    assert f"as {member}/my-hook@1.2.0" in accepted.out
    assert "accepted" in terminal.well("proposals", f"{member}/my-hook", "--all").out
    assert "There are no open ones." in terminal.well("proposals", f"{member}/my-hook").out
