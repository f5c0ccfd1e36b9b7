"""The log read as it grows: what each entry is about, and what it says of things that are missing."""

from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa

from designs.manifest import Manifest
from designs.parameters import ParameterError, resolve
from registry.actions.builds import AGAIN
from registry.actions.log import LogEntry, read_log
from registry.actions.need_signals import MakeId, end, end_causes, notice
from registry.actions.story import Story
from registry.core.log_filters import mentions
from registry.core.need_causes import Bound, build_cause, has_trouble, is_met, print_cause
from registry.core.needs import NeedKind
from registry.errors import Invalid
from registry.ids import VersionName, parse_version_name
from registry.store import builds as build_store
from registry.store import designs as design_store
from registry.store import mentions as mention_store
from registry.store import need_facts as facts
from registry.store import needs as store

FOLLOWER = "needs"
AT_ONCE = 100
MOST_VERSIONS = 5
"""Versions of one content that a build is looked at for."""
DEFAULTS = "defaults"


def follow(story: Story, make_id: MakeId) -> int:
    """Deal with the next entries of the log, and return how many those were. The caller finishes the story."""
    position = mention_store.position_of(story.connection, FOLLOWER)
    entries = read_log(story.connection, after=position, limit=AT_ONCE)
    if not entries:
        return 0
    mention_store.add_mentions(story.connection, _mentions(story.connection, entries))
    for entry in entries:
        watch = _WATCHES.get(entry.kind)
        if watch is not None:
            watch(story, entry, make_id)
    mention_store.go_on(story.connection, FOLLOWER, entries[-1].sequence)
    return len(entries)


def position(connection: sa.Connection) -> int:
    """The number of the last entry that was dealt with."""
    return mention_store.seen(connection, FOLLOWER)


def _mentions(connection: sa.Connection, entries: tuple[LogEntry, ...]) -> list[tuple[str, int]]:
    """The keys of what entries are about; a design's is its id, which a new name does not change."""
    found = [(key, e.sequence) for e in entries for key in mentions(e.kind, e.subject, e.actor, e.data)]
    names = {key.removeprefix("design:") for key, _ in found if key.startswith("design:")}
    ids = mention_store.ids_of_designs(connection, names)
    kept = [(key, sequence) for key, sequence in found if not key.startswith("design:")]
    named = [(ids.get(key.removeprefix("design:")), sequence) for key, sequence in found if key.startswith("design:")]
    return [*kept, *((f"design:{design}", sequence) for design, sequence in named if design is not None)]


def _build_ended(story: Story, entry: LogEntry, make_id: MakeId) -> None:
    build = build_store.build_by_id(story.connection, entry.subject)  # type: ignore[arg-type]  # the log's own word
    if build is None or (build["error"] or {}).get("kind") in AGAIN:
        return
    for version in _versions(story.connection, entry):
        for choice in _choices(Manifest.from_json(version["manifest"]), build["recipe"]["parameters"]):
            if build["state"] == "failed" and version["id"] == version["latest_id"]:
                cause = build_cause(
                    version["design_id"], _name(version), version["version"], choice, build["error"]["kind"]
                )
                notice(story, cause, {build["asker"]: 1}, make_id)
            elif build["state"] == "done":
                _built(story, version, choice)


def _built(story: Story, version: sa.RowMapping, choice: str) -> None:
    for row in store.open_of_design(story.connection, version["design_id"], NeedKind.BUILD):
        newer = version["id"] == version["latest_id"] or row["facts"].get("version") == version["version"]
        if row["facts"].get("choice") == choice and newer:
            end(story, row, f"{_name(version)}@{version['version']} builds")


def _choices(manifest: Manifest, parameters: Mapping[str, str | bool]) -> Iterator[str]:
    """Which of the designer's own choices these parameters are: the defaults, presets."""
    for choice in (None, *(preset.name for preset in manifest.presets)):
        try:
            if dict(resolve(manifest, {}, choice).canonical) == dict(parameters):
                yield choice or DEFAULTS
        except ParameterError:
            continue  # a preset of an older manifest that its own relations refuse


def _copy_ended(story: Story, entry: LogEntry, make_id: MakeId) -> None:
    for version in _versions(story.connection, entry):
        endings = facts.endings_of(story.connection, version["id"], 10)
        if has_trouble(endings):
            cause = print_cause(version["design_id"], _name(version), version["version"], endings)
            who = facts.orderer_of(story.connection, entry.subject)
            notice(story, cause, {} if who is None else {who: 1}, make_id)
            continue
        for row in store.open_of_design(story.connection, version["design_id"], NeedKind.PRINT):
            newer = version["id"] == version["latest_id"] or row["facts"].get("version") == version["version"]
            if newer and any(endings):
                end(story, row, f"good copies of {_name(version)}@{version['version']} are made")


def _published(story: Story, entry: LogEntry, make_id: MakeId) -> None:
    del make_id
    for version in _versions(story.connection, entry):
        parameters = {one.name: one for one in Manifest.from_json(version["manifest"]).parameters}
        for row in store.open_of_design(story.connection, version["design_id"], NeedKind.PARAMETER):
            told = row["facts"]
            if is_met(parameters.get(told["parameter"]), Bound(told["bound"]), told["asked"]):
                end(story, row, f"{entry.subject} allows what was asked for, or asks for it no more")
        for row in store.open_of_design(story.connection, version["design_id"], NeedKind.LICENCE):
            if row["facts"].get("licence") != version["licence"]:
                end(story, row, f"{entry.subject} is under {version['licence']}")


def _withdrawn(story: Story, entry: LogEntry, make_id: MakeId) -> None:
    del make_id
    for version in _versions(story.connection, entry):
        for kind in (NeedKind.BUILD, NeedKind.PRINT):
            for row in store.open_of_design(story.connection, version["design_id"], kind):
                if row["facts"].get("version") == version["version"]:
                    end(story, row, f"{entry.subject} was withdrawn")


def _order_over(story: Story, entry: LogEntry, make_id: MakeId) -> None:
    del make_id
    end_causes(story, [f"order:{entry.subject}"], "no order waits for it any more")


_WATCHES: Mapping[str, Callable[[Story, LogEntry, MakeId], None]] = {
    "build.failed": _build_ended,
    "build.done": _build_ended,
    "attempt.good": _copy_ended,
    "attempt.scrap": _copy_ended,
    "attempt.failed": _copy_ended,
    "design.published": _published,
    "design.forked": _published,
    "version.yanked": _withdrawn,
    "version.recalled": _withdrawn,
    "order.cancelled": _order_over,
    "order.done": _order_over,
}
"""What is looked at beyond what an entry is about."""


def _versions(connection: sa.Connection, entry: LogEntry) -> Iterator[sa.RowMapping]:
    """The versions that an entry is about, as far as they are there."""
    several = entry.data.get("versions")
    told = several if isinstance(several, list) else [entry.data.get("version") or entry.subject]
    for text in told[:MOST_VERSIONS]:
        name = _parsed(text)
        row = None if name is None else design_store.version_by_key(connection, name.design, name.version.lower())
        if row is not None:
            yield row


def _parsed(text: object) -> VersionName | None:
    try:
        return parse_version_name(text) if isinstance(text, str) else None
    except Invalid:
        return None  # an order or a facility


def _name(version: sa.RowMapping) -> str:
    return f"{version['namespace']}/{version['name']}"
