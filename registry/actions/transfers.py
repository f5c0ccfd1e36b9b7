"""Handing a namespace or a design over: one side offers, the other accepts. Versions, lineage and orders stay whole."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.designs import no_design, read_version_by_id
from registry.actions.log import append
from registry.actions.roles import role_in, roles_in, roles_in_group
from registry.core.permissions import Caller, Decision
from registry.core.roles import Role
from registry.core.transfers import may_leave_owner, may_offer, may_take
from registry.errors import Conflict, Forbidden, NotFound
from registry.ids import DesignName, NamespaceName, TransferId
from registry.store import designs, groups, members
from registry.store import transfers as store
from registry.store.search import index_design


@dataclass(frozen=True)
class TransferView:
    """An offer that waits for its answer."""

    id: TransferId
    what: str
    """A namespace, or a design as `namespace/name`."""
    to: str
    """The member or the group that gets the namespace, or `namespace/name` to which the design moves."""
    asked_by: str
    asked_at: datetime
    yours_to_accept: bool
    """Whether the one who asks may accept it."""


def offer_namespace(
    connection: sa.Connection, caller: Caller, name: NamespaceName, taker: str, *, transfer: TransferId, now: datetime
) -> TransferView:
    """Offer a namespace to a member or a group."""
    row = members.namespace_by_name(connection, name)
    if row is None:
        raise NotFound(f"there is no namespace {name!r}", code="no_namespace", value=name)
    _allow(may_offer(role_in(connection, caller, name), what=f"the namespace {name}"), "not_an_owner", name)
    _allow(may_leave_owner(name, row["owner"]), "namesake", name)
    if store.offers_of(connection, namespace=name):
        raise Conflict(f"{name} is offered already: withdraw that offer first", code="offered_already", value=name)
    group = groups.group_by_name(connection, taker)
    member = None if group is not None else members.member_by_name(connection, taker)
    if group is None and (member is None or member["deleted_at"] is not None):
        raise NotFound(f"there is no member and no group {taker[:80]!r}", code="no_taker", value=taker[:80])
    if taker == row["owner"]:
        raise Conflict(f"{name} belongs to {taker} already", code="owned_already", value=taker)
    store.add_offer(
        connection,
        id=transfer,
        namespace=name,
        to_member=None if member is None else member["id"],
        to_group=None if group is None else group["id"],
        asked_by=caller.member,
        asked_at=now,
    )
    return _view(connection, caller, _row(connection, transfer))


def offer_design(
    connection: sa.Connection,
    caller: Caller,
    design: DesignName,
    target: DesignName,
    *,
    transfer: TransferId,
    now: datetime,
) -> TransferView:
    """Offer to move a design to another namespace, under the same name or another one."""
    row = designs.design_by_name(connection, design)
    if row is None:
        raise no_design(connection, design)
    _allow(may_offer(role_in(connection, caller, design.namespace), what=str(design)), "not_an_owner", str(design))
    if members.namespace_by_name(connection, target.namespace) is None:
        raise NotFound(f"there is no namespace {target.namespace!r}", code="no_namespace", value=target.namespace)
    if store.offers_of(connection, design=row["id"]):
        raise Conflict(
            f"{design} is offered already: withdraw that offer first", code="offered_already", value=str(design)
        )
    _check_free(connection, row["id"], target)
    store.add_offer(
        connection,
        id=transfer,
        design_id=row["id"],
        to_namespace=target.namespace,
        to_name=target.name,
        asked_by=caller.member,
        asked_at=now,
    )
    return _view(connection, caller, _row(connection, transfer))


def accept_transfer(connection: sa.Connection, caller: Caller, transfer: TransferId, now: datetime) -> TransferView:
    """Take over what was offered, if who offered it may still give it away."""
    row = _row(connection, transfer)
    view = _view(connection, caller, row)
    _allow(may_take(_taking_role(connection, caller, row), what=view.what), "not_an_owner", view.what)
    source = NamespaceName(row["namespace"] or row["from_namespace"])
    if members.namespace_by_name(connection, source) is None or not _still_owns(connection, row, source):
        raise Conflict(
            f"{row['asker_name']} does not own {view.what} any more: ask for a new offer", code="offer_lapsed"
        )
    if not store.remove_offer(connection, transfer):
        raise _answered(transfer)
    data = {"to": view.to, "from": row["asker_name"]}
    if row["namespace"] is not None:
        members.give_namespace(connection, source, member=row["to_member"], group=row["to_group"])
        append(connection, "namespace.transferred", source, caller.name, data, now)
    else:
        old, new = DesignName(source, row["design_name"]), DesignName(row["to_namespace"], row["to_name"])
        _check_free(connection, row["design_id"], new)
        store.move_design(connection, row["design_id"], old, new, now)
        _index(connection, row["design_id"], new)
        append(connection, "design.moved", str(new), caller.name, {**data, "was": str(old)}, now)
    return view


def drop_transfer(connection: sa.Connection, caller: Caller, transfer: TransferId) -> None:
    """Withdraw an offer, or decline it: for who made it, who owns the thing, and who could accept it."""
    row = _row(connection, transfer)
    source = NamespaceName(row["namespace"] or row["from_namespace"])
    own = row["asked_by"] == caller.member or role_in(connection, caller, source) is Role.OWNER
    if not own:
        view = _view(connection, caller, row)
        _allow(may_take(_taking_role(connection, caller, row), what=view.what), "not_an_owner", view.what)
    store.remove_offer(connection, transfer)


def list_transfers(connection: sa.Connection, caller: Caller) -> tuple[TransferView, ...]:
    """The offers that the caller made, and those that they may accept; the oldest first."""
    owned = [row["id"] for row in groups.groups_of(connection, caller.member) if row["role"] == Role.OWNER.word]
    namespaces = [row["name"] for row in members.namespaces_for(connection, caller.member, [Role.OWNER.word])]
    rows = store.offers_for(connection, caller.member, owned, namespaces)
    return tuple(_view(connection, caller, row) for row in rows)


def _row(connection: sa.Connection, transfer: TransferId) -> sa.RowMapping:
    row = store.offer_by_id(connection, transfer)
    if row is None:
        raise _answered(transfer)
    return row


def _answered(transfer: TransferId) -> NotFound:
    return NotFound(
        f"there is no offer {transfer[:80]!r}: it may be answered already", code="no_transfer", value=transfer[:80]
    )


def _taking_role(connection: sa.Connection, caller: Caller, row: sa.RowMapping) -> Role | None:
    """The caller's role where the thing would go."""
    if row["to_namespace"] is not None:
        return role_in(connection, caller, NamespaceName(row["to_namespace"]))
    if row["to_group"] is not None:
        return roles_in_group(connection, row["to_group"]).get(caller.member)
    return Role.OWNER if row["to_member"] == caller.member else None


