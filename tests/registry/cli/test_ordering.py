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
        (["ada/block", "--within", "50km"], 2, "--within needs --near"),
        (["ada/block", "--within", "near"], 2, "give kilometres, like 50km"),
        (["ada/block", "--most", "20"], 2, "like 20 EUR"),
        (["ada/block", "--by", "soon"], 2, "write it like 2026-12-01"),
        (["ada/block", "--by", "2020-01-01"], 1, "is past"),
        (["ada/block", "--near", "95,0"], 1, "latitude is -90 to 90"),
        (["ada/block", "--near", "no-such-place"], 1, "no-such-place"),
        (["ada/block", "--machine", "MK9"], 1, "there is no machine 'MK9'"),
        (["ada/block", "--tolerance", "0"], 2, "--tolerance"),
    ],
)
def test_what_cannot_be_ordered_is_said(arguments: list[str], status: int, said: str, ada: Terminal):
    ended = ada.cofab("order", *arguments)
    assert ended.status == status
    assert said in ended.err


def test_conditions_are_kept_with_the_order(ada: Terminal):
    placed = ada.well(
        "order", "ada/block", "-n", "3", "--near", "53.79,-1.54", "--within", "50km", "--by", "2099-12-01",
        "--most", "20 eur", "--tolerance", "0.2", "--lay", "--commercial", "--json",
    ).json  # fmt: skip
    asks = placed["asks"]
    assert (asks["latitude"], asks["longitude"], asks["within_km"]) == (53.79, -1.54, 50)
    assert (asks["most_cost"], asks["currency"], asks["tolerance_mm"]) == ("20", "EUR", 0.2)
    assert asks["wanted_by"].startswith("2099-1")
    assert asks["lay"] is asks["commercial"] is True
    assert "no machine can make it yet" in ada.well("where", placed["id"]).err
    assert ada.well("where", placed["id"], "--json").json["able"] == 0
    ada.well("cancel", placed["id"])


def test_copies_are_cancelled_that_nobody_has_begun(ada: Terminal):
    placed = ada.well("order", "ada/block", "-n", "2", "--json").json
    assert "is cancelled: 0 of 2 done, 2 cancelled" in ada.well("cancel", placed["id"], "--rest").out
    assert "none is left to cancel" in ada.cofab("cancel", placed["id"], "--rest").err


def test_an_order_comes_before_others_only_where_one_runs_the_facility(
    ada: Terminal, building: RegistryServer, tmp_path: Path
):
    eve = Terminal(tmp_path / "eve")
    eve.well("register", building.url, "--name", "evelyn", "--password-stdin", stdin=f"{PASSWORD}\n")
    eve.well("facility", "create", "Evelyn's shed", "--slug", "shed", "--latitude", "51.5", "--longitude", "-0.1")
    refused = eve.cofab("order", "ada/block", "--priority", "5")
    assert "only those who run the facility that an order names" in refused.err
    placed = eve.well("order", "ada/block", "--facility", "shed", "--priority", "5", "--json").json
    assert placed["priority"] == 5
    assert "has priority 2" in eve.well("priority", placed["id"], "2").out
    assert ada.well("order", "ada/block", "--near", "shed", "--within", "5", "--where", "--json").json["machines"] == []
    eve.well("cancel", placed["id"])


def test_redo_needs_a_copy_that_needs_it(ada: Terminal):
    placed = ada.well("order", "ada/block", "--json").json
    assert "no copy of this order failed or was scrapped" in ada.cofab("redo", placed["id"]).err
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
