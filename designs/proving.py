"""The check of a bundle: step by step what is proved, and by whom. Pure; nothing is asked of anybody.

What is proved is what the log says and who signed it. That an author's key is the author's own, and that the log
shows the same to everybody, is not in the bundle: pinned keys and a checkpoint that was seen before are for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import rfc8785

from designs.checkpoints import BadCheckpoint, Checkpoint, LogKey, open_checkpoint, succeed
from designs.digest import Digest, digest_bytes
from designs.errors import DesignError
from designs.merkle import BadProof, check_inclusion, leaf_hash
from designs.provenance import BadBundle, BuildRecord, Bundle, Entry, LoggedEntry, SignatureRecord, parse_leaf
from designs.signing import (
    BUILD,
    RELEASE,
    BadSignature,
    PublicKey,
    envelope_digest,
    open_envelope,
    parse_moment,
    parse_public_key,
)


class Grade(StrEnum):
    PROVED = "proved"
    TOLD = "told"
    """Somebody says so; nothing contradicts it, and nothing proves it."""
    MISSING = "missing"
    REFUTED = "refuted"


@dataclass(frozen=True)
class Finding:
    """One step of the chain."""

    step: str
    """`log`, `published`, `recall`, `signature`, `recipe`, `artifacts`, `gcode`."""
    grade: Grade
    words: str
    by: str | None = None
    """By whom: a log's name, `member (key …)`, an agent."""


@dataclass(frozen=True)
class Proof:
    """What a bundle proves."""

    findings: tuple[Finding, ...]
    checkpoint: Checkpoint | None
    """What to remember of the log; None when it is not signed by a trusted key."""
    keys: tuple[LogKey, ...]
    """That may sign for the log: the trusted ones, and those that they named."""
    authors: tuple[PublicKey, ...]
    """Whose signatures hold."""
    artifacts: frozenset[Digest]
    """What the registry says that the recipe gave."""
    recipe: Digest | None
    recalled: str | None
    """Why the version was recalled."""

    @property
    def holds(self) -> bool:
        """The version is in the log, and nothing is refuted; of several signatures one that counts is enough."""
        refuted = {one.step for one in self.findings if one.grade is Grade.REFUTED}
        return self.checkpoint is not None and not refuted - ({"signature"} if self.authors else set())

    @property
    def objections(self) -> tuple[str, ...]:
        return tuple(one.words for one in self.findings if one.grade is Grade.REFUTED)


class _Refuted(DesignError):
    """A step does not hold; the message says why."""


def prove(bundle: Bundle, trusted: Sequence[LogKey]) -> Proof:
    """Check a bundle against the keys of the log that are trusted. Never raises for what is in the bundle."""
    try:
        origin = trusted[0].name if trusted else ""
        keys = succeed(origin, trusted, [one.to_json() for one in bundle.successions])
        checkpoint, by = open_checkpoint(bundle.checkpoint, keys)
    except BadCheckpoint as error:
        finding = Finding("log", Grade.REFUTED, str(error))
        return Proof((finding,), None, tuple(trusted), (), frozenset(), None, None)
    words = f"the log has {checkpoint.size} entries, signed {checkpoint.at:%Y-%m-%d %H:%M} UTC"
    findings = [Finding("log", Grade.PROVED, words, f"{by.name} (key {by.key.id[:16]})")]
    findings.append(_published(bundle, checkpoint))
    recalled = _recalled(bundle, checkpoint)
    if recalled is not None:
        findings.append(recalled)
    signatures = [_signature(one, bundle, checkpoint) for one in bundle.signatures]
    findings.extend(finding for finding, _ in signatures)
    if not signatures:
        findings.append(Finding("signature", Grade.MISSING, "no author signed this version"))
    recipe, artifacts, built = _build(bundle, keys)
    findings.extend(built)
    findings.extend(_makes(bundle, artifacts))
    return Proof(
        tuple(findings),
        checkpoint,
        keys,
        tuple(key for _, key in signatures if key is not None),
        artifacts,
        recipe,
        None if recalled is None else recalled.words,
    )