def _still_owns(connection: sa.Connection, row: sa.RowMapping, source: NamespaceName) -> bool:
    return roles_in(connection, source).get(row["asked_by"]) is Role.OWNER


def _check_free(connection: sa.Connection, design: str, target: DesignName) -> None:
    moved = store.moved_to(connection, target)
    taken = designs.design_by_name(connection, target) is not None or (moved is not None and moved["id"] != design)
    if taken:
        raise Conflict(f"the name {target} is taken: choose another one", code="name_taken", value=str(target))


def _index(connection: sa.Connection, design: str, name: DesignName) -> None:
    """Let the design be found by its new namespace."""
    row = designs.design_by_name(connection, name)
    if row is None or row["latest_id"] is None:
        return
    manifest = read_version_by_id(connection, row["latest_id"]).manifest
    words = f"{manifest.title} {manifest.description} {name.namespace} {' '.join(manifest.authors)}"
    index_design(connection, row["id"], name.name, manifest.tags, words)


def _allow(decision: Decision, code: str, value: str) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code=code, value=value)


def _view(connection: sa.Connection, caller: Caller, row: sa.RowMapping) -> TransferView:
    what = row["namespace"] or f"{row['from_namespace']}/{row['design_name']}"
    to = f"{row['to_namespace']}/{row['to_name']}" if row["to_namespace"] else row["group_name"] or row["member_name"]
    yours = may_take(_taking_role(connection, caller, row), what=what).allowed
    return TransferView(row["id"], what, to, row["asker_name"], row["asked_at"], yours)
