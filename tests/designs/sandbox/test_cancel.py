"""Ending a task from another thread."""

import threading
import time
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.sandbox.cancel import Cancel
from designs.sandbox.jail import Finished, Jail
from tests.designs.sandbox.hostile import SMALL

FOR_EVER = b"print('begun', flush=True)\nwhile True: pass\n"
REQUEST = {"engine": "cadquery", "source": "model.py", "parameters": {}, "seed": "0"}


def test_calls_are_made_once_and_not_after_the_block() -> None:
    cancel, calls = Cancel(), list[str]()
    with cancel.calling(lambda: calls.append("over")):
        pass
    with cancel.calling(lambda: calls.append("first")):
        cancel.cancel()
        cancel.cancel()
    with cancel.calling(lambda: calls.append("late")):
        assert cancel.cancelled
    assert calls == ["first", "late"]


def test_a_running_task_ends_at_once(jail: Jail, tmp_path: Path) -> None:
    cancel = Cancel()
    threading.Timer(0.3, cancel.cancel).start()
    started = time.monotonic()
    with pytest.raises(BuildError) as caught:
        jail.run("run_script", REQUEST, {"model.py": FOR_EVER}, into=tmp_path, limits=SMALL, cancel=cancel)
    assert caught.value.kind == "cancelled"
    assert time.monotonic() - started < SMALL.wall_seconds / 2


def test_a_task_that_is_asked_for_after_the_end_does_not_begin(jail: Jail, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(BuildError) as caught:
        jail.run("run_script", REQUEST, {"model.py": FOR_EVER}, into=tmp_path, limits=SMALL, cancel=cancel)
    assert caught.value.kind == "cancelled"
    assert caught.value.log == ""


def test_others_go_on(jail: Jail, tmp_path: Path) -> None:
    cancel = Cancel()
    done = jail.run(
        "run_script",
        REQUEST,
        {"model.py": b"import cadquery as cq\nshow_object(cq.Workplane().box(1, 1, 1))\n"},
        into=tmp_path,
        limits=SMALL,
        cancel=cancel,
    )
    cancel.cancel()
    assert isinstance(done, Finished)
