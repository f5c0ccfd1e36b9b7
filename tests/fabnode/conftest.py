"""A workshop in a folder: an enrolled agent's home, a virtual machine, and models to make."""

import io
import struct
import zipfile
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


_QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
_TRIANGLES = [triangle for a, b, c, d in _QUADS for triangle in ((a, b, c), (a, c, d))]


def _corners(x: float, y: float, z: float) -> list[tuple[float, float, float]]:
    return [(a, b, c) for a in (0.0, x) for b in (0.0, y) for c in (0.0, z)]


def box_stl(x: float, y: float, z: float) -> bytes:
    """A closed box as binary STL."""
    corners = _corners(x, y, z)
    body = b"".join(
        struct.pack("<3f", 0, 0, 0) + b"".join(struct.pack("<3f", *corners[i]) for i in triangle) + b"\0\0"
        for triangle in _TRIANGLES
    )
    return b"\0" * 80 + struct.pack("<I", len(_TRIANGLES)) + body


def without_faces(stl: bytes, count: int) -> bytes:
    """The same with its last triangles missing."""
    (triangles,) = struct.unpack("<I", stl[80:84])
    return stl[:80] + struct.pack("<I", triangles - count) + stl[84 : len(stl) - 50 * count]


def box_3mf(x: float, y: float, z: float) -> bytes:
    """The same box as 3MF."""
    vertices = "".join(f'<vertex x="{a}" y="{b}" z="{c}"/>' for a, b, c in _corners(x, y, z))
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in _TRIANGLES)
    model = (
        '<?xml version="1.0"?><model unit="millimeter"'
        ' xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
        f'<resources><object id="1" type="model"><mesh><vertices>{vertices}</vertices>'
        f"<triangles>{triangles}</triangles>"
        '</mesh></object></resources><build><item objectid="1"/></build></model>'
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as parts:
        parts.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model" '
            'ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>',
        )
        parts.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r0" '
            'Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>',
        )
        parts.writestr("3D/3dmodel.model", model)
    return package.getvalue()


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
