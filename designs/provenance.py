"""What can be proved of a version, and of what was made from it: the form in which a registry hands it over.

A bundle holds everything that the check needs, so that it can be kept and checked without the registry. Entries of
the log stand in it as the exact text that is the tree's leaf, with their paths to the root of the one checkpoint.
The check is in designs.proving.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from designs.digest import JsonValue as DigestJson
from designs.errors import DesignError
from designs.signing import Envelope, parse_moment

FORMAT: Literal["cofab-provenance/1"] = "cofab-provenance/1"
MAX_BUNDLE = 8 << 20

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=2000)]


class BadBundle(DesignError):
    """The bytes are no bundle of proofs."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class EnvelopeSignature(_Part):
    keyid: Text
    sig: Text


class SignedEnvelope(_Part):
    """A DSSE envelope."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "payload": "eyJfdHlwZSI6Ii4uLiJ9",
                "payloadType": "application/vnd.in-toto+json",
                "signatures": [{"keyid": "ed25519:3b6a27bc", "sig": "c2lnbmF0dXJl"}],
            }
        }
    )

    payload: Annotated[str, Field(max_length=1 << 20)]
    payloadType: Text
    signatures: Annotated[tuple[EnvelopeSignature, ...], Field(min_length=1, max_length=1)]

    def to_json(self) -> Envelope:
        listed: list[DigestJson] = [{"keyid": one.keyid, "sig": one.sig} for one in self.signatures]
        return {"payload": self.payload, "payloadType": self.payloadType, "signatures": listed}


class LoggedEntry(_Part):
    """An entry of the log with its proof of inclusion."""

    leaf: Annotated[str, Field(max_length=1 << 20)]
    """The exact text that was hashed."""
    position: Annotated[int, Field(ge=0, lt=2**62)]
    """From 0."""
    path: Annotated[tuple[Sha256, ...], Field(max_length=64)]


class SignatureRecord(_Part):
    """One author's signature, with the entries that say when it came and whose key it is."""

    envelope: SignedEnvelope
    signed: LoggedEntry
    """`version.signed`"""
    key: LoggedEntry
    """`key.added`"""
    revoked: LoggedEntry | None = None
    """`key.revoked`"""


class BuildRecord(_Part):
    """What a recipe gave."""

    recipe: dict[str, JsonValue]
    """Its SHA-256 in canonical form is the recipe's digest."""
    envelope: SignedEnvelope
    """The registry's statement about the files."""


class MakeRecord(_Part):
    """One try at a part, as its agent told it."""

    attempt: Text
    facility: Text
    machine: Text
    state: Text
    model_sha256: Sha256 | None = None
    """Of the artifact that the agent sliced."""
    gcode_sha256: Sha256 | None = None
    slicer: Text | None = None


class Bundle(_Part):
    """Everything about one version; with `build` and `makes` about an order of it."""

    format: Literal["cofab-provenance/1"] = FORMAT
    version: Annotated[str, Field(max_length=300)]
    """`namespace/name@1.2.0`"""
    snapshot_sha256: Sha256
    snapshot: Annotated[str, Field(max_length=4 << 20)] | None = None
    """Its exact text."""
    published: LoggedEntry
    """`design.published` or `design.forked`"""
    recalled: LoggedEntry | None = None
    """`version.recalled`"""
    signatures: Annotated[tuple[SignatureRecord, ...], Field(max_length=100)] = ()
    build: BuildRecord | None = None
    order: Text | None = None
    makes: Annotated[tuple[MakeRecord, ...], Field(max_length=5000)] = ()
    checkpoint: Annotated[str, Field(max_length=4096)]
    """A signed note (see designs.checkpoints)."""
    log_keys: Annotated[tuple[str, ...], Field(max_length=50)]
    """The keys that the registry says it signs with, `name+hash+base64`, oldest first."""
    successions: Annotated[tuple[SignedEnvelope, ...], Field(max_length=50)] = ()
    """Envelopes in which an earlier of these keys names a later one."""


@dataclass(frozen=True)
class Entry:
    """What a leaf of the log says."""

    kind: str
    subject: str
    actor: str
    data: Mapping[str, object]
    at: datetime

    def text(self, key: str) -> str | None:
        """Of the data; None where there is no text."""
        value = self.data.get(key)
        return value if isinstance(value, str) else None


def parse_bundle(data: bytes | str) -> Bundle:
    """Raises BadBundle."""
    if len(data) > MAX_BUNDLE:
        raise BadBundle(f"a bundle of proofs has at most {MAX_BUNDLE} bytes")
    try:
        return Bundle.model_validate_json(data)
    except (ValidationError, RecursionError) as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) if isinstance(error, ValidationError) else ""
        raise BadBundle(f"this is no bundle of proofs ({where or 'body'} is wrong): get it anew") from error


def parse_leaf(leaf: str) -> Entry:
    """Read an entry of the log. Raises BadBundle."""
    try:
        told = json.loads(leaf)
        if not isinstance(told["data"], dict):
            raise BadBundle("an entry of the log has no data")
        return Entry(
            str(told["kind"]), str(told["subject"]), str(told["actor"]), told["data"], parse_moment(told["at"])
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadBundle(f"an entry of the log cannot be read: {type(error).__name__}") from error
