"""The last look at what came out of the jail, before it counts as an artifact: names, and the form of every file."""

import struct
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from designs.analysis.report import Analysis, BadAnalysis
from designs.checks import BadFinding, Finding
from designs.errors import DesignError
from designs.measure import BadMeasurements, Measurements
from designs.sandbox import parcel

MAX_JSON = 1 << 20
MAX_FINDINGS = 10_000
_ZIP_PARTS = {"[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model"}
MAX_REASON = 500
_QUICK_JSON = frozenset({"measurements.json", "findings.json"})


class BadOutput(DesignError):
    """A file is not what its name says."""


def verify(files: Mapping[str, Path], withheld: Mapping[str, str], wanted: Collection[str]) -> None:
    """All that was wanted and not withheld, no others, each of the right form; raises BadOutput."""
    missing = set(wanted) - set(files) - set(withheld)
    foreign = (set(files) | set(withheld)) - set(wanted)
    if missing or foreign or set(files) & set(withheld):
        raise BadOutput(f"missing {sorted(missing)}, not asked for {sorted(foreign)}")
    if absent := _QUICK_JSON & set(withheld):
        raise BadOutput(f"{sorted(absent)} may not be withheld")
    for name, path in files.items():
        if not path.is_file() or path.is_symlink() or not _FORMS[path.suffix](path):
            raise BadOutput(f"{name} is not of its form")
    if "analysis.json" in files:
        _check_analysis(files["analysis.json"])


def has_its_form(path: Path) -> bool:
    """Whether a file is what its name says, as far as a first look tells."""
    return path.suffix in _FORMS and _FORMS[path.suffix](path)


def read_withheld(value: parcel.Json) -> dict[str, str]:
    """Artifact → why there is none; raises BadOutput."""
    if not isinstance(value, dict):
        raise BadOutput("no word of what is withheld")
    reasons = {name: reason for name, reason in value.items() if isinstance(reason, str) and reason}
    if len(reasons) != len(value):
        raise BadOutput("something is withheld without a reason")
    return {name: reason[:MAX_REASON] for name, reason in reasons.items()}


def read_measurements(path: Path) -> Measurements:
    """Raises BadOutput."""
    try:
        return Measurements.from_json(read_json_file(path))
    except BadMeasurements as error:
        raise BadOutput(f"measurements.json: {error}") from error


def read_findings(value: parcel.Json) -> tuple[Finding, ...]:
    """Raises BadOutput."""
    if not isinstance(value, list) or len(value) > MAX_FINDINGS:
        raise BadOutput("findings are not a list")
    try:
        return tuple(Finding.from_json(item) for item in value)
    except BadFinding as error:
        raise BadOutput(f"findings: {error}") from error


def read_json_file(path: Path) -> parcel.Json:
    """Raises BadOutput."""
    if path.stat().st_size > MAX_JSON:
        raise BadOutput(f"{path.name} is too long")
    try:
        return parcel.read_json(path.read_bytes())
    except parcel.ParcelError as error:
        raise BadOutput(f"{path.name}: {error}") from error


def _check_analysis(path: Path) -> None:
    try:
        Analysis.from_json(read_json_file(path))
    except BadAnalysis as error:
        raise BadOutput(f"{path.name}: {error}") from error


def _is_stl(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(84)
    return len(head) == 84 and path.stat().st_size == 84 + 50 * int(struct.unpack_from("<I", head, 80)[0])


def _is_glb(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return len(head) == 12 and struct.unpack("<4sII", head) == (b"glTF", 2, path.stat().st_size)


def _is_3mf(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) == _ZIP_PARTS
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _begins(*beginnings: bytes) -> Callable[[Path], bool]:
    def check(path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(64).startswith(beginnings)

    return check


def _is_json(path: Path) -> bool:
    return read_json_file(path) is not None


_FORMS: dict[str, Callable[[Path], bool]] = {
    ".step": _begins(b"ISO-10303-21;"),
    ".3mf": _is_3mf,
    ".stl": _is_stl,
    ".glb": _is_glb,
    ".svg": _begins(b"<svg "),
    ".png": _begins(b"\x89PNG\r\n\x1a\n"),
    ".dxf": _begins(b"  0\nSECTION\n"),
    ".json": _is_json,
}
