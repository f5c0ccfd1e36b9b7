"""From an .ini file to a profile that can be trusted to be whole."""

from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from fabnode.protocol import Envelope
from fabnode.slicers.profiles.machine_section import MachineSection, ProfileError, macros, measures, purge
from printers.gcode import Flavour, Macro

FOLDER = Path(__file__).parent
MAX_PROFILE_BYTES = 256 * 1024

NORMAL = "normal"
QUALITIES = ("draft", "normal", "fine")

Settings = MappingProxyType[str, str]


def _none() -> Settings:
    return MappingProxyType({})


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
    """In PrusaSlicer's words."""
    curaengine: Settings = field(default_factory=_none)
    """What CuraEngine alone is told beyond that."""
    source: str = ""
    """The file that it comes from."""
    here: Settings = field(default_factory=_none)
    """What the machine's own nozzle and room in fabnode.toml change."""
    flavour: Flavour = Flavour.MARLIN
    macros: tuple[Macro, ...] = ()
    quality: str | None = None

    def with_nozzle(self, nozzle_mm: float) -> "Profile":
        """The same machine with another nozzle."""
        if nozzle_mm == self.nozzle_mm:
            return self
        changed = {
            "nozzle_diameter": f"{nozzle_mm:g}",
            "min_layer_height": f"{nozzle_mm * 0.2:g}",
            "max_layer_height": f"{nozzle_mm * 0.7:g}",
        }
        return replace(self, nozzle_mm=nozzle_mm, here=MappingProxyType({**self.here, **changed}))

    def with_quality(self, quality: str) -> "Profile":
        """The same machine with another level where the designer asks for none."""
        return replace(self, quality=quality)

    def within(self, usable: Envelope) -> "Profile":
        """The same machine where only a part of its volume, from the front left corner, can be used."""
        whole = self.envelope
        x, y, z = min(usable.x, whole.x), min(usable.y, whole.y), min(usable.z, whole.z)
        if (x, y, z) == (whole.x, whole.y, whole.z):
            return self
        bed = f"0x0,{x:g}x0,{x:g}x{y:g},0x{y:g}"
        here = MappingProxyType({**self.here, "bed_shape": bed, "max_print_height": f"{z:g}"})
        return replace(self, usable=Envelope(x=x, y=y, z=z), here=here)


@dataclass(frozen=True)
class MaterialProfile:
    """How a material is laid."""

    name: str
    settings: Settings
    curaengine: Settings = field(default_factory=_none)
    source: str = ""


@dataclass(frozen=True)
class QualityProfile:
    """How finely a part is made."""

    name: str
    settings: Settings
    curaengine: Settings = field(default_factory=_none)
    source: str = ""


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
    if not {"machine", "slicer"} <= set(sections) <= {"machine", "slicer", "curaengine"}:
        raise ProfileError(
            f"{path}: a machine profile has the sections [machine] and [slicer], and [curaengine] where that needs "
            f"more; this has {list(sections)}"
        )
    try:
        about = MachineSection.model_validate(sections["machine"])
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
        purge_mm=purge(about.purge_mm, path),
        settings=MappingProxyType({**measures(about), **sections["slicer"]}),
        curaengine=MappingProxyType(sections.get("curaengine", {})),
        source=_named(path),
        flavour=about.flavour,
        macros=macros(about, path),
        quality=about.quality,
    )


def load_material(name: str, beside: Path | None = None) -> MaterialProfile:
    """The profile of a material by its name (`PLA`); a file `materials/<name>.ini` of one's own goes first.

    Raises ProfileError naming what is known.
    """
    path = _layer_file("materials", name.lower(), beside)
    if path is None:
        known = ", ".join(shipped_materials())
        raise ProfileError(f"no slicer settings for the material {name!r}; known are {known}")
    settings, curaengine = _slicer_sections(path, "a material")
    return MaterialProfile(name.upper(), settings, curaengine, _named(path))


def load_quality(name: str, beside: Path | None = None) -> QualityProfile:
    """A quality level; a file `qualities/<name>.ini` of one's own goes first. Raises ProfileError."""
    path = _layer_file("qualities", name, beside)
    if path is None:
        raise ProfileError(f"no quality {name!r}; there are {', '.join(QUALITIES)}")
    settings, curaengine = _slicer_sections(path, "a quality")
    return QualityProfile(name, settings, curaengine, _named(path))


def print_profile() -> QualityProfile:
    """How a part is built up before machine, material, quality and hints say otherwise."""
    path = FOLDER / "print.ini"
    settings, curaengine = _slicer_sections(path, "the base")
    return QualityProfile("print", settings, curaengine, _named(path))


def curaengine_base() -> QualityProfile:
    """What CuraEngine has to be told in any case."""
    sections, path = _sections(FOLDER / "curaengine.ini")
    return QualityProfile("curaengine", _none(), MappingProxyType(sections["curaengine"]), _named(path))


def _layer_file(folder: str, stem: str, beside: Path | None) -> Path | None:
    if not stem.isalnum():
        return None
    places = [place / folder / f"{stem}.ini" for place in (beside, FOLDER) if place]
    return next((path for path in places if path.is_file()), None)


def _slicer_sections(path: Path, what: str) -> tuple[Settings, Settings]:
    sections, path = _sections(path)
    if not {"slicer"} <= set(sections) <= {"slicer", "curaengine"}:
        raise ProfileError(
            f"{path}: {what} has the section [slicer], and [curaengine] where that needs more; "
            f"this has {list(sections)}"
        )
    return MappingProxyType(sections["slicer"]), MappingProxyType(sections.get("curaengine", {}))


def _named(path: Path) -> str:
    """A file as an operator finds it: shipped ones by where they are among the profiles."""
    return f"shipped {path.relative_to(FOLDER)}" if path.is_relative_to(FOLDER) else str(path)


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
