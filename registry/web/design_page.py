"""What a design's page needs, gathered: head, version, choice of parameters, the build that belongs to it, README."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from fastapi import Depends
from markupsafe import Markup

from designs.analysis.report import Analysis
from designs.manifest import Manifest
from designs.parameters import ParameterError, resolve
from designs.recipe import Recipe
from designs.snapshot import SourceFile
from designs.values import canonical_value
from registry.actions.builds import CANCELLED, BuildView, read_build, recipe_for
from registry.actions.design_views import DesignView, VersionView
from registry.actions.designs import read_design, read_version
from registry.actions.recalls import RecalledOrigin, warnings_for
from registry.api.deps import Parts
from registry.blobs import transfer
from registry.core.builds import Asker
from registry.errors import Conflict, NotFound, Unavailable
from registry.ids import BuildId, design_name
from registry.parts import State
from registry.web.build_words import ANALYSIS, BuildWords, build_words
from registry.web.markdown import render_markdown
from registry.web.parameter_form import (
    PRESET,
    Choice,
    ParameterForm,
    link_query,
    parameter_form,
    read_choice,
    remarks_on,
)
from registry.work import engines
from registry.work.asking import ask_for_artifact

LONGEST_TEXT = 256 * 1024
"""Bytes of a README or source file that a page shows."""
ANALYSE = "analyse"
"""In the query of a page that shall have its build analysed."""
PATIENCE_SECONDS = 10
"""A page loads for so long until the analysis is there; then it looks again by itself."""
LONGEST_ANALYSIS = 4 * 1024 * 1024
"""Bytes of an analysis: two dozen bodies with their ways to lie need a tenth of it."""
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


@dataclass(frozen=True)
class Head:
    """A design and one version of it."""

    view: DesignView
    version: VersionView
    recalled_origins: tuple[RecalledOrigin, ...] = ()
    """Recalled versions of other designs that this one takes something over from."""

    @property
    def address(self) -> str:
        """The page of exactly this version."""
        return f"/designs/{self.version.name.design}/versions/{self.version.name.version}"

    @property
    def pinned(self) -> str:
        """The page of this version: the design's own where it is the latest."""
        return f"/designs/{self.version.name.design}" if self.version.is_latest else self.address


@dataclass(frozen=True)
class Chosen:
    """A choice of parameters as a form, and the build of it when there is one."""

    form: ParameterForm
    build: BuildWords | None
    query: Mapping[str, str]
    """Leads to the same choice: what differs from the defaults."""
    recipe: Recipe | None
    """None when the values do not go together, or the engine is not here."""
    obstacle: str = ""
    """Why nothing can be built here, whatever the values are."""


async def load_head(parts: State, namespace: str, name: str, version: str) -> Head:
    """`latest` names the design's latest version. Raises NotFound."""
    design = design_name(namespace, name)

    def load(connection: sa.Connection) -> Head:
        found = read_version(connection, design, version)
        return Head(read_design(connection, design), found, warnings_for(connection, found.id))

    return await parts.db.read(load)


async def _latest(parts: Parts, namespace: str, name: str) -> Head:
    return await load_head(parts, namespace, name, "latest")


async def _pinned(parts: Parts, namespace: str, name: str, version: str) -> Head:
    return await load_head(parts, namespace, name, version)


Latest = Annotated[Head, Depends(_latest)]
"""The design that the address names, with its latest version."""
Pinned = Annotated[Head, Depends(_pinned)]
"""The version that the address names."""


async def load_choice(parts: State, head: Head, sent: Mapping[str, str]) -> Chosen:
    """The choice that an address's query makes, with its build. Wrong values give a form that says so."""
    manifest = head.version.manifest
    choice = read_choice(manifest, sent)
    try:
        fingerprint = await asyncio.to_thread(engines.fingerprint, manifest.engine)
        recipe = recipe_for(head.version, choice.given, choice.preset, fingerprint)
    except ParameterError as error:
        return Chosen(parameter_form(manifest, choice, error.problems), None, {}, None)
    except Unavailable as error:
        return Chosen(parameter_form(manifest, choice), None, {}, None, error.message)
    wanted = BuildId(recipe.digest)
    build = await parts.db.read(lambda connection: find_build(connection, wanted))
    words = build_words(build, manifest, await load_analysis(parts, build)) if build else None
    values = recipe.parameters.canonical
    remarks = remarks_on(manifest, words.error) if words else {}
    return Chosen(
        parameter_form(manifest, Choice(values, preset_of(manifest, values)), remarks=remarks),
        words,
        changed(manifest, values),
        recipe,
    )


def find_build(connection: sa.Connection, build: BuildId) -> BuildView | None:
    """The build of this recipe, if anybody has asked for it; one that was given up as nobody waited is none."""
    try:
        found = read_build(connection, build)
    except NotFound:
        return None
    return None if found.error is not None and found.error.kind == CANCELLED else found


