"""Signed statements: who says what of which bytes. Pure, and light enough for the agent; keys are in signing_keys.

A statement follows in-toto (Statement v1: subjects by their SHA-256, a kind, a predicate), its envelope DSSE v1: the
signature is over the payload and its type, so that nothing signed for one purpose passes for another. Keys are
Ed25519 (RFC 8032). What does the cryptography is imported when it is needed, for starting is to be quick.
"""

import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from designs.digest import Digest, JsonValue, canonical_json, digest_bytes, parse_digest
from designs.errors import DesignError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import Key

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
RELEASE = "urn:cofab:release:1"
"""An author says: this snapshot is this version."""
BUILD = "urn:cofab:build:1"
"""A registry says: it made these files by this recipe."""
POSSESSION = "urn:cofab:key-possession:1"
"""Whoever registers a key says so with the key itself."""
SUCCESSION = "urn:cofab:registry-key:1"
"""A registry's key says which key follows it."""
MAX_ENVELOPE = 256 << 10
PUBLIC_BYTES = 32


class BadSignature(DesignError):
    """The envelope is none, or its signature is not by the key that it names. The message says which."""


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key, known by the SHA-256 of its 32 bytes."""

    public: bytes

    @property
    def id(self) -> str:
        return digest_bytes(self.public)

    @property
    def text(self) -> str:
        """As it is written: 64 hexadecimal digits."""
        return self.public.hex()


@dataclass(frozen=True)
class PrivateKey:
    """What signs. It never shows itself."""

    secret: "Ed25519PrivateKey" = field(repr=False)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.secret.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of a bare signature."""
        return self.secret.sign(data)


@dataclass(frozen=True)
class Statement:
    """What is said of some bytes."""

    kind: str
    subjects: tuple[tuple[str, Digest], ...]
    """Names and SHA-256."""
    predicate: Mapping[str, JsonValue]

    def to_bytes(self) -> bytes:
        subjects: list[JsonValue] = [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in self.subjects]
        return canonical_json(
            {
                "_type": STATEMENT_TYPE,
                "subject": subjects,
                "predicateType": self.kind,
                "predicate": dict(self.predicate),
            }
        )

    def text(self, key: str) -> str | None:
        """Of the predicate; None where there is no text."""
        value = self.predicate.get(key)
        return value if isinstance(value, str) else None


Envelope = dict[str, JsonValue]
"""A DSSE envelope in its JSON form."""


def parse_public_key(text: str) -> PublicKey:
    """Read 64 hexadecimal digits. Raises BadSignature."""
    try:
        public = bytes.fromhex(text.strip())
    except ValueError:
        public = b""
    if len(public) != PUBLIC_BYTES:
        raise BadSignature(f"{text[:80]!r} is no public key: 64 hexadecimal digits")
    return PublicKey(public)


def sign_statement(statement: Statement, key: PrivateKey) -> Envelope:
    """The statement in an envelope with one signature."""
    from securesystemslib.dsse import Envelope as Dsse
    from securesystemslib.signer import CryptoSigner, SSlibKey

    public = key.public
    sealed = Dsse(statement.to_bytes(), PAYLOAD_TYPE, {})
    sealed.sign(CryptoSigner(key.secret, SSlibKey.from_crypto(key.secret.public_key(), public.id)))
    told: Envelope = sealed.to_dict()
    return told


