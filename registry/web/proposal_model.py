"""What a proposal does to the model, at chosen parameters: the target's build beside that of what would come of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from designs.comparing.shapes import Piece
from designs.manifest import Manifest
from designs.measure import Vector
from designs.parameters import ParameterProblem, resolve
from designs.recipe import Recipe
from registry.actions.builds import request_build
from registry.actions.proposal_views import PlaceAnchor, ProposalView, SideName, ThreadView
from registry.core.builds import Asker
from registry.errors import NotFound
from registry.ids import BuildId
from registry.parts import State
from registry.store.clock import database_now
from registry.web.comparing_form import Asked, ask_both, comparing_form
from registry.web.comparison_words import ComparisonWords, comparison_words
from registry.web.design_page import changed, with_query
from registry.web.difference_stage import Stage, stage_of
from registry.web.formatting import volume
from registry.web.languages import noted
from registry.web.parameter_form import ParameterForm, link_query
from registry.web.proposal_changes import Contents, defaults_of
from registry.web.proposal_words import ThreadWords, address_of, point_words, thread_words
from registry.work import engines
from registry.work.comparing import Compared, Wish, compare, find_compared

PATIENCE_SECONDS = 3
MOST_PLACES = 12
SOFT = "s."
"""Before a parameter's name in the form of a comment: which values the model was shown at."""


@dataclass(frozen=True)
class Place:
    """A place that can be chosen from a list."""

    value: str
    """`x,y,z` in mm."""
    what: str
    """For translation."""
    point: str
    amount: str = ""


@dataclass(frozen=True)
class PinnedThread:
    """A thread on a place of the model."""

    thread: ThreadWords
    number: int
    at: str
    """`[x, y, z]` in mm."""
    here: bool
    """It was said of the model at these parameters."""
    link: str
    """To the model as it was when it was said; empty where that is what is shown."""


@dataclass(frozen=True)
class Setting:
    """Parameters that the checks have built."""

    label: str
    link: str
    chosen: bool


@dataclass(frozen=True)
class ModelWords:
    """Everything for the page."""

    merged: bool
    side: str
    unbuilt: bool
    under_way: bool
    words: ComparisonWords | None
    stage: Stage | None
    form: ParameterForm | None
    failed: bool
    settings: tuple[Setting, ...]
    places: tuple[Place, ...]
    threads: tuple[PinnedThread, ...]
    parameters: Mapping[str, str]
    """Hidden fields of a comment: every parameter of the model that is shown."""


@dataclass(frozen=True)
class Wanted:
    """Both sides at chosen parameters."""

    asked: Asked
    after: Recipe
    """Of the second side, whose content may be no version."""

    @property
    def sides(self) -> tuple[Wish, Wish]:
        return self.asked.before, Wish(build=BuildId(self.after.digest))


def ask_at(view: ProposalView, contents: Contents, sent: Mapping[str, str]) -> Asked:
    """Both sides at what was sent; whether the values go together is not known yet."""
    manifests = (contents.before.manifest, contents.after.manifest)
    return ask_both(Wish(view.target.name), Wish(view.source.name), manifests, sent)


async def want(view: ProposalView, contents: Contents, asked: Asked) -> Wanted:
    """Raises ParameterError, Unavailable."""
    manifest = contents.after.manifest
    fingerprint = await asyncio.to_thread(engines.fingerprint, manifest.engine)
    resolve(contents.before.manifest, asked.before.parameters, None)
    resolved = resolve(manifest, asked.after.parameters, None)
    return Wanted(asked, Recipe(view.merge.snapshot or view.source.snapshot, resolved, fingerprint))


async def build_both(parts: State, asker: Asker, wanted: Wanted) -> None:
    """Have both sides built and compared. Raises RateLimited, Unavailable."""
    parts.floor.check(asker)
    limits = parts.settings.build_limits
    await parts.db.write(
        lambda connection: request_build(connection, wanted.after, database_now(connection), asker=asker, limits=limits)
    )
    parts.signals.notify("builds")
    await compare(parts, asker, *wanted.sides, wait_seconds=0)


async def look(parts: State, asker: Asker, wanted: Wanted) -> Compared | None:
    """The comparison, as far as it has come; None: a side was never built."""
    try:
        known = await find_compared(parts, *wanted.sides)
    except NotFound:
        return None
    if known is None or known.worth_another_try:
        return None
    return known if known.state.final else await compare(parts, asker, *wanted.sides, wait_seconds=PATIENCE_SECONDS)


