"""Seeing what the agent journals, as soon as it is on the disk: the moments at which faults are put in."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 0.004


@dataclass(frozen=True)
class Moved:
    """One line of the journal's history."""

    attempt: str
    job: str
    order: str
    machine: str
    file: str
    event: str
    state: str


class JournalWatch:
    """Calls `told` with every new line, on a thread of its own, until `stop`."""

    def __init__(self, journal: Path, told: Callable[[Moved], None]) -> None:
        self._journal = journal
        self._told = told
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="journal watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        last = 0
        with closing(sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True, timeout=10)) as journal:
            while not self._stop.is_set():
                for row, *words in journal.execute(_NEW, (last,)).fetchall():
                    last = row
                    self._told(Moved(*words))
                time.sleep(LOOK_SECONDS)


_NEW = """SELECT history.rowid, history.attempt, attempts.job, json_extract(attempts.claimed, '$.order'),
    attempts.machine, attempts.file, history.event, history.state
    FROM history JOIN attempts ON attempts.id = history.attempt WHERE history.rowid > ? ORDER BY history.rowid"""
