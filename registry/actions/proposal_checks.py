"""The checks of merged content: which builds they ask for, how far they are, and what they found.

A worker looks after the checks of one merge in steps. Every step reads what is there and asks for what is missing, so
that it may be broken off anywhere and taken again: nothing is asked for twice, as builds are found by their recipes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from designs.digest import Digest
from designs.parameters import ParameterError, ResolvedParameters, resolve
from designs.recipe import Recipe
from designs.snapshot import Snapshot
from registry.actions.builds import FLOOR, BuildState, BuildView, read_build, request_build, worth_another_try
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version_by_id
from registry.actions.log import append
from registry.actions.proposal_sides import proposal_row
from registry.core.builds import Asker, KeptFor
from registry.core.corners import Trials, trials_of
from registry.core.new_findings import new_findings
from registry.errors import Fact, NotFound
from registry.ids import BuildId
from registry.store import proposals as store

MOST_TRIES = 3
"""Looks that ended the process under them, before the checks are given up."""
PATIENCE = timedelta(hours=2)
"""Builds that never come are not waited for for ever."""
LOOK_EVERY = timedelta(seconds=60)
"""Where nobody says that a build is over."""
MOST_FINDINGS = 50
"""New findings that are kept of each build."""


@dataclass(frozen=True)
class OpenCheck:
    """The checks of one merge that a worker looks after now."""

    merge: str
    proposal: str
    snapshot: Digest
    target: VersionView
    since: datetime
    tries: int
    """How often it was taken and not let go, this time included."""
    planned: bool
    """Its builds are chosen."""
    opener: str


def take_next(
    connection: sa.Connection, worker: str, now: datetime, lease: timedelta, *, due: datetime
) -> OpenCheck | None:
    """Give the worker what waits longest, of what is due until then; None: nothing to do, or another was quicker."""
    row = store.take_check(connection, worker, now, lease, due=due)
    if row is None:
        return None
    proposal = proposal_row(connection, row["proposal_id"])
    return OpenCheck(
        row["id"],
        row["proposal_id"],
        Digest(row["snapshot"]),
        read_version_by_id(connection, row["target_version"]),
        row["computed_at"],
        row["tries"],
        bool(store.builds_of(connection, row["id"])) or "untold" in row["checks"],
        proposal["opened_by"],
    )


def plan(connection: sa.Connection, check: OpenCheck, snapshot: Snapshot, fingerprint: str, now: datetime) -> None:
    """Choose what to build of the merged content, and ask for it."""
    trials = trials_of(snapshot.manifest)
    rows: list[dict[str, object]] = []
    for position, trial in enumerate(trials.trials):
        resolved = ResolvedParameters.from_canonical(snapshot.manifest, trial.values)
        recipe = Recipe(check.snapshot, resolved, fingerprint)
        _request(connection, check, recipe, now)
        row = {"merge_id": check.merge, "position": position, "label": trial.label, "parameters": dict(trial.values)}
        rows.append({**row, "build_id": recipe.digest})
    store.add_builds(connection, rows)
    merge = store.merge_by_id(connection, check.merge)
    assert merge is not None
    store.change_merge(connection, check.merge, checks={**merge["checks"], **_trials_json(trials)})


def look(  # noqa: PLR0917  (a check, who is at it, and what it is done with)
    connection: sa.Connection,
    check: OpenCheck,
    worker: str,
    snapshot: Snapshot,
    fingerprint: Callable[[str], str],
    now: datetime,
) -> bool:
    """Look at the builds: ask for those that are missing, or write what was found. True: the checks are over."""
    rows = store.builds_of(connection, check.merge)
    views = [_build(connection, row["build_id"]) for row in rows]
    over = now - check.since > PATIENCE
    for row, view in zip(rows, views, strict=True):
        if view is None or (worth_another_try(view) and not _refused(view)):
            resolved = ResolvedParameters.from_canonical(snapshot.manifest, row["parameters"])
            _request(connection, check, Recipe(check.snapshot, resolved, fingerprint(snapshot.manifest.engine)), now)
    ready = all(view is not None and _final(view) for view in views)
    if over or (ready and not _ask_for_targets(connection, check, rows, views, fingerprint, now)):
        _finish(connection, check, worker, views, now)
        return True
    store.release_check(connection, check.merge, worker, look_at=now + LOOK_EVERY)
    return False


def set_aside(connection: sa.Connection, check: OpenCheck, worker: str, now: datetime) -> None:
    """Look at it again a little later: something it needs is not there."""
    store.release_check(connection, check.merge, worker, look_at=now + timedelta(seconds=10))


def give_up(connection: sa.Connection, check: OpenCheck, worker: str, reason: str, now: datetime) -> None:
    """End checks that cannot be done here, and say why."""
    merge = store.merge_by_id(connection, check.merge)
    assert merge is not None
    checks = {**merge["checks"], "untold": reason, "pairs": 0, "covered": 0, "findings": [], "worst": "failed"}
    store.release_check(connection, check.merge, worker, checking="done", checks=checks)
    _record(connection, check, "failed", now)


def _request(connection: sa.Connection, check: OpenCheck, recipe: Recipe, now: datetime) -> None:
    request_build(connection, recipe, now, asker=Asker(check.opener), kept_for=KeptFor.AHEAD)


def _build(connection: sa.Connection, build: str | None) -> BuildView | None:
    try:
        return None if not build else read_build(connection, BuildId(build))
    except NotFound:
        return None


def _final(view: BuildView) -> bool:
    return view.state.final and (not worth_another_try(view) or _refused(view))


def _refused(view: BuildView) -> bool:
    """This host builds nothing for strangers."""
    return view.error is not None and view.error.kind == FLOOR


def _findings(view: BuildView | None) -> list[Mapping[str, Any]]:
    listed = view.findings if view is not None and isinstance(view.findings, list) else []
    return [finding for finding in listed if isinstance(finding, dict)]


def _ask_for_targets(  # noqa: PLR0917  (as above)
    connection: sa.Connection,
    check: OpenCheck,
    rows: Sequence[sa.RowMapping],
    views: Sequence[BuildView | None],
    fingerprint: Callable[[str], str],
    now: datetime,
) -> bool:
    """Builds of the target where the merged content has findings, at the same parameters; True: some are under way."""
    pending = False
    for row, view in zip(rows, views, strict=True):
        if not _findings(view):
            continue
        build = row["target_build"]
        if build is None:
            build = _request_target(connection, check, row["parameters"], fingerprint, now)
            store.set_target_build(connection, check.merge, row["position"], build)
        found = _build(connection, build)
        pending = pending or (found is not None and not _final(found))
    return pending


def _request_target(
    connection: sa.Connection,
    check: OpenCheck,
    parameters: Mapping[str, Any],
    fingerprint: Callable[[str], str],
    now: datetime,
) -> str:
    """The target's build at these parameters, as far as it has them; empty where its rules forbid them."""
    manifest = check.target.manifest
    known = {parameter.name for parameter in manifest.parameters}
    try:
        resolved = resolve(manifest, {name: value for name, value in parameters.items() if name in known})
    except ParameterError:
        return ""
    recipe = Recipe(check.target.snapshot, resolved, fingerprint(manifest.engine))
    _request(connection, check, recipe, now)
    return recipe.digest


