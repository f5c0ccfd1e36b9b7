"""One's own account: password, sessions, restricted tokens, a copy of everything, and its end."""

import io
import json
import zipfile

import httpx
import pytest
from argon2 import PasswordHasher

from registry.actions import accounts
from registry.settings import Settings
from registry.store import accounts as account_store
from registry.store.members import member_by_name
from tests.registry.harness import Person, Registry, running

PASSWORD = "correct horse battery"
OTHER = "staple and a half"


async def joined(registry: Registry, name: str) -> httpx.AsyncClient:
    answer = await registry.visitor.post("/members", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return registry.client(answer.json()["token"])


async def log_in(registry: Registry, name: str, password: str) -> httpx.AsyncClient | None:
    answer = await registry.visitor.post("/sessions", json={"name": name, "password": password})
    return registry.client(answer.json()["token"]) if answer.status_code == 201 else None


async def test_another_password_ends_all_other_sessions(registry: Registry):
    ada = await joined(registry, "ada")
    other = await log_in(registry, "ada", PASSWORD)
    assert other is not None
    wrong = await ada.post("/me/password", json={"password": "not this one", "new_password": OTHER})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    changed = await ada.post("/me/password", json={"password": PASSWORD, "new_password": OTHER})
    assert changed.json() == {"ended": 1}
    assert (await ada.get("/me")).status_code == 200
    assert (await other.get("/me")).status_code == 401
    assert await log_in(registry, "ada", PASSWORD) is None
    again = await log_in(registry, "ada", OTHER)
    assert again is not None
    assert (await again.delete("/sessions")).json() == {"ended": 1}
    assert (await ada.get("/me")).status_code == 401


async def test_a_weak_hash_is_replaced_when_its_password_is_known(registry: Registry):
    await joined(registry, "ada")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    db = registry.parts.db
    row = await db.read(lambda connection: member_by_name(connection, "ada"))
    assert row is not None
    await db.write(lambda connection: account_store.change_member(connection, row["id"], password_hash=weak))
    assert await log_in(registry, "ada", PASSWORD) is not None
    stored = await db.read(lambda connection: accounts.stored_password(connection, row["id"]))
    assert stored is not None
    assert stored != weak
    assert await log_in(registry, "ada", PASSWORD) is not None


async def test_a_token_for_one_namespace_publishes_there_only(registry: Registry, ada: Person):
    await ada.client.post("/namespaces", json={"name": "lab"})
    for scopes in (["publish", "order"], ["admin"]):
        refused = await ada.client.post("/tokens", json={"label": "x", "scopes": scopes, "namespace": "lab"})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_scopes")
    foreign = await ada.client.post("/tokens", json={"label": "x", "scopes": ["publish"], "namespace": "none"})
    assert foreign.status_code == 403
    made = (await ada.client.post("/tokens", json={"label": "x", "scopes": ["publish"], "namespace": "lab"})).json()
    robot = Person("ada", made["token"], registry.client(made["token"]))
    assert (await robot.publish()).status_code == 403
    assert (await Person("lab", made["token"], robot.client).publish()).status_code == 201
    assert (await robot.client.post("/namespaces", json={"name": "more"})).status_code == 403
    assert (await robot.client.post("/groups", json={"name": "more"})).status_code == 403


async def test_everything_that_is_ones_own_comes_as_a_zip(registry: Registry, ada: Person):
    await ada.published("box", "1.0.0")
    answer = await ada.client.get("/me/export.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        member = json.loads(archive.read("member.json"))
        (version,) = json.loads(archive.read("versions.json"))
        assert b"cadquery" in archive.read("designs/ada/box/1.0.0/box.py")
        assert [entry["kind"] for entry in json.loads(archive.read("log.json"))][:1] == ["member.joined"]
    assert {"README.txt", "orders.json", "designs/ada/box/1.0.0/design.toml"} <= names
    assert member["member"]["name"] == "ada"
    assert version["name"] == "ada/box@1.0.0"
    assert b"secret_sha256" not in answer.content
    assert "password_hash" not in member["member"]


async def test_a_deleted_account_keeps_what_was_published_and_nothing_else(registry: Registry, ada: Person):
    grace = await joined(registry, "grace")
    own = Person("grace", "", grace)
    await own.published("tray", "1.0.0")
    assert (await grace.patch("/me", json={"email": "grace@example.org"})).json()["email"] == "grace@example.org"
    assert (await grace.post("/me/delete", json={"password": "not this one"})).status_code == 403
    assert (await grace.post("/me/delete", json={"password": PASSWORD})).status_code == 204
    assert (await grace.get("/me")).status_code == 401
    assert await log_in(registry, "grace", PASSWORD) is None
    shown = (await ada.client.get("/members/grace")).json()
    assert (shown["display_name"], shown["left"]) == ("grace", True)
    version = (await ada.client.get("/designs/grace/tray/versions/1.0.0")).json()
    assert (version["published_by"], version["licence"]) == ("grace", "CERN-OHL-S-2.0")
    taken = await registry.visitor.post("/members", json={"name": "grace", "password": PASSWORD})
    assert taken.json()["code"] == "name_taken"
    row = await registry.parts.db.read(lambda connection: member_by_name(connection, "grace"))
    assert row is not None
    assert (row["email"], row["password_hash"]) == (None, "")


async def test_who_others_rely_on_hands_over_first(registry: Registry, ada: Person):
    grace = await joined(registry, "grace")
    await grace.post("/groups", json={"name": "lab"})
    refused = await grace.post("/me/delete", json={"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_deletable")
    await grace.post("/groups/lab/invitations", json={"member": "ada", "role": "owner"})
    await ada.client.post("/groups/lab/accept")
    assert (await grace.post("/me/delete", json={"password": PASSWORD})).status_code == 204
    assert [one["name"] for one in (await ada.client.get("/groups/lab")).json()["members"]] == ["ada"]


async def test_a_registry_keeps_an_administrator(registry: Registry):
    ada = await joined(registry, "ada")
    refused = await ada.post("/me/delete", json={"password": PASSWORD})
    assert refused.json()["reasons"] == ["a registry keeps an administrator: make somebody else one first"]


async def test_who_changes_too_much_waits(settings: Settings):
    limited = settings.model_copy(update={"member_writes_per_minute": 8, "address_writes_per_minute": 4})
    async with running(limited) as registry:
        ada = await registry.person("ada")
        answers = [await ada.client.post("/blobs/missing", json={"digests": []}) for _ in range(12)]
        codes = [answer.status_code for answer in answers]
        assert (codes[0], codes[-1]) == (200, 429)
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert (await ada.client.get("/me")).status_code == 200
        grace = await registry.person("grace")
        assert (await grace.client.post("/blobs/missing", json={"digests": []})).status_code == 200
        visits = [await registry.visitor.post("/sessions/passkey/challenge") for _ in range(6)]
        assert [visit.status_code for visit in visits][-1] == 429


@pytest.mark.parametrize("action", ["suspended", "reinstated"])
async def test_a_suspended_member_reads_and_leaves_and_does_nothing_else(registry: Registry, ada: Person, action: str):
    grace = await joined(registry, "grace")
    body = {"reason": "Floods the registry"}
    assert (await ada.client.put("/members/grace/suspension", json=body)).status_code == 204
    assert (await grace.get("/namespaces")).status_code == 200
    assert (await grace.get("/me/export.zip")).status_code == 200
    refused = await grace.post("/namespaces", json={"name": "more"})
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (
        403,
        "suspended",
        "Floods the registry",
    )
    if action == "reinstated":
        assert (await ada.client.delete("/members/grace/suspension")).status_code == 204
        assert (await grace.post("/namespaces", json={"name": "more"})).status_code == 201
    else:
        assert (await grace.post("/me/delete", json={"password": PASSWORD})).status_code == 204


async def test_a_lost_password_is_set_anew_by_a_link_once(registry: Registry, ada: Person):
    grace = await joined(registry, "grace")
    assert (await grace.post("/members/ada/password-link")).status_code == 403
    link = (await ada.client.post("/members/grace/password-link")).json()["url"]
    body = {"secret": link.partition("=")[2], "new_password": OTHER}
    assert (await registry.visitor.post("/sessions/password-by-link", json=body)).status_code == 204
    assert (await registry.visitor.post("/sessions/password-by-link", json=body)).json()["code"] == "bad_link"
    assert (await grace.get("/me")).status_code == 401
    assert await log_in(registry, "grace", OTHER) is not None


async def test_rights_are_given_and_taken_by_administrators(registry: Registry, ada: Person, grace: Person):
    assert (await grace.client.put("/members/grace/rights", json={"admin": True})).status_code == 403
    assert (await ada.client.put("/members/ada/rights", json={"admin": False})).json()["code"] == "last_administrator"
    assert (await ada.client.put("/members/grace/rights", json={"admin": True, "moderator": True})).status_code == 204
    listed = (await grace.client.get("/members")).json()["members"]
    assert [(one["name"], one["admin"], one["moderator"]) for one in listed] == [
        ("ada", True, False),
        ("grace", True, True),
    ]
    assert (await ada.client.put("/members/ada/rights", json={"admin": False})).status_code == 204
    assert (await ada.client.get("/members")).status_code == 403
