"""Proposals: opened, offered anew, merged by hand, declined, withdrawn, listed. Afterwards the caller of what changes
something notifies the topics `log`, `proposals` and `proposal:<id>`.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.design_views import VersionView
from registry.actions.designs import no_design, read_version, read_version_by_id
from registry.actions.lineage import merge_bases
from registry.actions.log import append
from registry.actions.moderation import require_shown
from registry.actions.proposal_merges import conflicts_of
from registry.actions.proposal_people import check_act, label_of, person
from registry.actions.proposal_reading import card_of, read_proposal
from registry.actions.proposal_sides import proposal_row
from registry.actions.proposal_views import AllowedActs, ProposalId, ProposalPage
from registry.core.merging import Choice, ConflictKind
from registry.core.merging import Conflict as Clash
from registry.core.merging_manifest import manifest_problem
from registry.core.merging_toml import read_value
from registry.core.merging_values import ABSENT
from registry.core.permissions import Caller
from registry.core.proposals import Act, ProposalState, Verdict, after, counts, may_act, may_happen
from registry.core.roles import Role
from registry.errors import Conflict, Fact, Invalid, NotFound
from registry.ids import DesignName, MemberId, VersionName
from registry.store import designs, members
from registry.store import proposals as store

__all__ = [
    "Offer",
    "allowed_acts",
    "checked",
    "count_open",
    "decline",
    "list_proposals",
    "offer_version",
    "open_proposal",
    "proposal_numbered",
    "read_proposal",
    "resolve_conflict",
    "withdraw",
]

MAX_TITLE = 120
MAX_WORDS = 20_000
MAX_RESOLUTION = 256 << 10
MOST_AT_ONCE = 100
_DECIDING = (Role.MAINTAINER.word, Role.OWNER.word)


@dataclass(frozen=True)
class Offer:
    """What somebody proposes."""

    source: VersionName
    target: DesignName
    title: str
    words: str = ""


def open_proposal(
    connection: sa.Connection, caller: Caller, offer: Offer, proposal: ProposalId, now: datetime
) -> ProposalId:
    """Offer a version to another design of its family. Older open proposals of the same fork that it contains are
    superseded, where the caller might have offered it in them. Raises NotFound, Invalid; Conflict where there is
    nothing to offer."""
    title = checked(offer.title, "title", MAX_TITLE, required=True)
    words = checked(offer.words, "words", MAX_WORDS)
    require_shown(connection, caller, offer.source.design, offer.target)
    source = read_version(connection, offer.source.design, offer.source.version)
    target = read_version(connection, offer.target, "latest")
    design = designs.design_by_name(connection, target.name.design)
    origin = designs.design_by_name(connection, source.name.design)
    if design is None or origin is None:
        raise no_design(connection, offer.target)
    designs.lock_design(connection, design["id"])
    _check_offer(connection, source, target)
    older = store.open_between(connection, origin["id"], design["id"])
    same = next((row for row in older if row["source_version"] == source.id), None)
    if same is not None:
        label = f"{target.name.design}#{same['number']}"
        raise Conflict(f"{source.name} is offered already, by {label}", code="already_offered", value=same["id"])
    number = store.next_number(connection, design["id"])
    values = {"target_id": design["id"], "source_id": origin["id"], "source_version": source.id, "round": 1}
    told = {"title": title, "words": words, "state": ProposalState.OPEN.value, "number": number}
    dates = {"opened_by": caller.member, "opened_at": now, "changed_at": now}
    store.add_proposal(connection, {"id": proposal, **values, **told, **dates})
    store.add_offer(connection, proposal, source.id, caller.member, now)
    for row in older:
        contained = merge_bases(connection, row["source_version"], source.id) == (row["source_version"],)
        who = person(connection, proposal_row(connection, row["id"]), caller)
        if contained and may_act(who, Act.OFFER).allowed:
            _end(connection, row["id"], caller, Act.SUPERSEDE, now, superseded_by=proposal)
    data: dict[str, Fact] = {"title": title, "source": str(source.name), "target": str(target.name)}
    append(connection, "proposal.opened", f"{target.name.design}#{number}", caller.name, data, now)
    return proposal


def offer_version(
    connection: sa.Connection, caller: Caller, proposal: ProposalId, source: VersionName, now: datetime
) -> None:
    """Offer a newer version of the fork in the same proposal: a new round. Raises Conflict, Forbidden, NotFound."""
    row = _locked(connection, proposal)
    check_act(connection, row, caller, Act.OFFER)
    version = read_version(connection, source.design, source.version)
    design = designs.design_by_name(connection, version.name.design)
    if design is None or design["id"] != row["source_id"]:
        raise Conflict(
            f"{label_of(row)} offers {row['source_namespace']}/{row['source_name']}, not {source.design}: open a "
            "proposal of its own",
            code="other_design",
            value=str(source),
        )
    if version.id == row["source_version"]:
        raise Conflict(f"{label_of(row)} offers {version.name} already", code="already_offered", value=str(source))
    _check_offer(connection, version, read_version_by_id(connection, row["target_latest"]))
    state = _following(row, Act.OFFER)
    store.change_proposal(
        connection, proposal, source_version=version.id, state=state, round=row["round"] + 1, changed_at=now
    )
    store.add_offer(connection, proposal, version.id, caller.member, now)
    append(connection, "proposal.offered", label_of(row), caller.name, {"source": str(version.name)}, now)


def resolve_conflict(  # noqa: PLR0917  (a conflict and what is to stand there)
    connection: sa.Connection,
    caller: Caller,
    proposal: ProposalId,
    conflict: str,
    choice: Choice | None,
    text: str | None,
    now: datetime,
) -> None:
    """Resolve one conflict of the merge, or open it again (None): a new round. Raises NotFound, Invalid, Conflict."""
    row = _locked(connection, proposal)
    check_act(connection, row, caller, Act.RESOLVE)
    found = conflicts_of(connection, proposal).get(conflict)
    if found is None:
        raise NotFound(
            f"{label_of(row)} has no conflict {conflict[:40]!r}: look at its merge again",
            code="no_conflict",
            value=conflict[:40],
        )
    if choice is not None:
        _check_resolution(found, choice, text)
    kept = text if choice is Choice.TEXT else None
    values = None if choice is None else {"choice": choice.value, "text": kept, "resolved_by": caller.member}
    store.put_resolution(connection, proposal, conflict, values and {**values, "resolved_at": now})
    state = _following(row, Act.RESOLVE)
    store.change_proposal(connection, proposal, merge_id=None, state=state, round=row["round"] + 1, changed_at=now)
    data: dict[str, Fact] = {"path": found.path, "place": found.place, "choice": choice and choice.value}
    append(connection, "proposal.resolved", label_of(row), caller.name, data, now)


def decline(connection: sa.Connection, caller: Caller, proposal: ProposalId, reason: str, now: datetime) -> None:
    """Refuse a proposal, with the reason that stays. The fork lives on. Raises Forbidden, Conflict, Invalid."""
    words = checked(reason, "reason", MAX_WORDS, required=True)
    check_act(connection, _locked(connection, proposal), caller, Act.DECLINE)
    _end(connection, proposal, caller, Act.DECLINE, now, reason=words)


def withdraw(connection: sa.Connection, caller: Caller, proposal: ProposalId, reason: str, now: datetime) -> None:
    """Take one's own proposal back. Raises Forbidden, Conflict."""
    words = checked(reason, "reason", MAX_WORDS)
    check_act(connection, _locked(connection, proposal), caller, Act.WITHDRAW)
    _end(connection, proposal, caller, Act.WITHDRAW, now, reason=words)


