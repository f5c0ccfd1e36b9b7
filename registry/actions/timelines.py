"""Timelines: what the log says about one design, member, namespace, facility or need, newest first."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from registry.actions.facilities import find_facility
from registry.actions.log import LogEntry, entry_of
from registry.actions.members import read_member
from registry.actions.need_views import no_need
from registry.errors import NotFound
from registry.ids import parse_design_name
from registry.store import designs as design_store
from registry.store import members as member_store
from registry.store import mentions as store
from registry.store import needs as need_store

Thing = Literal["design", "member", "namespace", "facility", "need"]
QUIET = ("build",)
"""Rooms that a timeline leaves out unless they are asked for: what the registry did for people, not what they did."""


@dataclass(frozen=True)
class Subject:
    """What a timeline is about."""

    thing: Thing
    name: str
    title: str
    key: str
    """Under which it stands in the log's index."""
    page: str
    """Its page here."""


@dataclass(frozen=True)
class Timeline:
    """A part of what happened to it."""

    subject: Subject
    entries: tuple[LogEntry, ...]
    next_before: int | None
    """Give it as `before` to go on into the past."""


def read_timeline(
    connection: sa.Connection,
    thing: Thing,
    name: str,
    *,
    kinds: tuple[str, ...] = (),
    before: int | None = None,
    limit: int = 50,
) -> Timeline:
    """What happened to it lately. Raises NotFound, also for a facility that not everybody may see."""
    subject = find_subject(connection, thing, name)
    rows = store.entries_about(
        connection, subject.key, kinds=kinds, without=() if kinds else QUIET, before=before, limit=limit + 1
    )
    entries = tuple(entry_of(row) for row in rows[:limit])
    return Timeline(subject, entries, entries[-1].sequence if len(rows) > limit else None)


def find_subject(connection: sa.Connection, thing: Thing, name: str) -> Subject:
    """What is meant. Raises NotFound, Invalid."""
    return _FINDERS[thing](connection, name)


def _design(connection: sa.Connection, name: str) -> Subject:
    design = parse_design_name(name)
    row = design_store.design_by_name(connection, design)
    if row is None:
        raise NotFound(f"there is no design {design}", code="no_design", value=str(design))
    return Subject("design", str(design), row["title"], f"design:{row['id']}", f"/designs/{design}")


def _member(connection: sa.Connection, name: str) -> Subject:
    member = read_member(connection, name.lower())
    return Subject("member", member.name, member.display_name, f"member:{member.name}", f"/members/{member.name}")


def _namespace(connection: sa.Connection, name: str) -> Subject:
    if member_store.namespace_by_name(connection, name.lower()) is None:
        raise NotFound(f"there is no namespace {name[:80]!r}", code="no_namespace", value=name[:80])
    plain = name.lower()
    return Subject("namespace", plain, plain, f"namespace:{plain}", f"/designs?namespace={plain}")


def _facility(connection: sa.Connection, name: str) -> Subject:
    found = find_facility(connection, name, None)
    return Subject("facility", found.slug, found.text.name, f"facility:{found.slug}", f"/facilities/{found.slug}")


def _need(connection: sa.Connection, name: str) -> Subject:
    row = need_store.need_by_id(connection, name)
    if row is None:
        raise no_need(name)
    return Subject("need", name, row["title"], f"need:{name}", f"/needs/{name}")


_FINDERS = {"design": _design, "member": _member, "namespace": _namespace, "facility": _facility, "need": _need}
