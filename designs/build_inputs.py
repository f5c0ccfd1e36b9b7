"""What goes into the jail: the design's files, and what is asked for beside the geometry."""

import importlib.metadata
from functools import cache
from pathlib import Path

from designs.build_error import BuildError
from designs.digest import Digest, digest_bytes, digest_file
from designs.engines import toolchains
from designs.engines.interface import find_engine
from designs.formats.order import Order
from designs.making import DEFAULT_ENVELOPE_MM, DEFAULT_NOZZLE_MM, SHEET_ENVELOPE_MM, Making
from designs.manifest import FILE_NAME, Manifest
from designs.portable import is_clutter
from designs.print_settings import PrintSettings
from designs.recipe import Recipe
from designs.sandbox.environment import CAD
from designs.script_files import files_of_script

MAX_FILES = 2000
MAX_BYTES = 64 << 20
_OWN_SOURCES = (
    *("checks.py", "finding.py", "making.py", "mesh.py", "raster.py", "measure.py"),
    *("analysis", "engines", "formats", "openscad", "outlines", "scripts"),
)
"""What of this package can change an artifact's bytes."""


def source_files(root: Path, manifest: Manifest) -> dict[str, Path]:
    """The files that a script may read: the whole folder where it has a manifest, links not followed; otherwise the
    script and what it imports, since its folder may be anybody's. Raises BuildError.
    """
    files = _all_files(root) if (root / FILE_NAME).is_file() else {}
    script = root / manifest.source
    if script.is_file() and not script.is_symlink():
        files |= {path: root / path for path in (files_of_script(script) if not files else (manifest.source,))}
    if manifest.source not in files:
        raise BuildError("source", f"the design has no file {manifest.source!r}, which its manifest names as source")
    return files


def order(manifest: Manifest, recipe: Recipe) -> Order:
    """What the artifacts are to say and how finely they are made."""
    settings = manifest.print
    metadata = {
        "Title": manifest.title,
        "Designer": ", ".join(manifest.authors),
        "Description": manifest.description,
        "LicenseTerms": manifest.licence,
        "Application": f"Cofab {version()}",
        "recipe": recipe.digest,
        "snapshot": recipe.snapshot,
    }
    return Order(
        title=manifest.title,
        metadata={name: value for name, value in metadata.items() if value},
        material=settings.material,
        tolerance_mm=float(recipe.output.tolerance_mm),
        angular_tolerance_rad=float(recipe.output.angular_tolerance_rad),
        making=_making(settings),
    )


def _making(settings: PrintSettings) -> Making:
    return Making(
        nozzle_mm=float(settings.nozzle_mm or DEFAULT_NOZZLE_MM),
        envelope_mm=DEFAULT_ENVELOPE_MM if settings.process == "fdm" else SHEET_ENVELOPE_MM,
        supports=bool(settings.supports),
        process=settings.process,
        thickness_mm=None if settings.thickness_mm is None else float(settings.thickness_mm),
    )


def engine_fingerprint(engine: str) -> str:
    """Names all that can change the bytes of an artifact beside the recipe's other parts: the engine's kernel and
    libraries, those that artifacts are made with, and this code. Raises UnknownEngine, EngineAbsent."""
    passed_through = dict.fromkeys((find_engine(engine).fingerprint(), toolchains.fingerprint(CAD)))
    return f"{engine} {' + '.join(passed_through)} cofab/{version()} build/{_own_digest()[:16]}"


@cache
def version() -> str:
    """Of Cofab."""
    try:
        return importlib.metadata.version("cofab")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def _all_files(root: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    total = 0
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root).as_posix()
        if path.is_symlink() or not path.is_file() or is_clutter(relative):
            continue
        files[relative] = path
        total += path.stat().st_size
        if len(files) > MAX_FILES or total > MAX_BYTES:
            raise BuildError("source", f"{root} has more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB")
    return files


@cache
def _own_digest() -> Digest:
    here = Path(__file__).parent
    files = [path for name in _OWN_SOURCES for path in sorted((here / name).glob("*.py")) or [here / name]]
    lines = [f"{path.relative_to(here).as_posix()} {digest_file(path)}" for path in files]
    return digest_bytes("\n".join(lines).encode())
