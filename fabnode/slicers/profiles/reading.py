"""From an .ini file to a profile that can be trusted to be whole."""

from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fabnode.errors import FabnodeError
from fabnode.protocol import Envelope

FOLDER = Path(__file__).parent
MAX_PROFILE_BYTES = 256 * 1024

Settings = MappingProxyType[str, str]


class ProfileError(FabnodeError):
    """A slicer profile cannot be used; the message names file, key and what to do."""


@dataclass(frozen=True)
class Profile:
    """One kind of machine: what it is, and how the slicer is set for it."""

    name: str
    title: str
    model: str
    envelope: Envelope
    """Where the nozzle can go."""
    usable: Envelope
    """Where a part may be."""
    nozzle_mm: float
    max_nozzle_c: float
    max_bed_c: float
    max_feed_mm_s: float
    purge_mm: tuple[float, float, float, float, float] | None
    """Where the start sequence may lay material outside of the bed: x, y from; x, y to; up to z."""
    settings: Settings

    def with_nozzle(self, nozzle_mm: float) -> "Profile":
        """The same machine with another nozzle."""
        changed = {**self.settings, "nozzle_diameter": f"{nozzle_mm:g}"}
        if nozzle_mm != self.nozzle_mm:
            changed |= {"min_layer_height": f"{nozzle_mm * 0.2:g}", "max_layer_height": f"{nozzle_mm * 0.7:g}"}
        return replace(self, nozzle_mm=nozzle_mm, settings=MappingProxyType(changed))

    def within(self, usable: Envelope) -> "Profile":
        """The same machine where only a part of its volume, from the front left corner, can be used."""
        whole = self.envelope
        x, y, z = min(usable.x, whole.x), min(usable.y, whole.y), min(usable.z, whole.z)
        if (x, y, z) == (whole.x, whole.y, whole.z):
            return self
        bed = f"0x0,{x:g}x0,{x:g}x{y:g},0x{y:g}"
        settings = MappingProxyType({**self.settings, "bed_shape": bed, "max_print_height": f"{z:g}"})
        return replace(self, usable=Envelope(x=x, y=y, z=z), settings=settings)


@dataclass(frozen=True)
class MaterialProfile:
    """How a material is laid."""

    name: str
    settings: Settings


class _MachineSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    model: str
    bed_x_mm: float = Field(gt=0, le=10_000)
    bed_y_mm: float = Field(gt=0, le=10_000)
    height_mm: float = Field(gt=0, le=10_000)
    nozzle_mm: float = Field(gt=0, le=5)
    max_nozzle_c: float = Field(gt=0, le=500)
    max_bed_c: float = Field(gt=0, le=200)
    max_feed_mm_s: float = Field(gt=0, le=2000, default=300)
    purge_mm: str | None = None


def shipped_machines() -> tuple[str, ...]:
    """Names of the machine profiles that ship with the agent."""
    return tuple(sorted(path.stem for path in (FOLDER / "machines").glob("*.ini")))


def shipped_materials() -> tuple[str, ...]:
    """Names of the materials that ship with the agent, as they are ordered by."""
    return tuple(sorted(path.stem.upper() for path in (FOLDER / "materials").glob("*.ini")))


def load_profile(name: str, beside: Path | None = None) -> Profile:
    """A shipped profile by its name, or an .ini file of one's own (relative paths start at `beside`).

    Raises ProfileError.
    """
    sections, path = _sections(_machine_file(name, beside))
    if set(sections) != {"machine", "slicer"}:
        raise ProfileError(
            f"{path}: a machine profile has the sections [machine] and [slicer], this has {list(sections)}"
        )
    try:
        about = _MachineSection.model_validate(sections["machine"])
    except ValidationError as error:
        first = error.errors()[0]
        raise ProfileError(f"{path}: [machine] {first['loc'][0]}: {first['msg']}") from error
    return Profile(
        name=path.stem,
        title=about.title,
        model=about.model,
        envelope=(room := Envelope(x=about.bed_x_mm, y=about.bed_y_mm, z=about.height_mm)),
        usable=room,
        nozzle_mm=about.nozzle_mm,
        max_nozzle_c=about.max_nozzle_c,
        max_bed_c=about.max_bed_c,
        max_feed_mm_s=about.max_feed_mm_s,
        purge_mm=_purge(about.purge_mm, path),
        settings=MappingProxyType(sections["slicer"]),
    )


def load_material(name: str, beside: Path | None = None) -> MaterialProfile:
    """The profile of a material by its name (`PLA`); a file `materials/<name>.ini` of one's own goes first.

    Raises ProfileError naming what is known.
    """
    stem = name.lower()
    own = beside / "materials" / f"{stem}.ini" if beside else None
    path = own if own and own.is_file() else FOLDER / "materials" / f"{stem}.ini"
    if not stem.isalnum() or not path.is_file():
        known = ", ".join(shipped_materials())
        raise ProfileError(f"no slicer settings for the material {name!r}; known are {known}")
    sections, path = _sections(path)
    if set(sections) != {"slicer"}:
        raise ProfileError(f"{path}: a material has the one section [slicer], this has {list(sections)}")
    return MaterialProfile(name.upper(), MappingProxyType(sections["slicer"]))


def print_settings() -> Settings:
    """How a part is built up before machine, material and hints say otherwise."""
    sections, _ = _sections(FOLDER / "print.ini")
    return MappingProxyType(sections["slicer"])


def _machine_file(name: str, beside: Path | None) -> Path:
    if name.endswith(".ini"):
        return (beside or Path.cwd()) / Path(name).expanduser()
    path = FOLDER / "machines" / f"{name}.ini"
    if "/" in name or not path.is_file():
        known = ", ".join(shipped_machines())
        raise ProfileError(f"no machine profile {name!r}: take one of {known}, or the path of an .ini file of your own")
    return path


def _sections(path: Path) -> tuple[dict[str, dict[str, str]], Path]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PROFILE_BYTES + 1)
    except OSError as error:
        raise ProfileError(f"the profile {path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_PROFILE_BYTES:
        raise ProfileError(f"the profile {path} is longer than {MAX_PROFILE_BYTES} bytes")
    parser = ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), empty_lines_in_values=False, default_section=""
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    try:
        parser.read_string(data.decode(), source=str(path))
    except (IniError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path} is not an .ini profile: {error}") from error
    return {name: {key: value.strip() for key, value in parser[name].items()} for name in parser.sections()}, path


def _purge(text: str | None, path: Path) -> tuple[float, float, float, float, float] | None:
    if text is None:
        return None
    try:
        x0, y0, x1, y1, z1 = (float(number) for number in text.split())
    except ValueError as error:
        raise ProfileError(
            f"{path}: [machine] purge_mm: five numbers, x and y from, x and y to, up to z; not {text!r}"
        ) from error
    return x0, y0, x1, y1, z1
