"""Publishing, forking and yanking: how versions come into the registry, and how they are withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import semver
import sqlalchemy as sa

from designs.build import ARTIFACTS
from designs.digest import Digest
from designs.recipe import Recipe
from designs.snapshot import ParentKind, Snapshot, SourceFile
from registry.actions.builds import request_artifacts, request_build
from registry.actions.design_views import VersionView
from registry.actions.designs import no_design, read_version, read_version_by_id
from registry.actions.licences import check_licence, keep_bonds
from registry.actions.lineage_places import TakenPlace, take_place
from registry.actions.log import append
from registry.actions.promises import check_step
from registry.actions.roles import role_in
from registry.core.builds import KeptFor, asker_of
from registry.core.lineage import NamedParent, may_come_from
from registry.core.permissions import Caller, may_publish_in
from registry.core.releases import Release, latest, may_publish, revised_by_default, version_key
from registry.errors import Conflict, Fact, Forbidden, Invalid, Moved, NotFound
from registry.ids import DesignId, MemberId, NamespaceName, VersionId, VersionName
from registry.store import blobs, lineage, members
from registry.store import designs as store
from registry.store.interchange import add_toolchain
from registry.store.proposal_talk import add_contributors
from registry.store.search import index_design

LARGEST_CARD_PICTURE = 24 * 1024
"""Bytes of a design's own picture in a list of designs, where there are many; else the list shows the registry's."""


@dataclass(frozen=True)
class ResolvedParent:
    """A parent that is there."""

    kind: ParentKind
    id: VersionId
    name: VersionName
    snapshot: Digest


@dataclass(frozen=True)
class NewVersion:
    """Everything that is decided about a version before it is written."""

    id: VersionId
    design: DesignId
    """The id that the design gets if this is its first version."""
    name: VersionName
    snapshot: Snapshot
    digest: Digest
    """Of the snapshot, whose bytes are in the blob store already."""
    parents: tuple[ResolvedParent, ...]
    changelog: str
    default_recipe: Recipe | None
    """What to build right away; None when the defaults do not make a part."""
    contributors: tuple[tuple[MemberId, str], ...] = ()
    """Who made what is in it beside whoever publishes it: id and name."""


def check_may_publish(connection: sa.Connection, caller: Caller, name: VersionName) -> None:
    """Raise what `publish` would raise for the name alone, before bytes are moved for nothing."""
    _owned_namespace(connection, caller, name.design.namespace)
    _check_not_moved(connection, name)
    row = store.design_by_name(connection, name.design)
    if row is not None:
        _check_free(connection, name, _releases(connection, row["id"]))


def resolve_parents(
    connection: sa.Connection, name: VersionName, given: tuple[NamedParent, ...]
) -> tuple[ResolvedParent, ...]:
    """Look the named parents up, and add the version that is revised when none is named. Raises NotFound, Invalid."""
    decision = may_come_from(name, given)
    if not decision.allowed:
        raise Invalid("; ".join(decision.reasons), code="bad_parents", reasons=list(decision.reasons))
    parents = [
        ResolvedParent(parent.kind, view.id, view.name, view.snapshot)
        for parent in given
        for view in [read_version(connection, parent.version.design, parent.version.version)]
    ]
    if not any(parent.kind in {ParentKind.REVISES, ParentKind.FORKS} for parent in parents):
        row = store.design_by_name(connection, name.design)
        releases = [] if row is None else _releases(connection, row["id"])
        revised = revised_by_default(semver.Version.parse(name.version), releases)
        if revised is not None:
            view = read_version(connection, name.design, revised.version)
            parents.append(ResolvedParent(ParentKind.REVISES, view.id, view.name, view.snapshot))
    return tuple(dict.fromkeys(parents))


def publish(connection: sa.Connection, caller: Caller, new: NewVersion, now: datetime) -> VersionView:
    """Write a version, the first of its design included. Of two that publish one number, one gets Conflict.

    Afterwards the caller notifies the topics `log` and `builds`.
    """
    lineage.lock_lineage(connection)
    _owned_namespace(connection, caller, new.name.design.namespace)
    _check_not_moved(connection, new.name)
    check_files_known(connection, new.snapshot.files)
    design, releases = _design(connection, new, now)
    _check_free(connection, new.name, releases)
    numbers = [release.version for release in releases]
    check_step(connection, new.name, new.snapshot.manifest, new.parents, numbers)
    licence, namespace = new.snapshot.manifest.licence, new.name.design.namespace
    bonds = check_licence(connection, caller, namespace, licence, new.parents)
    place = take_place(connection, new.id, [(parent.kind, parent.id) for parent in new.parents])
    _add(connection, caller, new, design=design, place=place, now=now)
    keep_bonds(connection, new.id, bonds)
    add_toolchain(connection, new.id, new.snapshot.toolchain or {})
    add_contributors(connection, new.id, [member for member, _ in new.contributors])
    if new.default_recipe is not None:
        asker = asker_of(caller)
        build = request_build(connection, new.default_recipe, now, asker=asker, kept_for=KeptFor.AHEAD)
        request_artifacts(connection, build.id, ARTIFACTS, now, asker=asker, kept_for=KeptFor.AHEAD)
        store.set_default_build(connection, new.id, build.id)
    refresh_head(connection, design, now)
    _record(connection, caller, new, first=not releases, now=now)
    return read_version_by_id(connection, new.id)


def yank(connection: sa.Connection, caller: Caller, name: VersionName, reason: str, now: datetime) -> VersionView:
    """Withdraw a version: it stays reachable, with the reason, and is nobody's latest any more."""
    view = read_version(connection, name.design, name.version)
    _owned_namespace(connection, caller, name.design.namespace)
    if view.yanked is not None:
        raise Conflict(f"{view.name} was yanked already: {view.yanked.reason}", code="yanked", value=str(view.name))
    store.yank(connection, view.id, reason, now)
    row = store.design_by_name(connection, name.design)
    if row is not None:
        refresh_head(connection, row["id"], now)
    append(connection, "version.yanked", str(view.name), caller.name, {"reason": reason}, now)
    return read_version_by_id(connection, view.id)


