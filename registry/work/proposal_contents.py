"""The contents of a proposal: target, source and merged, their difference in words and in shape, and their builds."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from designs.compare import Side, ValueChange, compare_values
from designs.comparing.texts import MAX_BYTES as MAX_TEXT
from designs.digest import Digest
from designs.manifest import Manifest
from designs.parameters import Given, resolve
from designs.recipe import Recipe
from designs.snapshot import MAX_BYTES, SourceFile, parse_snapshot
from designs.values import canonical_value
from registry.actions import builds
from registry.actions.proposal_talk_views import SideName
from registry.actions.proposal_views import ProposalView
from registry.blobs import transfer
from registry.core.builds import Asker
from registry.errors import Conflict
from registry.ids import BuildId
from registry.parts import State
from registry.store.clock import database_now
from registry.work.comparing import Compared, Wish, compare
from registry.work.engines import fingerprint
from registry.work.proposal_anchors import snapshot_of_side


@dataclass(frozen=True)
class SideContent:
    """One of the contents."""

    side: SideName
    snapshot: Digest
    manifest: Manifest
    files: tuple[SourceFile, ...]


async def content(state: State, proposal: ProposalView, side: SideName) -> SideContent:
    """The content of a side. Raises Conflict while there is no merged content."""
    digest = snapshot_of_side(proposal, side)
    if digest is None:
        raise Conflict(
            f"{proposal.card.label} has no merged content: resolve its conflicts first", code="no_merged_content"
        )
    data = await asyncio.to_thread(transfer.read_whole, state.blobs, digest, limit=MAX_BYTES)
    snapshot = parse_snapshot(data)
    return SideContent(side, digest, snapshot.manifest, snapshot.files)


async def changes(state: State, proposal: ProposalView) -> ValueChange:
    """What acceptance changes of the target, in words: manifest, parameters, files, lines of texts. While there is no
    merged content, what the source says differently."""
    after = SideName.MERGED if proposal.merge.snapshot else SideName.SOURCE
    before, offered = await content(state, proposal, SideName.TARGET), await content(state, proposal, after)
    return await asyncio.to_thread(_changes, state, before, offered)


def _changes(state: State, before: SideContent, after: SideContent) -> ValueChange:
    def read(file: SourceFile) -> bytes:
        return transfer.read_whole(state.blobs, file.sha256, limit=MAX_TEXT)

    return compare_values(_side(before), _side(after), read, read)


def _side(given: SideContent) -> Side:
    values = {parameter.name: canonical_value(parameter.default) for parameter in given.manifest.parameters}
    return Side(given.manifest, given.files, values, {})


async def build_of(  # noqa: PLR0917  (a content, and what is chosen of it)
    state: State,
    asker: Asker,
    proposal: ProposalView,
    side: SideName,
    given: Mapping[str, Given],
    preset: str | None = None,
) -> builds.BuildView:
    """The build of a side with these parameters: found, or asked for. Everybody may see a proposal, so that everybody
    may ask. Raises Conflict, ParameterError, RateLimited, Unavailable."""
    chosen = await content(state, proposal, side)
    resolved = resolve(chosen.manifest, given, preset)
    engine = await asyncio.to_thread(fingerprint, chosen.manifest.engine)
    recipe = Recipe(chosen.snapshot, resolved, engine)
    state.floor.check(asker)
    limits = state.settings.build_limits
    view = await state.db.write(lambda c: builds.request_build(c, recipe, database_now(c), asker=asker, limits=limits))
    state.signals.notify("builds")
    return view


async def compare_sides(  # noqa: PLR0917  (a proposal, and at what it is looked at)
    state: State,
    asker: Asker,
    proposal: ProposalView,
    given: Mapping[str, Given],
    preset: str | None = None,
    wait_seconds: float = 0,
) -> Compared:
    """The target beside the merged content (the source while it conflicts) at the same parameters, as far as each
    has them: what was added, removed and kept. Raises as `build_of` and `compare` do."""
    until = time.monotonic() + wait_seconds
    after = SideName.MERGED if proposal.merge.snapshot else SideName.SOURCE
    sides = []
    for side in (SideName.TARGET, after):
        manifest = (await content(state, proposal, side)).manifest
        known = {parameter.name for parameter in manifest.parameters}
        presets = {each.name for each in manifest.presets}
        fitting = {name: value for name, value in given.items() if name in known}
        sides.append(await build_of(state, asker, proposal, side, fitting, preset if preset in presets else None))
    first, second = (Wish(build=BuildId(view.id)) for view in sides)
    return await compare(state, asker, first, second, wait_seconds=max(0.0, until - time.monotonic()))
