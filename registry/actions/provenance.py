"""Bundles of proofs: everything by which a version, a build of it and what was made of it can be checked elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from designs.checkpoints import LogKey
from designs.digest import Digest
from designs.provenance import BuildRecord, Bundle, LoggedEntry, MakeRecord, SignatureRecord, SignedEnvelope
from designs.signing import Envelope, Statement, build_statement, parse_public_key
from registry.actions.design_views import VersionView
from registry.actions.log_tree import proofs_of
from registry.errors import Conflict, NotFound
from registry.ids import BuildId
from registry.store import log_tree as tree_store
from registry.store import orders as order_store
from registry.store import provenance as store

PUBLISHED = ("design.published", "design.forked")
Sign = Callable[[Statement], Envelope]


@dataclass(frozen=True)
class Wanted:
    """What a bundle is to hold beside the version itself."""

    build: BuildId | None = None
    order: str | None = None
    snapshot: str | None = None
    """The content's exact text, read outside of the transaction."""


def bundle_of(connection: sa.Connection, version: VersionView, wanted: Wanted) -> Bundle:
    """The bundle of a version. What is asked of a build must have been signed before. Raises NotFound, Unavailable."""
    published = tree_store.last_about(connection, str(version.name), PUBLISHED)
    if published is None:
        raise NotFound(f"the log has no entry of the publication of {version.name} under this name", code="not_logged")
    recalled = tree_store.last_about(connection, str(version.name), ("version.recalled",))
    signatures = store.signatures_of(connection, version.id)
    named = [published, recalled]
    for row in signatures:
        named += [row["entry"], row["added_entry"], row["revoked_entry"]]
    note, entries = proofs_of(connection, [number for number in named if number is not None])
    keys, successions = log_keys(connection)
    return Bundle(
        version=str(version.name),
        snapshot_sha256=version.snapshot,
        snapshot=wanted.snapshot,
        published=entries[published],
        recalled=None if recalled is None else entries[recalled],
        signatures=tuple(_signature(row, entries) for row in signatures),
        build=None if wanted.build is None else _build(connection, wanted.build, version),
        order=wanted.order,
        makes=() if wanted.order is None else _makes(connection, wanted.order),
        checkpoint=note,
        log_keys=tuple(key.text for key in keys),
        successions=successions,
    )


def log_keys(connection: sa.Connection) -> tuple[tuple[LogKey, ...], tuple[SignedEnvelope, ...]]:
    """What the registry signs with, oldest first, and the envelopes in which one key names the next."""
    rows, tree = store.keys_of_registry(connection), tree_store.read_tree(connection)
    keys = tuple(LogKey(tree.origin or "", parse_public_key(row["public"])) for row in rows)
    named = tuple(SignedEnvelope.model_validate(row["succession"]) for row in rows if row["succession"] is not None)
    return keys, named


def sign_build(connection: sa.Connection, build: BuildId, builder: str, sign: Sign, now: datetime) -> None:
    """Sign what a build gave, or add what it gave since. A file that is another one than was signed is refused."""
    row = store.recipe_of(connection, build)
    if row is None or row["state"] != "done":
        raise NotFound(f"there is no finished build {build[:80]!r}", code="no_build", value=build[:80])
    artifacts = store.artifacts_done(connection, build)
    known = store.statement_of(connection, build)
    signed: dict[str, str] = {} if known is None else dict(known["artifacts"])
    for name, sha256 in signed.items():
        if artifacts.get(name, sha256) != sha256:
            raise Conflict(
                f"{name} of build {build[:16]}… is not what was signed before: the registry's data was changed",
                code="artifact_changed", value=name,
            )  # fmt: skip
    if known is not None and set(artifacts) <= set(signed):
        return
    told = {name: Digest(sha256) for name, sha256 in (signed | artifacts).items()}
    engine = str(row["recipe"].get("engine"))
    statement = build_statement(Digest(build), Digest(row["snapshot"]), engine, told, builder=builder, signed_at=now)
    store.keep_statement(connection, build, {"artifacts": told, "envelope": sign(statement), "signed_at": now})


def _signature(row: sa.RowMapping, entries: dict[int, LoggedEntry]) -> SignatureRecord:
    return SignatureRecord(
        envelope=SignedEnvelope.model_validate(row["envelope"]),
        signed=entries[row["entry"]],
        key=entries[row["added_entry"]],
        revoked=None if row["revoked_entry"] is None else entries[row["revoked_entry"]],
    )


def _build(connection: sa.Connection, build: BuildId, version: VersionView) -> BuildRecord:
    row, signed = store.recipe_of(connection, build), store.statement_of(connection, build)
    if row is None or signed is None or row["snapshot"] != version.snapshot:
        raise NotFound(f"{version.name} has no signed build {build[:80]!r}", code="no_build", value=build[:80])
    return BuildRecord(recipe=row["recipe"], envelope=SignedEnvelope.model_validate(signed["envelope"]))


def _makes(connection: sa.Connection, order: str) -> tuple[MakeRecord, ...]:
    return tuple(_make(row) for row in order_store.attempts_of_order(connection, order))


def _make(row: sa.RowMapping) -> MakeRecord:
    figures = row["figures"] or {}
    return MakeRecord(
        attempt=row["id"],
        facility=row["facility_slug"],
        machine=row["machine_name"],
        state=row["state"],
        model_sha256=figures.get("model_sha256"),
        gcode_sha256=row["gcode_sha256"] or figures.get("gcode_sha256"),
        slicer=figures.get("slicer"),
    )
