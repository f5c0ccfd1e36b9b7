"""What a proposal puts together: the present sides, what both come from, and what of it was computed already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from designs.digest import JsonValue, digest_json
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version_by_id
from registry.actions.lineage import merge_bases
from registry.core.merging import Choice, Resolution, Resolutions
from registry.core.permissions import Caller
from registry.errors import NotFound
from registry.ids import DesignName, MemberId, TokenId, VersionId
from registry.store import members
from registry.store import proposals as store

DEEPEST = 4
"""Levels of criss-cross merges that a common base is put together from; beyond them the newest ancestor is taken."""


@dataclass(frozen=True)
class Joint:
    """A base that nobody published: put together from two common ancestors of which none comes from the other."""

    one: "Base"
    other: "Base"
    base: "Base"


Base = VersionView | Joint


@dataclass(frozen=True)
class Sides:
    """The input of a merge."""

    proposal: str
    target: VersionView
    source: VersionView
    base: Base
    bases: tuple[VersionView, ...]
    """The nearest common ancestors, as they were published."""
    resolutions: Resolutions
    opener: Caller

    @property
    def key(self) -> str:
        """Names what comes of it: the same input again is the same merge."""
        chosen: list[JsonValue] = [
            [conflict, resolution.choice.value, resolution.text] for conflict, resolution in self.resolutions.items()
        ]
        return digest_json(
            {
                "proposal": self.proposal,
                "target": self.target.id,
                "source": self.source.id,
                "bases": [base.id for base in self.bases],
                "resolutions": chosen,
            }
        )


def proposal_row(connection: sa.Connection, proposal: str) -> sa.RowMapping:
    """Raises NotFound."""
    row = store.proposal_by_id(connection, proposal)
    if row is None:
        raise NotFound(
            f"there is no proposal {proposal[:80]!r}: list the design's proposals",
            code="no_proposal",
            value=proposal[:80],
        )
    return row


def designs_of(connection: sa.Connection, proposal: str) -> tuple[DesignName, DesignName]:
    """The target and the fork that is offered, as they are called now. Raises NotFound."""
    row = proposal_row(connection, proposal)
    target = DesignName(row["target_namespace"], row["target_name"])
    return target, DesignName(row["source_namespace"], row["source_name"])


def read_sides(connection: sa.Connection, proposal: str) -> Sides:
    """The present sides of a proposal. Raises NotFound."""
    row = proposal_row(connection, proposal)
    target = read_version_by_id(connection, row["target_latest"])
    source = read_version_by_id(connection, row["source_version"])
    bases = _newest_first(read_version_by_id(connection, base) for base in _bases(connection, target.id, source.id))
    return Sides(
        proposal,
        target,
        source,
        _joined(connection, bases, DEEPEST) if bases else target,
        bases,
        resolutions_of(connection, proposal),
        _member(connection, row["opened_by"]),
    )


def resolutions_of(connection: sa.Connection, proposal: str) -> Resolutions:
    """By the conflict's id."""
    return {
        row["conflict_id"]: Resolution(Choice(row["choice"]), row["text"])
        for row in store.resolutions_of(connection, proposal)
    }


def _bases(connection: sa.Connection, one: VersionId, other: VersionId) -> Sequence[VersionId]:
    return merge_bases(connection, one, other)


def _newest_first(versions: Iterable[VersionView]) -> tuple[VersionView, ...]:
    return tuple(sorted(versions, key=lambda view: (view.published_at, view.id), reverse=True))


def _joined(connection: sa.Connection, bases: Sequence[VersionView], deepest: int) -> Base:
    """One base of several: two by two, each pair by what these two come from."""
    first: Base = bases[0]
    for other in bases[1:]:
        common = _newest_first(
            read_version_by_id(connection, base) for base in _bases(connection, bases[0].id, other.id)
        )
        if not common or deepest == 0:
            break
        first = Joint(first, other, _joined(connection, common, deepest - 1))
    return first


def _member(connection: sa.Connection, member: str) -> Caller:
    row = members.member_by_id(connection, member)
    name = "" if row is None else row["name"]
    return Caller(MemberId(member), name, admin=False, scopes=frozenset(), token=TokenId(""), session=False)
