"""Groups: what kinds there are, and who may do what about who belongs to one."""

from collections.abc import Mapping
from enum import StrEnum

from registry.core.permissions import ALLOWED, Decision, refused
from registry.core.roles import Role
from registry.ids import MemberId


class GroupKind(StrEnum):
    """What a group is. Licences with a reciprocity clause ask it of who makes something for money."""

    COMMUNITY = "community"
    """People who share an interest."""
    COALITION = "coalition"
    """Makers who produce together and live from it (a phyle)."""
    INSTITUTION = "institution"
    """A for-benefit institution, which looks after the commons of a territory or of a field."""


def may_decide_membership(role: Role | None) -> Decision:
    """Whether somebody with this role in a group may invite, change roles, and remove members."""
    if role is Role.OWNER:
        return ALLOWED
    return refused("only an owner of the group says who belongs to it: ask one of them")


def may_become(roles: Mapping[MemberId, Role], member: MemberId, role: Role | None) -> Decision:
    """Whether a member of the group may get this role, or leave it (None): it must keep an owner."""
    if member not in roles:
        return refused("they do not belong to this group: invite them")
    owners = {one for one, has in roles.items() if has is Role.OWNER}
    if owners == {member} and role is not Role.OWNER:
        return refused("a group keeps at least one owner: make somebody else an owner first")
    return ALLOWED


def may_be_invited(roles: Mapping[MemberId, Role], member: MemberId, *, suspended: bool) -> Decision:
    """Whether it makes sense to invite this member."""
    if member in roles:
        return refused(f"they belong to the group already, as {roles[member].word}: change the role instead")
    return refused("they are suspended: they could not answer") if suspended else ALLOWED