def open_envelope(envelope: Mapping[str, JsonValue], keys: Iterable[PublicKey]) -> tuple[Statement, PublicKey]:
    """The statement, and which of these keys signed it. Raises BadSignature when none did."""
    from securesystemslib.dsse import Envelope as Dsse
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    try:
        data = canonical_json(dict(envelope))
        if len(data) > MAX_ENVELOPE:
            raise BadSignature(f"the envelope is longer than {MAX_ENVELOPE} bytes")
        sealed = Dsse.from_dict(json.loads(data))
    except (KeyError, ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise BadSignature(f"this is no signed envelope: {type(error).__name__}") from error
    if sealed.payload_type != PAYLOAD_TYPE or len(sealed.signatures) != 1:
        raise BadSignature(f"the envelope must hold {PAYLOAD_TYPE} and one signature")
    (named,) = sealed.signatures
    known = {key.id: key for key in keys}
    if named not in known:
        raise BadSignature(f"the signature is by the key {named[:16]}…, which is not known")
    listed: list[Key] = [SSlibKey(named, "ed25519", "ed25519", {"public": known[named].text})]
    try:
        sealed.verify(listed, 1)
    except (VerificationError, ValueError) as error:
        raise BadSignature(f"the signature does not fit the key {named[:16]}…: the content was changed") from error
    return _parse_statement(sealed.payload), known[named]


def key_named_in(envelope: Mapping[str, JsonValue]) -> str:
    """The id of the key that an envelope says it was signed by, unverified. Raises BadSignature."""
    signatures = envelope.get("signatures")
    first = signatures[0] if isinstance(signatures, list) and len(signatures) == 1 else None
    named = first.get("keyid") if isinstance(first, dict) else None
    if not isinstance(named, str):
        raise BadSignature("the envelope must hold one signature that names its key")
    return named


def envelope_digest(envelope: Mapping[str, JsonValue]) -> Digest:
    """By what the log names an envelope."""
    return digest_bytes(canonical_json(dict(envelope)))


def release_statement(
    version: str,
    snapshot: Digest,
    *,
    parents: Sequence[tuple[str, Digest]],
    licence: str,
    author: str,
    signed_at: datetime,
) -> Statement:
    """`version` is `namespace/name@1.2.0`, `author` the member whose key signs, `parents` kinds and snapshots."""
    listed: list[JsonValue] = [{"kind": kind, "snapshot": sha256} for kind, sha256 in sorted(parents)]
    predicate: dict[str, JsonValue] = {
        "version": version,
        "parents": listed,
        "licence": licence,
        "author": author,
        "signed_at": moment_text(signed_at),
    }
    return Statement(RELEASE, ((version, snapshot),), predicate)


def build_statement(
    recipe: Digest, snapshot: Digest, engine: str, artifacts: Mapping[str, Digest], *, builder: str, signed_at: datetime
) -> Statement:
    """`artifacts` are names and SHA-256; `builder` names the registry's log."""
    predicate: dict[str, JsonValue] = {
        "recipe": recipe,
        "snapshot": snapshot,
        "engine": engine,
        "builder": builder,
        "signed_at": moment_text(signed_at),
    }
    return Statement(BUILD, tuple(sorted(artifacts.items())), predicate)


def possession_statement(member: str, key: PublicKey, registry: str) -> Statement:
    """That a member holds a key, said with the key: so nobody can register a key of somebody else."""
    return Statement(POSSESSION, ((f"member:{member}", Digest(key.id)),), {"member": member, "registry": registry})


def succession_statement(old: PublicKey, new: PublicKey, origin: str) -> Statement:
    """That `new` signs for the log `origin` from now on, said with `old`."""
    return Statement(SUCCESSION, ((origin, Digest(new.id)),), {"public": new.text, "follows": old.text})


def moment_text(moment: datetime) -> str:
    """UTC with microseconds, the one form in which a time is signed: `2026-04-11T17:05:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_moment(text: str) -> datetime:
    """Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its time zone: {text[:40]!r}")
    return moment


def _parse_statement(payload: bytes) -> Statement:
    try:
        value = json.loads(payload)
        if value["_type"] != STATEMENT_TYPE or not isinstance(value["predicate"], dict):
            raise BadSignature(f"the envelope holds no statement of the kind {STATEMENT_TYPE}")
        subjects = tuple(
            (str(one["name"]), parse_digest(str(one["digest"]["sha256"]))) for one in value["subject"][:MAX_SUBJECTS]
        )
        return Statement(str(value["predicateType"]), subjects, value["predicate"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadSignature(f"the envelope holds no statement: {type(error).__name__}") from error


MAX_SUBJECTS = 200
