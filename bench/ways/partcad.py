"""PartCAD: `pc export` of a part with another parameter, warm: its sandbox is made, its daemon runs, its index is read.

It gets a folder of its own for all that it keeps, below its environment, and a package with one part. What it makes
its sandbox of it fetches itself, which takes minutes the first time; that is no part of the figures.
"""

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.subjects import Subject
from bench.ways.fresh import timed_process
from bench.ways.interface import Sample
from designs.parameters import resolve

_PACKAGE = """\
name: //bench
pythonVersion: "3.11"
parts:
  {name}:
    type: cadquery
    path: {script}
    parameters:
"""
_PARAMETER = """\
      {name}:
        type: float
        default: {default}
"""


class PartCad:
    """One package with one part. Its export is STL at PartCAD's own tolerances."""

    name = "PartCAD"

    def __init__(self, environment: Path) -> None:
        self._program = environment / "bin" / "pc"
        self._state = environment / "state"
        self._folder = tempfile.TemporaryDirectory(prefix="cofab-bench-partcad-")
        self._environment = {
            "HOME": str(self._state / "home"),
            "PC_INTERNAL_STATE_DIR": str(self._state),
            "PC_PYTHON_SANDBOX": "venv",
            "PC_TELEMETRY_TYPE": "none",
        }
        (self._state / "home").mkdir(parents=True, exist_ok=True)

    def once(self, subject: Subject, values: Mapping[str, str]) -> Sample:
        """As the interface says. Processor time is not known: most of the work is its daemon's."""
        package, given = self._package(subject), resolve(subject.manifest, values).for_script()
        told = [word for name, value in given.items() for word in ("--param", f"{name}={value}")]
        with tempfile.TemporaryDirectory(prefix="cofab-bench-") as out:
            named = "_".join(f"{name}_{value}" for name, value in given.items())
            made = Path(out) / f"{subject.name}_{named}.stl"
            command = [str(self._program), "--no-ansi", "export", "-O", out, "-t", "stl", *told, subject.name]
            return Sample(timed_process(command, package, made, self._environment).seconds)

    def close(self) -> None:
        """As the interface says: PartCAD's daemon too, which stays behind by itself."""
        for pid in self._daemons():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        self._folder.cleanup()

    def _package(self, subject: Subject) -> Path:
        folder = Path(self._folder.name) / subject.name
        if not folder.exists():
            folder.mkdir()
            source = subject.script.read_text("utf-8") + f"# {time.time_ns()}\n"  # else it may have it from another run
            (folder / subject.script.name).write_text(source, "utf-8")
            defaults = resolve(subject.manifest, {}).for_script()
            head = _PACKAGE.format(name=subject.name, script=subject.script.name)
            lines = [_PARAMETER.format(name=name, default=float(value)) for name, value in defaults.items()]
            (folder / "partcad.yaml").write_text(head + "".join(lines), "utf-8")
        return folder

    def _daemons(self) -> Iterator[int]:
        """Processes of this environment's interpreter whose state folder is ours."""
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                variables = (path / "environ").read_bytes()
                if f"PC_INTERNAL_STATE_DIR={self._state}".encode() in variables.split(b"\0"):
                    yield int(path.name)
