"""What the API takes about proposals."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from registry.actions.proposal_views import Choice, SideName, Verdict
from registry.api.builds import Value
from registry.api.words import Lines

_STRICT = ConfigDict(extra="forbid")
Words = Annotated[Lines, Field(max_length=20_000)]


class ProposalBody(BaseModel):
    """A version that is offered to a design of its family."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"source": "grace/bin@1.1.0", "target": "ada/bin", "title": "Thicker walls", "words": ""}
        },
    )

    source: Annotated[str, Field(max_length=200)]
    target: Annotated[str, Field(max_length=130)]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    words: Words = ""


class OfferBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"source": "grace/bin@1.2.0"}})

    source: Annotated[str, Field(max_length=200)]


class ResolutionBody(BaseModel):
    """How one conflict is resolved."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"choice": "text", "text": "24.5"}})

    choice: Choice
    text: Annotated[Lines | None, Field(max_length=256 << 10)] = None
    """With the choice `text`: the lines, or the value as it stands in design.toml."""


class AcceptBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": "1.3.0", "words": "Thank you"}})

    version: Annotated[str, Field(max_length=64)] | None = None
    """The number to publish; the proposed one if it is left out."""
    words: Words = ""
    snapshot: Annotated[str, Field(max_length=64)] | None = None
    """Of the merge that was looked at: anything else is not accepted then. Left out: whatever is merged now."""


class EndBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "The magnets would fall out."}})

    reason: Words = ""


class ReviewBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"verdict": "approve", "words": "Prints"}})

    verdict: Verdict
    words: Words = ""
    round: Annotated[int, Field(ge=1)] | None = None
    """That was looked at: a later one is not reviewed then."""


Number = Annotated[float, Field(ge=-1e5, le=1e5, allow_inf_nan=False)]


class LineIn(BaseModel):
    model_config = _STRICT

    kind: Literal["line"]
    side: SideName
    path: Annotated[str, Field(max_length=1000)]
    line: Annotated[int, Field(ge=1, le=10_000_000)]


class PlaceIn(BaseModel):
    model_config = _STRICT

    kind: Literal["place"]
    side: SideName
    point: tuple[Number, Number, Number]
    """mm"""
    normal: tuple[Number, Number, Number]
    parameters: Annotated[dict[Annotated[str, Field(max_length=100)], str | bool], Field(max_length=200)] = {}


class ThreadBody(BaseModel):
    """A comment on the whole, on a line of a file, or on a place of the model."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "words": "Why not 2 mm?",
                "about": {"kind": "line", "side": "merged", "path": "bin.py", "line": 12},
            }
        },
    )

    words: Annotated[Lines, Field(min_length=1, max_length=10_000)]
    about: Annotated[LineIn | PlaceIn, Field(discriminator="kind")] | None = None


class CommentBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"words": "Because it flexes."}})

    words: Annotated[Lines, Field(min_length=1, max_length=10_000)]


class BuildBody(BaseModel):
    """Parameters of one of a proposal's contents."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"parameters": {"width": 30}}})

    side: SideName = SideName.MERGED
    parameters: Annotated[dict[Annotated[str, Field(max_length=100)], Value], Field(max_length=200)] = {}
    preset: Annotated[str, Field(max_length=100)] | None = None