def proposal_numbered(connection: sa.Connection, target: DesignName, number: int) -> ProposalId:
    """The id of a proposal that people call `namespace/name#3`. Raises NotFound."""
    found = store.id_of_number(connection, target, number)
    if found is None:
        raise NotFound(
            f"{target} has no proposal #{number}: list its proposals", code="no_proposal", value=f"{target}#{number}"
        )
    return found


def list_proposals(
    connection: sa.Connection,
    *,
    target: DesignName | None = None,
    source: DesignName | None = None,
    member: str | None = None,
    maintainer: MemberId | None = None,
    open_only: bool = False,
    cursor: str | None = None,
    limit: int = 30,
) -> ProposalPage:
    """The newest first. `cursor` is the `next_cursor` of the part before; `maintainer` may decide about what is asked
    for."""
    namespaces = [] if maintainer is None else members.namespaces_for(connection, maintainer, _DECIDING)
    maintained = [row["name"] for row in namespaces]
    where = [
        *([store.of_target(target)] if target else []),
        *([store.of_source(source)] if source else []),
        *([store.of_member(member)] if member else []),
        *([store.in_namespaces(maintained)] if maintainer else []),
        *([store.is_open()] if open_only else []),
    ]
    limit = max(1, min(limit, MOST_AT_ONCE))
    rows = store.list_heads(connection, where, cursor, limit + 1)
    cards = tuple(card_of(connection, row) for row in rows[:limit])
    return ProposalPage(cards, cards[-1].id if len(rows) > limit else None)


