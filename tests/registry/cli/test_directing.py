"""`cofab pause`, `resume`, `stop` and `cancel --copy`: which copy is meant, and how the answer is told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from registry.cli.following import copy_lines
from registry.client_reply import Json, Reply
from registry.core.attempts import JobState
from tests.registry.cli.scripted import Answer, Asked, Scripted, problem, told
from tests.registry.cli.terminal import Ended, Terminal


def attempt(name: str, plate: str | None = None) -> dict[str, Json]:
    return {"id": name, "plate": plate, "state": "printing"}


def order(*states: str, plates: Mapping[int, str] | None = None) -> dict[str, object]:
    """An order whose copies are in these states; `plates`: copy → the attempt of its plate."""
    lie = plates or {}
    jobs = [
        {
            "id": f"ord_1-{copy}", "copy": copy, "state": state,
            "attempts": [attempt(f"att_{copy}", lie.get(copy))] if state != "queued" else [],
        }
        for copy, state in enumerate(states, 1)
    ]  # fmt: skip
    return {"id": "ord_1", "state": "making", "quantity": len(jobs), "copies": _tally(states), "jobs": jobs}


def _tally(states: Sequence[str]) -> dict[str, int]:
    return {state.value: Counter(states)[state.value] for state in JobState}


def call(tmp_path: Path, before: dict[str, object], after: Answer, *arguments: str) -> tuple[Ended, list[Asked]]:
    """Run one command; the order is `before`, and what is asked for is answered by `after`."""
    with Scripted(lambda asked: told(before) if asked.method == "GET" else after) as server:
        terminal = Terminal(tmp_path, {"COFAB_REGISTRY": server.url, "COFAB_TOKEN": "token"})
        return terminal.cofab(*arguments), [asked for asked in server.asked if asked.method == "POST"]


@pytest.mark.parametrize(
    ("verb", "words"),
    [("pause", "was asked to pause"), ("resume", "was asked to go on"), ("stop", "was asked to stop")],
)
def test_the_copy_that_a_machine_works_on_is_meant(tmp_path: Path, verb: str, words: str) -> None:
    there = order("done", "active", "queued")
    ended, (asked,) = call(tmp_path, there, told(there), verb, "ord_1")
    assert asked.path == f"/api/v1/orders/ord_1/jobs/ord_1-2/{verb}"
    assert (ended.status, f"the machine of copy 2 of ord_1 {words}" in ended.out) == (0, True)


def test_copies_on_one_plate_are_one_thing_to_direct(tmp_path: Path) -> None:
    there = order("active", "active", "active", plates={1: "att_1", 2: "att_1", 3: "att_1"})
    _, (asked,) = call(tmp_path, there, told(there), "pause", "ord_1")
    assert asked.path == "/api/v1/orders/ord_1/jobs/ord_1-1/pause"


def test_which_of_several_machines_must_be_said(tmp_path: Path) -> None:
    there = order("active", "active", "active", plates={1: "att_1", 3: "att_1"})
    ended, asked = call(tmp_path, there, told(there), "pause", "ord_1")
    assert (ended.status, asked) == (1, [])
    assert "machines work on copies 1, 3, 2: say which with --copy" in ended.err
    ended, (asked_one,) = call(tmp_path, there, told(there), "pause", "ord_1", "--copy", "2")
    assert (ended.status, asked_one.path) == (0, "/api/v1/orders/ord_1/jobs/ord_1-2/pause")


def test_nothing_to_direct_is_said(tmp_path: Path) -> None:
    there = order("done", "queued")
    assert "no machine works on a copy of this order now" in call(tmp_path, there, told(there), "stop", "ord_1")[0].err
    ended, _ = call(tmp_path, there, told(there), "stop", "ord_1", "--copy", "7")
    assert "the order has no copy 7: it has 2" in ended.err


def test_a_copy_that_was_stopped_before_its_start_can_be_made_again(tmp_path: Path) -> None:
    ended, _ = call(tmp_path, order("active"), told(order("needs_redo")), "stop", "ord_1")
    assert "copy 1 of ord_1 was taken from its machine: cofab redo ord_1 --copy 1" in ended.out


def test_a_refusal_is_told_in_the_words_of_the_registry(tmp_path: Path) -> None:
    words = "copy 1: the machine's work on it is staged: it cannot be paused"
    ended, _ = call(tmp_path, order("active"), problem(409, "not_running", words), "pause", "ord_1")
    assert (ended.status, words in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (None, "printing on MK3S"),
        ("pause", "printing on MK3S, asked to pause"),
        ("cancel", "printing on MK3S, asked to stop"),
    ],
)
def test_what_was_asked_of_a_machine_is_shown_until_it_reports(command: str | None, said: str) -> None:
    latest = {**attempt("att_1"), "machine_name": "MK3S", "command": command, "progress": 0.5}
    job = {"id": "ord_1-1", "copy": 1, "state": "active", "reason": None, "attempts": [latest]}
    assert copy_lines(Reply({"jobs": [job]}, "here")) == [("copy 1", said, 0.5)]


def test_one_copy_is_cancelled(tmp_path: Path) -> None:
    there = order("active", "queued")
    ended, (asked,) = call(tmp_path, there, told(there), "cancel", "ord_1", "--copy", "2")
    assert (ended.status, asked.path) == (0, "/api/v1/orders/ord_1/jobs/ord_1-2/cancel")
    ended, asked_none = call(tmp_path, there, told(there), "cancel", "ord_1", "--copy", "2", "--rest")
    assert (ended.status, asked_none) == (2, [])
