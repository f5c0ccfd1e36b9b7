"""Who may see a facility, order there, and run it."""

from registry.core.matching import Access
from registry.core.permissions import ALLOWED, Caller, Decision, refused


def may_see(access: Access, runners: frozenset[str], caller: Caller | None) -> Decision:
    """Whether the facility and its machines are shown. A private one is not even said to exist."""
    if access is not Access.PRIVATE or _runs(runners, caller):
        return ALLOWED
    return refused("only those who run it may see it")


def may_order_at(access: Access, runners: frozenset[str], caller: Caller, name: str) -> Decision:
    """Whether an order may name this facility."""
    if access is Access.PUBLIC or caller.member in runners:
        return ALLOWED
    return refused(f"{name} takes orders only from those who run it: leave the facility out, or name another one")


def may_run(runners: frozenset[str], caller: Caller, name: str) -> Decision:
    """Whether the caller may edit it, enrol agents, and direct its machines."""
    if _runs(runners, caller):
        return ALLOWED
    return refused(f"only those who run {name} may do this: {len(runners)} member(s) do, ask one of them")


def _runs(runners: frozenset[str], caller: Caller | None) -> bool:
    return caller is not None and (caller.admin or caller.member in runners)
