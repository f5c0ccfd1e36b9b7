"""Every line of the agent's journal is told once, in order, soon after it was written."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from fabnode import events as e
from fabnode.journal import Journal
from fabnode.protocol import ClaimedJob
from testbed.faults.journal_watch import JournalWatch, Moved

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 10


def test_it_tells_what_is_journaled(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal.create(path, "node-1")
    journal = Journal(path, "node-1")
    heard: list[Moved] = []
    enough = threading.Event()

    def told(moved: Moved) -> None:
        heard.append(moved)
        enough.set() if len(heard) == 2 else None

    watch = JournalWatch(path, told)
    watch.start()
    job = ClaimedJob(
        job="j1", attempt="a1", epoch=1, lease_seconds=9, machine="m1", order="o1", design="ada/chip@1.0.0",
        snapshot="0" * 64, recipe="0" * 64, artifacts=(), material="PLA",
    )  # fmt: skip
    journal.know_machine("m1", NOW)
    journal.settle_claim("key", job, "a1.gcode", NOW)
    journal.advance("a1", e.PreparationBegan(), NOW)
    assert enough.wait(PATIENCE_SECONDS)
    watch.stop()
    journal.close()
    same = ("a1", "j1", "o1", "m1", "a1.gcode")
    assert heard == [Moved(*same, "Claimed", "claimed"), Moved(*same, "PreparationBegan", "building")]
