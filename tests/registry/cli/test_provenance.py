"""`cofab key`, `sign`, `verify` and `recall`: keys that stay here, and proofs that hold without the registry."""

import json
import stat
from pathlib import Path

from tests.registry.cli.terminal import Ended, Terminal


def steps(told: Ended) -> dict[str, str]:
    return {one["step"]: one["grade"] for one in told.json["steps"]}


def test_what_is_published_with_a_key_is_signed_and_proved(
    terminal: Terminal, member: str, hook: Path, tmp_path: Path
) -> None:
    made = terminal.well("key", "new", "--json").json
    assert stat.S_IMODE(Path(made["file"]).stat().st_mode) == 0o600
    assert "kept here" in terminal.well("key", "list").out
    assert "signed with default" in terminal.well("publish", hook).out
    name = f"{member}/my-hook@1.0.0"
    proofs = tmp_path / "proofs.json"
    told = terminal.well("verify", name, "--json", "--save", proofs, "--folder", hook, "--author-key", made["public"])
    assert steps(told) == dict.fromkeys(("log", "published", "signature", "content", "folder", "author"), "proved")
    assert "Everything that is shown holds" in terminal.well("verify", "--bundle", proofs).out
    bundle = json.loads(proofs.read_text())
    bundle["snapshot_sha256"] = "0" * 64
    proofs.write_text(json.dumps(bundle))
    changed = terminal.cofab("verify", "--bundle", proofs)
    assert (changed.status, "do not rely on it" in changed.out) == (1, True)
    (hook / "design.toml").write_text((hook / "design.toml").read_text() + "\n")
    other = terminal.cofab("verify", name, "--folder", hook)
    assert (other.status, "missing or different" in other.out) == (1, True)


def test_a_version_is_signed_later_with_an_encrypted_key(terminal: Terminal, member: str, hook: Path) -> None:
    terminal.env["COFAB_KEY_PASSPHRASE"] = "nobody guesses this"
    terminal.well("key", "new", "laptop", "--passphrase")
    terminal.well("publish", hook, "--no-sign")
    name = f"{member}/my-hook@1.0.0"
    assert "no author signed" in terminal.well("verify", name).out
    terminal.env["COFAB_KEY_PASSPHRASE"] = "wrong wrong wrong"
    assert "does not open" in terminal.cofab("sign", name).err
    terminal.env["COFAB_KEY_PASSPHRASE"] = "nobody guesses this"
    assert "is signed with laptop" in terminal.well("sign", name, "--folder", hook).out
    terminal.well("key", "revoke", "laptop", "--reason", "lost")
    assert "the key was revoked later" in terminal.well("verify", name).out
    assert "was revoked" in terminal.cofab("sign", name).err


def test_a_recall_is_seen_by_whoever_verifies(terminal: Terminal, member: str, hook: Path) -> None:
    terminal.well("publish", hook)
    name = f"{member}/my-hook@1.0.0"
    assert "is recalled" in terminal.well("recall", name, "--reason", "The arm breaks at 40 N").out
    assert "The arm breaks at 40 N" in terminal.cofab("verify", name).out
    assert "recalled already" in terminal.cofab("recall", name, "--reason", "again").err
    assert "recalled for safety" in terminal.cofab("order", name).err
