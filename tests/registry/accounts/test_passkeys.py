"""Passkeys over HTTP: registered, signed in with, named, removed; a challenge is good once and for whom it was made."""

import httpx
import pytest

from registry.errors import Invalid
from registry.passkeys import Party, party_of
from tests.registry.accounts.authenticator import Authenticator
from tests.registry.harness import BASE, Registry

PASSWORD = "correct horse battery"


@pytest.fixture
async def session(registry: Registry) -> httpx.AsyncClient:
    joined = await registry.visitor.post("/members", json={"name": "ada", "password": PASSWORD})
    return registry.client(joined.json()["token"])


async def register(client: httpx.AsyncClient, authenticator: Authenticator) -> httpx.Response:
    asked = (await client.post("/passkeys/challenge")).json()
    body = {"ticket": asked["ticket"], "name": "Key", "credential": authenticator.make(asked["options"])}
    return await client.post("/passkeys", json=body)


async def sign_in(registry: Registry, authenticator: Authenticator) -> httpx.Response:
    asked = (await registry.visitor.post("/sessions/passkey/challenge")).json()
    body = {"ticket": asked["ticket"], "credential": authenticator.sign(asked["options"])}
    return await registry.visitor.post("/sessions/passkey", json=body)


async def test_a_passkey_signs_in_until_it_is_removed(registry: Registry, session: httpx.AsyncClient):
    key = Authenticator(BASE)
    made = await register(session, key)
    assert made.status_code == 201, made.text
    signed = await sign_in(registry, key)
    assert signed.status_code == 201, signed.text
    me = registry.client(signed.json()["token"])
    assert (await me.get("/me")).json()["name"] == "ada"
    address = f"/passkeys/{made.json()['id']}"
    assert (await session.patch(address, json={"name": "Telephone"})).status_code == 204
    (kept,) = (await session.get("/passkeys")).json()["passkeys"]
    assert (kept["name"], kept["used_at"] is not None) == ("Telephone", True)
    assert (await session.delete(address)).status_code == 204
    assert (await sign_in(registry, key)).json()["code"] == "unknown_passkey"


async def test_a_challenge_is_answered_once(registry: Registry, session: httpx.AsyncClient):
    key = Authenticator(BASE)
    await register(session, key)
    asked = (await registry.visitor.post("/sessions/passkey/challenge")).json()
    body = {"ticket": asked["ticket"], "credential": key.sign(asked["options"])}
    assert (await registry.visitor.post("/sessions/passkey", json=body)).status_code == 201
    again = await registry.visitor.post("/sessions/passkey", json=body)
    assert (again.status_code, again.json()["code"]) == (422, "bad_challenge")


async def test_a_wrong_answer_uses_the_challenge_up(registry: Registry, session: httpx.AsyncClient):
    key = Authenticator(BASE)
    await register(session, key)
    asked = (await registry.visitor.post("/sessions/passkey/challenge")).json()
    good = key.sign(asked["options"])
    forged = {**good, "response": {**good["response"], "signature": "AAAA"}}
    wrong = await registry.visitor.post("/sessions/passkey", json={"ticket": asked["ticket"], "credential": forged})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_passkey")
    right = await registry.visitor.post("/sessions/passkey", json={"ticket": asked["ticket"], "credential": good})
    assert right.json()["code"] == "bad_challenge"


async def test_a_challenge_is_bound_to_its_session_and_purpose(registry: Registry, session: httpx.AsyncClient):
    joined = await registry.visitor.post("/members", json={"name": "grace", "password": PASSWORD})
    grace, key = registry.client(joined.json()["token"]), Authenticator(BASE)
    asked = (await session.post("/passkeys/challenge")).json()
    body = {"ticket": asked["ticket"], "name": "Key", "credential": key.make(asked["options"])}
    assert (await grace.post("/passkeys", json=body)).json()["code"] == "bad_challenge"
    await register(session, key)
    asked = (await session.post("/passkeys/challenge")).json()
    signed = key.sign({**asked["options"], "rpId": "registry.test"})
    refused = await registry.visitor.post("/sessions/passkey", json={"ticket": asked["ticket"], "credential": signed})
    assert refused.json()["code"] == "bad_challenge"


@pytest.mark.parametrize(
    "key", [Authenticator(BASE, verifies=False), Authenticator("http://evil.test")], ids=["unverified", "elsewhere"]
)
async def test_what_is_not_verified_or_from_elsewhere_is_refused(session: httpx.AsyncClient, key: Authenticator):
    refused = await register(session, key)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_passkey")


async def test_a_copied_authenticator_is_noticed_by_its_count(registry: Registry, session: httpx.AsyncClient):
    key = Authenticator(BASE)
    await register(session, key)
    await sign_in(registry, key)
    key.counts = False
    assert (await sign_in(registry, key)).json()["code"] == "bad_passkey"


async def test_a_token_makes_no_passkey(registry: Registry, session: httpx.AsyncClient):
    made = (await session.post("/tokens", json={"label": "x", "scopes": ["admin", "read"]})).json()
    refused = await registry.client(made["token"]).post("/passkeys/challenge")
    assert (refused.status_code, refused.json()["code"]) == (403, "needs_session")


def test_for_whom_a_passkey_is():
    assert party_of("https://cofab.example", "cofab.example") == Party("cofab.example", "https://cofab.example")
    assert party_of("http://127.0.0.1:8440", "localhost:8440") == Party("localhost", "http://localhost:8440")
    for public, host, use in [
        ("http://127.0.0.1:8440", "127.0.0.1:8440", "http://localhost:8440"),
        ("http://10.0.0.5:8440", "10.0.0.5:8440", "http://10.0.0.5:8440"),
        ("https://cofab.example", "other.example", "https://cofab.example"),
    ]:
        with pytest.raises(Invalid) as refused:
            party_of(public, host)
        assert (refused.value.reason, refused.value.facts["use"]) == ("passkeys_need_a_name", use)
