"""What is shown of the lineage: frozen values for the API, the pages and other actions."""

from dataclasses import dataclass
from datetime import datetime

from designs.snapshot import ParentKind
from registry.ids import DesignName, VersionId, VersionName


@dataclass(frozen=True)
class LineageNode:
    """A version in its family."""

    id: VersionId
    name: VersionName
    title: str
    licence: str
    published_by: str
    published_at: datetime
    withdrawn: bool
    """Yanked or recalled."""
    latest: bool
    """The latest version of its design."""
    recalled: bool = False
    """Withdrawn for safety."""


@dataclass(frozen=True)
class LineageEdge:
    """`child` comes from `parent`; both are `namespace/name@version`."""

    child: str
    parent: str
    kind: ParentKind


@dataclass(frozen=True)
class LineageView:
    """The family of a design, oldest version first."""

    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    complete: bool = True
    """False where the family has more versions than these, which are the nearest."""


@dataclass(frozen=True)
class Relative:
    """A version that another one comes from, or that came of it."""

    node: LineageNode
    steps: int
    """How many edges away, on the shortest way."""
    kind: ParentKind
    """How the last of these edges came about: of a fork `forks`, of a user `uses`."""


@dataclass(frozen=True)
class Part:
    """Which relatives are listed."""

    after: int = 0
    """How many were listed before."""
    limit: int = 100
    depth: int | None = None
    """How many steps are followed; None for all."""


@dataclass(frozen=True)
class RelativesPage:
    """A part of a list of relatives, nearest first."""

    relatives: tuple[Relative, ...]
    next_after: int | None
    """Ask with it as `after` for what follows; None at the end, or where the list is cut (`cut`)."""
    cut: bool
    """There are more, farther away than anybody lists."""


@dataclass(frozen=True)
class Release:
    """A version of the origin, as its forks see it."""

    name: VersionName
    changelog: str
    published_at: datetime


@dataclass(frozen=True)
class UpstreamNews:
    """What the origin of a fork has published since the version from which the fork last took something."""

    design: DesignName
    origin: DesignName
    base: VersionName
    """The newest version of the origin that is in the fork: forked, or merged since."""
    base_withdrawn: str | None
    """Why `base` should not be used any more, if it was yanked or recalled."""
    base_recalled: bool
    releases: tuple[Release, ...]
    """Newer than `base` and not withdrawn, the newest first, at most MOST_NEWS."""
    more: bool
    """There are more than these."""

    @property
    def any(self) -> bool:
        return bool(self.releases) or self.base_withdrawn is not None


@dataclass(frozen=True)
class Drift:
    """How far a fork and its origin have gone apart since their merge base."""

    fork: VersionName
    origin: VersionName
    bases: tuple[VersionName, ...]
    """The nearest versions from which both come; several after criss-cross merges."""
    ahead: int
    """Versions in the fork's past that the origin does not have, the fork's own included."""
    behind: int
    """Versions in the origin's past that the fork does not have."""
    licence: tuple[str, str] | None
    """The fork's and the origin's, where they differ."""
    parameters_added: tuple[str, ...]
    """Only in the fork."""
    parameters_gone: tuple[str, ...]
    """Only in the origin."""
    parameters_changed: tuple[str, ...]
    """In both, but not the same: another default, range, unit or words."""
    files_added: tuple[str, ...]
    files_gone: tuple[str, ...]
    files_changed: tuple[str, ...]


@dataclass(frozen=True)
class Breakage:
    """Whom it would concern if a version were yanked or recalled, or if a parameter vanished from its design."""

    users: tuple[Relative, ...]
    """Versions built from it, directly or through others, nearest first: a recall concerns all of them."""
    forks: tuple[Relative, ...]
    """Versions that came of it in other designs, nearest first: what is wrong with it may be wrong with them."""
    parameter: str | None
    users_of_parameter: tuple[VersionName, ...]
    """Direct users that are the latest of their design and declare a parameter of this name themselves, so that they
    most likely hand it on; empty when no parameter was asked about."""
    cut: bool
    """There are more than are listed."""
