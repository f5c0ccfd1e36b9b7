"""Handing a namespace or a design over: who may offer it, and who may take it."""

from registry.core.permissions import ALLOWED, Decision, refused
from registry.core.roles import Role


def may_offer(role: Role | None, *, what: str) -> Decision:
    """Whether somebody with this role in the namespace may offer what is in it."""
    if role is Role.OWNER:
        return ALLOWED
    return refused(f"only an owner gives {what} away: ask one of them")


def may_leave_owner(namespace: str, owner: str) -> Decision:
    """Whether a namespace may get another owner: the one that bears its owner's name stays there."""
    if namespace != owner:
        return ALLOWED
    return refused(f"the namespace {namespace!r} bears the name of its owner and stays: hand over its designs instead")


def may_take(role: Role | None, *, what: str) -> Decision:
    """Whether somebody with this role where the thing would go may accept it."""
    if role is Role.OWNER:
        return ALLOWED
    return refused(f"only an owner there accepts {what}: ask one of them")
