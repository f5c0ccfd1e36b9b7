"""From bytes to a version: files are verified and kept, the manifest is read, the snapshot is made, then one
transaction publishes it. Nothing here holds a connection while it reads or writes bytes.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from designs.digest import Digest
from designs.engines.interface import ENGINE_OF_SUFFIX, engine_for
from designs.licences import parse_licence
from designs.manifest import FILE_NAME, Manifest, manifest_for_script, parse_manifest
from designs.parameters import Parameter, ParameterError, resolve
from designs.recipe import Recipe
from designs.scripts.imports import MAX_IMPORTED, main_script
from designs.snapshot import Parent, ParentKind, Snapshot, SourceFile, snapshot_of
from registry.actions import publishing as actions
from registry.actions.design_views import VersionView
from registry.actions.publishing import NewVersion, ResolvedParent
from registry.blobs import transfer
from registry.core.builds import asker_of
from registry.core.forking import may_fork, renamed
from registry.core.lineage import NamedParent
from registry.core.permissions import Caller
from registry.errors import Conflict, Forbidden, Invalid, TooLarge, Unavailable
from registry.ids import DesignId, VersionId, VersionName, new_id
from registry.moments import now
from registry.parts import State
from registry.store import blobs as blob_store
from registry.work.engines import fingerprint, script_parameters

MANIFEST_LIMIT = 1 << 20
SCRIPT_LIMIT = 1 << 20
_SCRIPTS = (".py", ".scad")
"""What runs, among the files that an engine builds; the others hold geometry as it is, or outlines."""
_DRAWINGS = (".svg", ".dxf")
"""Outlines of sheets. Beside a script or a model they are taken for its pictures."""


@dataclass(frozen=True)
class ScriptFacts:
    """What a publisher says of a script that has no manifest."""

    licence: str | None = None
    description: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """What is published, apart from its files."""

    name: VersionName
    changelog: str = ""
    parents: tuple[NamedParent, ...] = ()
    script: ScriptFacts = ScriptFacts()
    toolchain: Mapping[str, str] = field(default_factory=dict)
    """What it was made with, such as the commit that it was published from."""


async def publish_files(state: State, caller: Caller, release: Release, files: Sequence[SourceFile]) -> VersionView:
    """Publish files whose bytes are in the store already. Raises what is wrong with name, files or manifest."""
    name = release.name
    await state.db.read(lambda connection: actions.check_may_publish(connection, caller, name))
    await state.db.read(lambda connection: actions.check_files_known(connection, files))
    _check_size(files, state.settings.max_version_bytes)
    manifest = await asyncio.to_thread(manifest_of, state, caller, release, files)
    if manifest.name != name.design.name:
        raise Invalid(
            f"the manifest calls the design {manifest.name!r}, the address {name.design.name!r}: make them the same",
            code="name_differs",
            value=manifest.name,
        )
    parents = await state.db.read(lambda connection: actions.resolve_parents(connection, name, release.parents))
    return await _publish(state, caller, release, files=files, manifest=manifest, parents=parents)


async def keep_files(state: State, root: Path, files: Sequence[SourceFile]) -> None:
    """Put the files of a folder into the store, each verified."""
    await asyncio.to_thread(_keep, state, root, files)
    sizes, moment = {file.sha256: file.size for file in files}, now()
    await state.db.write(lambda connection: blob_store.record_blobs(connection, sizes, moment))


async def fork(state: State, caller: Caller, origin: VersionView, name: VersionName) -> VersionView:
    """Publish the same content under a name of the caller's own, as a fork of the origin."""
    decision = may_fork(origin.licence, recalled=origin.recalled is not None)
    if not decision.allowed:
        if origin.recalled is None:
            state.refusals.note_licence(caller.member, origin.name.design, "fork", decision.reasons[0], time.time())
        raise Forbidden(f"{origin.name} cannot be forked: {decision.reasons[0]}", code="fork_refused")
    release = Release(name, f"Forked from {origin.name}")
    if name.design == origin.name.design:
        raise Conflict(f"{name.design} cannot be a fork of itself: choose another name", code="same_design")
    await state.db.read(lambda connection: actions.check_may_publish(connection, caller, name))
    files, manifest = origin.files, origin.manifest
    if manifest.name != name.design.name:
        files, manifest = await _renamed(state, origin, name.design.name)
    parents = (ResolvedParent(ParentKind.FORKS, origin.id, origin.name, origin.snapshot),)
    return await _publish(state, caller, release, files=files, manifest=manifest, parents=parents)


async def _publish(
    state: State,
    caller: Caller,
    release: Release,
    *,
    files: Sequence[SourceFile],
    manifest: Manifest,
    parents: tuple[ResolvedParent, ...],
) -> VersionView:
    named = [Parent(parent.kind, parent.snapshot) for parent in parents]
    snapshot = snapshot_of(files, manifest, named, toolchain=release.toolchain)
    digest, size = await asyncio.to_thread(keep_snapshot, state, snapshot)
    new = NewVersion(
        VersionId(new_id("ver")),
        DesignId(new_id("des")),
        release.name,
        snapshot,
        digest,
        parents,
        release.changelog,
        await asyncio.to_thread(default_recipe, state, caller, digest, manifest),
    )
    moment = now()
    await state.db.write(lambda connection: blob_store.record_blobs(connection, {digest: size}, moment))
    try:
        view = await state.db.write(lambda connection: actions.publish(connection, caller, new, moment))
    except Forbidden as error:
        if error.reason == "licence_refused":
            for design in {parent.name.design for parent in parents} - {release.name.design}:
                state.refusals.note_licence(caller.member, design, "publish", error.message, time.time())
        raise
    state.signals.notify("log", "builds")
    return view


