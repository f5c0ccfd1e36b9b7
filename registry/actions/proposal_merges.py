"""Merges of proposals: kept when they were computed, and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from designs.digest import Digest
from designs.manifest import Manifest
from designs.snapshot import ParentKind, SourceFile
from registry.actions.design_views import VersionView
from registry.actions.designs import read_version_by_id
from registry.actions.licences import preview
from registry.actions.proposal_merge_views import ConflictView, MergedFile, MergeState, MergeView, ResolutionView
from registry.actions.proposal_sides import Sides, proposal_row, read_sides
from registry.actions.publishing import ResolvedParent
from registry.core.interfaces import InterfaceChange, Step, interface_changes, smallest_step
from registry.core.merging import Choice, Conflict, ConflictKind, Entry, How, Merged
from registry.ids import MemberId, VersionName
from registry.store import blobs
from registry.store import proposals as store


@dataclass(frozen=True)
class Computed:
    """What came of a merge, its bytes being in the store."""

    state: MergeState
    merged: Merged | None = None
    snapshot: Digest | None = None
    manifest: Manifest | None = None
    reason: str = ""
    sizes: Mapping[Digest, int] | None = None
    """Of new bytes."""
    rules: str = ""
    """The target's MAINTAINERS file."""


def parents_of(target: VersionView, source: VersionView) -> tuple[ResolvedParent, ...]:
    """What the merged content comes from."""
    return (
        ResolvedParent(ParentKind.REVISES, target.id, target.name, target.snapshot),
        ResolvedParent(ParentKind.MERGES, source.id, source.name, source.snapshot),
    )


def keep_merge(connection: sa.Connection, sides: Sides, computed: Computed, now: datetime) -> bool:
    """Make this the merge of its proposal, and have it checked; False: a side moved meanwhile, and nothing was kept."""
    store.lock_proposal(connection, sides.proposal)
    if read_sides(connection, sides.proposal).key != sides.key:
        return False
    blobs.record_blobs(connection, computed.sizes or {}, now)
    clean = computed.state is MergeState.CLEAN
    values = {
        "id": sides.key,
        "proposal_id": sides.proposal,
        "target_version": sides.target.id,
        "source_version": sides.source.id,
        "state": computed.state.value,
        "snapshot": computed.snapshot,
        "result": _result(sides, computed),
        "computed_at": now,
        "checking": "open" if clean else "none",
        "checks": _first_checks(connection, sides, computed) if clean else {},
        "tries": 0,
        "look_at": now,
    }
    store.add_merge_if_new(connection, values)
    store.stop_checks(connection, sides.proposal, but=sides.key)
    store.begin_checks(connection, sides.key, now)
    store.change_proposal(connection, sides.proposal, merge_id=sides.key)
    return True


def read_merge(connection: sa.Connection, proposal: str) -> MergeView:
    """The merge of a proposal as it was computed last. Raises NotFound."""
    row = proposal_row(connection, proposal)
    source = read_version_by_id(connection, row["source_version"]).name
    found = None if row["merge_id"] is None else store.merge_by_id(connection, row["merge_id"])
    if found is None:
        target = read_version_by_id(connection, row["target_latest"]).name
        return MergeView(MergeState.COMPUTING, (), target, source, None, (), (), (), (), "")
    result = found["result"]
    resolved = {each["conflict_id"]: each for each in store.resolutions_of(connection, proposal)}
    files = tuple(SourceFile(path, Digest(e["sha256"]), e["size"]) for path, e in result["files"].items())
    return MergeView(
        MergeState(found["state"]) if is_present(row) else MergeState.COMPUTING,
        tuple(_name(connection, base) for base in result["bases"]),
        _name(connection, found["target_version"]),
        _name(connection, found["source_version"]),
        found["snapshot"],
        files if found["state"] == MergeState.CLEAN else (),
        tuple(_changed(change, result["files"]) for change in result["changed"]),
        tuple(
            _conflict_view(conflict_from_json(each), resolved.get(each["id"]) if not each["open"] else None)
            for each in result["conflicts"]
        ),
        tuple(result["notes"]),
        result["reason"],
    )


def is_present(row: sa.RowMapping) -> bool:
    """Whether the last merge of a proposal (a row of `proposal_by_id`) is of its present sides; what ended stays."""
    return row["ended_at"] is not None or (
        row["merge_id"] is not None
        and row["merge_target"] == row["target_latest"]
        and row["merge_source"] == row["source_version"]
    )


def conflicts_of(connection: sa.Connection, proposal: str) -> dict[str, Conflict]:
    """The conflicts of the last merge by their ids."""
    row = proposal_row(connection, proposal)
    found = None if row["merge_id"] is None else store.merge_by_id(connection, row["merge_id"])
    listed = [] if found is None else found["result"]["conflicts"]
    return {each["id"]: conflict_from_json(each) for each in listed}


