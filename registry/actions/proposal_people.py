"""Who somebody is to a proposal, and who stands behind the names of its rules."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from registry.actions.roles import role_in, roles_in, roles_in_group
from registry.core.permissions import Caller
from registry.core.proposals import Act, Person, may_act, may_happen
from registry.core.proposals import ProposalState as State
from registry.core.review_rules import Rules, parse_rules
from registry.errors import Conflict, Forbidden
from registry.ids import NamespaceName
from registry.store import groups, members
from registry.store import proposals as store

NO_RULES = Rules()


def person(connection: sa.Connection, row: sa.RowMapping, caller: Caller) -> Person:
    """The caller as a proposal (a row of `proposal_by_id`) sees them."""
    rules = rules_of(connection, row)
    in_person = caller.namespace is None
    named = in_person and any(caller.name in people for people in behind(connection, rules.names).values())
    return Person(
        proposer=in_person and row["opened_by"] == caller.member,
        role=role_in(connection, caller, row["target_namespace"]),
        source_role=role_in(connection, caller, row["source_namespace"]),
        named=named,
    )


def check_act(connection: sa.Connection, row: sa.RowMapping, caller: Caller, act: Act) -> None:
    """Raises Forbidden when the caller may not do this at all, Conflict when the proposal's state does not allow it."""
    decision = may_act(person(connection, row, caller), act)
    label = label_of(row)
    if not decision.allowed:
        raise Forbidden(f"{label}: {decision.reasons[0]}", code="proposal_refused", value=label)
    possible = may_happen(State(row["state"]), act)
    if not possible.allowed:
        raise Conflict(f"{label}: {possible.reasons[0]}", code="proposal_state", state=row["state"])


def rules_of(connection: sa.Connection, row: sa.RowMapping) -> Rules:
    """The target's rules, as they were when the merge was computed."""
    found = None if row["merge_id"] is None else store.merge_by_id(connection, row["merge_id"])
    return NO_RULES if found is None else parse_rules(found["result"]["rules"])


def behind(connection: sa.Connection, names: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The members behind each name: themselves, or who belongs to the group or to the namespace of that name."""
    return {name: _behind(connection, name) for name in names}


def _behind(connection: sa.Connection, name: str) -> frozenset[str]:
    if members.member_by_name(connection, name) is not None:
        return frozenset({name})
    group = groups.group_by_name(connection, name)
    roles = roles_in(connection, NamespaceName(name)) if group is None else roles_in_group(connection, group["id"])
    rows = [members.member_by_id(connection, member) for member in roles]
    return frozenset(row["name"] for row in rows if row is not None)


def label_of(row: sa.RowMapping) -> str:
    """`ada/bin#3`"""
    return f"{row['target_namespace']}/{row['target_name']}#{row['number']}"
