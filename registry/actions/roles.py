"""Who has which role in a namespace. The one place that knows whether it belongs to a member or to a group."""

import sqlalchemy as sa

from registry.core.permissions import Caller
from registry.core.roles import Role
from registry.ids import MemberId, NamespaceName
from registry.store import members as store


def role_in(connection: sa.Connection, caller: Caller, namespace: NamespaceName) -> Role | None:
    """The caller's role; None when they have none, or there is no such namespace."""
    return roles_in(connection, namespace).get(caller.member)


def roles_in(connection: sa.Connection, namespace: NamespaceName) -> dict[MemberId, Role]:
    """Everybody who has a role in a namespace; nobody when there is no such namespace."""
    row = store.namespace_by_name(connection, namespace)
    return {} if row is None else {MemberId(row["owner_id"]): Role.OWNER}