def merged_snapshot(connection: sa.Connection, proposal: str) -> Digest | None:
    """Of the last merge, when that has no open conflict."""
    row = proposal_row(connection, proposal)
    found = None if row["merge_id"] is None else store.merge_by_id(connection, row["merge_id"])
    return None if found is None or found["snapshot"] is None else Digest(found["snapshot"])


def interface_changes_of(checks: Mapping[str, Any]) -> tuple[InterfaceChange, ...]:
    """What changed for users of the design, as it was kept."""
    return tuple(
        InterfaceChange(each["code"], each["name"], each["message"], Step(each["step"]))
        for each in checks.get("interfaces", [])
    )


# --------------------------------------------------------------------------------------------------------- JSON, views
def _first_checks(connection: sa.Connection, sides: Sides, computed: Computed) -> dict[str, object]:
    """What can be said at once: the licence, and what changed for users."""
    assert computed.manifest is not None
    changes = interface_changes(sides.target.manifest, computed.manifest)
    nobody = replace(sides.opener, member=MemberId(""))
    parents = parents_of(sides.target, sides.source)
    namespace, licence = sides.target.name.design.namespace, computed.manifest.licence
    judgement = preview(connection, nobody, namespace, licence, parents)
    return {
        "interfaces": [{**vars(change), "step": int(change.step)} for change in changes],
        "step": int(smallest_step(changes)),
        "licence": {
            "licence": licence,
            "allowed": judgement.allowed,
            "certain": judgement.certain,
            "lines": [judged.words for judged in judgement.each],
            "refusals": list(judgement.refusals),
        },
    }


def _result(sides: Sides, computed: Computed) -> dict[str, object]:
    merged = computed.merged or Merged({}, (), (), frozenset())
    return {
        "bases": [base.id for base in sides.bases],
        "files": {path: entry.to_json() for path, entry in sorted(merged.files.items())},
        "changed": [
            {"path": each.path, "how": each.how.value, "renamed_from": each.renamed_from} for each in merged.changed
        ],
        "conflicts": [_conflict_json(conflict, open_=conflict.id in merged.open) for conflict in merged.conflicts],
        "notes": list(merged.notes),
        "reason": computed.reason,
        "rules": computed.rules,
    }


def _conflict_json(conflict: Conflict, *, open_: bool) -> dict[str, object]:
    files = {
        name: None if entry is None else entry.to_json()
        for name, entry in (
            ("base_file", conflict.base_file),
            ("ours_file", conflict.ours_file),
            ("theirs_file", conflict.theirs_file),
        )
    }
    kept = {**vars(conflict), **files, "choices": [choice.value for choice in conflict.choices]}
    return {**kept, "kind": conflict.kind.value, "id": conflict.id, "open": open_}


def conflict_from_json(value: Mapping[str, Any]) -> Conflict:
    def entry(name: str) -> Entry | None:
        found = value[name]
        return None if found is None else Entry(Digest(found["sha256"]), found["size"])

    return Conflict(
        value["path"],
        ConflictKind(value["kind"]),
        value["place"],
        value["message"],
        value["base"],
        value["ours"],
        value["theirs"],
        entry("base_file"),
        entry("ours_file"),
        entry("theirs_file"),
        value["first_line"],
        tuple(Choice(choice) for choice in value["choices"]),
        value["occurrence"],
    )


def _conflict_view(conflict: Conflict, resolved: sa.RowMapping | None) -> ConflictView:
    def file(entry: Entry | None) -> SourceFile | None:
        return None if entry is None else SourceFile(conflict.path, entry.sha256, entry.size)

    return ConflictView(
        conflict.id,
        conflict.path,
        conflict.kind,
        conflict.place,
        conflict.message,
        conflict.base,
        conflict.ours,
        conflict.theirs,
        file(conflict.base_file),
        file(conflict.ours_file),
        file(conflict.theirs_file),
        conflict.first_line,
        conflict.choices,
        None
        if resolved is None
        else ResolutionView(Choice(resolved["choice"]), resolved["text"], resolved["by"], resolved["resolved_at"]),
    )


def _changed(change: Mapping[str, Any], files: Mapping[str, Any]) -> MergedFile:
    entry = files.get(change["path"])
    file = None if entry is None else SourceFile(change["path"], Digest(entry["sha256"]), entry["size"])
    return MergedFile(change["path"], How(change["how"]), change["renamed_from"], file)


def _name(connection: sa.Connection, version: str) -> VersionName:
    return read_version_by_id(connection, version).name  # type: ignore[arg-type]