def model_words(
    view: ProposalView,
    contents: Contents,
    asked: Asked,
    known: Compared | None,
    threads: Iterable[ThreadView],
    *,
    problems: Sequence[ParameterProblem] = (),
) -> ModelWords:
    """Words for the page; `problems`: what is wrong with the chosen values."""
    address = address_of(view.card)
    manifest = contents.after.manifest
    shown = {**defaults_of(manifest), **{name: str(value) for name, value in asked.after.parameters.items()}}
    if known is not None:
        shown = dict(known.after.parameters)
    words = None if known is None else comparison_words(known)
    return ModelWords(
        merged=contents.merged,
        side=contents.side.value,
        unbuilt=known is None and not problems,
        under_way=known is not None and not known.state.final,
        words=words,
        stage=None if known is None else stage_of(known),
        form=comparing_form(asked, problems),
        failed=bool(problems),
        settings=_settings(view, manifest, address, asked),
        places=_places(known),
        threads=_pins(threads, contents, shown, address),
        parameters={SOFT + name.removeprefix("p."): value for name, value in link_query(shown).items()},
    )


def query_of(view: ProposalView, manifest: Manifest, parameters: Mapping[str, str | bool]) -> str:
    """The model's page at these parameters."""
    return with_query(f"{address_of(view.card)}/model", changed(manifest, parameters))


def shown_at(sent: Mapping[str, str]) -> dict[str, str | bool]:
    """The parameters in the form of a comment."""
    told = {key.removeprefix(SOFT): value for key, value in sent.items() if key.startswith(SOFT)}
    return {name: {"true": True, "false": False}.get(value, value) for name, value in told.items()}


def _settings(view: ProposalView, manifest: Manifest, address: str, asked: Asked) -> tuple[Setting, ...]:
    builds = {build.label: build for check in view.checks for build in check.builds}
    told = []
    for label, build in builds.items():
        query = changed(manifest, build.parameters)
        told.append(Setting(label, with_query(f"{address}/model", query), query == asked.query))
    return tuple(told)


def _places(known: Compared | None) -> tuple[Place, ...]:
    """The middle of each piece of the difference; the middle and the top of the whole."""
    shape = known.shape if known else None
    if shape is None:
        return ()
    places = [_of_piece(piece) for piece in shape.pieces[:MOST_PLACES]]
    if shape.after is not None:
        least, greatest = shape.after.least, shape.after.greatest
        x, y, _ = _middle(least, greatest)
        for what, z in ((noted("Top"), greatest[2]), (noted("Bottom"), least[2])):
            places.append(Place(_value((x, y, z)), what, point_words((x, y, z))))
    return tuple(places)


def _of_piece(piece: Piece) -> Place:
    middle = _middle(piece.least, piece.greatest)
    what = noted("Added") if piece.added else noted("Removed")
    return Place(_value(middle), what, point_words(middle), volume(piece.volume_mm3))


def _pins(
    threads: Iterable[ThreadView], contents: Contents, shown: Mapping[str, str | bool], address: str
) -> tuple[PinnedThread, ...]:
    placed = [each for each in threads if isinstance(each.anchor, PlaceAnchor)]
    return tuple(_pin(each, number, contents, shown, address) for number, each in enumerate(placed, start=1))


def _pin(
    thread: ThreadView, number: int, contents: Contents, shown: Mapping[str, str | bool], address: str
) -> PinnedThread:
    anchor = thread.anchor
    assert isinstance(anchor, PlaceAnchor)
    said_at = {**defaults_of(contents.after.manifest), **anchor.parameters}
    same = all(str(said_at.get(name)).lower() == str(value).lower() for name, value in shown.items())
    here = not anchor.outdated and same and anchor.side in {contents.side, SideName.TARGET}
    query = changed(contents.after.manifest, anchor.parameters)
    link = "" if same else with_query(f"{address}/model", query) + f"#{thread.id}"
    return PinnedThread(thread_words(thread, address), number, str(list(anchor.point)), here, link)


def _value(point: Vector) -> str:
    return ",".join(f"{axis:.3f}".rstrip("0").rstrip(".") for axis in point)


def _middle(least: Vector, greatest: Vector) -> Vector:
    x, y, z = ((low + high) / 2 for low, high in zip(least, greatest, strict=True))
    return (x, y, z)
