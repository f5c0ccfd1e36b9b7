"""Orders against a registry that really builds. No agent takes them: what machines do is tried elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.registry import RegistryServer
from tests.registry.cli.conftest import PASSWORD
from tests.registry.cli.terminal import Terminal

SCRIPT = "import cadquery as cq\nwidth = 10.0\nshow_object(cq.Workplane().box(width, 5, 5))\n"


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    with RegistryServer(tmp_path_factory.mktemp("building")) as running:
        yield running


@pytest.fixture(scope="module")
def ada(building: RegistryServer, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Has published a block, a block that cannot be built, and nothing else."""
    home = tmp_path_factory.mktemp("ada")
    terminal = Terminal(home)
    terminal.well("register", building.url, "--name", "ada", "--password-stdin", stdin=f"{PASSWORD}\n")
    for name, text in (("block", SCRIPT), ("broken", SCRIPT.replace("5, 5)", "5, 0)"))):
        (home / f"{name}.py").write_text(text)
        terminal.well("publish", home / f"{name}.py", "--licence", "CERN-OHL-S-2.0")
    return terminal


def test_order_cancel_and_watch_to_the_end(ada: Terminal):
    placed = ada.well("order", "ada/block", "-p", "width=12.5", "-n", "2", "--material", "PETG", "--json").json
    assert (placed["version"], placed["quantity"], placed["parameters"]) == ("ada/block@1.0.0", 2, {"width": "12.5"})
    assert placed["id"] in ada.well("orders").out
    cancelled = ada.well("cancel", placed["id"])
    assert f"{placed['id']} is cancelled" in cancelled.out
    watched = ada.cofab("watch", placed["id"])
    assert watched.status == 1
    assert " placed (ada)" in watched.out
    assert " copy 2: cancelled" in watched.out
    assert "cancelled, 0 of 2 made" in watched.err


def test_watching_for_programs_is_a_line_of_json_for_each_change(ada: Terminal):
    placed = ada.well("order", "ada/block", "--json").json
    ada.well("cancel", placed["id"])
    watched = ada.cofab("watch", placed["id"], "--json")
    assert watched.status == 1
    assert [json.loads(line)["state"] for line in watched.out.splitlines()][-1] == "cancelled"


def test_waiting_for_an_order_that_cannot_be_built_ends_with_the_reason(ada: Terminal):
    ended = ada.cofab("order", "ada/broken", "--wait")
    assert ended.status == 1
    assert "1 × ada/broken@1.0.0 in PLA" in ended.out
    assert "failed, 0 of 1 made" in ended.err
    assert len(ended.err.strip().splitlines()) >= 2


def test_where_it_can_be_made(ada: Terminal):
    assert "no machine can make it" in ada.well("order", "ada/block", "--where").err
    assert ada.well("order", "ada/block", "--where", "--json").json["machines"] == []
    assert ada.well("orders", "--to-make").err.strip() == "no orders"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ada/block", "-p", "width=ten"], 1, "width"),
        (["ada/block", "-p", "depth=1"], 1, "depth"),
        (["ada/block", "--preset", "large"], 1, "large"),
        (["ada/block", "--facility", "no-such-place"], 1, "no-such-place"),
        (["ada/nothing"], 1, "there is no design ada/nothing"),
        (["ada/block@9.9.9"], 1, "9.9.9"),
        (["ada/block", "-n", "0"], 2, "-n"),
        (["ada/block", "-p", "width"], 2, "NAME=VALUE"),
    ],
)
def test_what_cannot_be_ordered_is_said(arguments: list[str], status: int, said: str, ada: Terminal):
    ended = ada.cofab("order", *arguments)
    assert ended.status == status
    assert said in ended.err


def test_redo_needs_a_copy_that_needs_it(ada: Terminal):
    placed = ada.well("order", "ada/block", "--json").json
    assert "no copy of this order needs to be made again" in ada.cofab("redo", placed["id"]).err
    assert "the order has no copy 3" in ada.cofab("redo", placed["id"], "--copy", "3").err
    assert ada.cofab("redo", "ord_nothing").status == 1
    ada.well("cancel", placed["id"])


def test_orders_are_nobody_elses_business(ada: Terminal, building: RegistryServer, tmp_path: Path):
    placed = ada.well("order", "ada/block", "--json").json
    eve = Terminal(tmp_path / "eve")
    eve.well("register", building.url, "--name", "eve", "--password-stdin", stdin=f"{PASSWORD}\n")
    for command in ("watch", "cancel", "redo"):
        ended = eve.cofab(command, placed["id"])
        assert ended.status == 1
        assert ended.err.startswith("error: ")
        assert ended.out == ""
    assert ada.well("orders", "--json").json["orders"][0]["state"] != "cancelled"
    ada.well("cancel", placed["id"])
