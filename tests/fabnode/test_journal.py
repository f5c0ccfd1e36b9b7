"""The journal keeps each step whole, owes its reports in order without gaps, and belongs to one node."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fabnode import events as e
from fabnode.core import Step
from fabnode.journal import Journal, JournalError, UnknownAttempt
from fabnode.protocol import AttemptState as S
from fabnode.protocol import BedState, ClaimedJob, SliceFigures

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIGURES = SliceFigures(slicer="s", profile="p", gcode_sha256="a" * 64, gcode_bytes=10)
TO_PERMIT = (e.PreparationBegan(), e.Sliced(FIGURES), e.Staged(), e.PermitGranted("p", 1.0))


def claimed(attempt: str = "a1", machine: str = "m1", epoch: int = 1) -> ClaimedJob:
    return ClaimedJob(
        job="j1", attempt=attempt, epoch=epoch, lease_seconds=60, machine=machine, order="o1", design="ada/cube@1.0.0",
        snapshot="0" * 64, recipe="1" * 64, artifacts=(), material="PLA",
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Journal.create(tmp_path / "journal.sqlite", "node-1")
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Journal:
    journal = Journal(path, "node-1")
    journal.know_machine("m1", NOW)
    return journal


def begin(journal: Journal, attempt: str = "a1") -> Step:
    journal.note_claim("key-" + attempt, ("m1",), NOW)
    step = journal.settle_claim("key-" + attempt, claimed(attempt), f"cofab-{attempt}.gcode", NOW)
    assert step
    return step


def advance(journal: Journal, *events: e.Event) -> Step:
    for event in events:
        step = journal.advance("a1", event, NOW)
        assert step.refused is None
    return step


def test_a_new_machines_bed_is_not_known(journal: Journal) -> None:
    assert journal.beds()["m1"].state is BedState.UNKNOWN
    journal.change_bed("m1", e.BedCleared("ada"), "cleared by ada", NOW)
    journal.know_machine("m1", NOW + timedelta(days=1))
    bed = journal.beds()["m1"]
    assert (bed.state, bed.note, bed.at) == (BedState.CLEAR, "cleared by ada", NOW)


def test_a_claim_in_flight_is_asked_again_until_it_is_answered(path: Path, journal: Journal) -> None:
    journal.note_claim("k1", ("m1",), NOW)
    journal.close()
    again = Journal(path, "node-1")
    assert again.claims_in_flight() == {"k1": ("m1",)}
    assert again.settle_claim("k1", claimed(), "cofab-a1.gcode", NOW)
    assert again.claims_in_flight() == {}
    assert again.settle_claim("k1", claimed(), "cofab-a1.gcode", NOW) is None, (
        "the same answer again brings nothing new"
    )
    assert [report.state for report in again.owed()] == [S.CLAIMED]


def test_everything_is_there_after_the_process_died(path: Path, journal: Journal) -> None:
    journal.change_bed("m1", e.BedCleared("ada"), "cleared by ada", NOW)
    begin(journal)
    advance(journal, *TO_PERMIT)
    other = Journal(path, "node-1")
    record = other.holding("m1")
    assert record
    assert record.attempt.state is S.START_INTENT
    assert record.attempt.permit == "p"
    assert record.figures == FIGURES
    assert other.beds()["m1"].state is BedState.UNKNOWN
    assert [past.event for past in other.history("a1")] == [
        "Claimed",
        "PreparationBegan",
        "Sliced",
        "Staged",
        "PermitGranted",
    ]
    assert [report.sequence for report in other.owed()] == [1, 2, 3, 4]


def test_reports_are_owed_until_acknowledged_and_numbers_are_never_reused(path: Path, journal: Journal) -> None:
    journal.change_bed("m1", e.BedCleared("ada"), "cleared by ada", NOW)
    begin(journal)
    advance(journal, *TO_PERMIT[:2])
    journal.acknowledge(3)
    assert journal.owed() == ()
    journal.close()
    again = Journal(path, "node-1")
    again.advance("a1", e.Staged(), NOW)
    assert [(report.sequence, report.state) for report in again.owed()] == [(4, S.STAGED)]


def test_what_was_acknowledged_is_owed_again_to_a_registry_that_lost_it(journal: Journal) -> None:
    begin(journal)
    advance(journal, *TO_PERMIT[:2])
    journal.acknowledge(3)
    assert journal.rewind(1)
    assert [report.sequence for report in journal.owed()] == [2, 3]
    assert journal.owed_count() == 2


def test_what_was_told_long_ago_is_forgotten_and_what_is_owed_never(journal: Journal) -> None:
    begin(journal)
    advance(journal, *TO_PERMIT[:2])
    journal.acknowledge(2)
    journal.forget(NOW + timedelta(days=1))
    assert [report.sequence for report in journal.owed()] == [3]
    assert not journal.rewind(0), "nobody can tell it again"
    assert [report.sequence for report in journal.owed()] == [3]


def test_the_files_of_what_is_over_are_remembered_until_they_are_gone(journal: Journal) -> None:
    begin(journal)
    assert journal.untidy("m1") == ()
    advance(journal, e.CancelAsked("owner"))
    assert journal.untidy("m1") == ("a1",)
    assert journal.untidy("m2") == ()
    journal.tidied("a1")
    assert journal.untidy("m1") == ()


def test_a_refused_event_leaves_no_trace(journal: Journal) -> None:
    begin(journal)
    before = journal.history("a1"), journal.owed()
    assert journal.advance("a1", e.Started(), NOW).refused
    assert (journal.history("a1"), journal.owed()) == before


def test_a_second_job_for_a_machine_that_is_held_is_given_back(journal: Journal) -> None:
    begin(journal)
    step = begin(journal, "a2")
    assert step.tells[0].state is S.FAILED
    assert step.tells[0].retry
    held = journal.holding("m1")
    assert held
    assert held.attempt.id == "a1"


def test_a_finished_part_does_not_hold_the_machine(journal: Journal) -> None:
    journal.change_bed("m1", e.BedCleared("ada"), "cleared by ada", NOW)
    begin(journal)
    advance(journal, *TO_PERMIT, e.Started(), e.SeenPrinting())
    assert journal.change_bed("m1", e.BedCleared("ada"), "x", NOW).refused
    assert journal.beds()["m1"].state is BedState.OCCUPIED
    advance(journal, e.SeenDone(print_seconds=3.0))
    assert journal.holding("m1") is None
    assert [record.attempt.id for record in journal.unfinished()] == ["a1"]
    journal.change_bed("m1", e.BedCleared("ada"), "cleared by ada", NOW)
    advance(journal, e.AcceptedGood("ada"))
    assert journal.beds()["m1"].state is BedState.CLEAR, "the verdict on an earlier part says nothing about the bed"
    assert journal.unfinished() == ()
    assert [record.attempt.state for record in journal.recent(5)] == [S.GOOD]


def test_old_attempts_are_forgotten_but_never_open_ones(journal: Journal) -> None:
    begin(journal)
    assert journal.forget(NOW + timedelta(days=1)) == 0
    advance(journal, e.CancelAsked("owner"))
    assert journal.forget(NOW) == 0
    assert journal.forget(NOW + timedelta(days=1)) == 1
    assert journal.history("a1") == ()
    with pytest.raises(UnknownAttempt, match="no attempt 'a1'"):
        journal.attempt("a1")


def test_a_failing_change_is_rolled_back(journal: Journal) -> None:
    begin(journal)
    journal.note_claim("key-a2", ("m1",), NOW)
    with pytest.raises(sqlite3.IntegrityError):
        journal.settle_claim("key-a2", claimed("a2"), "cofab-a1.gcode", NOW)  # a file name that is taken
    assert journal.claims_in_flight() == {"key-a2": ("m1",)}
    assert len(journal.owed()) == 1


def test_a_commit_that_fails_leaves_the_journal_usable(journal: Journal) -> None:
    """As a disk that fills up at the commit does, which may leave the transaction open."""
    journal._db.executescript(
        "PRAGMA foreign_keys=ON; CREATE TABLE whole (id INTEGER PRIMARY KEY);"
        "CREATE TABLE part (whole INTEGER REFERENCES whole DEFERRABLE INITIALLY DEFERRED);"
        "CREATE TRIGGER fails AFTER INSERT ON claims BEGIN INSERT INTO part VALUES (1); END;"
    )
    with pytest.raises(sqlite3.IntegrityError):
        journal.note_claim("key-a1", ("m1",), NOW)
    journal._db.execute("DROP TRIGGER fails")
    assert journal.claims_in_flight() == {}
    begin(journal)
    assert len(journal.owed()) == 1


def test_a_missing_or_foreign_journal_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="belongs to node node-1, the agent is enrolled as node-2"):
        Journal(path, "node-2")
    with pytest.raises(JournalError, match=r"is missing.*enrol the agent anew"):
        Journal(tmp_path / "other.sqlite", "node-1")


@pytest.mark.parametrize("data", [b"", b"not a database" * 100])
def test_a_damaged_journal_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "journal.sqlite").write_bytes(data)
    with pytest.raises(JournalError, match="is damaged"):
        Journal(tmp_path / "journal.sqlite", "node-1")


def test_a_journal_that_is_damaged_or_cut_further_in_is_refused(path: Path, tmp_path: Path) -> None:
    journal = Journal(path, "node-1")
    for number in range(50):
        journal.note_claim(f"key-{number}", ("m1",) * 100, NOW)
    journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal.close()
    whole = path.read_bytes()
    page = 4096
    for name, data in {"cut": whole[: -page * 3], "scratched": whole[: -page * 2] + b"\xaa" * page * 2}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(JournalError, match="is damaged"):
            Journal(tmp_path / name, "node-1")


def test_commits_reach_the_disk(path: Path) -> None:
    journal = Journal(path, "node-1")
    mode, synchronous = (
        journal._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    )
    assert (mode, synchronous) == ("wal", 2)