def _owned_namespace(connection: sa.Connection, caller: Caller, name: NamespaceName) -> None:
    if members.namespace_by_name(connection, name) is None:
        raise NotFound(f"there is no namespace {name!r}: make it first", code="no_namespace", value=name)
    decision = may_publish_in(name, role_in(connection, caller, name))
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="foreign_namespace", value=name)


def _check_not_moved(connection: sa.Connection, name: VersionName) -> None:
    """An address that a design had before leads to it for ever: no other one may begin there."""
    missing = no_design(connection, name.design)
    if isinstance(missing, Moved):
        raise Conflict(missing.message, code="moved", **missing.facts)


def check_files_known(connection: sa.Connection, files: Sequence[SourceFile]) -> None:
    """Bytes must be here, and as many as is said. Raises Invalid, which lists what has to be uploaded."""
    known = blobs.known_sizes(connection, [file.sha256 for file in files])
    missing = [file for file in files if file.sha256 not in known]
    if missing:
        raise Invalid(
            f"the bytes of {missing[0].path!r} are not here ({missing[0].sha256}): upload them first",
            code="blobs_missing",
            missing=[file.sha256 for file in missing],
        )
    for file in files:
        if known[file.sha256] != file.size:
            raise Invalid(
                f"{file.path!r} has {known[file.sha256]} bytes, not {file.size}", code="wrong_size", value=file.path
            )