async def load_analysis(parts: State, build: BuildView) -> Analysis | None:
    """A build's analysis, if it is made."""
    made = next((each.sha256 for each in build.artifacts if each.name == ANALYSIS), None)
    if made is None:
        return None
    data = await asyncio.to_thread(transfer.read_whole, parts.blobs, made, limit=LONGEST_ANALYSIS)
    return Analysis.from_json(json.loads(data))


async def analyse(parts: State, asker: Asker, build: BuildId) -> None:
    """Have a build analysed, and wait for it a while. Raises RateLimited, Unavailable."""
    try:
        await ask_for_artifact(parts, asker, build, ANALYSIS, wait_seconds=PATIENCE_SECONDS)
    except Conflict:
        return  # there is none, and the page says why


def changed(manifest: Manifest, canonical: Mapping[str, str | bool]) -> dict[str, str]:
    """The query of a link to these values: a preset by its name, else only what is not as the designer set it."""
    preset = preset_of(manifest, canonical)
    if preset is not None:
        return {PRESET: preset}
    defaults = {parameter.name: canonical_value(parameter.default) for parameter in manifest.parameters}
    return link_query({name: value for name, value in canonical.items() if defaults.get(name) != value})


def preset_of(manifest: Manifest, canonical: Mapping[str, str | bool]) -> str | None:
    """The preset that gives exactly these values; None where they are the defaults, or nobody's."""
    if all(canonical_value(each.default) == canonical.get(each.name) for each in manifest.parameters):
        return None
    return next((name for name, values in preset_values(manifest).items() if values == canonical), None)


def preset_values(manifest: Manifest) -> Mapping[str, Mapping[str, str | bool]]:
    """All values of each preset by its name; one that does not fit its own design is left out."""
    found: dict[str, Mapping[str, str | bool]] = {}
    for preset in manifest.presets:
        try:
            found[preset.name] = resolve(manifest, {}, preset.name).canonical
        except ParameterError:
            continue
    return found


def fields_of_presets(manifest: Manifest) -> Mapping[str, str]:
    """What a preset puts into the form's fields, as JSON by the preset's name; the empty name has the defaults."""
    defaults = {parameter.name: canonical_value(parameter.default) for parameter in manifest.parameters}
    return {name: json.dumps(link_query(values)) for name, values in {"": defaults, **preset_values(manifest)}.items()}


def with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


async def load_readme(parts: State, head: Head) -> Markup | None:
    """The README as safe HTML; None when there is none."""
    path = head.version.manifest.readme
    file = next((each for each in head.version.files if each.path == path), None)
    return None if file is None else render_prose(head, await load_text(parts, file) or "")


def render_prose(head: Head, text: str) -> Markup:
    """Markdown of this version: its links lead to the version's files."""
    pictures = {file.path: picture_url(file) for file in head.version.files}
    return render_markdown(
        text,
        title=head.version.manifest.title,
        file_url=lambda path: f"{head.address}/files/{quote(path)}",
        image_url=lambda path: pictures.get(path, f"{head.address}/files/{quote(path)}"),
    )


async def load_text(parts: State, file: SourceFile) -> str | None:
    """A file as text; None when it is too long to be shown or is no text."""
    if file.size > LONGEST_TEXT:
        return None
    data = await asyncio.to_thread(transfer.read_whole, parts.blobs, file.sha256, limit=LONGEST_TEXT)
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True)
class Shown:
    """A file as what it is: one of these, or none when it cannot be shown."""

    picture: str | None = None
    prose: Markup | None = None
    lines: tuple[str, ...] | None = None


async def load_shown(parts: State, head: Head, file: SourceFile) -> Shown:
    """A file of the version, for its page."""
    if file.path.lower().endswith(PICTURES):
        return Shown(picture=picture_url(file))
    text = await load_text(parts, file)
    if text is None:
        return Shown()
    return (
        Shown(prose=render_prose(head, text))
        if file.path.lower().endswith(".md")
        else Shown(lines=tuple(text.splitlines()))
    )


def picture_url(file: SourceFile) -> str:
    """Where the page fetches a file of a version as a picture."""
    return f"/blobs/{file.sha256}/{quote(file.path.rsplit('/', 1)[-1])}"


def poster_of(head: Head, build: BuildWords | None) -> str | None:
    """The picture that stands for the model: of exactly this build, else the designer's own."""
    if build is not None and build.poster_url:
        return build.poster_url
    paths = {file.path: file for file in head.version.files}
    own = next((paths[path] for path in head.version.manifest.images if path in paths), None)
    return picture_url(own) if own else None


def people(manifest: Manifest) -> list[str]:
    """The authors without their addresses."""
    return [author.partition(" <")[0] for author in manifest.authors]
