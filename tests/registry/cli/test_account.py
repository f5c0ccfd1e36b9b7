"""Logins and tokens: kept where only their owner can read them, and never shown."""

import json
import stat
from pathlib import Path

import pytest

from registry.cli.token_file import (
    Login,
    Logins,
    TokenFileUnusable,
    read_logins,
    with_login,
    without_login,
    write_logins,
)
from testbed.registry import RegistryServer
from tests.registry.cli.conftest import PASSWORD
from tests.registry.cli.terminal import Terminal


def test_register_keeps_the_token_privately_and_never_shows_it(terminal: Terminal, member: str, server: RegistryServer):
    kept = read_logins(terminal.token_file)
    token = kept.by_url[server.url].token
    assert kept.latest == server.url
    assert token.startswith("cofab_")
    assert stat.S_IMODE(terminal.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(terminal.token_file.parent.stat().st_mode) == 0o700
    for arguments in (("whoami",), ("whoami", "--json"), ("token", "list", "--json"), ("doctor",)):
        ended = terminal.well(*arguments)
        assert token not in ended.out + ended.err
    assert token not in repr(kept)
    assert member in terminal.well("whoami").out


def test_login_again_with_name_and_password(terminal: Terminal, member: str, server: RegistryServer):
    terminal.well("logout")
    assert terminal.cofab("whoami", "--registry", server.url).status == 1
    terminal.well("login", server.url, "--name", member, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert terminal.well("whoami", "--json").json["name"] == member


def test_a_prompted_password_is_not_echoed(terminal: Terminal, member: str, server: RegistryServer):
    ended = terminal.well("login", server.url, stdin=f"{member}\n{PASSWORD}\n")
    assert PASSWORD not in ended.out + ended.err


def test_wrong_password(terminal: Terminal, member: str, server: RegistryServer):
    ended = terminal.cofab("login", server.url, "--name", member, "--password-stdin", "--json", stdin="wrong one\n")
    assert ended.status == 1
    assert json.loads(ended.err)["error"]["code"] == "wrong_password"
    assert "wrong one" not in ended.err


def test_logout_ends_the_session_at_the_registry(terminal: Terminal, member: str, server: RegistryServer):
    token = read_logins(terminal.token_file).by_url[server.url].token
    terminal.well("logout")
    assert token not in terminal.token_file.read_text()
    thief = Terminal(terminal.home / "thief", {"COFAB_TOKEN": token, "COFAB_REGISTRY": server.url})
    assert thief.cofab("whoami").status == 1
    assert terminal.cofab("logout").status == 1


def test_tokens_for_programs(terminal: Terminal, member: str, server: RegistryServer):
    made = terminal.well("token", "create", "ci", "--scope", "read", "--days", "30")
    token = made.out.strip()
    assert token.startswith("cofab_")
    assert token not in made.err
    program = Terminal(terminal.home / "program", {"COFAB_TOKEN": token, "COFAB_REGISTRY": server.url})
    assert program.well("whoami", "--json").json["scopes"] == ["read"]
    assert not program.token_file.exists()
    refused = program.cofab("publish", terminal.home)
    assert refused.status == 1
    [listed] = [each for each in terminal.well("token", "list", "--json").json if each["label"] == "ci"]
    terminal.well("token", "revoke", listed["id"])
    assert program.cofab("whoami").status == 1
    taken = terminal.well("login", server.url, "--token-stdin", stdin=f"{_new(terminal)}\n")
    assert member in taken.out


def _new(terminal: Terminal) -> str:
    return terminal.well("token", "create", "laptop", "--scope", "read", "--scope", "publish").out.strip()


def test_where_a_login_is_needed_it_is_said_how(terminal: Terminal, server: RegistryServer, hook: Path):
    ended = terminal.cofab("publish", hook, "--registry", server.url)
    assert ended.status == 1
    assert f"run `cofab login {server.url}`, or set COFAB_TOKEN" in ended.err


def test_a_token_of_one_registry_is_never_sent_to_another(terminal: Terminal, member: str):
    ended = terminal.cofab("whoami", "--registry", "http://127.0.0.1:9")
    assert "you are not logged in at http://127.0.0.1:9" in ended.err


def test_passwords_over_the_open_net_are_warned_of(terminal: Terminal):
    ended = terminal.cofab("login", "http://registry.invalid", "--name", "x", "--password-stdin", stdin="secret\n")
    assert "not encrypted" in ended.err
    assert ended.status == 1


@pytest.mark.parametrize("content", ["", "[]", '{"logins": 3}', '{"latest": null, "logins": {"a": {}}}', "\x00"])
def test_a_damaged_file_is_said_and_not_overwritten(content: str, tmp_path: Path):
    path = tmp_path / "logins.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(TokenFileUnusable, match="is damaged: remove it and log in again"):
        read_logins(path)
    assert path.read_text() == content


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path):
    path = tmp_path / "logins.json"
    write_logins(path, Logins("http://a", {"http://a": Login("ada", "secret")}))
    path.chmod(0o644)
    with pytest.raises(TokenFileUnusable, match="chmod 600"):
        read_logins(path)


def test_logins_are_read_back(tmp_path: Path):
    path = tmp_path / "deep" / "logins.json"
    both = with_login(with_login(Logins(), "http://a", Login("ada", "1")), "http://b", Login("bob", "2"))
    write_logins(path, both)
    assert read_logins(path) == both
    assert read_logins(path).latest == "http://b"
    assert without_login(both, "http://b").latest == "http://a"
    assert [each.name for each in path.parent.iterdir()] == ["logins.json"]
