"""Whether the number of a new version says enough of what changed for those who use the design."""

from collections.abc import Collection, Sequence
from typing import Protocol

import semver
import sqlalchemy as sa

from designs.manifest import Manifest
from designs.snapshot import ParentKind
from registry.actions.designs import read_version, read_version_by_id
from registry.core.interfaces import interface_changes, may_step
from registry.errors import Conflict
from registry.ids import VersionId, VersionName


class NamedParent(Protocol):
    """A parent that is there, as `registry.actions.publishing.ResolvedParent`."""

    @property
    def kind(self) -> ParentKind: ...
    @property
    def id(self) -> VersionId: ...


def check_step(
    connection: sa.Connection,
    name: VersionName,
    manifest: Manifest,
    parents: Sequence[NamedParent],
    existing: Collection[str],
) -> None:
    """Raise Conflict, which says what to publish instead, where a version that users rely on is broken by too small a
    step. Numbers below 1.0.0 and previews promise nothing; what follows a preview keeps what was promised before it."""
    number = semver.Version.parse(name.version)
    for parent in parents:
        if parent.kind is not ParentKind.REVISES:
            continue
        revised = read_version_by_id(connection, parent.id)
        promised = _promised(number, existing)
        if semver.Version.parse(revised.name.version).prerelease and promised is not None:
            revised = read_version(connection, name.design, str(promised))
        before = semver.Version.parse(revised.name.version)
        changes = interface_changes(revised.manifest, manifest)
        decision = may_step(before, number, changes, existing)
        if not decision.allowed:
            raise Conflict(
                decision.reasons[0],
                code="step_too_small",
                value=str(name),
                changes=list(decision.reasons[1:]),
            )


def _promised(number: semver.Version, existing: Collection[str]) -> semver.Version | None:
    """The greatest version below a number that is no preview."""
    numbers = (semver.Version.parse(version) for version in existing)
    return max((each for each in numbers if not each.prerelease and each < number), default=None)
