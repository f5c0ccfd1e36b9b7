"""cadquery-cli: one process for each mesh, with CadQuery as it is published."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.subjects import Subject
from bench.ways.fresh import timed_process
from bench.ways.interface import ANGULAR_TOLERANCE_RAD, TOLERANCE_MM, Sample
from designs.parameters import resolve


class CadQueryCli:
    """`cq-cli --codec stl --params …`: it writes GLB of assemblies only, so this is STL, at the same tolerances."""

    name = "cadquery-cli"

    def __init__(self, environment: Path) -> None:
        self._program = environment / "bin" / "cq-cli"

    def once(self, subject: Subject, values: Mapping[str, str]) -> Sample:
        """As the interface says."""
        given = resolve(subject.manifest, values).for_script()
        with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
            made = Path(folder) / "model.stl"
            command = [str(self._program), "--codec", "stl", "--infile", str(subject.script), "--outfile", str(made)]
            fineness = f"linearDeflection:{TOLERANCE_MM};angularDeflection:{ANGULAR_TOLERANCE_RAD};"
            options = ["--outputopts", fineness, "--params", json.dumps(given)]
            return timed_process([*command, *options], Path(folder), made)

    def close(self) -> None:
        """As the interface says: nothing was started."""
