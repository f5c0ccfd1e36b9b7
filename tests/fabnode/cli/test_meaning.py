"""Attempts are named by their machine."""

from typing import Any

import pytest

from fabnode.cli.meaning import attempt_meant, name_of
from fabnode.decisions import Refused


def line(attempt: str, machine: str, state: str) -> dict[str, Any]:
    return {"attempt": attempt, "machine": machine, "state": state, "design": "ada/cube@1.0.0"}


DONE_1, DONE_2, DOUBT = (
    line("a1", "m1", "finished_unverified"), line("a2", "m2", "finished_unverified"), line("a3", "m2", "uncertain")
)  # fmt: skip
NOW = {
    "machines": [
        {"key": "m1", "attempt": line("a4", "m1", "printing")},
        {"key": "m2", "attempt": DOUBT},
        {"key": "m3", "attempt": None},
    ],
    "to_decide": [DONE_1, DONE_2, DOUBT],
}


def test_a_machine_means_what_waits_on_it() -> None:
    assert attempt_meant(NOW, "m1", "verdict") == "a1"
    assert attempt_meant(NOW, "m1", "pause") == "a4"
    assert attempt_meant(NOW, "m2", "settle") == "a3"
    assert attempt_meant(NOW, "a9", "verdict") == "a9"
    assert [name_of(NOW, one) for one in (DONE_1, DOUBT)] == ["m1", "m2"]


def test_what_is_not_clear_is_asked_back() -> None:
    more = {**NOW, "to_decide": [DONE_1, line("a5", "m1", "finished_unverified")]}
    with pytest.raises(Refused, match=r"m1 has 2 that wait: name one of a1 \(ada/cube@1.0.0\), a5"):
        attempt_meant(more, "m1", "verdict")
    assert name_of(more, DONE_1) == "a1"
    for machine, decision, words in [
        ("m3", "verdict", "no finished part"), ("m1", "settle", "nothing of it is uncertain"),
        ("m3", "cancel", "it has no print"),
    ]:  # fmt: skip
        with pytest.raises(Refused, match=words):
            attempt_meant(NOW, machine, decision)