def _design(connection: sa.Connection, new: NewVersion, now: datetime) -> tuple[DesignId, list[Release]]:
    """The design, made if it is new and locked against others, and the releases that it has."""
    manifest = new.snapshot.manifest
    origin = next((parent.id for parent in new.parents if parent.kind is ParentKind.FORKS), None)
    values = {
        "id": new.design,
        "namespace": new.name.design.namespace,
        "name": new.name.design.name,
        "title": manifest.title,
        "description": manifest.description,
        "licence": manifest.licence,
        "engine": manifest.engine,
        "tags": list(manifest.tags),
        "origin_id": origin,
        "created_at": now,
        "updated_at": now,
    }
    store.add_design_if_new(connection, values)
    row = store.design_by_name(connection, new.name.design)
    if row is None:
        raise NotFound(f"there is no design {new.name.design}", value=str(new.name.design))
    store.lock_design(connection, row["id"])
    return row["id"], _releases(connection, row["id"])


def _releases(connection: sa.Connection, design: DesignId) -> list[Release]:
    return [
        Release(row["version"], withdrawn=row["yanked_at"] is not None or row["recalled_at"] is not None)
        for row in store.versions_of(connection, design)
    ]


def _check_free(connection: sa.Connection, name: VersionName, releases: list[Release]) -> None:
    decision = may_publish(semver.Version.parse(name.version), releases)
    if not decision.allowed:
        raise Conflict(f"{name.design}: {decision.reasons[0]}", code="version_taken", value=str(name))


def _add(
    connection: sa.Connection, caller: Caller, new: NewVersion, *, design: DesignId, place: TakenPlace, now: datetime
) -> None:
    values = {
        "id": new.id,
        "design_id": design,
        "version": new.name.version,
        "version_key": version_key(new.name.version),
        "snapshot": new.digest,
        "manifest": new.snapshot.manifest.to_json(),
        "licence": new.snapshot.manifest.licence,
        "changelog": new.changelog,
        **vars(place),
        "published_by": caller.member,
        "published_at": now,
    }
    files = [{"version_id": new.id, "path": f.path, "sha256": f.sha256, "size": f.size} for f in new.snapshot.files]
    edges = {(parent.id, parent.kind) for parent in new.parents}
    rows = [{"child_id": new.id, "parent_id": parent, "kind": kind} for parent, kind in sorted(edges)]
    store.add_version(connection, values, files, rows)


def refresh_head(connection: sa.Connection, design: DesignId, now: datetime) -> None:
    """Let the design say of itself what its latest version says."""
    rows = {row["version"]: row["id"] for row in store.versions_of(connection, design)}
    view = read_version_by_id(connection, rows[latest(_releases(connection, design)).version])
    manifest = view.manifest
    pictures = {file.path: file.sha256 for file in view.files if file.size <= LARGEST_CARD_PICTURE}
    values = {
        "title": manifest.title,
        "description": manifest.description,
        "licence": manifest.licence,
        "engine": manifest.engine,
        "tags": list(manifest.tags),
        "image": pictures.get(manifest.images[0]) if manifest.images else None,
        "latest_id": view.id,
        "updated_at": now,
    }
    store.change_design(connection, design, values)
    store.replace_tags(connection, design, manifest.tags)
    words = f"{manifest.title} {manifest.description} {view.name.design.namespace} {' '.join(manifest.authors)}"
    index_design(connection, design, view.name.design.name, manifest.tags, words)


def _record(connection: sa.Connection, caller: Caller, new: NewVersion, *, first: bool, now: datetime) -> None:
    origin = next((parent for parent in new.parents if parent.kind is ParentKind.FORKS), None)
    forked = first and origin is not None
    data: dict[str, Fact] = {
        "title": new.snapshot.manifest.title,
        "licence": new.snapshot.manifest.licence,
        "snapshot": new.digest,
        "parents": [{"kind": parent.kind.value, "version": str(parent.name)} for parent in new.parents],
        "changelog": new.changelog,
        "first": first,
    }
    if new.contributors:
        data["contributors"] = [name for _, name in new.contributors]
    append(connection, "design.forked" if forked else "design.published", str(new.name), caller.name, data, now)
