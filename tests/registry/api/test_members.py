"""Registration, login, tokens, scopes and namespaces."""

from datetime import timedelta

from registry.core.permissions import Scope
from registry.moments import now
from tests.registry.harness import Person, Registry, running

PASSWORD = "correct horse battery"


async def test_a_new_member_has_a_namespace_and_is_logged_in(registry: Registry):
    answer = await registry.visitor.post("/members", json={"name": "Ada", "password": PASSWORD})
    assert answer.status_code == 201
    client = registry.client(answer.json()["token"])
    me = (await client.get("/me")).json()
    assert (me["name"], me["admin"]) == ("ada", True)
    assert [space["name"] for space in (await client.get("/namespaces")).json()["namespaces"]] == ["ada"]


async def test_only_the_first_member_is_administrator(ada: Person, grace: Person):
    assert (await ada.client.get("/me")).json()["admin"] is True
    assert (await grace.client.get("/me")).json()["admin"] is False


async def test_names_are_unique_in_any_case_and_never_reserved(registry: Registry, ada: Person):
    refused = {"ADA": "name_taken", "admin": "reserved_name", "-x": "bad_name", "a b": "bad_name", "ä": "bad_name"}
    for name, code in refused.items():
        answer = await registry.visitor.post("/members", json={"name": name, "password": PASSWORD})
        assert (name, answer.json()["code"]) == (name, code)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_namespace_and_a_member_cannot_share_a_name(registry: Registry, ada: Person):
    assert (await ada.client.post("/namespaces", json={"name": "open-lab"})).status_code == 201
    again = await ada.client.post("/namespaces", json={"name": "Open-Lab"})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    member = await registry.visitor.post("/members", json={"name": "open-lab", "password": PASSWORD})
    assert (member.status_code, member.json()["code"]) == (409, "name_taken")


