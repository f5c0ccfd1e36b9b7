"""Members' public keys."""

from typing import Annotated

from fastapi import APIRouter, Path

from designs.signing import parse_public_key
from registry.actions import keys as actions
from registry.actions.keys import NewKey
from registry.api.deps import AccountOwner, Member, Parts
from registry.api.problems import documented
from registry.api.provenance_models import KeyOut, KeysOut, KeyWish, RevocationWish, key_out
from registry.store.clock import database_now

router = APIRouter(tags=["provenance"])

KeyPath = Annotated[str, Path(max_length=64)]


@router.get("/members/{name}/keys", responses=documented(404))
async def keys_of_member(name: Annotated[str, Path(max_length=63)], parts: Parts) -> KeysOut:
    """The public keys of a member, revoked ones included."""
    found = await parts.db.read(lambda connection: actions.keys_of_named(connection, name))
    return KeysOut(keys=tuple(map(key_out, found)))


@router.get("/me/keys", responses=documented(401))
async def my_keys(caller: Member, parts: Parts) -> KeysOut:
    """Your own public keys."""
    found = await parts.db.read(lambda connection: actions.keys_of(connection, caller.member))
    return KeysOut(keys=tuple(map(key_out, found)))


@router.post("/me/keys", status_code=201, responses=documented(401, 403, 409))
async def add_key(body: KeyWish, caller: AccountOwner, parts: Parts) -> KeyOut:
    """Register a public key, so that what it signs counts as yours. The private key never leaves you."""
    key, here = parse_public_key(body.public), parts.settings.url
    new = NewKey(body.name, key, body.proof.to_json(), here, body.valid_from, body.valid_until)
    view = await parts.db.write(lambda connection: actions.add_key(connection, caller, new, database_now(connection)))
    parts.signals.notify("log")
    return key_out(view)


@router.post("/keys/{key}/revoke", responses=documented(401, 403, 404, 409))
async def revoke_key(key: KeyPath, body: RevocationWish, caller: AccountOwner, parts: Parts) -> KeyOut:
    """Let a key count no more. What it signed before stays good, unless `compromised_since` says otherwise."""
    view = await parts.db.write(
        lambda connection: actions.revoke_key(
            connection, caller, key, body.reason, body.compromised_since, now=database_now(connection)
        )
    )
    parts.signals.notify("log")
    return key_out(view)
