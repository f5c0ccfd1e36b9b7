"""What is shown of designs and versions: frozen values for the API, the pages and other actions."""

from dataclasses import dataclass
from datetime import datetime

from designs.digest import Digest
from designs.manifest import Manifest
from designs.snapshot import ParentKind, SourceFile
from registry.ids import BuildId, DesignId, DesignName, VersionId, VersionName


@dataclass(frozen=True)
class DesignCard:
    """A design in a list: what its latest version says of it."""

    id: DesignId
    name: DesignName
    title: str
    description: str
    licence: str
    engine: str
    tags: tuple[str, ...]
    latest: str
    """Number of the latest version."""
    image: Digest | None
    """The picture to show: the manifest's first image, else the thumbnail of the default build, if it is done."""
    forked_from: str | None
    """`namespace/name@version` that the design was forked from."""
    forks: int
    """How many designs were forked from this one."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class DesignPage:
    """A part of a list."""

    designs: tuple[DesignCard, ...]
    next_cursor: str | None
    """What to ask with for the following part; None at the end."""


@dataclass(frozen=True)
class Withdrawal:
    """Why a version should not be used any more. Its content stays reachable."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class VersionSummary:
    """A version in the list of a design's versions."""

    id: VersionId
    version: str
    snapshot: Digest
    licence: str
    changelog: str
    published_by: str
    published_at: datetime
    yanked: Withdrawal | None
    recalled: Withdrawal | None
    """Withdrawn for safety: nodes stop making it."""


@dataclass(frozen=True)
class DesignView:
    """A design with its versions, the newest first."""

    card: DesignCard
    owner: str
    """Name of the member or the group that owns the namespace."""
    versions: tuple[VersionSummary, ...]
    open_proposals: int
    """Changes that are offered to it and wait for its maintainers."""


@dataclass(frozen=True)
class ParentView:
    """What a version comes from."""

    kind: ParentKind
    version: str
    """`namespace/name@version`"""
    snapshot: Digest


@dataclass(frozen=True)
class VersionView:
    """One version with everything that it is."""

    id: VersionId
    name: VersionName
    snapshot: Digest
    manifest: Manifest
    licence: str
    changelog: str
    files: tuple[SourceFile, ...]
    parents: tuple[ParentView, ...]
    published_by: str
    published_at: datetime
    yanked: Withdrawal | None
    recalled: Withdrawal | None
    is_latest: bool
    default_build: BuildId | None
    """The build with default parameters that was asked for on publication."""
    contributors: tuple[str, ...] = ()
    """Names of those who made what is in it beside whoever published it: of an accepted proposal."""
