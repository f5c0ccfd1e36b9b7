"""`python script.py`: a fresh process that imports CadQuery, runs the script, and lets CadQuery export a GLB."""

import ast
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.subjects import Subject
from bench.ways.interface import ANGULAR_TOLERANCE_RAD, NICENESS, TOLERANCE_MM, Sample, WayFailed
from bench.ways.plain import REPOSITORY
from designs.parameters import resolve
from designs.scripts.assignments import replace_values

SECONDS = 600
_WITHOUT_VTK = "from designs.engines import without_vtk\n\nwithout_vtk.install()\n"
_BEFORE = "_for_bench = []\n\n\ndef show_object(what, name=None, options=None):\n    _for_bench.append(what)\n\n\n"
_AFTER = f"""

import cadquery

whole = cadquery.Assembly()
for what in _for_bench:
    whole.add(what)
whole.export("model.glb", tolerance={TOLERANCE_MM}, angularTolerance={ANGULAR_TOLERANCE_RAD})
"""


class Fresh:
    """Runs the script with the values written into it, as somebody would who edits it and runs it again."""

    NAME = "python script.py"
    NAME_WITH_VTK = "python script.py, with VTK"

    def __init__(self, python: Path | None = None) -> None:
        """`python`: an interpreter with CadQuery as it is published; None: this one, whose kernel is without VTK and
        loads faster."""
        self.name = self.NAME if python is None else self.NAME_WITH_VTK
        self._python = python or Path(sys.executable)
        self._before = _BEFORE if python else _WITHOUT_VTK + _BEFORE

    def once(self, subject: Subject, values: Mapping[str, str]) -> Sample:
        """As the interface says. Writing the script is not timed."""
        with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
            script = Path(folder) / "script.py"
            script.write_text(self._before + with_values(subject, values) + _AFTER, "utf-8")
            return timed_process([str(self._python), script.name], Path(folder), Path(folder) / "model.glb")

    def close(self) -> None:
        """As the interface says: nothing was started."""


def with_values(subject: Subject, values: Mapping[str, str]) -> str:
    """The script's source with these values in place of what it assigns."""
    tree = ast.parse(subject.script.read_text("utf-8"))
    replace_values(tree, resolve(subject.manifest, values).for_script())
    return ast.unparse(tree)


def timed_process(
    command: Sequence[str], folder: Path, made: Path, environment: Mapping[str, str] | None = None
) -> Sample:
    """Run a command in the folder until it has ended and made its file; raises WayFailed."""
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})}
    used = _children_used()
    began = time.perf_counter()
    try:
        ended = subprocess.run(
            ["nice", "-n", str(NICENESS), *command],
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WayFailed(f"{command[0]}: not ready after {SECONDS} s") from error
    seconds = time.perf_counter() - began
    if ended.returncode or not made.exists():
        raise WayFailed(f"{' '.join(command)}: {ended.returncode}\n{(ended.stdout + ended.stderr)[-2000:]}")
    return Sample(seconds, _children_used() - used)


def _children_used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
