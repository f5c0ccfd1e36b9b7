"""Rules of releases: which number may be published, what it revises, and which one is the latest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import semver

from registry.core.permissions import ALLOWED, Decision, refused


@dataclass(frozen=True)
class Release:
    """A version of one design, as far as these rules care."""

    version: str
    withdrawn: bool = False
    """Yanked or recalled."""

    @property
    def number(self) -> semver.Version:
        return semver.Version.parse(self.version)


def version_key(version: str) -> str:
    """Under which a number is taken: 1.0.0-RC.1 and 1.0.0-rc.1 are the same to people, so only one of them can be."""
    return version.lower()


def may_publish(version: semver.Version, existing: Collection[Release]) -> Decision:
    """Whether this number is still free. A number is never used twice, not even that of a withdrawn version."""
    taken = {version_key(release.version) for release in existing}
    if version_key(str(version)) not in taken:
        return ALLOWED
    newest = max(release.number for release in existing)
    return refused(f"version {version} is published already and never changes: publish {next_free(newest)}")


def next_free(newest: semver.Version) -> semver.Version:
    """The number after the newest: 1.2.4 after 1.2.3, 2.0.0 after 2.0.0-beta.1."""
    return newest.bump_patch()


def revised_by_default(version: semver.Version, existing: Collection[Release]) -> Release | None:
    """The release that a new one revises when nothing is said: the greatest one below it, else the greatest of all."""
    below = [release for release in existing if release.number < version]
    return max(below or existing, key=lambda release: release.number, default=None)


def latest(existing: Sequence[Release]) -> Release:
    """Which release people get who name none: the greatest that is no preview and not withdrawn, as far as possible."""
    return max(existing, key=lambda release: (not release.withdrawn, not release.number.prerelease, release.number))