def is_good_at(key: Entry, revoked: Entry | None, signed_at: datetime, *, signed: int, lost: int | None) -> str | None:
    """Why a key's signature does not count; None when it does.

    `signed` and `lost` are the positions in the log of the signature and of the key's revocation. The log's order
    decides, not what anybody says about time: an old signature stays good after a revocation, unless the revocation
    says that somebody else had the key already when the signature came.
    """
    since, until = _moment(key, "valid_from"), _moment(key, "valid_until")
    if (since is not None and signed_at < since) or (until is not None and signed_at >= until):
        return f"the key was not valid at {signed_at:%Y-%m-%d %H:%M}"
    if revoked is None or lost is None:
        return None
    reason = revoked.text("reason") or "no reason was given"
    if signed > lost:
        return f"the key had been revoked before: {reason}"
    compromised = _moment(revoked, "compromised_since")
    if compromised is not None and signed_at >= compromised:
        return f"the key was in strange hands since {compromised:%Y-%m-%d %H:%M}: {reason}"
    return None


def _published(bundle: Bundle, checkpoint: Checkpoint) -> Finding:
    try:
        entry = _logged(bundle.published, checkpoint)
        if entry.kind not in {"design.published", "design.forked"} or entry.subject != bundle.version:
            raise _Refuted(f"the entry that is shown says nothing of the publication of {bundle.version}")
        if entry.text("snapshot") != bundle.snapshot_sha256:
            raise _Refuted(f"{bundle.version} was published with other content than {bundle.snapshot_sha256[:16]}…")
        if bundle.snapshot is not None and digest_bytes(bundle.snapshot.encode()) != bundle.snapshot_sha256:
            raise _Refuted("the content that is shown is not what the version's identity names")
    except _Refuted as error:
        return Finding("published", Grade.REFUTED, str(error))
    words = f"{bundle.version} is the content {bundle.snapshot_sha256[:16]}…, published {entry.at:%Y-%m-%d %H:%M} UTC"
    return Finding("published", Grade.PROVED, words, f"{checkpoint.origin}, as {entry.actor}")


def _recalled(bundle: Bundle, checkpoint: Checkpoint) -> Finding | None:
    if bundle.recalled is None:
        return None
    try:
        entry = _logged(bundle.recalled, checkpoint)
        if entry.kind != "version.recalled" or entry.subject != bundle.version:
            raise _Refuted("the entry that is shown recalls something else")
    except _Refuted as error:
        return Finding("recall", Grade.REFUTED, str(error))
    return Finding("recall", Grade.REFUTED, f"recalled for safety: {entry.text('reason')}", entry.actor)


def _signature(record: SignatureRecord, bundle: Bundle, checkpoint: Checkpoint) -> tuple[Finding, PublicKey | None]:
    who = "an author"
    try:
        added = _logged(record.key, checkpoint)
        signed = _logged(record.signed, checkpoint)
        revoked = None if record.revoked is None else _logged(record.revoked, checkpoint)
        key = parse_public_key(added.text("public") or "")
        who = f"{added.subject} (key {key.id[:16]})"
        statement, _ = open_envelope(record.envelope.to_json(), [key])
        if statement.kind != RELEASE or statement.subjects != ((bundle.version, Digest(bundle.snapshot_sha256)),):
            raise _Refuted(f"the signature of {who} is for something else than {bundle.version}")
        if statement.text("author") != added.subject:
            raise _Refuted(
                f"the signature names {statement.text('author')} as the author, the key is {added.subject}'s"
            )
        _check_entries(record, (added, signed, revoked), bundle, key)
        lost = None if record.revoked is None else record.revoked.position
        problem = is_good_at(added, revoked, signed.at, signed=record.signed.position, lost=lost)
        if problem:
            raise _Refuted(f"the signature of {who} does not count: {problem}")
    except (_Refuted, BadSignature) as error:
        return Finding("signature", Grade.REFUTED, str(error), who), None
    words = f"signed by {added.subject}, kept by the registry {signed.at:%Y-%m-%d %H:%M} UTC"
    if revoked is not None:
        words += "; the key was revoked later"
    return Finding("signature", Grade.PROVED, words, who), key


