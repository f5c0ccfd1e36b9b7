"""What may be reported, who hides it, and who decides about an appeal."""

from enum import StrEnum

from registry.core.permissions import ALLOWED, Caller, Decision, refused


class Kind(StrEnum):
    """What can be reported and hidden."""

    DESIGN = "design"
    MEMBER = "member"
    COMMENT = "comment"


class Outcome(StrEnum):
    """How a report ended."""

    HIDDEN = "hidden"
    DISMISSED = "dismissed"


def may_moderate(caller: Caller | None) -> Decision:
    """Whether somebody may see reports, hide, and show again."""
    if caller is not None and (caller.moderator or caller.admin):
        return ALLOWED
    return refused("only moderators do this: report what breaks the rules, and they will look at it")


def may_administer(caller: Caller) -> Decision:
    """Whether somebody may make moderators, suspend members, and give them links to sign in."""
    return ALLOWED if caller.admin else refused("only an administrator of this registry does this: ask one")


def may_decide_appeal(caller: Caller, hidden_by: str) -> Decision:
    """Whether a moderator may answer an appeal: another one than who hid it, or an administrator."""
    decision = may_moderate(caller)
    if not decision.allowed or caller.admin or caller.member != hidden_by:
        return decision
    return refused("you hid this yourself: another moderator or an administrator answers the appeal")
