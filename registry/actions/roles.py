"""Who has which role in a namespace. The one place that knows whether it belongs to a member or to a group."""

import sqlalchemy as sa

from registry.core.permissions import Caller
from registry.core.roles import Role, role_of_word
from registry.ids import MemberId, NamespaceName
from registry.store import groups
from registry.store import members as store


def role_in(connection: sa.Connection, caller: Caller, namespace: NamespaceName) -> Role | None:
    """The caller's role; None when they have none, their token is for another namespace, or there is no such one."""
    if caller.namespace is not None and caller.namespace != namespace:
        return None
    return roles_in(connection, namespace).get(caller.member)


def roles_in(connection: sa.Connection, namespace: NamespaceName) -> dict[MemberId, Role]:
    """Everybody who has a role in a namespace; nobody when there is no such namespace."""
    row = store.namespace_by_name(connection, namespace)
    if row is None:
        return {}
    if row["group_id"] is None:
        return {MemberId(row["owner_id"]): Role.OWNER}
    return roles_in_group(connection, row["group_id"])


def roles_in_group(connection: sa.Connection, group: str) -> dict[MemberId, Role]:
    """Everybody who belongs to the group of this id."""
    found = groups.roles_of_group(connection, group)
    return {MemberId(member): role_of_word(role) for member, role in found.items()}
