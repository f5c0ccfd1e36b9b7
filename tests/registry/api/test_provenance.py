"""Keys, signatures, the signed log and bundles of proofs through the API, on both databases."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from designs.checkpoints import LogKey, open_checkpoint, parse_log_key
from designs.merkle import check_consistency, check_inclusion, leaf_hash
from designs.provenance import Bundle, parse_bundle
from designs.proving import Grade, Proof, prove
from designs.signing import PrivateKey, possession_statement, release_statement, sign_statement
from designs.signing_keys import new_key
from tests.registry.harness import BASE, Person, Registry

BOX = "/designs/ada/box/versions/1.0.0"


async def register_key(person: Person, key: PrivateKey, name: str = "laptop", **more: Any) -> httpx.Response:
    proof = sign_statement(possession_statement(person.name, key.public, BASE), key)
    return await person.client.post("/me/keys", json={"name": name, "public": key.public.text, "proof": proof, **more})


def signature(told: Mapping[str, Any], key: PrivateKey, author: str, **change: Any) -> dict[str, Any]:
    """A release statement about a version as the API shows it."""
    facts: dict[str, Any] = {
        "version": f"{told['design']}@{told['version']}",
        "snapshot": told["snapshot"],
        "parents": [(parent["kind"], parent["snapshot"]) for parent in told["parents"]],
        "licence": told["licence"],
        "author": author,
        "signed_at": datetime.now(UTC),
        **change,
    }
    return sign_statement(release_statement(facts.pop("version"), facts.pop("snapshot"), **facts), key)


async def sign(person: Person, told: Mapping[str, Any], key: PrivateKey, **change: Any) -> httpx.Response:
    path = f"/designs/{told['design']}/versions/{told['version']}/signatures"
    return await person.client.post(path, json=signature(told, key, change.pop("author", person.name), **change))


async def bundle(registry: Registry, path: str = BOX) -> Bundle:
    answer = await registry.visitor.get(f"{path}/provenance")
    assert answer.status_code == 200, answer.text
    return parse_bundle(answer.text)


async def log_keys(registry: Registry) -> tuple[LogKey, ...]:
    await registry.visitor.get("/log/entries/1/proof")
    return tuple(map(parse_log_key, (await registry.visitor.get("/log/checkpoint")).json()["keys"]))


async def proof(registry: Registry, path: str = BOX) -> Proof:
    return prove(await bundle(registry, path), await log_keys(registry))


async def test_a_signed_version_is_proved_from_its_bundle_alone(registry: Registry, ada: Person) -> None:
    key = new_key()
    assert (await register_key(ada, key)).status_code == 201
    told = await ada.published()
    assert (await proof(registry)).authors == ()
    assert (await sign(ada, told, key)).status_code == 201
    proved = await proof(registry)
    assert proved.holds
    assert proved.authors == (key.public,)
    assert {one.step for one in proved.findings} == {"log", "published", "signature"}
    assert {one.grade for one in proved.findings} == {Grade.PROVED}
    shown = (await registry.visitor.get(f"{BOX}/signatures")).json()["signatures"]
    assert [(one["member"], one["key_name"], one["good"]) for one in shown] == [("ada", "laptop", True)]


async def test_the_same_signature_again_changes_nothing_and_another_by_the_key_is_refused(
    registry: Registry, ada: Person
) -> None:
    key = new_key()
    await register_key(ada, key)
    told = await ada.published()
    envelope = signature(told, key, "ada")
    for _ in range(2):
        assert (await ada.client.post(f"{BOX}/signatures", json=envelope)).status_code == 201
    log = (await registry.visitor.get("/log", params={"subject": "ada/box@1.0.0"})).json()["entries"]
    assert [entry["kind"] for entry in log] == ["design.published", "version.signed"]
    again = await sign(ada, told, key)
    assert (again.status_code, again.json()["code"]) == (409, "signed_already")


@pytest.mark.parametrize(
    "change",
    [
        {"version": "ada/box@9.9.9"},
        {"snapshot": "0" * 64},
        {"author": "grace"},
        {"licence": "MIT"},
        {"parents": [("revises", "0" * 64)]},
        {"signed_at": datetime.now(UTC) + timedelta(days=1)},
    ],
)
async def test_what_is_signed_must_be_what_the_version_is(ada: Person, change: dict[str, Any]) -> None:
    key = new_key()
    await register_key(ada, key)
    refused = await sign(ada, await ada.published(), key, **change)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_signature")


async def test_nobody_signs_with_a_key_that_is_not_theirs(ada: Person, grace: Person) -> None:
    key = new_key()
    await register_key(grace, key)
    told = await ada.published()
    stranger = await sign(ada, told, new_key())
    assert (stranger.status_code, stranger.json()["code"]) == (422, "unknown_key")
    borrowed = await sign(ada, told, key)
    assert (borrowed.status_code, borrowed.json()["code"]) == (422, "unknown_key")
    outsider = await sign(grace, told, key)
    assert (outsider.status_code, outsider.json()["code"]) == (403, "foreign_namespace")


async def test_the_key_of_somebody_else_cannot_be_registered(ada: Person, grace: Person) -> None:
    key = new_key()
    theirs = sign_statement(possession_statement("ada", key.public, BASE), key)
    stolen = await grace.client.post("/me/keys", json={"name": "k", "public": key.public.text, "proof": theirs})
    assert (stolen.status_code, stolen.json()["code"]) == (422, "bad_signature")
    other = sign_statement(possession_statement("grace", key.public, BASE), new_key())
    forged = await grace.client.post("/me/keys", json={"name": "k", "public": key.public.text, "proof": other})
    assert (forged.status_code, forged.json()["code"]) == (422, "bad_signature")
    for elsewhere in ("https://evil.test", "http://[", ""):
        proof = sign_statement(possession_statement("grace", key.public, elsewhere), key)
        replayed = await grace.client.post("/me/keys", json={"name": "k", "public": key.public.text, "proof": proof})
        assert (replayed.status_code, replayed.json()["code"]) == (422, "other_registry")
    assert (await register_key(ada, key)).status_code == 201
    assert (await register_key(ada, key, "again")).json()["code"] == "key_taken"
    assert (await register_key(ada, new_key())).json()["code"] == "name_taken"


async def test_whoever_steals_a_token_for_publishing_can_neither_sign_nor_touch_the_keys(
    registry: Registry, ada: Person
) -> None:
    key = new_key()
    known = (await register_key(ada, key)).json()
    made = await ada.client.post("/tokens", json={"label": "ci", "scopes": ["publish"], "expires_in_days": 1})
    thief = Person("ada", made.json()["token"], registry.client(made.json()["token"]))
    told = await thief.published()
    assert (await register_key(thief, new_key(), "theirs")).status_code == 403
    assert (await thief.client.post(f"/keys/{known['id']}/revoke", json={"reason": "x"})).status_code == 403
    assert (await sign(thief, told, new_key())).status_code == 422
    assert (await proof(registry)).authors == ()


async def test_what_a_lost_key_signed_before_stays_good(registry: Registry, ada: Person) -> None:
    key, after = new_key(), new_key()
    known = (await register_key(ada, key)).json()
    told = await ada.published()
    await sign(ada, told, key)
    revoked = await ada.client.post(f"/keys/{known['id']}/revoke", json={"reason": "the laptop drowned"})
    assert revoked.status_code == 200
    assert (await proof(registry)).authors == (key.public,)
    late = await sign(ada, await ada.published("box", "1.1.0"), key)
    assert (late.status_code, late.json()["code"]) == (409, "key_revoked")
    again = await ada.client.post(f"/keys/{known['id']}/revoke", json={"reason": "twice"})
    assert (again.status_code, again.json()["code"]) == (409, "key_revoked")
    assert (await register_key(ada, after, "new-laptop")).status_code == 201
    assert (await sign(ada, told, after)).status_code == 201
    assert set((await proof(registry)).authors) == {key.public, after.public}


async def test_what_a_stolen_key_signed_since_the_theft_counts_no_more(registry: Registry, ada: Person) -> None:
    key = new_key()
    known = (await register_key(ada, key)).json()
    before = await ada.published()
    await sign(ada, before, key)
    theft = datetime.now(UTC).isoformat()
    after = await ada.published("box", "1.1.0")
    await sign(ada, after, key)
    body = {"reason": "stolen on the train", "compromised_since": theft}
    assert (await ada.client.post(f"/keys/{known['id']}/revoke", json=body)).status_code == 200
    assert (await proof(registry)).authors == (key.public,)
    tainted = await proof(registry, "/designs/ada/box/versions/1.1.0")
    assert tainted.authors == ()
    assert not tainted.holds
    shown = (await registry.visitor.get("/designs/ada/box/versions/1.1.0/signatures")).json()["signatures"]
    assert [one["good"] for one in shown] == [False]


async def test_a_key_counts_between_its_dates_only(ada: Person) -> None:
    ends, begins = new_key(), new_key()
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (await register_key(ada, ends, valid_until=past)).json()["code"] == "bad_dates"
    assert (await register_key(ada, begins, valid_from=future)).status_code == 201
    early = await sign(ada, await ada.published(), begins)
    assert (early.status_code, early.json()["code"]) == (409, "key_expired")


async def test_the_log_proves_its_entries_and_that_it_only_grows(registry: Registry, ada: Person) -> None:
    await ada.published()
    first = (await registry.visitor.get("/log/entries/1/proof")).json()
    keys = await log_keys(registry)
    old, by = open_checkpoint(first["checkpoint"], keys)
    assert by == keys[-1]
    path = [bytes.fromhex(node) for node in first["path"]]
    check_inclusion(leaf_hash(first["leaf"].encode()), first["position"], old.size, path, old.root)
    for number in range(3):
        await ada.published("box", f"1.{number + 1}.0")
    last = (await registry.visitor.get("/log")).json()["next_after"]
    assert (await registry.visitor.get(f"/log/entries/{last}/proof")).status_code == 200
    new, _ = open_checkpoint((await registry.visitor.get("/log/checkpoint")).json()["checkpoint"], keys)
    assert new.size > old.size
    asked = {"first": old.size, "second": new.size}
    told = (await registry.visitor.get("/log/consistency", params=asked)).json()
    check_consistency(old.size, old.root, new.size, new.root, [bytes.fromhex(node) for node in told["path"]])
    leaves = (await registry.visitor.get("/log/leaves", params={"limit": 1000})).json()["leaves"]
    assert [leaf["position"] for leaf in leaves] == list(range(new.size))
    assert json.loads(leaves[0]["leaf"])["kind"] == "member.joined"


async def test_proofs_of_what_is_not_there_are_refused_with_reasons(registry: Registry, ada: Person) -> None:
    await ada.published()
    await log_keys(registry)
    unknown = await registry.visitor.get("/log/entries/4000/proof")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_entry")
    beyond = await registry.visitor.get("/log/consistency", params={"first": 1, "second": 4000})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "no_such_size")
    nothing = await registry.visitor.get(f"{BOX}/provenance", params={"build": "0" * 64})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "no_build")
