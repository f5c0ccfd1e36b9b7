"""What needs look like on the wire."""

import math
import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from registry.actions.need_views import NeedLine, NeedPage, NeedView
from registry.actions.needs import NeedWish
from registry.api.words import Line, Lines
from registry.core.capability import Place
from registry.core.needs import NeedKind, NeedState
from registry.errors import Invalid
from registry.ids import parse_design_name

_EXAMPLE: dict[str, JsonValue] = {
    "id": "nee_7k2q9v0m4x8c1b5z",
    "kind": "wish",
    "state": "open",
    "title": "A hinge that prints without supports",
    "tags": ["hinge"],
    "opener": "ada",
    "design": None,
    "facility": None,
    "material": None,
    "demand": 2.8,
    "voices": 3,
    "taken_up_by": ["bea"],
    "opened_at": "2026-05-04T09:30:00Z",
    "changed_at": "2026-05-11T17:00:00Z",
}
_TAG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def _tag(text: str) -> str:
    tag = text.strip().lower()
    if not _TAG.fullmatch(tag):
        raise ValueError("a tag has 1 to 40 letters a-z, digits and hyphens, the first no hyphen")
    return tag


Tag = Annotated[str, AfterValidator(_tag)]
Note = Annotated[Lines, Field(max_length=1000)]
Reason = Annotated[Lines, Field(min_length=1, max_length=1000)]


class NeedBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"title": "A hinge that prints without supports", "words": "For a box.", "tags": ["hinge"]}
        },
    )

    title: Annotated[Line, Field(min_length=3, max_length=120)]
    words: Annotated[Lines, Field(max_length=4000)] = ""
    tags: Annotated[tuple[Tag, ...], Field(max_length=10)] = ()
    design: Annotated[str, Field(max_length=160)] | None = None
    """The design that it concerns."""
    facility: Annotated[str, Field(max_length=63)] | None = None
    """The short name of the facility that it concerns."""
    material: Annotated[Line, Field(max_length=40)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Where it is needed; public, so better not too exact."""
    note: Note = ""
    """What the opener needs it for."""

    def wish(self) -> NeedWish:
        """Raises Invalid."""
        if (self.latitude is None) is not (self.longitude is None):
            raise Invalid("a place has a latitude and a longitude: give both or neither", code="bad_place")
        place = None
        if self.latitude is not None and self.longitude is not None:
            place = Place(self.latitude, self.longitude)
        return NeedWish(
            title=" ".join(self.title.split()),
            words=self.words.strip(),
            tags=tuple(dict.fromkeys(self.tags)),
            design=None if self.design is None else parse_design_name(self.design),
            facility=self.facility,
            material=self.material,
            place=place,
            note=self.note.strip(),
        )


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "For our tool library."}})

    note: Note = ""


class LinkBody(BaseModel):
    """Either a design or a proposal."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"design": "bea/hinge"}})

    design: Annotated[str, Field(max_length=160)] | None = None
    proposal: Annotated[str, Field(max_length=60)] | None = None


class AnswerBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"version": "bea/hinge@1.1.0", "words": "Prints flat."}}
    )

    version: Annotated[str, Field(max_length=200)]
    words: Note = ""


class ReasonBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "It breaks after a week."}})

    reason: Reason


class NeedLineOut(BaseModel):
    """A need in a list."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: str
    kind: NeedKind
    state: NeedState
    title: str
    tags: tuple[str, ...]
    opener: str | None
    """None: the registry."""
    design: str | None
    facility: str | None
    material: str | None
    latitude: float | None
    longitude: float | None
    demand: float
    """Members who need it: each counts once, and less the longer nothing was heard of them."""
    voices: int
    taken_up_by: tuple[str, ...]
    opened_at: datetime
    changed_at: datetime


class NeedsOut(BaseModel):
    needs: tuple[NeedLineOut, ...]
    next_cursor: str | None


class VoiceOut(BaseModel):
    who: str
    """A member's name, `visitors` or `registry`."""
    note: str
    times: int
    at: datetime


class ClaimOut(BaseModel):
    member: str
    plan: str
    since: datetime
    heard_at: datetime
    live: bool
    """False: nothing was heard of it for two weeks."""


class LinkOut(BaseModel):
    kind: str
    target: str
    member: str
    at: datetime


class NeedOut(NeedLineOut):
    """One need with all that is known of it."""

    words: str
    facts: dict[str, JsonValue]
    """Of a need that the registry noticed: what happened, for programs."""
    supporters: tuple[VoiceOut, ...]
    claims: tuple[ClaimOut, ...]
    links: tuple[LinkOut, ...]
    closed_at: datetime | None
    closer: str | None
    """None of a closed one: the registry."""
    closing: str
    answer: str | None


def line_out(line: NeedLine) -> NeedLineOut:
    fields = {name: value for name, value in vars(line).items() if name != "facility_name"}
    return NeedLineOut.model_validate(fields | {"demand": _rounded(line.demand)})


def page_out(page: NeedPage) -> NeedsOut:
    return NeedsOut(needs=tuple(map(line_out, page.needs)), next_cursor=page.next_cursor)


def need_out(view: NeedView) -> NeedOut:
    """One need as it is told."""
    return NeedOut(
        **line_out(view.line).model_dump(),
        words=view.words,
        facts=dict(view.facts),
        supporters=tuple(VoiceOut(who=one.who, note=one.note, times=one.times, at=one.at) for one in view.voices),
        claims=tuple(ClaimOut(**vars(one)) for one in view.claims),
        links=tuple(LinkOut(**vars(one)) for one in view.links),
        closed_at=view.closed_at,
        closer=view.closer,
        closing=view.closing,
        answer=view.answer,
    )


def _rounded(demand: float) -> float:
    return round(demand, 2) if math.isfinite(demand) else 0.0
