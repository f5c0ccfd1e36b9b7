"""What holds for accounts: what a restricted token may do, who stays an administrator, when one may be deleted."""

from collections.abc import Collection, Sequence

from registry.core.permissions import ALLOWED, Decision, Scope, refused

FOR_ONE_NAMESPACE = frozenset({Scope.PUBLISH})
"""What makes sense for a token that is good for one namespace only."""


def may_be_restricted(scopes: Collection[Scope]) -> Decision:
    """Whether a token with these scopes may be made for one namespace."""
    beyond = sorted(scope.value for scope in set(scopes) - FOR_ONE_NAMESPACE)
    if not beyond:
        return ALLOWED
    return refused(f"a token for one namespace only publishes: leave out {', '.join(beyond)}")


def has_rights(scopes: Collection[Scope], *, suspended: bool) -> bool:
    """Whether a token lets its member act as the administrator or moderator that they are: a narrow one does not."""
    return Scope.ADMIN in scopes and not suspended


def may_stop_administering(administrators: int) -> Decision:
    """Whether one of so many administrators may stop being one, be suspended, or be deleted."""
    if administrators > 1:
        return ALLOWED
    return refused("a registry keeps an administrator: make somebody else one first")


def may_be_deleted(
    *, alone_in: Sequence[str], runs_alone: Sequence[str], orders_under_way: int, last_administrator: bool
) -> Decision:
    """Whether an account may be deleted: nothing that others rely on may stay without anybody. Gives all reasons."""
    reasons = [f"the group {name} has no other owner: make somebody else one, or hand it over" for name in alone_in]
    reasons += [
        f"nobody else runs the facility {name}, which has agents: name somebody, or remove them" for name in runs_alone
    ]
    if orders_under_way:
        reasons.append(f"{orders_under_way} of your orders are under way: cancel them, or wait for them")
    if last_administrator:
        reasons.append("a registry keeps an administrator: make somebody else one first")
    return refused(*reasons) if reasons else ALLOWED
