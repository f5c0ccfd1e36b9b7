"""Needs, webhooks and timelines on the command line, against a registry process."""

import json

from testbed.process import wait_until
from testbed.registry import RegistryServer
from tests.registry.cli.terminal import Terminal


def test_a_need_on_the_command_line(terminal: Terminal, member: str, server: RegistryServer):
    made = json.loads(
        terminal.well("need", "open", f"A hook for {member}", "--tag", "hook", "--note", "my coat", "--json").out
    )
    need = made["id"]
    assert need in terminal.well("need", "list", "hook", "--member", member).out
    terminal.well("need", "take", need, "--note", "until Sunday")
    shown = terminal.well("need", "show", need).out
    assert "my coat" in shown
    assert "until Sunday" in shown
    assert json.loads(terminal.well("need", "drop", need, "--take-up", "--json").out)["taken_up_by"] == []
    assert "withdrawn" in terminal.well("need", "withdraw", need, "we have one").out
    assert need in terminal.well("need", "list", "--closed", "--member", member).out
    assert "(open" in terminal.well("need", "reopen", need, "it broke").out
    ended = terminal.cofab("need", "answer", need, "ada/nothing@1.0.0")
    assert ended.status == 1
    assert "nothing" in ended.err
    wait_until(lambda: "need.reopened" in terminal.well("timeline", need).out, seconds=20, what="the log's follower")
    assert f"A hook for {member}" in terminal.well("timeline", member, "--kind", "need").out


def test_a_webhook_on_the_command_line(terminal: Terminal, member: str, server: RegistryServer):
    refused = terminal.cofab("hook", "create", "https://127.0.0.1/hook")
    assert refused.status == 1
    assert "not an address of the public network" in refused.err
    made = json.loads(
        terminal.well("hook", "create", "https://hooks.invalid/x", "--kind", "need", "--label", "chat", "--json").out
    )
    hook = made["id"]
    assert made["secret"].startswith("whsec_")
    assert hook in terminal.well("hook", "list").out
    assert terminal.well("hook", "rotate", hook).out.startswith("whsec_")
    terminal.well("hook", "pause", hook)
    assert "paused" in terminal.well("hook", "list").out
    terminal.well("hook", "test", hook)
    assert "hook.test" in terminal.well("hook", "deliveries", hook).out
    terminal.well("hook", "remove", hook)
    assert hook not in terminal.well("hook", "list").out
