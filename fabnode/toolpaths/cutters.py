"""Profiles of lasers and routers: what the machine is, and what holds for all that it cuts.

They are .ini files in `machines/` beside this module, to be read and copied. `[machine]` says what the machine is,
`[cut]` what materials leave open (fabnode/toolpaths/cutting.py).
"""

from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fabnode.protocol import Envelope, Process
from fabnode.toolpaths.cutting import checked_value, keys_of
from fabnode.toolpaths.errors import ToolpathError

FOLDER = Path(__file__).parent / "machines"
MAX_PROFILE_BYTES = 64 * 1024
MARGIN_MM = 2.0
"""Between the sheet's edge and what is cut away."""
_OF_MATERIAL = frozenset({"thickness_mm", "feed_mm_min", "tool_diameter_mm"})
"""What a machine cannot say for all materials."""


@dataclass(frozen=True)
class Cutter:
    """One kind of laser or router."""

    name: str
    title: str
    model: str
    process: Process
    cuts: str
    """The set of material settings that it uses: a folder's name."""
    envelope: Envelope
    """The bed, and the thickest sheet."""
    usable: Envelope
    cut_mm: float
    """The diameter of a router's tool; the widest kerf of a laser."""
    max_feed_mm_min: float
    max_s: float
    """S at full power ($30), or the highest speed of the spindle."""
    settings: Mapping[str, str]

    @property
    def room(self) -> Envelope:
        """How large a part may be: the sheet without its margin and what is cut away around the part."""
        edge = 2 * (MARGIN_MM + self.cut_mm)
        return Envelope(x=self.usable.x - edge, y=self.usable.y - edge, z=self.usable.z)

    def within(self, usable: Envelope) -> "Cutter":
        """The same machine with smaller sheets, which lie in its near left corner."""
        whole = self.envelope
        room = Envelope(x=min(usable.x, whole.x), y=min(usable.y, whole.y), z=min(usable.z, whole.z))
        if min(room.x, room.y) <= 2 * (MARGIN_MM + self.cut_mm):
            raise ToolpathError(f"nothing can be cut from a sheet of {room.x:g} × {room.y:g} mm on {self.title}")
        return replace(self, usable=room)

    def with_tool(self, diameter_mm: float) -> "Cutter":
        """The same router with another tool."""
        if self.process is Process.LASER:
            raise ToolpathError(f"{self.title} has no nozzle or tool to change: leave nozzle_mm out")
        return replace(self, cut_mm=diameter_mm)


class _MachineSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    process: Literal[Process.LASER, Process.CNC]
    title: str = Field(min_length=1, max_length=80)
    model: str = Field(min_length=1, max_length=80)
    cuts: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    bed_x_mm: float = Field(ge=60, le=10_000)
    bed_y_mm: float = Field(ge=60, le=10_000)
    height_mm: float = Field(gt=0, le=500)
    cut_mm: float = Field(gt=0, le=25)
    max_feed_mm_min: float = Field(gt=0, le=100_000)
    max_s: float = Field(gt=0, le=100_000)


def shipped_cutters() -> tuple[str, ...]:
    """Names of the profiles that ship with the agent."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.ini")))


def is_cutter(name: str, beside: Path) -> bool:
    """Whether the profile of this name is a laser's or a router's; one that is not there or not readable is not."""
    path = _file(name, beside)
    try:
        return name in shipped_cutters() or (path.suffix == ".ini" and "process" in _sections(path).get("machine", {}))
    except (ToolpathError, OSError):
        return False


def load_cutter(name: str, beside: Path) -> Cutter:
    """A shipped profile by its name, or an .ini file of one's own (relative paths start at `beside`).

    Raises ToolpathError.
    """
    path = _file(name, beside)
    try:
        sections = _sections(path)
    except OSError as error:
        raise ToolpathError(f"the profile {path} cannot be read: {error.strerror}") from error
    if not {"machine"} <= sections.keys() <= {"machine", "cut"}:
        raise ToolpathError(f"{path}: a laser's or router's profile has [machine] and [cut], this has {list(sections)}")
    try:
        about = _MachineSection.model_validate(sections["machine"])
    except ValidationError as error:
        first = error.errors()[0]
        raise ToolpathError(f"{path}: [machine] {first['loc'][0]}: {first['msg']}") from error
    bed = Envelope(x=about.bed_x_mm, y=about.bed_y_mm, z=about.height_mm)
    return Cutter(
        name=path.stem, title=about.title, model=about.model, process=about.process, cuts=about.cuts, envelope=bed,
        usable=bed, cut_mm=about.cut_mm, max_feed_mm_min=about.max_feed_mm_min, max_s=about.max_s,
        settings=_settings(sections.get("cut", {}), about.process, path),
    )  # fmt: skip


def _settings(given: Mapping[str, str], process: Process, path: Path) -> Mapping[str, str]:
    ranges = keys_of(process)
    for key, text in given.items():
        if key not in ranges or key in _OF_MATERIAL:
            allowed = ", ".join(sorted(ranges.keys() - _OF_MATERIAL))
            raise ToolpathError(f"{path}: [cut] {key}: a machine may say {allowed}")
        checked_value(str(path), key, text, ranges[key])
    return MappingProxyType(dict(given))


def _file(name: str, beside: Path) -> Path:
    if name.endswith(".ini"):
        return beside / Path(name).expanduser()
    return FOLDER / f"{name}.ini"


def _sections(path: Path) -> dict[str, dict[str, str]]:
    with path.open("rb") as file:
        data = file.read(MAX_PROFILE_BYTES + 1)
    parser = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",), default_section="")
    try:
        parser.read_string(data[:MAX_PROFILE_BYTES].decode(), source=str(path))
    except (IniError, UnicodeDecodeError) as error:
        raise ToolpathError(f"{path} is not an .ini profile: {error}") from error
    return {name: {key: value.strip() for key, value in parser[name].items()} for name in parser.sections()}
