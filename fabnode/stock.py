"""The workshop's durable stock: what is loaded where, spools, what prints took, and what was done to the machines.

SQLite beside the journal, every change on the disk before it is answered. One process at a time owns it (`Home.lock`).
What a print took is a row by its attempt, settled at most once: told twice, or again after a crash, it changes nothing.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from fabnode.errors import FabnodeError
from fabnode.maintenance import Worked
from fabnode.spools import Spool, Use

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE about (schema INTEGER NOT NULL);
CREATE TABLE machines (key TEXT PRIMARY KEY, known_at TEXT NOT NULL, nozzle_mm REAL, profile TEXT,
    short TEXT, allowed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE loads (machine TEXT NOT NULL, slot INTEGER NOT NULL, material TEXT NOT NULL, colour TEXT,
    thickness_mm REAL, spool TEXT, said_by TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (machine, slot)) STRICT;
CREATE TABLE spools (id TEXT PRIMARY KEY, material TEXT NOT NULL, colour TEXT, name TEXT NOT NULL,
    grams REAL NOT NULL, at TEXT NOT NULL, spoolman INTEGER NOT NULL) STRICT;
CREATE TABLE uses (attempt TEXT PRIMARY KEY, machine TEXT NOT NULL, spool TEXT, grams REAL NOT NULL,
    seconds REAL NOT NULL, began_at TEXT NOT NULL, ended_at TEXT, told INTEGER NOT NULL, keeper_used REAL) STRICT;
CREATE INDEX uses_by_machine ON uses (machine, ended_at);
CREATE TABLE care (machine TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, said_by TEXT NOT NULL,
    note TEXT NOT NULL) STRICT;
CREATE TABLE notices (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, mark TEXT NOT NULL,
    body TEXT NOT NULL, made_at TEXT NOT NULL, sent_at TEXT, UNIQUE (channel, mark)) STRICT;
"""
_USE = "attempt, machine, spool, grams, seconds, began_at"


class StockError(FabnodeError):
    """The stock cannot be used, or has no such spool."""


@dataclass(frozen=True)
class Load:
    """What a person said is loaded in one of a machine's slots."""

    slot: int
    material: str
    colour: str | None
    thickness_mm: float | None
    spool: str | None
    by: str
    at: datetime


@dataclass(frozen=True)
class Fit:
    """How a machine is fitted out, where a person said otherwise than the configuration does."""

    loads: tuple[Load, ...] = ()
    nozzle_mm: float | None = None
    profile: str | None = None
    short: str | None = None
    """Why it takes no job: its last one would not have been finished."""
    allowed: bool = False
    """The operator wants prints begun that the spool may not last for."""


@dataclass(frozen=True)
class Untold:
    """A use that the keeper of its spool has not heard of."""

    attempt: str
    spool: str
    grams: float
    keeper_used: float | None
    """What the keeper said was used in all, before it was told for the first time."""


