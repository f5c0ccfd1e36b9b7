"""Cofab as it builds for a slider: script in one jailed child, mesh in another, both forked from a warm worker."""

import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from bench import processes
from bench.subjects import Subject
from bench.ways.interface import Sample, WayFailed
from designs.build import BuildError, BuildResult, build
from designs.digest import digest_bytes
from designs.parameters import resolve
from designs.recipe import Recipe
from designs.sandbox.jail import Jail

MESH = ("model.glb",)


class Jailed:
    """Times designs.build from the resolved parameters to the checked file."""

    name = "jailed"

    def __init__(self, jail: Jail | None = None, wanted: Collection[str] = MESH) -> None:
        self.jail = jail or Jail()
        self._own = jail is None
        self._wanted = wanted
        self.jail.confinement()

    def once(self, subject: Subject, values: Mapping[str, str]) -> Sample:
        """As the interface says."""
        worker = self.jail.worker_pid()
        before = processes.cpu_seconds(worker) if worker else 0.0
        own = time.process_time()
        began = time.perf_counter()
        self.build(subject, values)
        seconds = time.perf_counter() - began
        used = time.process_time() - own + (processes.cpu_seconds(worker) if worker else 0.0) - before
        return Sample(seconds, used)

    def build(self, subject: Subject, values: Mapping[str, str]) -> BuildResult:
        """Raises WayFailed."""
        with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
            try:
                return build(
                    subject.root,
                    subject.manifest,
                    recipe(subject, values),
                    Path(folder),
                    wanted=self._wanted,
                    jail=self.jail,
                )
            except BuildError as error:
                raise WayFailed(f"{subject.name} {dict(values)}: {error}\n{error.log}") from error

    def close(self) -> None:
        """As the interface says."""
        if self._own:
            self.jail.close()


def recipe(subject: Subject, values: Mapping[str, str]) -> Recipe:
    """What a registry would ask for; the snapshot's digest stands for the content."""
    return Recipe(digest_bytes(subject.name.encode()), resolve(subject.manifest, values), "benchmark")
