"""The manifest of a design, `design.toml`: what it is called, who may do what with it, and what can be chosen.

    [design]              name title description licence authors engine source readme images tags
    [parameters.NAME]     type unit default min max step choices label description group
    [[relations]]         rule message
    [presets.NAME]        title values
    [print]               process material nozzle_mm layer_height_mm infill_percent perimeters supports brim_mm
                          thickness_mm tabs any_side

Unknown keys are errors. Every problem is told at once, with file, line and key.
"""

import importlib.util
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from designs.digest import JsonValue
from designs.exact import number_text
from designs.licences import BadLicence, parse_licence
from designs.parameter_reading import read_parameters, read_presets, read_relations
from designs.parameters import Parameter, Preset
from designs.portable import path_problem
from designs.print_settings import CUT_DRAWING, PrintSettings, read_print
from designs.relations import Relation
from designs.toml_document import Document, DocumentError, Problem, Table, read_toml
from designs.values import canonical_value
from designs.wording import suggestion

__all__ = ["Manifest", "ManifestError", "PrintSettings", "Problem", "manifest_for_script", "parse_manifest"]

FILE_NAME = "design.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_AUTHOR = re.compile(r"[^<>]+(?: <[^<>\s]+@[^<>\s]+>)?")
_ENGINE = re.compile(r"(?!interface$)[a-z][a-z0-9]{0,30}")

ManifestError = DocumentError


@dataclass(frozen=True)
class Manifest:
    """A design's manifest that has been read and checked."""

    name: str
    title: str
    description: str
    licence: str
    """Normalised SPDX expression or LicenseRef."""
    authors: tuple[str, ...]
    engine: str
    source: str
    """Path of the model script, inside the design's folder."""
    readme: str | None = None
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    relations: tuple[Relation, ...] = ()
    presets: tuple[Preset, ...] = ()
    print: PrintSettings = field(default_factory=PrintSettings)

    def to_json(self) -> JsonValue:
        """The canonical JSON form: every number is a decimal string, and what is not given is left out."""
        design: dict[str, JsonValue] = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "licence": self.licence,
            "authors": list(self.authors),
            "engine": self.engine,
            "source": self.source,
            "readme": self.readme,
            "images": list(self.images),
            "tags": list(self.tags),
        }
        settings: dict[str, JsonValue] = {
            name: value if isinstance(value, str | bool | None) else number_text(value)
            for name, value in vars(self.print).items()
        }
        return {
            "design": _given(design),
            "parameters": [_parameter_json(parameter) for parameter in self.parameters],
            "relations": [_given({"rule": r.rule, "message": r.message}) for r in self.relations],
            "presets": [_given({"name": p.name, "title": p.title}) | {"values": dict(p.values)} for p in self.presets],
            "print": _given(settings),
        }

    @classmethod
    def from_json(cls, value: JsonValue, *, file: str = "manifest") -> "Manifest":
        """Read the JSON form back, as strictly as the file; raises ManifestError."""
        if not isinstance(value, dict):
            raise ManifestError([Problem(file, None, "", "is not a JSON object")])
        root: dict[str, object] = dict(value)
        for name in ("parameters", "presets"):
            root[name] = _by_name(value.get(name, []), file, name)
        return _read(Document(file, root, numbers_are_text=True))


def parse_manifest(text: str, *, file: str = FILE_NAME) -> Manifest:
    """Read a manifest; raises ManifestError, whose `problems` are all that is wrong with it."""
    return _read(read_toml(text, file))


def manifest_for_script(
    script_name: str,
    parameters: Sequence[Parameter],
    *,
    name: str,
    licence: str,
    authors: Sequence[str],
    description: str = "",
    title: str = "",
    engine: str = "cadquery",
) -> Manifest:
    """The manifest of a script that has none; raises ManifestError when what was given does not make one."""
    draft = Manifest(
        name=name,
        title=title or name,
        description=description,
        licence=licence,
        authors=tuple(authors),
        engine=engine,
        source=script_name,
        parameters=tuple(parameters),
        print=CUT_DRAWING if engine == "outline" else PrintSettings(),
    )
    return Manifest.from_json(draft.to_json(), file=script_name)


def known_engines() -> tuple[str, ...]:
    """The engines there are: one file each in designs/engines, found without importing them."""
    found = importlib.util.find_spec("designs.engines")
    places = found.submodule_search_locations if found else None
    modules = [module.name for module in pkgutil.iter_modules(list(places or []))]
    return tuple(sorted(name for name in modules if _ENGINE.fullmatch(name)))


def name_from_file(file_name: str) -> str:
    """A design's name made from the name of a script: `My Part_v2.py` gives `my-part-v2`."""
    stem = file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")[:63].rstrip("-") or "design"


