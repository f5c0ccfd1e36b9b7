"""Signed checkpoints of a log: how long it is and what its tree's root is. Pure, and light enough for the agent.

The form is that of C2SP: tlog-checkpoint (origin, size, root in base64, then lines of one's own) in a signed-note
(blank line, then `— name base64(key hash + signature)`; Ed25519 is type 1). Our one line of our own says when it was
signed, for a checkpoint that stays the same must show whether anybody still stands behind it.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from designs.digest import JsonValue
from designs.errors import DesignError
from designs.merkle import HASH_BYTES, BadProof, check_consistency
from designs.signing import (
    SUCCESSION,
    BadSignature,
    PrivateKey,
    PublicKey,
    moment_text,
    open_envelope,
    parse_moment,
    parse_public_key,
)

MAX_NOTE = 4096
MAX_ORIGIN = 200
_ED25519 = b"\x01"
_HASH_BYTES = 4
_TIME = "time "


class BadCheckpoint(DesignError):
    """The text is no checkpoint, or is not signed by a key that is trusted."""


class HistoryRefused(DesignError):
    """The log is not the one that was seen before: it went back, or tells another history."""


class RolledBack(HistoryRefused):
    """The log is shorter, or older, than it was."""


class NotContinued(HistoryRefused):
    """What is shown does not prove that the log continues the one that was seen before. Whoever stands in between could
    have spoilt the proof: the log itself is not convicted by it.
    """


class Forked(HistoryRefused):
    """Two signed checkpoints contradict each other, which proves that the log tells different histories."""


@dataclass(frozen=True)
class Checkpoint:
    """What a log said of itself at a moment."""

    origin: str
    """The log's own name, such as `cofab.example.org/log`."""
    size: int
    root: bytes
    at: datetime

    @property
    def body(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{_TIME}{moment_text(self.at)}\n"


@dataclass(frozen=True)
class LogKey:
    """A key that signs for a log, written `name+hash+base64` as signed-note has it."""

    name: str
    key: PublicKey

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key.public).digest()[:_HASH_BYTES]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.key.public).decode()}"


def parse_log_key(text: str) -> LogKey:
    """Raises BadCheckpoint."""
    parts = text.strip().split("+", 2)  # base64 may have more of them
    try:
        name, hashed, coded = parts
        data = base64.b64decode(coded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadCheckpoint(f"{text[:80]!r} is no key of a log: it is written name+hash+base64") from error
    found = LogKey(name, PublicKey(data[1:]))
    if data[:1] != _ED25519 or len(data) != 1 + HASH_BYTES or hashed != found.hash.hex():
        raise BadCheckpoint(f"the key of a log {text[:80]!r} was copied wrongly: its hash does not fit")
    return found


def sign_checkpoint(checkpoint: Checkpoint, key: PrivateKey) -> str:
    """The checkpoint as a signed note."""
    body = checkpoint.body
    by = LogKey(checkpoint.origin, key.public)
    return f"{body}\n\u2014 {by.name} {base64.b64encode(by.hash + key.sign(body.encode())).decode()}\n"


def open_checkpoint(note: str, keys: Iterable[LogKey]) -> tuple[Checkpoint, LogKey]:
    """What a signed note says, and the key that signed it. Raises BadCheckpoint."""
    if len(note) > MAX_NOTE:
        raise BadCheckpoint(f"a checkpoint is at most {MAX_NOTE} characters")
    body, gap, signatures = note.partition("\n\n")
    if not gap:
        raise BadCheckpoint("the checkpoint is not signed")
    body += "\n"
    checkpoint = _parse_body(body)
    signed = {line for line in signatures.splitlines() if line.startswith("\u2014 ")}
    for key in keys:
        if key.name == checkpoint.origin and any(_is_by(line, body.encode(), key) for line in signed):
            return checkpoint, key
    raise BadCheckpoint(f"the checkpoint of {checkpoint.origin!r} is signed by no key that is trusted here")


def follow(known: Checkpoint | None, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """Whether a checkpoint may take the place of the one that was seen last.

    `proof` shows the consistency from the known size to the new one; empty when they are equal. Raises RolledBack,
    Forked, NotContinued.
    """
    if known is None:
        return
    if new.origin != known.origin:
        raise NotContinued(f"this is the log of {new.origin!r}, the one seen before was that of {known.origin!r}")
    if new.size < known.size:
        raise RolledBack(f"the log has {new.size} entries, it had {known.size} before: what was said is taken back")
    if new.size == known.size:
        if new.root != known.root:
            raise Forked(
                f"two logs of {new.size} entries, both signed, contradict each other: the registry tells different "
                "histories. Keep both checkpoints, and tell others"
            )
        if new.at < known.at:
            raise RolledBack(f"the checkpoint is of {new.at:%Y-%m-%d %H:%M}, one of {known.at:%Y-%m-%d %H:%M} was seen")
        return
    try:
        check_consistency(known.size, known.root, new.size, new.root, proof)
    except BadProof as error:
        raise NotContinued(f"{error}: ask again; if it stays so, the log may have been forked") from error


def succeed(origin: str, known: Sequence[LogKey], told: Iterable[Mapping[str, JsonValue]]) -> tuple[LogKey, ...]:
    """The keys that may sign, when `told` are envelopes in which an earlier key names a later one. Oldest first.

    A succession by a key that is not trusted, or over another log, adds nothing.
    """
    keys = list(known)
    for envelope in told:
        try:
            statement, _ = open_envelope(envelope, [each.key for each in keys])
            after = LogKey(origin, parse_public_key(statement.text("public") or ""))
        except BadSignature:
            continue
        fits = statement.kind == SUCCESSION and statement.subjects == ((origin, after.key.id),)
        if fits and after not in keys:
            keys.append(after)
    return tuple(keys)


def _parse_body(body: str) -> Checkpoint:
    lines = body.split("\n")
    try:
        origin, size, root, time = lines[0], lines[1], base64.b64decode(lines[2], validate=True), lines[3]
        at = parse_moment(time.removeprefix(_TIME))
        number = int(size) if size.isascii() and size.isdecimal() else -1
    except (IndexError, ValueError, binascii.Error) as error:
        raise BadCheckpoint("the text is no checkpoint: origin, size, root and time, a line each") from error
    found = Checkpoint(origin, number, root, at)
    if not 0 < len(origin) <= MAX_ORIGIN or len(root) != HASH_BYTES or number < 0 or found.body != body:
        raise BadCheckpoint("the text is no checkpoint: origin, size, root and time, a line each")
    return found


def _is_by(line: str, body: bytes, key: LogKey) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, _, coded = line.removeprefix("\u2014 ").rpartition(" ")
    try:
        data = base64.b64decode(coded, validate=True)
        if name != key.name or data[:_HASH_BYTES] != key.hash:
            return False
        Ed25519PublicKey.from_public_bytes(key.key.public).verify(data[_HASH_BYTES:], body)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
