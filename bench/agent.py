"""What one agent costs: memory and idle processor time with 1, 10 and 100 OctoPrints that wait for work.

The agent is the real `fabnode run` in a process of its own; the OctoPrints are simulated in another one, and are
polled and listened to over HTTP and websockets as real ones are. Memory is resident memory, libraries that it shares
with other processes included.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Json
from fabnode.home import Home, Identity
from fabnode.journal import Journal
from testbed.node import NodeAgent
from testbed.process import wait_until

SETTLE_SECONDS = 20.0
"""Machines are found, pushes are subscribed to, and everything that is made once is made."""
WATCH_SECONDS = 30.0
MACHINES_A_UNIT = 10
"""Processor time is told for so many machines."""


@dataclass(frozen=True)
class Cost:
    """One agent with some machines, all idle."""

    machines: int
    mib: float
    core_share: float
    """Of one core, 0 to 1."""


def rows() -> list[dict[str, Json]]:
    """agent_mib_10, agent_mib_100 (MiB), and agent_idle_cpu (share of a core for ten machines, at 100)."""
    ten, hundred = measure(10), measure(100)
    idle = hundred.core_share * MACHINES_A_UNIT / hundred.machines
    return [
        {"name": "agent_mib_10", "value": round(ten.mib, 1), "unit": "MiB"},
        {"name": "agent_mib_100", "value": round(hundred.mib, 1), "unit": "MiB"},
        {"name": "agent_idle_cpu", "value": round(max(idle, ten.core_share), 4), "unit": "core per 10 machines"},
    ]


def measure(machines: int, *, settle: float = SETTLE_SECONDS, watch: float = WATCH_SECONDS) -> Cost:
    """Run an agent with so many OctoPrints and look at it."""
    with TemporaryDirectory(prefix="bench-agent-") as folder, _hall() as url:
        agent = _agent(Path(folder), url, machines)
        with agent:
            wait_until(lambda: _idle(agent) == machines, seconds=60, what=f"{machines} machines to be idle")
            time.sleep(settle)
            before, since = _cpu_seconds(agent.pid), time.monotonic()
            time.sleep(watch)
            spent, passed = _cpu_seconds(agent.pid) - before, time.monotonic() - since
            return Cost(machines, _resident_mib(agent.pid), spent / passed)


def _agent(folder: Path, url: str, machines: int) -> NodeAgent:
    home = Home(folder)
    home.keep_identity(Identity(url, "node-1", "token", "hall", "The hall"))
    Journal.create(home.journal, "node-1")
    text = f'registry = "{url}"\n[operator]\nport = 0\n'
    for number in range(machines):
        text += (
            f'[[machines]]\nkey = "m{number}"\ndriver = "octoprint"\nurl = "{url}/{number}"\n'
            'api_key = "0123456789abcdef"\nprofile = "prusa-mk3s"\nmaterials = [{ material = "PLA" }]\n'
        )
    home.write_secret(home.config, text)
    return NodeAgent(folder, url)


@contextmanager
def _hall() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "testbed.octoprint_farm"], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait()


def _idle(agent: NodeAgent) -> int:
    return sum(machine["state"] == "idle" for machine in agent.status()["machines"])


def _cpu_seconds(pid: int) -> float:
    """User and system time of the process, by the kernel's clock ticks of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _resident_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


if __name__ == "__main__":
    for count in (1, 10, 100):
        cost = measure(count)
        print(f"{cost.machines:4} machines: {cost.mib:6.1f} MiB, {cost.core_share:.2%} of a core when idle")
