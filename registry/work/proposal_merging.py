"""Merges of proposals: computed from stored bytes on a thread, kept with their content as a snapshot without a version.

Computing the same merge twice gives the same bytes, so nothing needs to be held while it is done: whoever asks first
writes it, and what was computed of sides that moved meanwhile is dropped.
"""

from collections.abc import Mapping

from designs.digest import Digest
from designs.errors import DesignError
from designs.manifest import FILE_NAME, Manifest, parse_manifest
from designs.snapshot import Parent, SourceFile, snapshot_of
from registry.actions.design_views import VersionView
from registry.actions.proposal_merge_views import MergeState
from registry.actions.proposal_merges import Computed, keep_merge, parents_of
from registry.actions.proposal_sides import Base, Joint, Sides, read_sides
from registry.actions.proposal_views import ProposalId
from registry.blobs import transfer
from registry.core.merging import MAX_TEXT, Choice, Content, Entry, Merged, Resolution
from registry.core.merging_contents import merge_contents
from registry.core.review_rules import FILE as RULES_FILE
from registry.core.review_rules import MAX_BYTES as MAX_RULES
from registry.errors import Invalid, RegistryError, Unavailable
from registry.moments import now
from registry.parts import State
from registry.store import proposals as store
from registry.work.proposal_anchors import move_anchors
from registry.work.publishing import Release, ScriptFacts, keep_snapshot, manifest_of
from registry.work.threads import in_thread

MOST_ROUNDS = 5
"""In which the sides move while their merge is being computed, before it is left for later."""


async def merge_anew(state: State, proposal: ProposalId) -> None:
    """Compute the merge of the present sides, unless it is there. Raises NotFound, Unavailable."""
    for _ in range(MOST_ROUNDS):
        sides = await state.db.read(lambda c: read_sides(c, proposal))
        row = await state.db.read(lambda c: store.proposal_by_id(c, proposal))
        if row is None or row["ended_at"] is not None or row["merge_id"] == sides.key:
            return
        if await _merge(state, sides):
            return


async def _merge(state: State, sides: Sides) -> bool:
    """Compute and keep one merge; False: a side moved meanwhile."""
    proposal, moment = sides.proposal, now()
    computed = await in_thread(lambda: _computed(state, sides), name=f"merge-{proposal}")
    if not await state.db.write(lambda c: keep_merge(c, sides, computed, moment)):
        return False
    await move_anchors(state, proposal)
    state.signals.notify(f"proposal:{proposal}", "proposals", "log")
    return True


def _computed(state: State, sides: Sides) -> Computed:
    rules = _rules(state, sides.target)
    try:
        base, ours, theirs = _contents(state, sides)
        merged = merge_contents(base, ours, theirs, sides.resolutions)
    except RegistryError as error:
        if isinstance(error, Unavailable):
            raise
        return Computed(MergeState.FAILED, reason=error.message, rules=rules)
    if not merged.clean:
        return Computed(MergeState.CONFLICTING, merged, rules=rules)
    if {path: entry.sha256 for path, entry in merged.files.items()} == _digests(sides.target):
        return Computed(MergeState.NOTHING, merged, rules=rules)
    try:
        return _kept(state, sides, merged, rules)
    except (DesignError, RegistryError) as error:
        if isinstance(error, Unavailable):
            raise
        return Computed(MergeState.FAILED, merged, reason=f"what came of it is no design: {error}", rules=rules)


def _kept(state: State, sides: Sides, merged: Merged, rules: str) -> Computed:
    """The merged content in the store: what is new of its files, and its snapshot."""
    known = {*_digests(sides.target).values(), *_digests(sides.source).values()}
    sizes: dict[Digest, int] = {}
    for entry in merged.files.values():
        if entry.sha256 not in known and entry.text is not None:
            sizes[transfer.put_bytes(state.blobs, entry.text.encode(), state.incoming)] = entry.size
    files = [SourceFile(path, entry.sha256, entry.size) for path, entry in merged.files.items()]
    manifest = _manifest(state, sides, merged, files)
    parents = [Parent(parent.kind, parent.snapshot) for parent in parents_of(sides.target, sides.source)]
    digest, size = keep_snapshot(state, snapshot_of(files, manifest, parents))
    return Computed(MergeState.CLEAN, merged, digest, manifest, sizes={**sizes, digest: size}, rules=rules)


def _manifest(state: State, sides: Sides, merged: Merged, files: list[SourceFile]) -> Manifest:
    described = merged.files.get(FILE_NAME)
    if described is not None:
        if described.text is None:
            raise Invalid(f"{FILE_NAME} is too large")
        return parse_manifest(described.text)
    old = sides.target.manifest
    authors = tuple(dict.fromkeys([*old.authors, *sides.source.manifest.authors]))
    release = Release(sides.target.name, script=ScriptFacts(old.licence, old.description, authors))
    return manifest_of(state, sides.opener, release, files)


# ------------------------------------------------------------------------------------------------------------- contents
def _contents(state: State, sides: Sides) -> tuple[Content, Content, Content]:
    """The three contents, with the texts of what differs."""
    plain = [_digests(view) for view in (*_versions(sides.base), sides.target, sides.source)]
    texts: dict[str, str | None] = {}

    def content(view: VersionView) -> Content:
        return {file.path: _entry(state, file, plain, texts) for file in view.files}

    def based(base: Base) -> Content:
        if isinstance(base, Joint):
            return _joined(based(base.base), based(base.one), based(base.other))
        return content(base)

    return based(sides.base), content(sides.target), content(sides.source)


def _joined(base: Content, one: Content, other: Content) -> Content:
    """A common base of two: their merge, with what clashes as it was before both."""
    chosen: dict[str, Resolution] = {}
    merged = merge_contents(base, one, other)
    for _ in range(MOST_ROUNDS):
        if merged.clean:
            break
        for conflict in merged.conflicts:
            choice = Choice.BASE if Choice.BASE in conflict.choices else Choice.OURS
            chosen[conflict.id] = Resolution(choice)
        merged = merge_contents(base, one, other, chosen)
    return merged.files if merged.clean else one


def _versions(base: Base) -> list[VersionView]:
    if isinstance(base, Joint):
        return [*_versions(base.one), *_versions(base.other), *_versions(base.base)]
    return [base]


def _digests(view: VersionView) -> Mapping[str, Digest]:
    return {file.path: file.sha256 for file in view.files}


def _entry(state: State, file: SourceFile, sides: list[Mapping[str, Digest]], texts: dict[str, str | None]) -> Entry:
    """A file, with its text where it is the manifest or not the same on all sides."""
    if file.path != FILE_NAME and all(side.get(file.path) == file.sha256 for side in sides):
        return Entry(file.sha256, file.size)
    if file.sha256 not in texts:
        texts[file.sha256] = _text(state, file)
    return Entry(file.sha256, file.size, texts[file.sha256])


def _text(state: State, file: SourceFile) -> str | None:
    if file.size > MAX_TEXT:
        return None
    data = transfer.read_whole(state.blobs, file.sha256, limit=MAX_TEXT)
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _rules(state: State, target: VersionView) -> str:
    found = next((file for file in target.files if file.path == RULES_FILE), None)
    if found is None or found.size > MAX_RULES:
        return "" if found is None else f"{RULES_FILE} too-large"
    return transfer.read_whole(state.blobs, found.sha256, limit=MAX_RULES).decode("utf-8", "replace")
