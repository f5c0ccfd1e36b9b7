"""Proposals as they are shown."""

from collections.abc import Sequence

import semver
import sqlalchemy as sa

from registry.actions.design_views import VersionView
from registry.actions.designs import read_version_by_id
from registry.actions.proposal_check_views import read_checks, worst_of
from registry.actions.proposal_merge_views import CheckName, CheckState, CheckView, MergeState, MergeView
from registry.actions.proposal_merges import is_present, read_merge
from registry.actions.proposal_people import behind, rules_of
from registry.actions.proposal_sides import proposal_row
from registry.actions.proposal_views import (
    AcceptanceView,
    Ending,
    OfferView,
    ProposalCard,
    ProposalId,
    ProposalView,
    RequirementView,
    ReviewView,
    SideView,
)
from registry.core.interfaces import Step, next_version
from registry.core.proposals import Act, ProposalState, Verdict, may_happen
from registry.core.review_rules import Rules, requirements
from registry.ids import DesignName, VersionName
from registry.store import designs
from registry.store import proposal_talk as talk
from registry.store import proposals as store

_NOT_MERGED = {
    MergeState.COMPUTING: "The merge is being computed: a side moved.",
    MergeState.NOTHING: "The target has everything that is offered already.",
    MergeState.CONFLICTING: "Conflicts are open: resolve them.",
}


def card_of(connection: sa.Connection, row: sa.RowMapping) -> ProposalCard:
    """A proposal in a list, from a row of `list_heads`."""
    present = is_present(row)
    conflicts = 0
    if present and row["merge_state"] == MergeState.CONFLICTING:
        conflicts = store.count_open_conflicts(connection, row["merge_id"])
    reviews = reviews_of(connection, row)
    approvals = {each.by for each in reviews if each.counts and each.verdict is Verdict.APPROVE and not each.outdated}
    return ProposalCard(
        row["id"],
        row["number"],
        row["title"],
        ProposalState(row["state"]),
        DesignName(row["target_namespace"], row["target_name"]),
        VersionName(DesignName(row["source_namespace"], row["source_name"]), row["offered"]),
        row["opener"],
        row["opened_at"],
        row["changed_at"],
        MergeState(row["merge_state"]) if present and row["merge_state"] else MergeState.COMPUTING,
        conflicts,
        worst_of(row) if present else None,
        len(approvals),
        row["comments"],
    )


def read_proposal(connection: sa.Connection, proposal: ProposalId) -> ProposalView:
    """Everything about a proposal but its discussion. Raises NotFound."""
    row = proposal_row(connection, proposal)
    card, merge = card_of(connection, row), read_merge(connection, proposal)
    ended = row["ended_at"] is not None and row["merge_target"] is not None
    target = read_version_by_id(connection, row["merge_target"] if ended else row["target_latest"])
    source = read_version_by_id(connection, row["source_version"])
    offers = store.offers_of(connection, proposal)
    checks = read_checks(connection, row["merge_id"]) if card.merge is MergeState.CLEAN else ()
    reviews = reviews_of(connection, row)
    rules = rules_of(connection, row)
    needed = required(connection, row, rules, merge, reviews)
    gone = None if row["ended_at"] is not None else source.recalled or source.yanked
    why = "" if gone is None else gone.reason.rstrip(".")
    withdrawn = () if gone is None else (f"{source.name} was withdrawn: {why}. Offer another version.",)
    step = _step(connection, row) if checks else None
    return ProposalView(
        card,
        row["words"],
        _side(source),
        _side(target),
        row["round"],
        tuple(OfferView(_name(each), each["by"], each["offered_at"]) for each in offers),
        _newer(connection, row, source),
        merge,
        checks,
        reviews,
        needed,
        _acceptance(connection, card, merge, checks, ((*withdrawn, *rules.problems), needed, target, step)),
        _ending(connection, row),
        contributors(connection, row["opener"], offers),
    )


def reviews_of(connection: sa.Connection, row: sa.RowMapping) -> tuple[ReviewView, ...]:
    """Oldest first; outdated is what is of an earlier round, or was followed by another word of the same member."""
    rows = talk.reviews_of(connection, row["id"])
    last = {each["member_id"]: each["id"] for each in rows if each["verdict"] != Verdict.COMMENT}
    return tuple(
        ReviewView(
            each["id"],
            each["by"],
            Verdict(each["verdict"]),
            each["words"],
            each["reviewed_at"],
            each["round"],
            outdated=each["round"] != row["round"] or last.get(each["member_id"], each["id"]) != each["id"],
            counts=each["counts"] and each["withdrawn_at"] is None,
            withdrawn=each["withdrawn_at"] is not None,
        )
        for each in rows
    )