def _check_entries(
    record: SignatureRecord, entries: tuple[Entry, Entry, Entry | None], bundle: Bundle, key: PublicKey
) -> None:
    added, signed, revoked = entries
    is_added = added.kind == "key.added" and added.text("key") == key.id
    is_signed = (
        signed.kind == "version.signed"
        and signed.subject == bundle.version
        and signed.text("key") == key.id
        and signed.text("envelope") == envelope_digest(record.envelope.to_json())
    )
    is_revoked = revoked is None or (revoked.kind == "key.revoked" and revoked.text("key") == key.id)
    if not (is_added and is_signed and is_revoked) or record.key.position > record.signed.position:
        raise _Refuted("the entries of the log that are shown are not those of this key and signature")


def _build(bundle: Bundle, keys: Sequence[LogKey]) -> tuple[Digest | None, frozenset[Digest], list[Finding]]:
    if bundle.build is None:
        return None, frozenset(), []
    try:
        recipe = _recipe_digest(bundle.build)
        if bundle.build.recipe.get("snapshot") != bundle.snapshot_sha256:
            raise _Refuted("the recipe is for other content than this version's")
        statement, by = open_envelope(bundle.build.envelope.to_json(), [each.key for each in keys])
        if statement.kind != BUILD or statement.text("recipe") != recipe:
            raise _Refuted("the registry's statement is about another recipe")
        if statement.text("snapshot") != bundle.snapshot_sha256:
            raise _Refuted("the registry's statement is about other content")
    except (_Refuted, BadSignature, ValueError) as error:
        return None, frozenset(), [Finding("recipe", Grade.REFUTED, str(error))]
    builder = f"{statement.text('builder')} (key {by.id[:16]})"
    named = ", ".join(f"{name} {sha256[:12]}…" for name, sha256 in statement.subjects[:8]) or "no files"
    return (
        recipe,
        frozenset(sha256 for _, sha256 in statement.subjects),
        [
            Finding("recipe", Grade.PROVED, f"the recipe {recipe[:16]}… builds this content"),
            Finding("artifacts", Grade.PROVED, f"it gave {named}", builder),
        ],
    )


def _makes(bundle: Bundle, artifacts: frozenset[Digest]) -> list[Finding]:
    return [_make(bundle, number, artifacts) for number in range(len(bundle.makes))]


def _make(bundle: Bundle, number: int, artifacts: frozenset[Digest]) -> Finding:
    make = bundle.makes[number]
    by = f"the agent of {make.machine} at {make.facility}"
    if make.gcode_sha256 is None:
        return Finding("gcode", Grade.MISSING, f"{make.attempt} ({make.state}): no machine file was made yet", by)
    gcode = f"{make.attempt} ({make.state}): machine file {make.gcode_sha256[:16]}…"
    if make.model_sha256 is None:
        return Finding("gcode", Grade.MISSING, f"{gcode}; its agent did not say what it was made from", by)
    if make.model_sha256 not in artifacts:
        words = f"{gcode} was made from {make.model_sha256[:16]}…, which the recipe did not give"
        return Finding("gcode", Grade.REFUTED, words, by)
    words = f"{gcode}, made from {make.model_sha256[:16]}… by {make.slicer or 'a slicer'}"
    return Finding("gcode", Grade.TOLD, words, by)


def _logged(entry: LoggedEntry, checkpoint: Checkpoint) -> Entry:
    """The entry, when it is in the log. Raises _Refuted."""
    path = [bytes.fromhex(node) for node in entry.path]
    try:
        check_inclusion(leaf_hash(entry.leaf.encode()), entry.position, checkpoint.size, path, checkpoint.root)
        return parse_leaf(entry.leaf)
    except (BadProof, BadBundle) as error:
        raise _Refuted(str(error)) from error


def _moment(entry: Entry, key: str) -> datetime | None:
    """Raises _Refuted when it is written wrongly: a date that cannot be read must not make a key good for ever."""
    text = entry.text(key)
    try:
        return None if text is None else parse_moment(text)
    except ValueError as error:
        raise _Refuted(f"{key} of the key is no moment: {text!r}") from error


def _recipe_digest(build: BuildRecord) -> Digest:
    """Of the recipe as it is shown; what is in it is checked by nothing else. Raises ValueError."""
    return digest_bytes(rfc8785.dumps(build.recipe))