def _finish(
    connection: sa.Connection,
    check: OpenCheck,
    worker: str,
    views: Sequence[BuildView | None],
    now: datetime,
) -> None:
    merge = store.merge_by_id(connection, check.merge)
    assert merge is not None
    kept = [
        [
            {"code": str(each.get("code")), "severity": str(each.get("severity")), "message": str(each.get("message"))}
            for each in new_findings(_findings(_build(connection, row["target_build"])), _findings(view))
        ][:MOST_FINDINGS]
        for row, view in zip(store.builds_of(connection, check.merge), views, strict=True)
    ]
    checks = {**merge["checks"], "findings": kept}
    worst = _worst(checks, views)
    store.release_check(connection, check.merge, worker, checking="done", checks={**checks, "worst": worst})
    _record(connection, check, worst, now)


def _worst(checks: Mapping[str, Any], views: Sequence[BuildView | None]) -> str:
    failed = any(view is None or not _final(view) or view.state is BuildState.FAILED for view in views)
    errors = any(each["severity"] == "error" for build in checks["findings"] for each in build)
    if failed or errors or checks["untold"] or not checks["licence"]["allowed"]:
        return "failed"
    warned = any(each["severity"] == "warning" for build in checks["findings"] for each in build)
    return "warned" if warned or checks["step"] > 1 or not checks["licence"]["certain"] else "passed"


def _trials_json(trials: Trials) -> dict[str, object]:
    return {"pairs": trials.pairs, "covered": trials.covered, "untold": trials.untold}


def _record(connection: sa.Connection, check: OpenCheck, outcome: str, now: datetime) -> None:
    row = proposal_row(connection, check.proposal)
    subject = f"{row['target_namespace']}/{row['target_name']}#{row['number']}"
    data: dict[str, Fact] = {"outcome": outcome, "snapshot": check.snapshot}
    append(connection, "proposal.checked", subject, "registry", data, now)