def _read(document: Document) -> Manifest:
    root = Table.at_root(document)
    root.take("design", required=True)
    design = root.table("design")
    if not design.values:
        raise ManifestError(document.problems or [Problem(document.file, None, "design", "the table is empty")])
    before = len(document.problems)
    parameters = read_parameters(root)
    complete = len(document.problems) == before
    relations = read_relations(root, parameters)
    presets = read_presets(root, parameters, relations, complete=complete)
    manifest = Manifest(
        name=_read_name(design),
        title=design.text("title", limit=100) or str(design.values.get("name", "")),
        description=design.text("description", limit=4000, lines=True),
        licence=_read_licence(design),
        authors=_read_authors(design),
        engine=_read_engine(design),
        source=_read_path(design, "source", required=True) or "",
        readme=_read_path(design, "readme"),
        images=_read_images(design),
        tags=_read_tags(design),
        parameters=parameters,
        relations=relations,
        presets=presets,
        print=read_print(root.table("print")),
    )
    design.finish()
    root.finish()
    if document.problems:
        raise ManifestError(document.problems)
    return manifest


def _read_name(design: Table) -> str:
    name = design.text("name", limit=200, required=True)
    if name and not NAME.fullmatch(name):
        design.problem(
            "name",
            f"{name!r} must be 1 to 63 small letters, digits and hyphens, and begin with a letter or digit "
            f"(like {name_from_file(name)})",
        )
    return name


def _read_licence(design: Table) -> str:
    text = design.text("licence", limit=1000, required=True)
    if not text:
        return ""
    try:
        return parse_licence(text).expression
    except BadLicence as error:
        design.problem("licence", str(error))
        return ""


def _read_authors(design: Table) -> tuple[str, ...]:
    authors = design.texts("authors", limit=200, most=50, required=True)
    for index, author in enumerate(authors):
        if not _AUTHOR.fullmatch(author):
            design.document.problem(
                (*design.key, "authors", index), f"{author!r}: write Name or Name <mail@example.org>"
            )
    return authors


def _read_engine(design: Table) -> str:
    engine = design.text("engine", limit=40, required=True)
    known = known_engines()
    if engine and engine not in known:
        design.problem("engine", f"unknown engine {engine!r}{suggestion(engine, known)}: one of {', '.join(known)}")
    return engine


def _read_path(design: Table, name: str, *, required: bool = False) -> str | None:
    path = design.text(name, limit=1000, required=required)
    problem = path_problem(path) if path else None
    if problem:
        design.problem(name, f"{path!r}: {problem}")
    return path or None


def _read_images(design: Table) -> tuple[str, ...]:
    images = design.texts("images", limit=1000, most=20)
    for index, image in enumerate(images):
        key = (*design.key, "images", index)
        problem = path_problem(image)
        if problem:
            design.document.problem(key, f"{image!r}: {problem}")
        elif image.rpartition(".")[2].casefold() not in {"png", "jpg", "jpeg", "webp", "svg"}:
            design.document.problem(key, f"{image!r} is no image: png, jpg, jpeg, webp or svg")
    return images


def _read_tags(design: Table) -> tuple[str, ...]:
    tags = design.texts("tags", limit=40, most=20)
    for index, tag in enumerate(tags):
        if not NAME.fullmatch(tag):
            design.document.problem((*design.key, "tags", index), f"{tag!r}: small letters, digits and hyphens only")
    return tags


def _given(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _parameter_json(parameter: Parameter) -> dict[str, JsonValue]:
    default = parameter.default
    choices: list[JsonValue] = [canonical_value(choice) for choice in parameter.choices]
    numbers = {"min": parameter.min, "max": parameter.max, "step": parameter.step}
    return _given(
        {
            "name": parameter.name,
            "type": parameter.type.value,
            "unit": "" if parameter.unit == "none" else parameter.unit,
            "choices": choices,
            "label": parameter.label,
            "description": parameter.description,
            "group": parameter.group,
        }
        | {name: number_text(number) for name, number in numbers.items() if number is not None}
    ) | {"default": format(default, "f") if isinstance(default, Decimal) else canonical_value(default)}


def _by_name(value: JsonValue, file: str, key: str) -> dict[str, object]:
    """JSON keeps no order of keys, so what has a name stands in a list there."""
    named: dict[str, object] = {}
    for item in value if isinstance(value, list) else [None]:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(name, str) or name in named:
            raise ManifestError([Problem(file, None, key, "is not a list of objects with a name of their own")])
        named[name] = {inner: content for inner, content in item.items() if inner != "name"}
    return named
