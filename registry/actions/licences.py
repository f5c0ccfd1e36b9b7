"""Licences along the lineage: by what a version is bound, and whether it may carry its licence."""

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from designs.snapshot import ParentKind
from registry.core.licence_bonds import Bond, BondParent, Bound, Judgement, bonds_of, judge
from registry.core.licence_standing import MOST_GIFTS, Belonging, Gift, Standing, standing_of
from registry.core.permissions import Caller
from registry.errors import Forbidden
from registry.ids import DesignName, MemberId, NamespaceName, VersionId
from registry.store import designs as design_store
from registry.store import groups
from registry.store import licences as store


class NamedParent(Protocol):
    """A parent that is there, as `registry.actions.publishing.ResolvedParent`."""

    @property
    def kind(self) -> ParentKind: ...
    @property
    def id(self) -> VersionId: ...


def bonds_to_be(
    connection: sa.Connection, caller: Caller, namespace: NamespaceName, parents: Sequence[NamedParent]
) -> frozenset[Bond]:
    """By what a version of these parents would be bound if the caller published it in the namespace."""
    ids = {parent.id for parent in parents}
    known = store.sources(connection, ids)
    bound: dict[str, set[Bond]] = {}
    for row in store.bonds_of_versions(connection, ids):
        bound.setdefault(row["version_id"], set()).add(Bond(VersionId(row["source_id"]), row["used"]))
    return bonds_of(
        BondParent(
            parent.id,
            parent.kind,
            own=known[parent.id]["namespace"] == namespace or known[parent.id]["published_by"] == caller.member,
            bonds=frozenset(bound.get(parent.id, ())),
        )
        for parent in parents
    )


def judge_licence(connection: sa.Connection, licence: str, bonds: frozenset[Bond]) -> Judgement:
    """Whether a version that is bound so may carry this licence."""
    known = store.sources(connection, {bond.version for bond in bonds})
    return judge(
        licence,
        [
            Bound(known[bond.version]["version"], known[bond.version]["licence"], bond.used)
            for bond in sorted(bonds, key=lambda bond: (known[bond.version]["version"], bond.used))
        ],
    )


def preview(
    connection: sa.Connection,
    caller: Caller,
    namespace: NamespaceName,
    licence: str,
    parents: Sequence[NamedParent],
) -> Judgement:
    """What publishing would say of the licence, before anything is written: for forms and for proposals."""
    return judge_licence(connection, licence, bonds_to_be(connection, caller, namespace, parents))


def read_judgement(connection: sa.Connection, version: VersionId, licence: str) -> Judgement:
    """The same of a version that is there, under its licence or another."""
    rows = store.bonds_of_versions(connection, [version])
    return judge_licence(connection, licence, frozenset(Bond(VersionId(r["source_id"]), r["used"]) for r in rows))


def check_licence(
    connection: sa.Connection,
    caller: Caller,
    namespace: NamespaceName,
    licence: str,
    parents: Sequence[NamedParent],
) -> frozenset[Bond]:
    """The bonds to keep with the version. Raises Forbidden where a licence of others does not let it be."""
    bonds = bonds_to_be(connection, caller, namespace, parents)
    judgement = judge_licence(connection, licence, bonds)
    if not judgement.allowed:
        raise Forbidden(
            f"it cannot be published under {licence}: {'; '.join(judgement.refusals)}. What to do: {judgement.way_out}",
            code="licence_refused",
            licence=licence,
            reasons=list(judgement.refusals),
            possible=list(judgement.possible),
        )
    return bonds


def keep_bonds(connection: sa.Connection, version: VersionId, bonds: frozenset[Bond]) -> None:
    """Write by what a version is bound, in the transaction that writes the version."""
    rows: list[dict[str, object]] = [
        {"version_id": version, "source_id": bond.version, "used": bond.used} for bond in sorted(bonds)
    ]
    store.add_bonds(connection, rows)


def read_standing(connection: sa.Connection, member: MemberId) -> Standing:
    """What counts of a member where a licence asks who uses a design for a business."""
    belongs = groups.groups_of(connection, member)
    gifts = store.accepted_from(connection, member, MOST_GIFTS)
    return standing_of(
        [Belonging(row["name"], row["kind"], row["worker_owned"]) for row in belongs],
        [Gift(row["version"], row["merged_into"]) for row in gifts],
    )


def read_bounds(connection: sa.Connection, design: DesignName) -> Judgement | None:
    """What has a say in the licence of a design's next version: the bonds of its latest; None: there is none yet."""
    row = design_store.card_of(connection, design)
    return None if row is None else read_judgement(connection, row["latest_id"], row["licence"])
