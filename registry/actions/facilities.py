"""Facilities: making and changing them, who runs them, and one-time codes for their agents."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from registry.actions.log import append
from registry.core.facilities import may_run, may_see
from registry.core.matching import Access
from registry.core.permissions import Caller
from registry.errors import Conflict, Fact, Forbidden, Invalid, NotFound
from registry.ids import FacilityId
from registry.store import facilities as store

MOST_LISTED = 1000


@dataclass(frozen=True)
class FacilityText:
    """What people write about a facility."""

    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    access: Access = Access.PUBLIC
    opening_hours: str = ""
    description: str = ""
    worker_owned: bool = False
    """It belongs to those who work in it, and they share all gains: some licences ask that of who makes for money."""


@dataclass(frozen=True)
class FacilityView:
    """A facility as it is shown."""

    id: FacilityId
    slug: str
    text: FacilityText
    runners: tuple[str, ...]
    """Names of the members who run it."""
    machines: int
    created_at: datetime
    yours: bool = False
    """Whether the one who asks runs it."""


@dataclass(frozen=True)
class FacilityRow:
    """A facility that was found, with what decisions about it need."""

    id: FacilityId
    slug: str
    text: FacilityText
    runners: dict[str, str]
    """Member's id → member's name."""
    created_at: datetime

    @property
    def runner_ids(self) -> frozenset[str]:
        return frozenset(self.runners)


def make_facility(
    connection: sa.Connection, caller: Caller, slug: str, text: FacilityText, *, facility: FacilityId, now: datetime
) -> FacilityView:
    """Make a facility that the caller runs."""
    if store.facility_by_slug(connection, slug) is not None:
        raise Conflict(f"the short name {slug!r} is taken: choose another one", code="name_taken", value=slug)
    _check(text)
    store.add_facility(connection, id=facility, slug=slug, created_at=now, **vars(text))
    store.add_runner(connection, facility, caller.member, now)
    if text.access is not Access.PRIVATE:
        append(connection, "facility.made", slug, caller.name, {"name": text.name}, now)
    return FacilityView(facility, slug, text, (caller.name,), 0, now, yours=True)


def find_facility(
    connection: sa.Connection, slug: str, caller: Caller | None, *, key: Literal["slug", "id"] = "slug"
) -> FacilityRow:
    """The facility of this short name, or id. Raises NotFound also when the caller may not see it."""
    row = (store.facility_by_slug if key == "slug" else store.facility_by_id)(connection, slug)
    if row is not None:
        found = _row(row, store.runners_of(connection, [row["id"]]).get(row["id"], {}))
        if may_see(found.text.access, found.runner_ids, caller).allowed:
            return found
    raise NotFound(f"there is no facility {slug[:80]!r}: see the list of facilities", value=slug[:80])


def facility_to_run(connection: sa.Connection, slug: str, caller: Caller) -> FacilityRow:
    """The facility, when the caller runs it; else raises NotFound or Forbidden."""
    found = find_facility(connection, slug, caller)
    decision = may_run(found.runner_ids, caller, found.text.name)
    if not decision.allowed:
        raise Forbidden(decision.reasons[0], code="not_a_runner", facility=slug)
    return found


def change_facility(
    connection: sa.Connection,
    caller: Caller,
    slug: str,
    changes: dict[str, object],
    *,
    runners: tuple[str, ...] | None,
    now: datetime,
) -> FacilityView:
    """Change what is written about a facility, and, when `runners` names members, who runs it."""
    found = facility_to_run(connection, slug, caller)
    text = replace(found.text, **changes)  # type: ignore[arg-type]  # the edge parsed names and values
    _check(text)
    if changes:
        store.change_facility(connection, found.id, changes)
    if runners is not None:
        _change_runners(connection, found, runners, now)
    if text.access is not Access.PRIVATE:
        append(connection, "facility.changed", slug, caller.name, {"fields": list[Fact](sorted(changes))}, now)
    return read_facility(connection, slug, caller)


def read_facility(connection: sa.Connection, slug: str, caller: Caller | None) -> FacilityView:
    """One facility, as the caller may see it."""
    found = find_facility(connection, slug, caller)
    return _view(found, store.count_machines(connection, found.id), caller)


def list_facilities(connection: sa.Connection, caller: Caller | None) -> tuple[FacilityView, ...]:
    """The facilities that the caller may see, by name."""
    rows = store.facilities_by_name(connection, MOST_LISTED)
    runners = store.runners_of(connection, [row["id"] for row in rows])
    found = ((_row(row, runners.get(row["id"], {})), row["machines"]) for row in rows)
    return tuple(
        _view(facility, machines, caller)
        for facility, machines in found
        if may_see(facility.text.access, facility.runner_ids, caller).allowed
    )


def make_enrolment(
    connection: sa.Connection, caller: Caller, slug: str, code_sha256: str, *, lasts: timedelta, now: datetime
) -> datetime:
    """Keep a fresh one-time code for an agent of this facility. Returns when it expires."""
    found = facility_to_run(connection, slug, caller)
    expires_at = now + lasts
    store.add_enrolment(
        connection,
        code_sha256=code_sha256,
        facility_id=found.id,
        made_by=caller.member,
        expires_at=expires_at,
        used_at=None,
    )
    return expires_at


def _change_runners(connection: sa.Connection, found: FacilityRow, names: tuple[str, ...], now: datetime) -> None:
    known = store.members_named(connection, names)
    missing = sorted(set(names) - set(known))
    if missing:
        raise Invalid(f"there is no member {missing[0]!r}", code="unknown_member", value=missing[0])
    if not known:
        raise Invalid("a facility needs somebody who runs it: name at least one member", code="no_runner")
    store.remove_runners(connection, found.id, set(found.runners) - set(known.values()))
    for member in sorted(set(known.values()) - set(found.runners)):
        store.add_runner(connection, found.id, member, now)


def _check(text: FacilityText) -> None:
    if (text.latitude is None) != (text.longitude is None):
        raise Invalid("latitude and longitude go together: give both, or neither", code="bad_place")


def _row(row: sa.RowMapping, runners: dict[str, str]) -> FacilityRow:
    text = FacilityText(
        name=row["name"],
        address=row["address"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        access=Access(row["access"]),
        opening_hours=row["opening_hours"],
        description=row["description"],
        worker_owned=row["worker_owned"],
    )
    return FacilityRow(row["id"], row["slug"], text, runners, row["created_at"])


def _view(found: FacilityRow, machines: int, caller: Caller | None) -> FacilityView:
    yours = caller is not None and caller.member in found.runners
    return FacilityView(
        found.id, found.slug, found.text, tuple(found.runners.values()), machines, found.created_at, yours
    )