def _check_size(files: Sequence[SourceFile], limit: int) -> None:
    total = sum(file.size for file in files)
    if total > limit:
        raise TooLarge(f"the files have {total} bytes together, more than the {limit} of a version", limit=limit)


def manifest_of(state: State, caller: Caller, release: Release, files: Sequence[SourceFile]) -> Manifest:
    """The manifest of files whose bytes are in the store: what they say, or what their script declares. On a thread."""
    by_path = {file.path: file for file in files}
    described = by_path.get(FILE_NAME)
    if described is not None:
        return parse_manifest(_text(state, described, MANIFEST_LIMIT))
    main = _main(state, by_path)
    if main is None:
        raise Invalid(
            f"there is no {FILE_NAME} and not exactly one file that can be built ({', '.join(ENGINE_OF_SUFFIX)}) and "
            f"that no other script imports: write a {FILE_NAME}",
            code="no_manifest",
        )
    if release.script.licence is None:
        raise Invalid(
            f"{main} comes without a {FILE_NAME}: say its licence, such as CERN-OHL-S-2.0",
            code="licence_missing",
        )
    return _manifest_of_script(state, caller, release, by_path[main])


def _main(state: State, by_path: Mapping[str, SourceFile]) -> str | None:
    """Among the files, the one that is the design: a script before a file of geometry, that before a drawing, and among
    several scripts the one that the others are for.
    """
    known = [path for path in by_path if "/" not in path and engine_for(path) is not None]
    models = [path for path in known if Path(path).suffix.lower() not in _DRAWINGS]
    found = [path for path in models if Path(path).suffix.lower() in _SCRIPTS] or models or known
    if len(found) == 1:
        return found[0]
    if not 0 < len(found) <= MAX_IMPORTED or not all(path.endswith(".py") for path in found):
        return None

    def read(path: str) -> str:
        return _text(state, by_path[path], SCRIPT_LIMIT)

    return main_script(found, by_path, read)


def _manifest_of_script(state: State, caller: Caller, release: Release, script: SourceFile) -> Manifest:
    """Read the parameters out of a script in the jail. The script is not run outside of it."""
    facts = release.script
    licence = parse_licence(facts.licence or "").expression
    engine, parameters = engine_for(script.path), list[Parameter]()
    if Path(script.path).suffix.lower() in (*_SCRIPTS, *_DRAWINGS):
        engine, parameters = _script_facts(state, caller, script)
    assert engine is not None, "it was chosen by its engine"
    return manifest_for_script(
        script.path,
        parameters,
        name=release.name.design.name,
        licence=licence,
        authors=facts.authors or (caller.name,),
        description=facts.description,
        engine=engine,
    )


def _script_facts(state: State, caller: Caller, script: SourceFile) -> tuple[str | None, list[Parameter]]:
    if script.size > SCRIPT_LIMIT:
        raise TooLarge(f"{script.path} has {script.size} bytes, more than {SCRIPT_LIMIT}", limit=SCRIPT_LIMIT)
    state.floor.check(asker_of(caller))
    is_python = script.path.lower().endswith(".py")
    engine = engine_for(script.path, _text(state, script, SCRIPT_LIMIT) if is_python else "")
    with transfer.scratch(state.incoming) as folder:
        target = folder / script.path
        transfer.fetch(state.blobs, script.sha256, target)
        return engine, script_parameters(target, engine or "")


def _text(state: State, file: SourceFile, limit: int) -> str:
    data = transfer.read_whole(state.blobs, file.sha256, limit=limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file.path} is not UTF-8 text (byte {error.start})", code="not_text") from error


def _keep(state: State, root: Path, files: Sequence[SourceFile]) -> None:
    for file in files:
        state.blobs.put(transfer.verify_file(root / file.path, file.sha256))


def keep_snapshot(state: State, snapshot: Snapshot) -> tuple[Digest, int]:
    """Put a snapshot into the store; its digest and size. On a thread."""
    data = snapshot.to_bytes()
    return transfer.put_bytes(state.blobs, data, state.incoming), len(data)


def default_recipe(state: State, caller: Caller, digest: Digest, manifest: Manifest) -> Recipe | None:
    """What to build right after publication; None where the defaults break the design's own relations, or nothing can
    be built here for this publisher.
    """
    try:
        state.floor.check(asker_of(caller))
        return Recipe(digest, resolve(manifest, {}), fingerprint(manifest.engine))
    except (ParameterError, Unavailable):
        return None


async def _renamed(state: State, origin: VersionView, name: str) -> tuple[tuple[SourceFile, ...], Manifest]:
    """The files with the design's new name in the manifest, the manifest itself likewise."""
    manifest = replace(origin.manifest, name=name)
    old = next((file for file in origin.files if file.path == FILE_NAME), None)
    if old is None:
        return origin.files, manifest
    text = renamed(await asyncio.to_thread(_text, state, old, MANIFEST_LIMIT), origin.manifest, name)
    if text is None:
        raise Invalid(
            f"the name in the {FILE_NAME} of {origin.name} cannot be changed safely: fork it under the same name",
            code="not_renamable",
        )
    data = text.encode()
    with tempfile.TemporaryDirectory(dir=state.incoming) as folder:
        path = Path(folder) / FILE_NAME
        await asyncio.to_thread(path.write_bytes, data)
        new = SourceFile(FILE_NAME, (await asyncio.to_thread(transfer.verify_file, path)).digest, len(data))
        await keep_files(state, path.parent, [new])
    return tuple(new if file.path == FILE_NAME else file for file in origin.files), manifest
