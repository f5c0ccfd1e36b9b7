"""The agent is light: quick to start, without the registry's and the engines' libraries."""

import json
import resource
import subprocess
import sys

import pytest

HEAVY = [
    "OCP",
    "cadquery",
    "numpy",
    "sqlalchemy",
    "fastapi",
    "registry",
    "designs.manifest",
    "designs.build",
    "zeroconf",
]
MEASURE = """
import sys, json
import fabnode.cli, fabnode.agent, fabnode.operator.server, fabnode.cli.local, fabnode.examining, fabnode.adding
import printers.octoprint, printers.virtual
print(json.dumps(sorted(sys.modules)))
"""
CPU_SECONDS = 1.0


def test_nothing_heavy_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], check=True, capture_output=True, text=True, timeout=60)
    loaded = set(json.loads(done.stdout))
    assert "fabnode.agent" in loaded
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("args", [["-c", MEASURE], ["-m", "fabnode", "--help"]])
def test_it_starts_in_under_a_second(args: list[str]) -> None:
    """Of processor time, the best of three: other work on this computer is not the agent's."""
    assert min(_cpu_seconds(args) for _ in range(3)) < CPU_SECONDS


def _cpu_seconds(args: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], check=True, capture_output=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