async def test_login_tells_nobody_which_part_was_wrong(registry: Registry):
    await registry.visitor.post("/members", json={"name": "ada", "password": PASSWORD})
    right = await registry.visitor.post("/sessions", json={"name": "Ada", "password": PASSWORD})
    assert right.status_code == 201
    wrong = await registry.visitor.post("/sessions", json={"name": "ada", "password": "incorrect"})
    nobody = await registry.visitor.post("/sessions", json={"name": "nobody", "password": "incorrect"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() == nobody.json()


async def test_a_closed_registry_takes_its_first_member_only(settings):
    async with running(settings.model_copy(update={"registration": "closed"})) as registry:
        first = await registry.visitor.post("/members", json={"name": "ada", "password": PASSWORD})
        second = await registry.visitor.post("/members", json={"name": "grace", "password": PASSWORD})
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (403, "registration_closed")


async def test_secrets_are_kept_as_hashes_only(registry: Registry, tmp_path):
    answer = await registry.visitor.post("/members", json={"name": "ada", "password": PASSWORD})
    client = registry.client(answer.json()["token"])
    made = await client.post("/tokens", json={"label": "ci", "scopes": ["publish"]})
    listed = (await client.get("/tokens")).text
    assert made.json()["token"] not in listed
    assert answer.json()["token"] not in listed
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
    assert PASSWORD.encode() not in kept
    assert made.json()["token"].encode() not in kept


async def test_a_token_does_what_its_scopes_say(registry: Registry, ada: Person):
    made = (await ada.client.post("/tokens", json={"label": "reader", "scopes": ["read"]})).json()
    reader = registry.client(made["token"])
    assert (await reader.get("/me")).json()["scopes"] == ["read"]
    refused = await reader.post("/namespaces", json={"name": "lab"})
    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (403, "missing_scope", "publish")
    assert (await reader.post("/tokens", json={"label": "x", "scopes": ["read"]})).status_code == 403


async def test_a_token_gives_no_more_than_it_has(registry: Registry):
    keeper = await registry.person("keeper", frozenset({Scope.ADMIN, Scope.READ}))
    answer = await keeper.client.post("/tokens", json={"label": "more", "scopes": ["publish", "read"]})
    assert (answer.status_code, answer.json()["scopes"]) == (403, ["publish"])


async def test_a_revoked_token_is_worthless_at_once(registry: Registry, ada: Person):
    made = (await ada.client.post("/tokens", json={"label": "old", "scopes": ["read"]})).json()
    old = registry.client(made["token"])
    assert (await old.get("/me")).status_code == 200
    assert (await ada.client.delete(f"/tokens/{made['id']}")).status_code == 204
    gone = await old.get("/me")
    assert (gone.status_code, gone.json()["code"]) == (401, "bad_token")
    assert gone.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_of_few_scopes_revokes_itself_and_no_other(registry: Registry, ada: Person):
    first = (await ada.client.post("/tokens", json={"label": "a", "scopes": ["read"]})).json()
    second = (await ada.client.post("/tokens", json={"label": "b", "scopes": ["read"]})).json()
    client = registry.client(first["token"])
    assert (await client.delete(f"/tokens/{second['id']}")).status_code == 403
    assert (await client.delete(f"/tokens/{first['id']}")).status_code == 204


async def test_nobody_revokes_somebody_elses_token(ada: Person, grace: Person):
    made = (await ada.client.post("/tokens", json={"label": "mine", "scopes": ["read"]})).json()
    assert (await grace.client.delete(f"/tokens/{made['id']}")).status_code == 404
    assert len((await ada.client.get("/tokens")).json()["tokens"]) == 2


async def test_a_token_ends_when_it_should(registry: Registry, ada: Person):
    made = (await ada.client.post("/tokens", json={"label": "short", "scopes": ["read"], "expires_in_days": 1})).json()
    from registry.actions.members import authenticate
    from registry.credentials import secret_hash

    hashed = secret_hash(made["token"])
    found, _ = await registry.parts.db.read(lambda c: authenticate(c, hashed, now() + timedelta(hours=23)))
    assert found is not None
    found, _ = await registry.parts.db.read(lambda c: authenticate(c, hashed, now() + timedelta(hours=25)))
    assert found is None


async def test_a_bad_token_makes_no_visitor(registry: Registry):
    for header in ("Bearer", "Bearer nonsense", "Basic YTpi", "cofab_x", "Bearer cofab_" + "x" * 43):
        answer = await registry.visitor.get("/me", headers={"Authorization": header})
        assert (header, answer.status_code, answer.json()["code"]) == (header, 401, "bad_token")


async def test_the_use_of_a_token_is_noted(ada: Person):
    await ada.client.get("/me")
    (token,) = (await ada.client.get("/tokens")).json()["tokens"]
    assert token["used_at"] is not None
    assert token["current"] is True


async def test_a_cookie_changes_things_from_our_own_pages_only(registry: Registry):
    answer = await registry.visitor.post("/members", json={"name": "ada", "password": PASSWORD})
    cookie = {"Cookie": f"cofab_session={answer.json()['token']}"}
    foreign: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
        {"Origin": "http://["},
        {"Origin": "null"},
        {},
    ]
    for headers in foreign:
        made = await registry.visitor.post("/namespaces", json={"name": "lab"}, headers={**headers, **cookie})
        assert (headers, made.status_code, made.json()["code"]) == (headers, 403, "foreign_origin")
    for name, headers in {"one": {"Sec-Fetch-Site": "same-origin"}, "two": {"Origin": "http://registry.test"}}.items():
        made = await registry.visitor.post("/namespaces", json={"name": name}, headers={**headers, **cookie})
        assert (headers, made.status_code) == (headers, 201)
    assert (await registry.visitor.get("/me", headers=cookie)).status_code == 200


async def test_an_api_token_is_no_cookie(registry: Registry, ada: Person):
    answer = await registry.visitor.get("/me", headers={"Cookie": f"cofab_session={ada.token}"})
    assert answer.status_code == 401
