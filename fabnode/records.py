"""What the journal keeps, as rows and as values."""

from dataclasses import dataclass
from datetime import datetime

from fabnode.clock import Moment
from fabnode.core import Attempt
from fabnode.protocol import AttemptState, BedState, ClaimedJob, SliceFigures

SCHEMA_VERSION = 2
SCHEMA = """
CREATE TABLE about (schema INTEGER NOT NULL, node TEXT NOT NULL);
CREATE TABLE machines (key TEXT PRIMARY KEY, bed TEXT NOT NULL, bed_at TEXT NOT NULL, bed_note TEXT NOT NULL,
    watched_boot TEXT NOT NULL, watched_seconds REAL NOT NULL) STRICT;
CREATE TABLE claims (key TEXT PRIMARY KEY, machines TEXT NOT NULL, asked_at TEXT NOT NULL) STRICT;
CREATE TABLE attempts (id TEXT PRIMARY KEY, job TEXT NOT NULL, epoch INTEGER NOT NULL, machine TEXT NOT NULL,
    file TEXT NOT NULL UNIQUE, state TEXT NOT NULL, gcode_sha256 TEXT, permit TEXT, lease_lost INTEGER NOT NULL,
    cancel_asked INTEGER NOT NULL, reason TEXT, claimed TEXT NOT NULL, figures TEXT, claimed_at TEXT NOT NULL,
    moved_at TEXT NOT NULL, started_at TEXT, tidied INTEGER NOT NULL) STRICT;
CREATE INDEX attempts_by_machine ON attempts (machine, state);
CREATE TABLE history (attempt TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT) STRICT;
CREATE INDEX history_by_attempt ON history (attempt);
CREATE TABLE outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, report TEXT NOT NULL) STRICT;
CREATE TABLE delivered (through INTEGER NOT NULL) STRICT;
INSERT INTO delivered VALUES (0);
"""


@dataclass(frozen=True)
class Record:
    """An attempt with everything that the journal keeps of it."""

    attempt: Attempt
    claimed: ClaimedJob
    figures: SliceFigures | None
    claimed_at: datetime
    moved_at: datetime
    started_at: datetime | None


@dataclass(frozen=True)
class Bed:
    """What is known of a machine's bed, since when, and by whose word."""

    state: BedState
    at: datetime
    note: str
    watched: Moment
    """When the machine last answered, or a person looked."""


@dataclass(frozen=True)
class Past:
    """One line of an attempt's history."""

    at: datetime
    event: str
    state: AttemptState
    reason: str | None


COLUMNS = (
    "id, job, epoch, machine, file, state, gcode_sha256, permit, lease_lost, cancel_asked, reason,"
    " claimed, figures, claimed_at, moved_at, started_at"
)
Row = tuple[
    str, str, int, str, str, str, str | None, str | None, int, int, str | None, str, str | None, str, str, str | None
]


def record_of(row: Row) -> Record:
    (
        id_,
        job,
        epoch,
        machine,
        file,
        state,
        gcode,
        permit,
        lost,
        cancel,
        reason,
        claimed,
        figures,
        at,
        moved,
        started,
    ) = row
    asked = ClaimedJob.model_validate_json(claimed)
    attempt = Attempt(
        id_, job, epoch, machine, file, AttemptState(state), gcode, permit, bool(lost), bool(cancel), reason,
        copies=asked.copies,
    )  # fmt: skip
    return Record(
        attempt,
        asked,
        SliceFigures.model_validate_json(figures) if figures else None,
        time_of(at),
        time_of(moved),
        time_of(started) if started else None,
    )


def listed(states: frozenset[AttemptState]) -> str:
    return ", ".join(f"'{state.value}'" for state in sorted(states))


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text)
