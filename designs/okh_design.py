"""A design of an Open Know-How module, and the manifest of a design as one."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath

from designs.digest import JsonValue
from designs.engines.interface import engine_for
from designs.licences import BadLicence, parse_licence
from designs.manifest import Manifest, manifest_for_script, name_from_file
from designs.okh import Dimensions, OpenKnowHow
from designs.okh_toml import quoted
from designs.portable import path_problem
from designs.print_settings import CUT_DRAWING
from designs.toml_document import DocumentError, Problem

PROCESSES = {"fdm": "3DP", "laser": "LAS", "cnc": "CNC"}
_PICTURES = ("png", "jpg", "jpeg", "webp", "svg")
_VERSION = re.compile(
    r"\s*[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?((?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*"
)
MOST_DESCRIPTION = 4000


@dataclass(frozen=True)
class Imported:
    """A module as a design that can be published."""

    manifest: Manifest
    version: str
    """As semantic versioning writes it."""
    fork_of: str
    """Where it says that it comes from."""


def design_of(okh: OpenKnowHow, files: Collection[str], *, file: str, licence: str | None = None) -> Imported:
    """Make a design of a module whose folder holds these files. `licence` outdoes what the manifest says.

    Raises DocumentError: what cannot be built, or said, with the manifest's file and key.
    """
    problems: list[Problem] = []
    source = _source(okh, files)
    if source is None:
        named = ", ".join((*okh.source, *okh.export)[:10]) or "nothing"
        words = f"names no file that is here and can be built (scripts, STEP, STL, 3MF, OBJ, SVG, DXF): {named}"
        problems.append(Problem(file, None, "source", words))
    said = licence or okh.licence
    try:
        expression = parse_licence(said).expression
    except BadLicence as error:
        problems.append(Problem(file, None, "license", str(error)))
        expression = "CC0-1.0"
    version = semantic(okh.version)
    if version is None:
        problems.append(Problem(file, None, "version", f"{okh.version!r} is no version like 1.2.0: say another"))
    if problems or source is None or version is None:
        raise DocumentError(problems)
    manifest = manifest_for_script(
        source,
        (),
        name=name_from_file(f"{okh.name}.x"),
        licence=expression,
        authors=okh.licensor,
        description=okh.function[:MOST_DESCRIPTION],
        title=okh.name,
        engine=engine_for(source) or "solid",
    )
    return Imported(_with_files(manifest, okh, files, file), version, okh.fork_of)


def _source(okh: OpenKnowHow, files: Collection[str]) -> str | None:
    """What can be built: of the sources first, then of the exports, then of the parts'; scripts before geometry."""
    named = [*okh.source, *okh.export]
    for part in okh.parts:
        named += [*part.source, *part.export]
    local = [path for path in map(local_path, named) if path in files and engine_for(path) is not None]
    scripts = [path for path in local if path.endswith((".py", ".scad"))]
    return next(iter([*scripts, *local]), None)


def local_path(path: str) -> str:
    """A path of a manifest as one of the folder: those that begin with a slash stand at its top."""
    return str(PurePosixPath(path.lstrip("/"))) if path else ""


def _with_files(manifest: Manifest, okh: OpenKnowHow, files: Collection[str], file: str) -> Manifest:
    images = [path for path in map(local_path, okh.image) if path in files and path.rpartition(".")[2] in _PICTURES]
    readme = local_path(okh.readme)
    tags = dict.fromkeys(tag for each in okh.tags if (tag := name_from_file(f"{each}.x")))
    value = manifest.to_json()
    design = value["design"] if isinstance(value, dict) else None
    assert isinstance(design, dict), "a manifest's JSON has its design"
    given: dict[str, JsonValue] = {"images": [*images[:20]], "tags": [*list(tags)[:20]]}
    if readme in files and path_problem(readme) is None:
        given["readme"] = readme
    design |= {key: each for key, each in given.items() if each}
    return Manifest.from_json(value, file=file)


def semantic(version: str) -> str | None:
    """`v1.2` → `1.2.0`; None for what is no number of a version."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    numbers = ".".join(str(int(part or 0)) for part in found.groups()[:3])
    return f"{numbers}{found[4]}"


def know_how_of(
    manifest: Manifest,
    version: str,
    *,
    repo: str,
    fork_of: str = "",
    box_mm: tuple[Decimal, Decimal, Decimal] | None = None,
) -> OpenKnowHow:
    """A version of a design as an Open Know-How module. `repo`: its address; `box_mm`: of its default build."""
    tsdc = PROCESSES.get(manifest.print.process)
    return OpenKnowHow(
        name=manifest.title,
        repo=repo,
        version=version,
        licence=manifest.licence,
        licensor=manifest.authors,
        function=manifest.description.strip() or manifest.title,
        readme=manifest.readme or "",
        image=manifest.images,
        source=(manifest.source,),
        tsdc=(tsdc,) if tsdc else (),
        fork_of=fork_of,
        outer_dimensions=None if box_mm is None else Dimensions(*box_mm),
    )


def design_toml(manifest: Manifest) -> str:
    """The text of a `design.toml` for an imported design, which has no parameters, relations or presets."""
    lines = ["[design]", f"name = {quoted(manifest.name)}", f"title = {quoted(manifest.title)}"]
    lines += [f"description = {quoted(manifest.description)}"] if manifest.description else []
    lines += [f"licence = {quoted(manifest.licence)}", f"authors = [{', '.join(map(quoted, manifest.authors))}]"]
    lines += [f"engine = {quoted(manifest.engine)}", f"source = {quoted(manifest.source)}"]
    lines += [f"readme = {quoted(manifest.readme)}"] if manifest.readme else []
    for key, values in (("images", manifest.images), ("tags", manifest.tags)):
        lines += [f"{key} = [{', '.join(map(quoted, values))}]"] if values else []
    if manifest.print == CUT_DRAWING:
        lines += [
            "",
            "[print]",
            f"process = {quoted(CUT_DRAWING.process)}",
            f"material = {quoted(CUT_DRAWING.material)}",
        ]
    return "\n".join(lines) + "\n"