class Stock:
    """Synchronous; may be used from any thread, one after the other."""

    def __init__(self, path: Path) -> None:
        """Open it, or lay it down. Raises StockError."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            if not self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._db.executescript("BEGIN EXCLUSIVE;" + SCHEMA)
                self._db.execute("INSERT INTO about VALUES (?)", (SCHEMA_VERSION,))
                self._db.execute("COMMIT")
            (schema,) = self._db.execute("SELECT schema FROM about").fetchone()
        except (sqlite3.DatabaseError, TypeError) as error:
            raise StockError(f"the stock {path} is damaged ({error}): restore it, or move it away") from error
        if schema != SCHEMA_VERSION:
            raise StockError(f"the stock {path} has schema {schema}, this agent writes {SCHEMA_VERSION}: upgrade it")

    def close(self) -> None:
        self._db.close()

    # ---- machines

    def know_machines(self, keys: tuple[str, ...], now: datetime) -> None:
        with self.change() as db:
            rows = [(key, now.isoformat()) for key in keys]
            db.executemany("INSERT INTO machines (key, known_at) VALUES (?, ?) ON CONFLICT DO NOTHING", rows)

    def fits(self) -> dict[str, Fit]:
        with self.change() as db:
            loads: dict[str, list[Load]] = {}
            for key, slot, material, colour, thick, spool, by, at in db.execute(
                "SELECT machine, slot, material, colour, thickness_mm, spool, said_by, at FROM loads ORDER BY slot"
            ):
                load = Load(slot, material, colour, thick, spool, by, _time(at))
                loads.setdefault(key, []).append(load)
            rows = db.execute("SELECT key, nozzle_mm, profile, short, allowed FROM machines").fetchall()
        return {
            key: Fit(tuple(loads.get(key, ())), nozzle, profile, short, bool(allowed))
            for key, nozzle, profile, short, allowed in rows
        }

    def load(self, machine: str, load: Load) -> None:
        """What is in a slot from now on. What an earlier spool was too short for may be tried again."""
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO loads VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
                machine, load.slot, load.material, load.colour, load.thickness_mm, load.spool, load.by,
                load.at.isoformat(),
            ))  # fmt: skip
            db.execute("UPDATE machines SET short = NULL, allowed = 0 WHERE key = ?", (machine,))

    def unload(self, machine: str) -> None:
        """As the configuration says again."""
        with self.change() as db:
            db.execute("DELETE FROM loads WHERE machine = ?", (machine,))
            db.execute("UPDATE machines SET short = NULL, allowed = 0 WHERE key = ?", (machine,))

    def fit(self, machine: str, nozzle_mm: float | None, profile: str | None) -> None:
        """Another nozzle or profile; None: as the configuration says."""
        with self.change() as db:
            db.execute("UPDATE machines SET nozzle_mm = ?, profile = ? WHERE key = ?", (nozzle_mm, profile, machine))

    def note_short(self, machine: str, words: str) -> None:
        with self.change() as db:
            db.execute("UPDATE machines SET short = ? WHERE key = ?", (words, machine))

    def allow(self, machine: str) -> None:
        """Begin prints that the spool may not last for, until something else is loaded."""
        with self.change() as db:
            db.execute("UPDATE machines SET short = NULL, allowed = 1 WHERE key = ?", (machine,))

    # ---- spools

    def spools(self) -> dict[str, Spool]:
        with self.change() as db:
            rows = db.execute("SELECT id, material, colour, name, grams, at, spoolman FROM spools").fetchall()
        return {
            key: Spool(key, material, colour, name, grams, _time(at), bool(spoolman))
            for key, material, colour, name, grams, at, spoolman in rows
        }

    def keep_spool(self, spool: Spool) -> None:
        """A new spool, or an old one weighed anew."""
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO spools VALUES (?, ?, ?, ?, ?, ?, ?)", (
                spool.id, spool.material, spool.colour, spool.name, spool.grams, spool.at.isoformat(), spool.spoolman,
            ))  # fmt: skip

    def next_spool(self) -> str:
        """A number that no spool has."""
        taken = [int(key) for key in self.spools() if key.isdigit()]
        return str(max(taken, default=0) + 1)

    # ---- what prints take

    def begin(self, use: Use) -> None:
        """The print may begin: its material is kept aside. Again: nothing."""
        with self.change() as db:
            db.execute(
                f"INSERT INTO uses ({_USE}, told) VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",  # noqa: S608
                (use.attempt, use.machine, use.spool, use.grams, use.seconds, use.began_at.isoformat()),
            )

    def open_uses(self) -> tuple[Use, ...]:
        with self.change() as db:
            rows = db.execute(f"SELECT {_USE} FROM uses WHERE ended_at IS NULL").fetchall()  # noqa: S608
        return tuple(
            Use(attempt, machine, spool, grams, seconds, _time(at))
            for attempt, machine, spool, grams, seconds, at in rows
        )

    def settle(self, attempt: str, grams: float, seconds: float, now: datetime) -> bool:
        """The print is over and took so much. False when that was known already, or it never began."""
        with self.change() as db:
            settled = db.execute(
                "UPDATE uses SET grams = ?, seconds = ?, ended_at = ? WHERE attempt = ? AND ended_at IS NULL",
                (grams, seconds, now.isoformat(), attempt),
            ).rowcount
            if settled:
                db.execute(
                    "UPDATE spools SET grams = max(grams - ?, 0) WHERE id = (SELECT spool FROM uses WHERE attempt = ?)",
                    (grams, attempt),
                )
            return settled > 0

    def untold(self) -> tuple[Untold, ...]:
        """Ended uses of spools that Spoolman keeps."""
        with self.change() as db:
            rows = db.execute(
                "SELECT attempt, spool, uses.grams, keeper_used FROM uses JOIN spools ON spools.id = spool"
                " WHERE spoolman AND NOT told AND ended_at IS NOT NULL AND uses.grams > 0 ORDER BY ended_at"
            ).fetchall()
        return tuple(Untold(*row) for row in rows)

    def about_to_tell(self, attempt: str, keeper_used: float) -> None:
        with self.change() as db:
            db.execute("UPDATE uses SET keeper_used = ? WHERE attempt = ?", (keeper_used, attempt))

    def told(self, attempt: str) -> None:
        with self.change() as db:
            db.execute("UPDATE uses SET told = 1 WHERE attempt = ?", (attempt,))

    # ---- care

    def care(self, machine: str, what: str, by: str, note: str, now: datetime) -> None:
        with self.change() as db:
            db.execute("INSERT INTO care VALUES (?, ?, ?, ?, ?)", (machine, what, now.isoformat(), by, note))

    def worked(self, wanted: Mapping[str, tuple[str, ...]], now: datetime) -> dict[tuple[str, str], Worked]:
        """What each machine did since each of these things was done to it, or since it is known."""
        with self.change() as db:
            return {(key, what): _worked(db, key, what, now) for key, names in wanted.items() for what in names}

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _worked(db: sqlite3.Connection, machine: str, what: str, now: datetime) -> Worked:
    (since,) = db.execute(
        "SELECT coalesce((SELECT max(at) FROM care WHERE machine = ? AND what = ?),"
        " (SELECT known_at FROM machines WHERE key = ?))",
        (machine, what, machine),
    ).fetchone()
    if since is None:
        return Worked()
    seconds, grams = db.execute(
        "SELECT coalesce(sum(seconds), 0), coalesce(sum(grams), 0) FROM uses WHERE machine = ? AND ended_at > ?",
        (machine, since),
    ).fetchone()
    return Worked(seconds / 3600, grams, max((now - _time(since)).total_seconds() / 86_400, 0.0))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