def count_open(connection: sa.Connection, design: DesignName) -> int:
    """How many proposals wait for the maintainers of a design."""
    return store.count_open(connection, design)


def allowed_acts(connection: sa.Connection, caller: Caller | None, proposal: ProposalId) -> AllowedActs:
    """What the caller may do with a proposal now; nothing when nobody is logged in."""
    row = proposal_row(connection, proposal)
    if caller is None:
        return AllowedActs()
    who = person(connection, row, caller)
    acts, refusals = set(), {}
    for act in (Act.OFFER, Act.RESOLVE, Act.ACCEPT, Act.DECLINE, Act.WITHDRAW):
        decisions = may_act(who, act), may_happen(ProposalState(row["state"]), act)
        refusal = next((decision.reasons[0] for decision in decisions if not decision.allowed), None)
        if refusal is None:
            acts.add(act)
        else:
            refusals[act] = refusal
    approve = counts(who, Verdict.APPROVE).allowed and not ProposalState(row["state"]).final
    return AllowedActs(frozenset(acts), comment=True, approve=approve, member=caller.member, refusals=refusals)


def checked(text: str, what: str, limit: int, *, required: bool = False) -> str:
    """A text that somebody wrote, without blanks around it. Raises Invalid when it is missing or too long."""
    words = text.strip()
    if required and not words:
        raise Invalid(f"the {what} is missing: write it", code="words_missing", value=what)
    if len(words) > limit:
        raise Invalid(f"the {what} has {len(words)} characters: at most {limit}", code="words_too_long", value=what)
    return words


def _check_offer(connection: sa.Connection, source: VersionView, target: VersionView) -> None:
    if source.name.design == target.name.design:
        raise Invalid(f"{source.name} belongs to {target.name.design} itself: publish it there", code="same_design")
    gone = source.recalled or source.yanked
    if gone is not None:
        raise Conflict(f"{source.name} was withdrawn: {gone.reason}. Offer another version", code="withdrawn")
    bases = merge_bases(connection, source.id, target.id)
    if not bases:
        raise Conflict(
            f"{source.name} and {target.name.design} come from no common version: fork it first, so that they do",
            code="not_related",
            value=str(source.name),
        )
    if bases == (source.id,):
        raise Conflict(f"{target.name} has all of {source.name} already", code="nothing_to_offer")


def _check_resolution(conflict: Clash, choice: Choice, text: str | None) -> None:
    if choice not in conflict.choices:
        allowed = ", ".join(each.value for each in conflict.choices)
        raise Invalid(f"{conflict.message}: it can be resolved by {allowed}", code="bad_choice", value=choice.value)
    if choice is not Choice.TEXT:
        return
    if text is None or len(text) > MAX_RESOLUTION:
        raise Invalid("with the choice `text`, write what is to stand there: at most 256 KiB", code="bad_resolution")
    if conflict.kind is ConflictKind.VALUE and read_value(text) is ABSENT:
        raise Invalid(
            f'{text[:80]!r} is no value of design.toml: write it as it stands there, such as 12.5 or "PLA"',
            code="bad_resolution",
            value=text[:80],
        )
    problem = manifest_problem(text) if conflict.kind is ConflictKind.MANIFEST else None
    if problem is not None:
        raise Invalid(f"the design.toml that you wrote is not in order: {problem}", code="bad_resolution")


def _locked(connection: sa.Connection, proposal: ProposalId) -> sa.RowMapping:
    proposal_row(connection, proposal)
    store.lock_proposal(connection, proposal)
    return proposal_row(connection, proposal)


def _following(row: sa.RowMapping, act: Act) -> str:
    state = after(ProposalState(row["state"]), act)
    assert state is not None, "it was checked"
    return state.value


def _end(
    connection: sa.Connection,
    proposal: ProposalId,
    caller: Caller,
    act: Act,
    now: datetime,
    *,
    reason: str = "",
    superseded_by: ProposalId | None = None,
) -> None:
    row = _locked(connection, proposal)
    state = _following(row, act)
    ended: dict[str, object] = {"ended_by": caller.member, "ended_at": now, "changed_at": now}
    store.change_proposal(connection, proposal, state=state, reason=reason, superseded_by=superseded_by, **ended)
    store.stop_checks(connection, proposal, but=None)
    data: dict[str, Fact] = {"reason": reason} if superseded_by is None else {"by": superseded_by}
    append(connection, f"proposal.{state}", label_of(row), caller.name, data, now)
