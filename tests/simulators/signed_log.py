"""A working signed log in memory, as a registry keeps one, that can also be made to lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785

from designs.checkpoints import Checkpoint, LogKey, sign_checkpoint
from designs.digest import Digest, digest_bytes
from designs.merkle import EMPTY_ROOT, leaf_hash
from designs.provenance import BuildRecord, Bundle, LoggedEntry, SignatureRecord, SignedEnvelope
from designs.signing import PrivateKey, build_statement, envelope_digest, moment_text, release_statement, sign_statement
from designs.signing_keys import new_key
from fabnode.client import RegistryUnreachable
from registry.core.log_leaves import leaf_text
from registry.core.merkle import Node, consistency, grown, inclusion, path_of, whole_subtrees

ORIGIN = "registry.test/log"


@dataclass
class SignedLog:
    """Entries with their tree. `at` is the time by its own clock."""

    key: PrivateKey = field(default_factory=new_key)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    leaves: list[str] = field(default_factory=list)
    nodes: dict[Node, bytes] = field(default_factory=dict)
    root: bytes = EMPTY_ROOT

    def copy(self) -> "SignedLog":
        """Another one that begins with the same history."""
        return SignedLog(self.key, self.at, list(self.leaves), dict(self.nodes), self.root)

    def append(self, kind: str, subject: str, actor: str, **data: Any) -> int:
        """The new entry's position."""
        size = len(self.leaves)
        self.leaves.append(leaf_text(size + 1, kind, subject, actor, data, self.at))
        edge = {node: self.nodes[node] for node in whole_subtrees((0, size))}
        fresh, self.root = grown(size, edge, [leaf_hash(self.leaves[-1].encode())])
        self.nodes |= fresh
        return size

    def checkpoint(self, key: PrivateKey | None = None) -> str:
        return sign_checkpoint(Checkpoint(ORIGIN, len(self.leaves), self.root, self.at), key or self.key)

    def entry(self, position: int) -> LoggedEntry:
        path = path_of(inclusion(position, len(self.leaves)), self.nodes)
        return LoggedEntry(leaf=self.leaves[position], position=position, path=tuple(one.hex() for one in path))

    def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        return path_of(consistency(first, second), self.nodes)

    @property
    def log_key(self) -> LogKey:
        return LogKey(ORIGIN, self.key.public)


class ProvingRegistry:
    """One published, built and, if wanted, signed version: what an agent asks of a registry for its proofs."""

    def __init__(
        self, version: str, snapshot: Digest, recipe: Mapping[str, Any], artifacts: Mapping[str, Digest]
    ) -> None:
        self.version, self.snapshot, self.recipe, self.artifacts = version, snapshot, dict(recipe), dict(artifacts)
        self.log = SignedLog()
        self.published = self.log.append("design.published", version, "ada", snapshot=snapshot)
        self.signatures: list[tuple[Any, int, int, int | None]] = []
        self.recalled: int | None = None
        self.change: dict[str, Any] = {}
        """What a bundle says instead of the truth."""
        self.away = False
        self.asked = 0

    @property
    def digest(self) -> Digest:
        return digest_bytes(rfc8785.dumps(self.recipe))

    def register(self, member: str, key: PrivateKey) -> int:
        return self.log.append(
            "key.added", member, member,
            key=key.public.id, public=key.public.text, valid_from=moment_text(self.log.at - timedelta(days=1)),
        )  # fmt: skip

    def sign(self, member: str, key: PrivateKey, added: int, **change: Any) -> None:
        """Take a member's signature without looking at it."""
        facts = {"parents": [], "licence": "MIT", "author": member, "signed_at": self.log.at, **change}
        version, snapshot = facts.pop("version", self.version), facts.pop("snapshot", self.snapshot)
        envelope = sign_statement(release_statement(version, snapshot, **facts), key)
        signed = self.log.append(
            "version.signed", self.version, member, key=key.public.id, envelope=envelope_digest(envelope)
        )
        self.signatures.append((envelope, signed, added, None))

    def revoke(self, member: str, key: PrivateKey, since: datetime | None = None) -> None:
        lost = self.log.append(
            "key.revoked", member, member,
            key=key.public.id, reason="stolen", compromised_since=None if since is None else moment_text(since),
        )  # fmt: skip
        self.signatures = [(envelope, signed, added, lost) for envelope, signed, added, _ in self.signatures]

    def bundle(self) -> Bundle:
        builder = build_statement(
            self.digest, self.snapshot, "engine", self.artifacts, builder=ORIGIN, signed_at=self.log.at
        )
        entry = self.log.entry
        told: dict[str, Any] = {
            "version": self.version,
            "snapshot_sha256": self.snapshot,
            "published": entry(self.published),
            "recalled": None if self.recalled is None else entry(self.recalled),
            "signatures": tuple(
                SignatureRecord(
                    envelope=SignedEnvelope.model_validate(envelope),
                    signed=entry(signed),
                    key=entry(added),
                    revoked=None if lost is None else entry(lost),
                )
                for envelope, signed, added, lost in self.signatures
            ),
            "build": BuildRecord(
                recipe=self.recipe, envelope=SignedEnvelope.model_validate(sign_statement(builder, self.log.key))
            ),
            "checkpoint": self.log.checkpoint(),
            "log_keys": (self.log.log_key.text,),
        }
        return Bundle(**(told | self.change))

    # ---- what an agent's client offers

    async def provenance(self, design: str, recipe: str) -> Bundle:
        self.asked += 1
        if self.away:
            raise RegistryUnreachable("nobody is there")
        return self.bundle()

    async def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        if self.away:
            raise RegistryUnreachable("nobody is there")
        return self.log.consistency(first, second)
