"""A version as an Open Know-How module."""

from decimal import Decimal

import sqlalchemy as sa

from designs.digest import JsonValue
from designs.okh import OpenKnowHow
from designs.okh_design import know_how_of
from designs.snapshot import ParentKind
from registry.actions.builds import BuildState, read_build
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version
from registry.ids import DesignName
from registry.store import interchange as store


def read_know_how(connection: sa.Connection, design: DesignName, version: str, home: str) -> OpenKnowHow:
    """What `okh.toml` says of a version; `home` is the registry's address. Raises NotFound."""
    view = read_version(connection, design, version)
    origin = next((parent.version for parent in view.parents if parent.kind is ParentKind.FORKS), "")
    return know_how_of(
        view.manifest,
        view.name.version,
        repo=_page(home, str(view.name)),
        fork_of=_page(home, origin) if origin else "",
        box_mm=_box(connection, view),
    )


def read_toolchain(connection: sa.Connection, design: DesignName, version: str) -> dict[str, str]:
    """What a version was made with, as its publisher said it. Raises NotFound."""
    return store.toolchain_of(connection, read_version(connection, design, version).id)


def _page(home: str, version: str) -> str:
    return f"{home}/designs/{version.replace('@', '/versions/')}"


def _box(connection: sa.Connection, view: VersionView) -> tuple[Decimal, Decimal, Decimal] | None:
    """Of the part with default parameters, once it is built and has an extent in every direction."""
    if view.default_build is None:
        return None
    build = read_build(connection, view.default_build)
    if build.state is not BuildState.DONE or not isinstance(build.measurements, dict):
        return None
    sides = _size(build.measurements.get("bounding_box"))
    if len(sides) != 3 or not all(side > 0 for side in sides):
        return None
    return sides[0], sides[1], sides[2]


def _size(box: JsonValue) -> list[Decimal]:
    size = box.get("size") if isinstance(box, dict) else None
    return [Decimal(str(side)) for side in size] if isinstance(size, list) else []
