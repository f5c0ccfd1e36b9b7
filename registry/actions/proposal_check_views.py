"""What is shown of the checks of merged content."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from registry.actions.builds import FLOOR, BuildState, BuildView, read_build
from registry.actions.proposal_merge_views import CheckedBuild, CheckName, CheckState, CheckView, MergeState, NewFinding
from registry.actions.proposal_merges import interface_changes_of
from registry.core.interfaces import Step
from registry.errors import NotFound
from registry.ids import BuildId
from registry.store import proposals as store

_STATES = {"failed": CheckState.FAILED, "warned": CheckState.WARNED, "passed": CheckState.PASSED}


def worst_of(row: sa.RowMapping) -> CheckState | None:
    """How the checks of a last merge stand together, from a row of `proposal_by_id`; None: there are none."""
    if row["merge_state"] != MergeState.CLEAN:
        return None
    worst = row["checks"].get("worst")
    if worst is not None:
        return _STATES[worst]
    return CheckState.RUNNING if row["checking"] == "open" else None


def read_checks(connection: sa.Connection, merge: str | None) -> tuple[CheckView, ...]:
    """The checks of a merge in the order builds, findings, licence, interfaces; none where it has no content."""
    row = None if merge is None else store.merge_by_id(connection, merge)
    if row is None or row["state"] != MergeState.CLEAN:
        return ()
    checks, done = row["checks"], row["checking"] == "done"
    found: list[list[dict[str, str]]] = checks.get("findings", [])
    builds = tuple(
        _checked(connection, build, found[at] if at < len(found) else [])
        for at, build in enumerate(store.builds_of(connection, row["id"]))
    )
    return (
        _builds(checks, builds, done=done),
        _new_findings(checks, builds, done=done),
        _licence(checks["licence"]),
        _interfaces(checks),
    )


def _checked(connection: sa.Connection, row: sa.RowMapping, found: Sequence[Mapping[str, str]]) -> CheckedBuild:
    view: BuildView | None = None
    with suppress(NotFound):
        view = read_build(connection, BuildId(row["build_id"]))
    error = None if view is None else view.error
    return CheckedBuild(
        row["label"],
        row["parameters"],
        BuildId(row["build_id"]),
        BuildState.QUEUED.value if view is None else view.state.value,
        "" if error is None else error.message,
        tuple(NewFinding(each["code"], each["severity"], each["message"]) for each in found),
        BuildId(row["target_build"]) if row["target_build"] else None,
        refused=error is not None and error.kind == FLOOR,
    )


def _builds(checks: Mapping[str, Any], builds: tuple[CheckedBuild, ...], *, done: bool) -> CheckView:
    over = [build for build in builds if BuildState(build.state).final]
    failed = [build for build in over if build.state == BuildState.FAILED]
    untold = checks.get("untold", "")
    lines = tuple(f"{build.label}: {build.message}" for build in failed)
    if untold:
        lines = (f"The defaults cannot be built: {untold}", *lines)
    pairs = checks.get("pairs", 0)
    if pairs:
        lines += (f"The corners bring together {checks['covered']} of {pairs} pairs of extremes.",)
    over_all, all_of_them = len(over), len(builds)
    state = CheckState.PASSED
    words = f"All {all_of_them} builds are done: defaults, presets and corners."
    if failed and all(build.refused for build in failed) and not untold and done:
        state, words = CheckState.SKIPPED, "This registry builds nothing for strangers: nothing was built."
    elif failed or untold:
        state = CheckState.FAILED
        words = f"{len(failed)} of {all_of_them} builds failed." if failed else "It cannot be built with its defaults."
    elif not done or over_all < all_of_them:
        state = CheckState.RUNNING if over else CheckState.QUEUED
        words = f"{over_all} of {all_of_them} builds are done."
    return CheckView(CheckName.BUILDS, state, words, lines, builds, over_all)


def _new_findings(checks: Mapping[str, Any], builds: tuple[CheckedBuild, ...], *, done: bool) -> CheckView:
    if not done:
        return CheckView(CheckName.FINDINGS, CheckState.QUEUED, "It waits for the builds.", ())
    if not any(build.state == BuildState.DONE for build in builds):
        return CheckView(CheckName.FINDINGS, CheckState.SKIPPED, "Nothing was built, so nothing was found.", ())
    found = [(build.label, each) for build in builds for each in build.new_findings]
    lines = tuple(f"{label}: {finding.message}" for label, finding in found)
    worst = {finding.severity for _, finding in found}
    state = CheckState.FAILED if "error" in worst else CheckState.WARNED if "warning" in worst else CheckState.PASSED
    words = f"{len(found)} findings that the target does not have." if found else "No findings that the target has not."
    return CheckView(CheckName.FINDINGS, state, words, lines, builds, len(builds))


def _licence(judged: Mapping[str, Any]) -> CheckView:
    lines = tuple(judged["lines"])
    if not judged["allowed"]:
        words = f"It cannot be published under {judged['licence']}."
        return CheckView(CheckName.LICENCE, CheckState.FAILED, words, tuple(judged["refusals"]))
    if not judged["certain"]:
        return CheckView(CheckName.LICENCE, CheckState.WARNED, f"{judged['licence']}, but not all is settled.", lines)
    return CheckView(CheckName.LICENCE, CheckState.PASSED, f"It may be published under {judged['licence']}.", lines)


def _interfaces(checks: Mapping[str, Any]) -> CheckView:
    changes = interface_changes_of(checks)
    lines = tuple(f"{change.step.word}: {change.message}" for change in changes)
    step = Step(checks["step"])
    state = CheckState.PASSED if step is Step.PATCH else CheckState.WARNED
    words = {
        Step.PATCH: "Users notice nothing new: a patch step is enough.",
        Step.MINOR: "Something is new or different for users: a minor step at least.",
        Step.MAJOR: "Something that users rely on is gone or narrower: a major step.",
    }[step]
    return CheckView(CheckName.INTERFACES, state, words, lines)
