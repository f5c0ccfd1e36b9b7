"""What a look at the machine means for the attempt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fabnode import events as e
from fabnode.core import Attempt
from fabnode.observation import Doubt, runs_foreign, runs_ours, seen_record, seen_running
from fabnode.protocol import AttemptState as S
from fabnode.protocol import ClaimedJob
from fabnode.records import Record
from printers.machine import Evidence, MachineEvent, MachineState, Outcome, Status

FILE = "cofab-a1.gcode"
ATTEMPT = Attempt("a1", "j1", 1, "m1", FILE, S.PRINTING)
PATIENT, IMPATIENT = Doubt(1, 60), Doubt(61, 60)
NOTHING = Evidence(FILE, present=True, size=10, starts=0)


def status(state: MachineState, file: str | None = FILE) -> Status:
    return Status(state, file)


@pytest.mark.parametrize("state", [MachineState.PRINTING, MachineState.PAUSED, MachineState.BUSY])
def test_our_file_at_work_is_ours(state: MachineState) -> None:
    assert runs_ours(ATTEMPT, status(state))
    assert not runs_ours(ATTEMPT, status(state, "other.gcode"))
    assert not runs_ours(ATTEMPT, status(state, None))


@pytest.mark.parametrize("state", [MachineState.IDLE, MachineState.ERROR, MachineState.OFFLINE])
def test_our_file_selected_but_not_at_work_proves_nothing(state: MachineState) -> None:
    assert not runs_ours(ATTEMPT, status(state))
    assert seen_record(ATTEMPT, NOTHING, None, None, PATIENT) is None


def test_running_is_news_once() -> None:
    starting = replace(ATTEMPT, state=S.STARTING)
    assert seen_running(starting, status(MachineState.PRINTING)) == e.SeenPrinting()
    assert seen_running(ATTEMPT, status(MachineState.PRINTING)) is None
    assert seen_running(ATTEMPT, status(MachineState.PAUSED)) == e.SeenPaused()
    assert seen_running(starting, status(MachineState.BUSY)) is None
    cancelled = replace(ATTEMPT, cancel_asked=True)
    assert seen_running(cancelled, status(MachineState.PRINTING)) == e.SeenPrinting(), "so that it is told again"


@pytest.mark.parametrize(
    ("outcome", "event"),
    [(Outcome.DONE, e.SeenDone), (Outcome.CANCELLED, e.SeenCancelled), (Outcome.FAILED, e.SeenFailed)],
)
def test_the_machines_record_ends_it(outcome: Outcome, event: type) -> None:
    recorded = seen_record(ATTEMPT, replace(NOTHING, starts=1, outcome=outcome), None, 12.0, PATIENT)
    assert isinstance(recorded, event)
    assert isinstance(recorded, e.Ending)
    assert (recorded.print_seconds, recorded.starts_seen) == (12.0, 1)
    heard = seen_record(ATTEMPT, NOTHING, MachineEvent(outcome=outcome, file=FILE, reason="thermal"), None, PATIENT)
    assert isinstance(heard, event)


def test_silence_becomes_doubt_only_in_time_and_only_once() -> None:
    assert seen_record(ATTEMPT, NOTHING, None, None, PATIENT) is None
    doubt = seen_record(ATTEMPT, NOTHING, None, None, IMPATIENT)
    assert isinstance(doubt, e.NoProof)
    assert "recorded 0 starts" in doubt.reason
    uncertain = replace(ATTEMPT, state=S.UNCERTAIN)
    assert seen_record(uncertain, NOTHING, None, None, IMPATIENT) is None
    assert isinstance(seen_record(uncertain, replace(NOTHING, outcome=Outcome.DONE), None, None, IMPATIENT), e.SeenDone)


def test_what_is_not_ours_is_foreign() -> None:
    job = ClaimedJob(
        job="j1", attempt="a1", epoch=1, lease_seconds=60, machine="m1", order="o1", design="a/b@1.0.0",
        snapshot="0" * 64, recipe="1" * 64, artifacts=(), material="PLA",
    )  # fmt: skip
    now = datetime(2026, 3, 1, tzinfo=UTC)
    held = Record(ATTEMPT, job, None, now, now, None)
    assert runs_foreign(None, status(MachineState.PRINTING, None))
    assert runs_foreign(held, status(MachineState.PRINTING, "other.gcode"))
    assert not runs_foreign(held, status(MachineState.PRINTING, None)), "a machine that names no file accuses nobody"
    assert not runs_foreign(held, status(MachineState.PRINTING))
    assert not runs_foreign(None, status(MachineState.IDLE, "other.gcode"))
    staged = replace(held, attempt=replace(ATTEMPT, state=S.STAGED))
    assert runs_foreign(staged, status(MachineState.PRINTING)), "our file, begun by hand"
    assert runs_foreign(staged, status(MachineState.PRINTING, None))
    assert not runs_foreign(staged, status(MachineState.IDLE))
