"""What can only be ended is ended, with a clear reason, and the worker is as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.sandbox.jail import Finished, Jail
from tests.designs.sandbox.hostile import BOMBS, SMALL, healthy, run


@pytest.mark.parametrize("what", BOMBS)
def test_ended(jail: Jail, what: str, tmp_path: Path) -> None:
    script, kinds = BOMBS[what]
    wall = 1.0 if "timeout" in kinds else SMALL.wall_seconds
    (tmp_path / "out").mkdir()
    outcome = run(jail, script, tmp_path / "out", replace(SMALL, wall_seconds=wall))
    assert isinstance(outcome, BuildError)
    assert outcome.kind in kinds, (outcome.kind, str(outcome), outcome.log[-2000:])
    assert not (tmp_path / "escaped").exists()
    assert healthy(jail, tmp_path / "after")


def test_one_bomb_does_not_delay_the_next(jail: Jail, tmp_path: Path) -> None:
    """A task that runs until it is killed leaves nothing behind that runs on."""
    run(jail, "while True: pass", tmp_path, replace(SMALL, wall_seconds=0.5))
    (tmp_path / "after").mkdir()
    outcome = run(jail, "started = time.process_time()", tmp_path / "after")
    assert isinstance(outcome, Finished)
