"""What the driver may say of a print, from what it asked for and saw: pure rules, and the file that keeps them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.machine import MachineConfused, Outcome
from printers.prusalink_messages import Look
from printers.prusalink_record import KEPT, History, Record

FILE, OTHER, PROCESS = "a.gcode", "b.gcode", "11111111"
IDLE = Look("IDLE", selected=OTHER)
PRINTING = Look("PRINTING", working=True, job=7, file=FILE)
FINISHED = Look("FINISHED", selected=FILE)
STOPPED = Look("STOPPED", selected=FILE)
LOST = Look("ERROR", selected=FILE, trouble="Serial device does not exist")
SENT = Record().with_sent(FILE)
ASKED = SENT.asked(FILE, PROCESS)
BEGUN = ASKED.answered(begun=True)


def after(record: Record, *looks: Look) -> Record:
    for look in looks:
        record = record.seen(look)
    return record


@pytest.mark.parametrize(
    ("looks", "outcome"),
    [
        ((PRINTING, FINISHED), Outcome.DONE),
        ((FINISHED,), Outcome.DONE),
        ((PRINTING, replace(PRINTING, state="PAUSED"), PRINTING, FINISHED, IDLE), Outcome.DONE),
        ((PRINTING, STOPPED), Outcome.CANCELLED),
        ((PRINTING, LOST), Outcome.FAILED),
        ((PRINTING, LOST, STOPPED), Outcome.FAILED),
        ((PRINTING, Look("PRINTING"), FINISHED), Outcome.DONE),
        ((PRINTING, Look("ATTENTION"), STOPPED), Outcome.CANCELLED),
        ((PRINTING, IDLE), None),
        ((PRINTING, Look("BUSY")), None),
        ((PRINTING, IDLE, FINISHED), None),
        ((PRINTING, Look("FINISHED", selected=OTHER)), None),
        ((PRINTING, Look("FINISHED")), None),
        ((PRINTING, Look("PRINTING", working=True, job=8, file=OTHER)), None),
    ],
)
def test_only_an_end_that_was_seen_is_one(looks: tuple[Look, ...], outcome: Outcome | None) -> None:
    record = after(BEGUN, *looks)
    assert record.outcome(FILE) is outcome
    assert record.starts(FILE, IDLE, PROCESS) == 1
    assert [run.outcome for run in record.over_since(0) if run.file == FILE] == ([outcome] if outcome else [])


def test_a_start_that_was_not_answered_is_settled_by_what_is_seen() -> None:
    for seen in (PRINTING, FINISHED, STOPPED):
        assert after(ASKED, seen).starts(FILE, IDLE, "another") == 1
    assert ASKED.starts(FILE, replace(IDLE, selected=FILE), PROCESS) == 1


def test_without_that_it_did_not_happen_only_by_the_word_of_the_same_process() -> None:
    assert after(ASKED, IDLE).starts(FILE, IDLE, PROCESS) == 0
    assert after(ASKED, IDLE).starts(FILE, IDLE, "another") is None
    assert after(ASKED, IDLE).starts(FILE, IDLE, None) is None
    assert after(SENT.asked(FILE, None), IDLE).starts(FILE, IDLE, PROCESS) is None
    assert after(ASKED, LOST).outcome(FILE) is None


def test_a_refused_start_is_none() -> None:
    assert ASKED.answered(begun=False).starts(FILE, IDLE, PROCESS) == 0
    assert ASKED.not_asked(FILE).starts(FILE, IDLE, PROCESS) == 0
    assert BEGUN.not_asked(FILE) == BEGUN
    assert ASKED.not_asked(OTHER) == ASKED


def test_of_a_file_that_it_never_sent_it_knows_nothing() -> None:
    assert Record().starts(FILE, IDLE, PROCESS) is None
    assert Record().seen(PRINTING).starts(FILE, IDLE, PROCESS) == 1


def test_what_somebody_else_began_counts() -> None:
    assert SENT.starts(FILE, IDLE, PROCESS) == 0
    assert SENT.starts(FILE, replace(IDLE, selected=FILE), PROCESS) == 1
    seen = after(BEGUN, PRINTING, FINISHED, IDLE, replace(PRINTING, job=8))
    assert seen.starts(FILE, IDLE, PROCESS) == 2
    assert seen.outcome(FILE) is None


def test_a_print_that_goes_on_after_its_power_came_back_is_the_same_one() -> None:
    record = after(BEGUN, PRINTING, IDLE, replace(PRINTING, state="PAUSED"), PRINTING, FINISHED)
    assert (record.starts(FILE, IDLE, PROCESS), record.outcome(FILE)) == (1, Outcome.DONE)


def test_a_number_that_comes_late_makes_no_second_run() -> None:
    record = after(BEGUN, replace(PRINTING, job=None), PRINTING, replace(PRINTING, job=None), FINISHED)
    assert (record.starts(FILE, IDLE, PROCESS), record.outcome(FILE)) == (1, Outcome.DONE)


LOOKS = st.builds(
    Look,
    state=st.sampled_from(["IDLE", "READY", "BUSY", "PRINTING", "PAUSED", "FINISHED", "STOPPED", "ERROR", "ATTENTION"]),
    working=st.booleans(),
    job=st.sampled_from([None, 7, 8]),
    file=st.sampled_from([FILE, OTHER, None]),
    selected=st.sampled_from([FILE, OTHER, None]),
)


@given(looks=st.lists(LOOKS, max_size=8), answered=st.booleans())
def test_whatever_is_seen_a_start_is_neither_lost_nor_made_up(looks: list[Look], *, answered: bool) -> None:
    record = BEGUN if answered else ASKED
    for look in looks:
        before, record = record, record.seen(look)
        assert record.last_number >= before.last_number
        assert record.seen(look) == record  # Looking twice adds nothing.
    starts = record.starts(FILE, IDLE, "another")
    jobs = [look.file for look in looks if look.working]
    assert starts is None or starts >= 1
    if answered or jobs[:1] == [FILE]:
        assert starts is not None
    if record.outcome(FILE) is not None:
        assert any(look.state in {"FINISHED", "STOPPED", "ERROR"} for look in looks)


async def test_it_is_kept_over_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "record"
    kept = await History(folder).change(lambda record: after(record.with_sent(FILE).asked(FILE, PROCESS), STOPPED))
    assert await History(folder).read() == kept
    assert [path.name for path in folder.iterdir()] == ["record.json"]


async def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    record = Record()
    for number in range(KEPT + 5):
        record = record.with_sent(f"{number}.gcode").asked(f"{number}.gcode", PROCESS).answered(begun=True)
    assert (len(record.runs), len(record.sent), record.last_number) == (KEPT, KEPT, KEPT + 5)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"runs": [{"outcome": null}], "sent": []}', '{"runs": [5], "sent": []}']
)
async def test_a_damaged_record_is_not_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "record.json").write_text(text)
    with pytest.raises(MachineConfused, match="move it away"):
        await History(tmp_path).read()


async def test_a_record_that_cannot_be_written_stops_what_needs_it(tmp_path: Path) -> None:
    (tmp_path / "record").write_text("a file is in the way")
    history = History(tmp_path / "record")
    with pytest.raises(MachineConfused):
        await history.change(lambda record: record.with_sent(FILE))
