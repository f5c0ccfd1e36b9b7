"""The agent's durable local truth: SQLite, every commit on the disk before the agent acts on it.

One process at a time owns a journal (see `Home.lock`). All changes of attempts go through `core.step` inside one
transaction here, together with the reports that they owe the registry: a crash leaves both or neither. Sequence
numbers of reports are given out by the journal without gaps and are never reused.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from fabnode import core
from fabnode.clock import Moment
from fabnode.core import Attempt, Slot, Step
from fabnode.errors import FabnodeError
from fabnode.events import Event, PreparationFailed, Sliced
from fabnode.protocol import AttemptState, BedState, ClaimedJob, Report
from fabnode.records import COLUMNS, SCHEMA, SCHEMA_VERSION, Bed, Past, Record, listed, record_of, time_of

_OWED = "sequence > (SELECT through FROM delivered)"


class JournalError(FabnodeError):
    """The journal is missing, of another node, or from another version of the agent."""


class UnknownAttempt(FabnodeError):
    """No attempt of that name in this journal."""


class Journal:
    """Synchronous; used from one thread at a time."""

    def __init__(self, path: Path, node: str) -> None:
        """Open an existing journal. Raises JournalError when it is not this node's."""
        if not path.exists():
            raise JournalError(
                f"the journal {path} is missing: without it the agent cannot know what it began. Look at every "
                "machine, then enrol the agent anew with `fabnode enroll`"
            )
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            schema, owner = self._db.execute("SELECT schema, node FROM about").fetchone()
        except (sqlite3.DatabaseError, TypeError) as error:
            raise JournalError(
                f"the journal {path} is damaged ({error}): restore it, or look at every machine and enrol anew"
            ) from error
        if schema != SCHEMA_VERSION:
            raise JournalError(
                f"the journal {path} has schema {schema}, this agent writes {SCHEMA_VERSION}: upgrade it"
            )
        if owner != node:
            raise JournalError(f"the journal {path} belongs to node {owner}, the agent is enrolled as {node}")

    @staticmethod
    def create(path: Path, node: str) -> None:
        """Lay down an empty journal for a newly enrolled node."""
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript("BEGIN EXCLUSIVE;" + SCHEMA)
        db.execute("INSERT INTO about VALUES (?, ?)", (SCHEMA_VERSION, node))
        db.execute("COMMIT")
        db.close()

    def close(self) -> None:
        self._db.close()

    # ---- machines and their beds

    def know_machine(self, key: str, now: datetime) -> None:
        """A machine of the configuration. The bed of one never seen before is not known."""
        with self._change() as db:
            db.execute(
                "INSERT INTO machines VALUES (?, ?, ?, ?, '', 0) ON CONFLICT (key) DO NOTHING",
                (key, BedState.UNKNOWN.value, now.isoformat(), "nobody has looked yet"),
            )

    def beds(self) -> dict[str, Bed]:
        rows = self._db.execute("SELECT key, bed, bed_at, bed_note, watched_boot, watched_seconds FROM machines")
        return {key: Bed(BedState(bed), time_of(at), note, Moment(*seen)) for key, bed, at, note, *seen in rows}

    def watched(self, keys: tuple[str, ...], now: Moment) -> None:
        """The agent saw these machines answer just now."""
        with self._change():
            self._note_watched(keys, now)

    def change_bed(self, machine: str, event: Event, note: str, now: datetime, looked: Moment | None = None) -> Step:
        """What happened to a machine's bed; it also concerns the attempt that holds the machine.

        `looked`: when a person stood before it, which is worth as much as the agent's own watching.
        """
        with self._change():
            held = self._holding(machine)
            step = core.step(Slot(self._bed(machine), held.attempt if held else None), event)
            if step.refused is None:
                self._note_bed(machine, step.slot.bed, note, now)
                self._save(step, event, now)
                if looked is not None:
                    self._note_watched((machine,), looked)
            return step

    # ---- claims and attempts

    def note_claim(self, key: str, machines: tuple[str, ...], now: datetime) -> None:
        """A claim is about to be sent: if its answer is lost, the same key asks again."""
        with self._change() as db:
            db.execute("INSERT INTO claims VALUES (?, ?, ?)", (key, json.dumps(machines), now.isoformat()))

    def claims_in_flight(self) -> dict[str, tuple[str, ...]]:
        rows = self._db.execute("SELECT key, machines FROM claims ORDER BY asked_at").fetchall()
        return {key: tuple(json.loads(machines)) for key, machines in rows}

    def settle_claim(self, key: str, job: ClaimedJob | None, file: str, now: datetime) -> Step | None:
        """The answer to a claim. None when it brought nothing new."""
        with self._change() as db:
            db.execute("DELETE FROM claims WHERE key = ?", (key,))
            if job is None or self._find(job.attempt) is not None:
                return None
            attempt = Attempt(job.attempt, job.job, job.epoch, job.machine, file, copies=job.copies)
            taken = self._holding(job.machine)
            self._insert(attempt, job, now)
            step = core.begin(self._bed(job.machine), attempt)
            self._save(step, None, now)
            if taken is None:
                return step
            event = PreparationFailed(f"the machine still holds attempt {taken.attempt.id}", retry=True)
            return self._advance(job.attempt, event, now)

    def advance(self, attempt: str, event: Event, now: datetime) -> Step:
        """Apply an event to an attempt and keep what follows. Raises UnknownAttempt."""
        with self._change():
            return self._advance(attempt, event, now)

    def attempt(self, attempt: str) -> Record:
        """Raises UnknownAttempt."""
        found = self._find(attempt)
        if found is None:
            raise UnknownAttempt(f"no attempt {attempt!r} in this agent's journal: see `fabnode status`")
        return found

    def holding(self, machine: str) -> Record | None:
        """The attempt that keeps the machine from taking another."""
        return self._holding(machine)

    def unfinished(self) -> tuple[Record, ...]:
        """Attempts that are not over, oldest first: held machines and parts that wait for their verdict."""
        return self._records(f"state NOT IN ({listed(core.OVER)}) ORDER BY claimed_at, rowid")

    def recent(self, limit: int) -> tuple[Record, ...]:
        """The newest attempts that are over."""
        return self._records(f"state IN ({listed(core.OVER)}) ORDER BY moved_at DESC LIMIT {int(limit)}")

    def history(self, attempt: str) -> tuple[Past, ...]:
        rows = self._db.execute(
            "SELECT at, event, state, reason FROM history WHERE attempt = ? ORDER BY rowid", (attempt,)
        )
        return tuple(Past(time_of(at), event, AttemptState(state), reason) for at, event, state, reason in rows)

    def tidied(self, attempt: str) -> None:
        """Nothing of the attempt is left on its machine, nor in the work folder."""
        with self._change() as db:
            db.execute("UPDATE attempts SET tidied = 1 WHERE id = ?", (attempt,))

    def untidy(self, machine: str) -> tuple[str, ...]:
        """Attempts that are over, and whose files nobody has removed yet."""
        where = f"machine = ? AND NOT tidied AND state IN ({listed(core.OVER)})"
        rows = self._db.execute(f"SELECT id FROM attempts WHERE {where} ORDER BY rowid", (machine,))  # noqa: S608
        return tuple(attempt for (attempt,) in rows)

    def forget(self, before: datetime) -> int:
        """Drop attempts that were over before then, their history, and what was told by then. Returns how many."""
        old = f"SELECT id FROM attempts WHERE state IN ({listed(core.OVER)}) AND moved_at < ?"  # noqa: S608
        with self._change() as db:
            told = "DELETE FROM outbox WHERE at < ? AND sequence <= (SELECT through FROM delivered)"
            db.execute(told, (before.isoformat(),))
            db.execute(f"DELETE FROM history WHERE attempt IN ({old})", (before.isoformat(),))  # noqa: S608
            return db.execute(f"DELETE FROM attempts WHERE id IN ({old})", (before.isoformat(),)).rowcount  # noqa: S608

    # ---- what the registry is still owed

    def owed(self, limit: int = 100) -> tuple[Report, ...]:
        """Reports not acknowledged yet, in order."""
        query = f"SELECT sequence, report FROM outbox WHERE {_OWED} ORDER BY sequence LIMIT ?"  # noqa: S608
        rows = self._db.execute(query, (limit,)).fetchall()
        return tuple(Report.model_validate({**json.loads(report), "sequence": sequence}) for sequence, report in rows)

    def owed_count(self) -> int:
        count: int = self._db.execute(f"SELECT count(*) FROM outbox WHERE {_OWED}").fetchone()[0]  # noqa: S608
        return count

    def acknowledge(self, sequence: int) -> None:
        """The registry keeps everything up to here. It stays here too, for a registry that loses it: see `rewind`."""
        with self._change() as db:
            db.execute("UPDATE delivered SET through = ?", (sequence,))

    def rewind(self, sequence: int) -> bool:
        """Owe everything after this again. False when what comes next is forgotten here too; then nothing changes."""
        with self._change() as db:
            query = "UPDATE delivered SET through = ? WHERE EXISTS (SELECT 1 FROM outbox WHERE sequence = ?)"
            return db.execute(query, (sequence, sequence + 1)).rowcount > 0

    # ---- inside one transaction

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # some errors, a full disk among them, have ended it already
                self._db.execute("ROLLBACK")
            raise

    def _advance(self, attempt: str, event: Event, now: datetime) -> Step:
        record = self.attempt(attempt)
        step = core.step(Slot(self._bed(record.attempt.machine), record.attempt), event)
        if step.refused is None:
            self._save(step, event, now)
        return step

    def _save(self, step: Step, event: Event | None, now: datetime) -> None:
        attempt = step.slot.attempt
        if attempt is None:
            return
        if step.slot.bed is not self._bed(attempt.machine):
            self._note_bed(
                attempt.machine, step.slot.bed, f"attempt {attempt.id}: {attempt.state.value.replace('_', ' ')}", now
            )
        at = now.isoformat()
        self._db.execute(
            "UPDATE attempts SET state = ?, gcode_sha256 = ?, permit = ?, lease_lost = ?, cancel_asked = ?, reason = ?,"
            " moved_at = CASE WHEN state = ? THEN moved_at ELSE ? END, started_at = coalesce(started_at, ?)"
            " WHERE id = ?",
            (attempt.state.value, attempt.gcode_sha256, attempt.permit, attempt.lease_lost, attempt.cancel_asked,
             attempt.reason, attempt.state.value, at, at if attempt.state in core.RUNNING else None, attempt.id),
        )  # fmt: skip
        if isinstance(event, Sliced):
            figures = event.figures.model_dump_json()
            self._db.execute("UPDATE attempts SET figures = ? WHERE id = ?", (figures, attempt.id))
        name = type(event).__name__ if event else "Claimed"
        past = (attempt.id, at, name, attempt.state.value, attempt.reason)
        self._db.execute("INSERT INTO history VALUES (?, ?, ?, ?, ?)", past)
        for tell in step.tells:
            report = Report(sequence=1, attempt=attempt.id, epoch=attempt.epoch, at=now, **vars(tell))
            body = report.model_dump_json(exclude={"sequence"})
            self._db.execute("INSERT INTO outbox (at, report) VALUES (?, ?)", (at, body))

    def _note_bed(self, machine: str, bed: BedState, note: str, now: datetime) -> None:
        changed = (bed.value, now.isoformat(), note, machine)
        self._db.execute("UPDATE machines SET bed = ?, bed_at = ?, bed_note = ? WHERE key = ?", changed)

    def _note_watched(self, keys: tuple[str, ...], now: Moment) -> None:
        query = "UPDATE machines SET watched_boot = ?, watched_seconds = ? WHERE key = ?"
        self._db.executemany(query, [(now.boot, now.seconds, key) for key in keys])

    def _insert(self, attempt: Attempt, job: ClaimedJob, now: datetime) -> None:
        self._db.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, 0, 0, NULL, ?, NULL, ?, ?, NULL, 0)",
            (attempt.id, attempt.job, attempt.epoch, attempt.machine, attempt.file, attempt.state.value,
             job.model_dump_json(), now.isoformat(), now.isoformat()),
        )  # fmt: skip

    def _bed(self, machine: str) -> BedState:
        row = self._db.execute("SELECT bed FROM machines WHERE key = ?", (machine,)).fetchone()
        return BedState(row[0]) if row else BedState.UNKNOWN

    def _holding(self, machine: str) -> Record | None:
        found = self._records(f"machine = ? AND state IN ({listed(core.HOLDING)})", machine)
        return found[0] if found else None

    def _find(self, attempt: str) -> Record | None:
        found = self._records("id = ?", attempt)
        return found[0] if found else None

    def _records(self, where: str, *values: str) -> tuple[Record, ...]:
        rows = self._db.execute(f"SELECT {COLUMNS} FROM attempts WHERE {where}", values).fetchall()  # noqa: S608
        return tuple(record_of(row) for row in rows)
