"""Proofs: signatures of versions, the signed log, bundles that can be checked elsewhere, and recalls."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from designs.provenance import Bundle, SignedEnvelope
from registry.actions import log_tree, provenance, recalls, signatures
from registry.actions.designs import read_version
from registry.api.deps import Parts, Publisher, Reader
from registry.api.paths import DesignPath, VersionPath
from registry.api.problems import documented
from registry.api.provenance_models import (
    CheckpointOut,
    ConsistencyOut,
    InclusionOut,
    LeafOut,
    LeavesOut,
    RecallOut,
    RecallWish,
    SignaturesOut,
    signature_out,
)
from registry.ids import BuildId, VersionName, parse_version
from registry.store.clock import database_now
from registry.work.log_signing import fold_through
from registry.work.proving import prove_order, prove_version

router = APIRouter(tags=["provenance"])

_VERSION = "/designs/{namespace}/{name}/versions/{version}"
Size = Annotated[int, Query(ge=0, lt=2**62)]


@router.get(f"{_VERSION}/signatures", responses=documented(404))
async def list_signatures(design: DesignPath, version: VersionPath, parts: Parts) -> SignaturesOut:
    """Who signed a version."""
    view = await parts.db.read(lambda connection: read_version(connection, design, version))
    found = await parts.db.read(lambda connection: signatures.signatures_of(connection, view.id))
    return SignaturesOut(version=str(view.name), signatures=tuple(map(signature_out, found)))


@router.post(f"{_VERSION}/signatures", status_code=201, responses=documented(401, 403, 404, 409))
async def sign_version(
    design: DesignPath, version: VersionPath, body: SignedEnvelope, caller: Publisher, parts: Parts
) -> SignaturesOut:
    """Add your signature: a statement of release (`urn:cofab:release:1`) in a DSSE envelope, by a key of yours."""
    name = VersionName(design, str(parse_version(version)))
    view = await parts.db.write(
        lambda connection: signatures.keep_signature(connection, caller, name, body.to_json(), database_now(connection))
    )
    parts.signals.notify("log")
    found = await parts.db.read(lambda connection: signatures.signatures_of(connection, view.id))
    return SignaturesOut(version=str(view.name), signatures=tuple(map(signature_out, found)))


@router.post(f"{_VERSION}/recall", responses=documented(401, 403, 404, 409))
async def recall_version(
    design: DesignPath, version: VersionPath, body: RecallWish, caller: Publisher, parts: Parts
) -> RecallOut:
    """Recall a version for safety: nothing of it is made any more, and those who make it now are told."""
    name = VersionName(design, str(parse_version(version)))
    done = await parts.db.write(
        lambda connection: recalls.recall(connection, caller, name, body.reason, database_now(connection))
    )
    parts.signals.notify("sweep", *done.topics)
    told = done.version.recalled
    assert told is not None, "it was just recalled"
    return RecallOut(
        version=str(done.version.name), recalled_at=told.at, reason=told.reason,
        stopped=done.stopped, running=done.running,
    )  # fmt: skip


@router.get(f"{_VERSION}/provenance", responses=documented(404, 409, 503), response_model_exclude_none=True)
async def version_provenance(
    design: DesignPath,
    version: VersionPath,
    parts: Parts,
    build: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$", description="A build of it, by its recipe")] = None,
    content: Annotated[Literal["1", "0"], Query(description="0: without the text of the content")] = "1",
) -> Bundle:
    """Everything by which a version can be checked without this registry; with `build`, the files that it gave too."""
    wanted = None if build is None else BuildId(build)
    return await prove_version(parts, VersionName(design, version), wanted, content=content == "1")


@router.get(
    "/orders/{order}/provenance", responses=documented(401, 403, 404, 409, 503), response_model_exclude_none=True
)
async def order_provenance(order: str, caller: Reader, parts: Parts) -> Bundle:
    """The same for an order, down to the files that its machines ran."""
    return await prove_order(parts, caller, order)


@router.get("/log/checkpoint", responses=documented(503))
async def log_checkpoint(parts: Parts) -> CheckpointOut:
    """How long the log is and what its tree's root is, signed now or some minutes ago."""
    note = await parts.db.read(log_tree.checkpoint_of)
    keys, successions = await parts.db.read(provenance.log_keys)
    return CheckpointOut(checkpoint=note, keys=tuple(key.text for key in keys), successions=successions)


@router.get("/log/consistency", responses=documented())
async def log_consistency(first: Size, second: Size, parts: Parts) -> ConsistencyOut:
    """Proof that the log of `second` entries only adds to the one of `first`."""
    path = await parts.db.read(lambda connection: log_tree.consistency_proof(connection, first, second))
    return ConsistencyOut(first=first, second=second, path=tuple(node.hex() for node in path))


@router.get("/log/leaves", responses=documented())
async def log_leaves(parts: Parts, first: Size = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> LeavesOut:
    """Entries at their places in the tree, as the exact texts that were hashed: to check the whole log oneself."""
    found = await parts.db.read(lambda connection: log_tree.leaves_between(connection, first, limit))
    return LeavesOut(leaves=tuple(LeafOut(position=one.position, leaf=one.text) for one in found))


@router.get("/log/entries/{sequence}/proof", responses=documented(404, 503))
async def log_proof(sequence: Annotated[int, Path(ge=1, lt=2**62)], parts: Parts) -> InclusionOut:
    """Proof that an entry is in the log."""
    await fold_through(parts)
    note, entries = await parts.db.read(lambda connection: log_tree.proofs_of(connection, [sequence]))
    found = entries[sequence]
    return InclusionOut(checkpoint=note, leaf=found.leaf, position=found.position, path=found.path)
