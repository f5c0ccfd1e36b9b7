"""What a fork should know of its origin: what it has published since, and how far the two have gone apart."""

from collections.abc import Collection
from functools import partial
from operator import itemgetter

import semver
import sqlalchemy as sa

from registry.actions.designs import no_design, read_version_by_id
from registry.actions.lineage import loader
from registry.actions.lineage_views import Drift, Release, UpstreamNews
from registry.core.lineage_drift import file_changes, parameter_changes
from registry.core.lineage_lines import apart, entries
from registry.errors import NotFound
from registry.ids import DesignId, DesignName, NamespaceName, VersionId, VersionName
from registry.store import designs as design_store
from registry.store import lineage as store
from registry.store import lineage_places as places

MOST_NEWS = 50
MOST_READ = 200
"""Releases of the origin that are looked at, the newest."""
MOST_COUNTED = 10_000
"""Versions up to which drift is counted."""


def upstream_news(connection: sa.Connection, design: DesignName) -> UpstreamNews | None:
    """What the origin of a fork has released since the version that the fork's latest one has of it.

    None for a design that is no fork. Raises NotFound.
    """
    row = design_store.design_by_name(connection, design)
    if row is None or row["latest_id"] is None:
        raise no_design(connection, design)
    origin = store.origin_of(connection, row["id"])
    if origin is None:
        return None
    base = _base(connection, row["latest_id"], origin)
    rows = store.releases_since(connection, origin["design_id"], base["published_at"], most=MOST_READ)
    number = semver.Version.parse(base["version"])
    numbered = [(semver.Version.parse(each["version"]), each) for each in rows]
    newer = sorted(((n, each) for n, each in numbered if _is_news(n, number)), key=itemgetter(0), reverse=True)
    name = DesignName(NamespaceName(origin["namespace"]), origin["name"])
    return UpstreamNews(
        design=design,
        origin=name,
        base=VersionName(name, base["version"]),
        base_withdrawn=base["withdrawn"],
        base_recalled=base["recalled"],
        releases=tuple(
            Release(VersionName(name, each["version"]), each["changelog"], each["published_at"])
            for _, each in newer[:MOST_NEWS]
        ),
        more=len(newer) > MOST_NEWS or len(rows) == MOST_READ,
    )


def _is_news(released: semver.Version, base: semver.Version) -> bool:
    """Greater than what the fork has; a preview only to those who have a preview."""
    return released > base and (released.prerelease is None or base.prerelease is not None)


def _base(connection: sa.Connection, latest: VersionId, origin: sa.RowMapping) -> sa.RowMapping:
    """The newest version of the origin in the past of the fork: forked, or merged since."""
    here = places.places_of(connection, {latest})[latest]
    found = entries(here, loader(connection), partial(_lines_of, connection, origin["design_id"]))
    known = {VersionId(origin["id"]), *places.versions_at(connection, found).values()}
    return max(store.releases_named(connection, known), key=lambda each: semver.Version.parse(each["version"]))


def _lines_of(connection: sa.Connection, design: DesignId, lines: Collection[str]) -> set[str]:
    return {line for line, owner in places.designs_at(connection, lines).items() if owner == design}


def drift(connection: sa.Connection, design: DesignName) -> Drift | None:
    """How far the latest version of a fork and that of its origin have gone apart. None for a design that is no fork.

    Raises NotFound.
    """
    row = design_store.design_by_name(connection, design)
    if row is None or row["latest_id"] is None:
        raise no_design(connection, design)
    origin = store.origin_of(connection, row["id"])
    if origin is None or origin["latest_id"] is None:
        return None
    return drift_between(connection, VersionId(row["latest_id"]), VersionId(origin["latest_id"]))


def drift_between(connection: sa.Connection, fork: VersionId, origin: VersionId) -> Drift:
    """How far two versions have gone apart. Raises NotFound."""
    here = places.places_of(connection, {fork, origin})
    for version in (fork, origin):
        if version not in here:
            raise NotFound(f"there is no version with the id {version!r}", code="no_version", value=version)
    gap = apart(here[fork], here[origin], loader(connection))
    bases = [read_version_by_id(connection, each) for each in places.versions_at(connection, gap.bases).values()]
    ours, theirs = read_version_by_id(connection, fork), read_version_by_id(connection, origin)
    parameters = parameter_changes(theirs.manifest, ours.manifest)
    files = file_changes(theirs.files, ours.files)
    return Drift(
        fork=ours.name,
        origin=theirs.name,
        bases=tuple(sorted((base.name for base in bases), key=str)),
        ahead=places.count_in(connection, gap.only_one, most=MOST_COUNTED),
        behind=places.count_in(connection, gap.only_other, most=MOST_COUNTED),
        licence=None if ours.licence == theirs.licence else (ours.licence, theirs.licence),
        parameters_added=parameters.added,
        parameters_gone=parameters.gone,
        parameters_changed=parameters.changed,
        files_added=files.added,
        files_gone=files.gone,
        files_changed=files.changed,
    )
