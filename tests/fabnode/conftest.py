"""A workshop in a folder: an enrolled agent's home, a virtual machine, and models to make."""

import struct
from pathlib import Path

import pytest

from fabnode.config import Config, parse_config
from fabnode.home import Home, Identity
from fabnode.journal import Journal
from tests.simulators.registry import SimulatedRegistry

QUICK = """
[agent]
heartbeat_seconds = 0.2
poll_seconds = 0.1
claim_wait_seconds = 2
retry_seconds = 0.05
retry_most_seconds = 0.2
start_seconds = 5
uncertain_after_seconds = 0.5
[operator]
port = 0
"""


def box_stl(x: float, y: float, z: float) -> bytes:
    """A closed box as binary STL."""
    corners = [(a, b, c) for a in (0, x) for b in (0, y) for c in (0, z)]
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    body = b"".join(
        struct.pack("<3f", 0, 0, 0) + b"".join(struct.pack("<3f", *corners[i]) for i in triangle) + b"\0\0"
        for triangle in triangles
    )
    return b"\0" * 80 + struct.pack("<I", len(triangles)) + body


@pytest.fixture
def cube() -> bytes:
    return box_stl(10, 10, 4)


class Lab:
    """One agent's folder and the folders of its virtual machines."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home")
        self.folder = folder

    def enrol(self, simulator: SimulatedRegistry) -> Identity:
        simulator.tokens.add("node-token")
        identity = Identity(simulator.url, "node-1", "node-token", "lab", "The lab")
        self.home.keep_identity(identity)
        Journal.create(self.home.journal, "node-1")
        return identity

    def machine(self, key: str) -> Path:
        return self.folder / key

    def config(
        self, *keys: str, print_seconds: float = 0.3, profile: str = "prusa-mk4", agent: str = QUICK, more: str = ""
    ) -> Config:
        text = agent
        for key in keys:
            text += f"""
[[machines]]
key = "{key}"
driver = "virtual"
profile = "{profile}"
{more}
materials = [{{ material = "PLA" }}]
options = {{ folder = "{self.machine(key)}", print_seconds = {print_seconds} }}
"""
        self.home.config.parent.mkdir(parents=True, exist_ok=True)
        self.home.config.write_text(text)
        return parse_config(text, "fabnode.toml")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)
