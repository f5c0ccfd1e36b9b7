"""The floor: the same functions in one plain process that is warm. No jail, no fork, no second process."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.subjects import Subject
from bench.ways.interface import NICENESS, Sample, WayFailed
from bench.ways.jailed import recipe
from designs.build_inputs import order
from designs.sandbox.worker import NO_HOME

REPOSITORY = Path(__file__).parents[2]


class Plain:
    """Keeps one process of plain_process.py, and has it build."""

    name = "plain"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cofab-bench-plain-")
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-m", "bench.ways.plain_process", self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=quiet_environment(),
            preexec_fn=lambda: os.nice(NICENESS) and None,  # noqa: PLW1509  (no threads here yet)
        )
        self._read()
        self.parts: dict[str, float] = {}
        """Of the last mesh: seconds of `script`, `write`, `read` (the B-rep between the two steps) and `artifacts`."""

    def once(self, subject: Subject, values: Mapping[str, str]) -> Sample:
        """As the interface says."""
        wanted = recipe(subject, values)
        began = time.perf_counter()
        request = {
            "engine": subject.manifest.engine,
            "source": str(subject.script),
            "parameters": wanted.parameters.for_script(),
            "seed": wanted.digest,
            "order": order(subject.manifest, wanted).to_json(),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        told = self._read()
        seconds = time.perf_counter() - began
        self.parts = {name: float(value) for name, value in told["seconds"].items()}
        return Sample(seconds, float(told["cpu_seconds"]))

    def close(self) -> None:
        """As the interface says."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WayFailed(f"the plain process ended with {self._process.wait()}")
        told: dict[str, Any] = json.loads(line)
        return told


def quiet_environment() -> dict[str, str]:
    """What the jail's worker gets too: one thread a library, no settings of the user's."""
    return {
        "LC_ALL": "C.UTF-8",
        "HOME": NO_HOME,
        "PATH": os.environ.get("PATH", ""),
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