def required(
    connection: sa.Connection, row: sa.RowMapping, rules: Rules, merge: MergeView, reviews: Sequence[ReviewView]
) -> tuple[RequirementView, ...]:
    """What the rules ask for the changed files, and who approved."""
    paths = {path for each in merge.changed for path in (each.path, each.renamed_from) if path}
    approvals = {each.by for each in reviews if each.verdict is Verdict.APPROVE and each.counts and not each.outdated}
    found = requirements(rules, paths, behind(connection, rules.names), approvals, authors_of(connection, row))
    return tuple(
        RequirementView(each.rule.pattern, each.rule.who, each.needed, each.approved_by, each.paths) for each in found
    )


def authors_of(connection: sa.Connection, row: sa.RowMapping) -> frozenset[str]:
    """Whose own work a proposal is, so that they do not approve it: who opened it, and who published or offered what is
    offered."""
    offers = store.offers_of(connection, row["id"])
    made = {read_version_by_id(connection, offer["version_id"]).published_by for offer in offers}
    return frozenset({row["opener"], *(offer["by"] for offer in offers), *made})


def contributors(connection: sa.Connection, opener: str, offers: Sequence[sa.RowMapping]) -> tuple[str, ...]:
    """Who offered it, and who made what is offered, each once."""
    names = [opener]
    for offer in offers:
        version = read_version_by_id(connection, offer["version_id"])
        names += [version.published_by, *talk.contributors_of(connection, version.id)]
    return tuple(dict.fromkeys(names))


def _acceptance(
    connection: sa.Connection,
    card: ProposalCard,
    merge: MergeView,
    checks: Sequence[CheckView],
    ground: tuple[Sequence[str], Sequence[RequirementView], VersionView, Step | None],
) -> AcceptanceView:
    problems, needed, target, step = ground
    missing = [f"{reason[:1].upper()}{reason[1:]}." for reason in may_happen(card.state, Act.ACCEPT).reasons]
    if card.merge is MergeState.FAILED:
        missing.append(f"The merge failed: {merge.reason}")
    elif card.merge in _NOT_MERGED:
        missing.append(_NOT_MERGED[card.merge])
    missing += problems
    for each in needed:
        if not each.met:
            who, have = " or ".join(each.who), len(each.approved_by)
            missing.append(f"{each.pattern} needs {each.needed} approvals of {who}, and has {have}.")
    missing += [check.summary for check in checks if _forbids(check)]
    warnings = [check.summary for check in checks if check.state in {CheckState.FAILED, CheckState.WARNED}]
    if any(check.state in {CheckState.QUEUED, CheckState.RUNNING} for check in checks):
        warnings.append("Its checks are still running.")
    version = None
    if step is not None:
        design = designs.design_by_name(connection, target.name.design)
        taken = [] if design is None else [each["version"] for each in designs.versions_of(connection, design["id"])]
        version = str(next_version(semver.Version.parse(target.name.version), step, taken))
    told = tuple(words for words in warnings if words not in missing)
    return AcceptanceView(not missing, tuple(missing), told, None if step is None else step.word, version)


def _forbids(check: CheckView) -> bool:
    """Only the licence keeps maintainers from accepting: publishing would be refused all the same."""
    return check.name is CheckName.LICENCE and check.state is CheckState.FAILED


def _step(connection: sa.Connection, row: sa.RowMapping) -> Step | None:
    found = None if row["merge_id"] is None else store.merge_by_id(connection, row["merge_id"])
    return None if found is None or "step" not in found["checks"] else Step(found["checks"]["step"])


def _newer(connection: sa.Connection, row: sa.RowMapping, source: VersionView) -> VersionName | None:
    card = designs.card_of(connection, source.name.design)
    if row["ended_at"] is not None or card is None or card["latest_id"] == source.id:
        return None
    latest = read_version_by_id(connection, card["latest_id"])
    return latest.name if latest.published_at > source.published_at else None


def _ending(connection: sa.Connection, row: sa.RowMapping) -> Ending | None:
    if row["ended_at"] is None:
        return None
    published = None if row["published"] is None else read_version_by_id(connection, row["published"]).name
    return Ending(row["ender"] or "", row["ended_at"], row["reason"] or "", published, row["superseded_by"])


def _side(version: VersionView) -> SideView:
    return SideView(version.id, version.name, version.snapshot, version.licence, version.published_by)


def _name(row: sa.RowMapping) -> VersionName:
    return VersionName(DesignName(row["namespace"], row["name"]), row["version"])
