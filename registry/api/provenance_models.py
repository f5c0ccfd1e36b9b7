"""Keys, signatures and the signed log on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from designs.provenance import SignedEnvelope
from registry.actions.keys import KeyView
from registry.actions.signatures import SignatureView
from registry.api.design_models import Sha256
from registry.api.words import Lines

Date = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
"""A moment with its time zone, that a key could have to do with."""

_KEY: Any = {
    "name": "laptop",
    "public": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "proof": {
        "payload": "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==",
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"keyid": "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9", "sig": "c2ln"}],
    },
}


class KeyWish(BaseModel):
    """A public key, with the proof that its owner has the private one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _KEY})

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    public: Sha256
    """The key's 32 bytes in hexadecimal digits."""
    proof: SignedEnvelope
    """A statement of possession (`urn:cofab:key-possession:1`) that the key signs."""
    valid_from: Date | None = None
    valid_until: Date | None = None


class RevocationWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "The laptop was stolen"}})

    reason: Annotated[Lines, Field(min_length=1, max_length=1000)]
    compromised_since: Date | None = None
    """Since when somebody else had it: what came since then counts no more."""


class RevocationOut(BaseModel):
    at: datetime
    reason: str
    compromised_since: datetime | None


class KeyOut(BaseModel):
    id: str
    """SHA-256 of the key."""
    member: str
    name: str
    public: str
    added_at: datetime
    valid_from: datetime
    valid_until: datetime | None
    revoked: RevocationOut | None


class KeysOut(BaseModel):
    keys: tuple[KeyOut, ...]
    """Oldest first."""


class SignatureOut(BaseModel):
    member: str
    key: str
    key_name: str
    received_at: datetime
    good: bool
    revoked: RevocationOut | None
    """Of the key; what it signed before stays good unless it was compromised."""


class SignaturesOut(BaseModel):
    version: str
    signatures: tuple[SignatureOut, ...]


class RecallWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "The arm breaks at 40 N"}})

    reason: Annotated[Lines, Field(min_length=1, max_length=2000)]


class RecallOut(BaseModel):
    version: str
    recalled_at: datetime
    reason: str
    stopped: int
    """Copies that will not be made."""
    running: int
    """Copies that a machine may have begun: the people there are told, and decide."""


class CheckpointOut(BaseModel):
    checkpoint: str
    """A signed note: C2SP tlog-checkpoint."""
    keys: tuple[str, ...]
    """What the registry signs with, `name+hash+base64`, oldest first."""
    successions: tuple[SignedEnvelope, ...]
    """Envelopes in which an earlier key names a later one."""


class ConsistencyOut(BaseModel):
    first: int
    second: int
    path: tuple[str, ...]
    """Hashes of the proof (RFC 9162, section 2.1.4)."""


class LeafOut(BaseModel):
    position: int
    leaf: str
    """The exact text whose hash is the leaf."""


class LeavesOut(BaseModel):
    leaves: tuple[LeafOut, ...]
    """In the order of the tree."""


class InclusionOut(BaseModel):
    checkpoint: str
    leaf: str
    position: int
    path: tuple[str, ...]


def revocation_out(told: KeyView | SignatureView) -> RevocationOut | None:
    return None if told.revoked is None else RevocationOut(**vars(told.revoked))


def key_out(view: KeyView) -> KeyOut:
    return KeyOut(**{**vars(view), "revoked": revocation_out(view)})


def signature_out(view: SignatureView) -> SignatureOut:
    return SignatureOut(**{**vars(view), "revoked": revocation_out(view)})
