"""What strangers, thieves of narrow tokens, and people who lost their rights try, and do not get."""

import asyncio
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from starlette.requests import Request

from registry import credentials
from registry.actions import accounts, members, transfers
from registry.actions.hooks import MOST_WAITING
from registry.actions.members import NewToken
from registry.api.sessions import address_of
from registry.core.permissions import Caller, Scope
from registry.credentials import secret_hash
from registry.errors import RegistryError
from registry.ids import TokenId, TransferId, new_id
from registry.moments import now
from registry.store.hooks import add_deliveries
from registry.store.tables.orders import jobs, orders
from tests.registry.harness import Person, Registry, box_files

PATIENCE_SECONDS = 0.3
"""So long the first of two transactions stays open for the second, which has to wait for it."""


async def caller_of(registry: Registry, person: Person) -> Caller:
    hashed = secret_hash(person.token)
    found, _ = await registry.parts.db.read(lambda connection: members.authenticate(connection, hashed, now()))
    assert found is not None
    return found


async def narrow(registry: Registry, person: Person, scope: Scope, namespace: str | None = None) -> Person:
    body = {"label": "narrow", "scopes": [scope], "namespace": namespace}
    made = await person.client.post("/tokens", json=body)
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    return Person(person.name, token, registry.client(token))


async def at_once(registry: Registry, *acts: Callable[[sa.Connection], object]) -> list[object]:
    """Two transactions, of which the second begins when the first has done everything but to commit."""
    first, second = acts
    acted, over = threading.Event(), threading.Event()

    def one(connection: sa.Connection) -> object:
        done = first(connection)
        acted.set()
        over.wait(PATIENCE_SECONDS)
        return done

    def other(connection: sa.Connection) -> object:
        try:
            return second(connection)
        finally:
            over.set()

    begun = asyncio.create_task(registry.parts.db.write(one))
    await asyncio.to_thread(acted.wait, 10)
    return await asyncio.gather(begun, registry.parts.db.write(other), return_exceptions=True)


async def test_a_session_that_begins_while_its_account_ends_is_worth_nothing(registry: Registry, grace: Person):
    caller = await caller_of(registry, grace)
    await registry.parts.db.write(lambda connection: accounts.delete_account(connection, caller, now()))
    secret = credentials.new_secret()
    late = NewToken(TokenId(new_id("tok")), secret.sha256, "late", frozenset(Scope), session=True, expires_at=None)
    await registry.parts.db.write(lambda connection: members.add_token(connection, caller.member, late, now()))
    assert (await registry.client(secret.text).get("/me")).status_code == 401


async def test_two_last_owners_do_not_leave_at_once(registry: Registry, ada: Person, grace: Person):
    hedy = await registry.person("hedy")
    await grace.client.post("/groups", json={"name": "lab"})
    await grace.client.post("/groups/lab/invitations", json={"member": "hedy", "role": "owner"})
    await hedy.client.post("/groups/lab/accept")
    one, other = await caller_of(registry, grace), await caller_of(registry, hedy)
    ends = await at_once(
        registry,
        lambda connection: accounts.delete_account(connection, one, now()),
        lambda connection: accounts.delete_account(connection, other, now()),
    )
    assert ends[0] is None
    assert isinstance(ends[1], RegistryError)
    assert [one["name"] for one in (await ada.client.get("/groups/lab")).json()["members"]] == ["hedy"]


async def test_two_last_administrators_do_not_leave_at_once(registry: Registry, ada: Person, grace: Person):
    await ada.client.put("/members/grace/rights", json={"admin": True})
    one, other = await caller_of(registry, ada), await caller_of(registry, grace)
    ends = await at_once(
        registry,
        lambda connection: accounts.delete_account(connection, one, now()),
        lambda connection: accounts.delete_account(connection, other, now()),
    )
    assert ends[0] is None
    assert isinstance(ends[1], RegistryError)


async def test_an_offer_is_accepted_once(registry: Registry, ada: Person, grace: Person):
    await grace.client.post("/namespaces", json={"name": "tools"})
    offer = TransferId((await grace.client.post("/namespaces/tools/transfer", json={"to": "ada"})).json()["id"])
    caller = await caller_of(registry, ada)
    ends = await at_once(
        registry,
        lambda connection: transfers.accept_transfer(connection, caller, offer, now()),
        lambda connection: transfers.accept_transfer(connection, caller, offer, now()),
    )
    assert isinstance(ends[1], RegistryError)
    told = (await ada.client.get("/log", params={"subject": "tools"})).json()["entries"]
    assert [entry["kind"] for entry in told].count("namespace.transferred") == 1


@pytest.mark.parametrize("way", ["demoted", "removed"])
async def test_who_is_no_owner_any_more_leaves_no_owners_behind(
    registry: Registry, ada: Person, grace: Person, way: str
):
    hedy = await registry.person("hedy")
    await ada.client.post("/groups", json={"name": "lab"})
    await ada.client.post("/groups/lab/invitations", json={"member": "grace", "role": "owner"})
    await grace.client.post("/groups/lab/accept")
    await grace.client.post("/groups/lab/invitations", json={"member": "hedy", "role": "owner"})
    if way == "demoted":
        done = await ada.client.put("/groups/lab/members/grace", json={"role": "member"})
    else:
        done = await ada.client.delete("/groups/lab/members/grace")
    assert done.is_success, done.text
    assert (await hedy.client.post("/groups/lab/accept")).status_code == 404


async def test_the_hooks_of_somebody_who_left_are_gone(registry: Registry, ada: Person, grace: Person):
    made = await grace.client.post("/hooks", json={"namespace": "grace", "url": "https://example.org/hook"})
    assert made.status_code == 201, made.text
    assert (await grace.client.post(f"/hooks/{made.json()['id']}/test")).is_success
    caller = await caller_of(registry, grace)
    await registry.parts.db.write(lambda connection: accounts.delete_account(connection, caller, now()))

    def left(connection: sa.Connection) -> int:
        return int(connection.execute(sa.text("SELECT count(*) FROM hooks")).scalar_one())

    assert await registry.parts.db.read(left) == 0


async def test_nobody_fills_an_outbox_with_tests(registry: Registry, grace: Person):
    made = await grace.client.post("/hooks", json={"namespace": "grace", "url": "https://example.org/hook"})
    hook = made.json()["id"]
    assert (await grace.client.post(f"/hooks/{hook}/pause")).is_success
    full = [
        {"id": new_id("msg"), "hook_id": hook, "state": "waiting", "tries": 0, "made_at": now(), "sequence": None}
        for _ in range(MOST_WAITING)
    ]
    await registry.parts.db.write(lambda connection: add_deliveries(connection, full))
    refused = await grace.client.post(f"/hooks/{hook}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "outbox_full")


async def test_a_narrow_token_of_an_administrator_administers_nothing(registry: Registry, ada: Person, grace: Person):
    await grace.published("tray", "1.0.0")
    thief = await narrow(registry, ada, Scope.PUBLISH)
    path = "/designs/grace/tray/versions/1.0.0/recall"
    assert (await thief.client.post(path, json={"reason": "Stop them all"})).status_code == 403
    assert (await thief.client.get("/reports")).status_code == 403
    assert (await ada.client.post(path, json={"reason": "It breaks"})).status_code == 200


async def test_a_suspended_administrator_reads_no_addresses_and_no_reports(
    registry: Registry, ada: Person, grace: Person
):
    await ada.client.put("/members/grace/rights", json={"admin": True, "moderator": True})
    assert (await grace.client.get("/members")).status_code == 200
    await ada.client.put("/members/grace/suspension", json={"reason": "Reads too much"})
    assert (await grace.client.get("/members")).status_code == 403
    assert (await grace.client.get("/reports")).status_code == 403


async def test_a_token_for_one_namespace_speaks_nowhere_else(registry: Registry, ada: Person, grace: Person):
    await ada.published("box", "1.0.0")
    fork = {"namespace": "grace", "name": "bin"}
    assert (await grace.client.post("/designs/ada/box/versions/1.0.0/fork", json=fork)).status_code == 201
    changed = await grace.publish("bin", "1.1.0", box_files("bin", note="x"), parents=[("revises", "grace/bin@1.0.0")])
    assert changed.status_code == 201, changed.text
    offered = {"source": "grace/bin@1.1.0", "target": "ada/box", "title": "Better"}
    proposal = (await grace.client.post("/proposals", json=offered)).json()["card"]["id"]
    await grace.client.post("/namespaces", json={"name": "tools"})
    thief = await narrow(registry, grace, Scope.PUBLISH, "tools")
    need = (await grace.client.post("/needs", json={"title": "A lid"})).json()["id"]
    for method, path, body in (
        ("POST", "/needs", {"title": "Buy here"}),
        ("POST", f"/needs/{need}/withdraw", {"reason": "Gone"}),
        ("POST", f"/proposals/{proposal}/withdraw", {"reason": "Gone"}),
        ("POST", f"/proposals/{proposal}/threads", {"words": "Buy here"}),
        ("POST", f"/proposals/{proposal}/reviews", {"verdict": "comment", "words": "Buy here"}),
    ):
        answer = await thief.client.request(method, path, json=body)
        assert (answer.status_code, answer.json().get("code")) == (403, "foreign_namespace"), (path, answer.text)


async def test_a_hidden_design_has_no_side_door(registry: Registry, ada: Person, grace: Person):
    hedy = await registry.person("hedy")
    await ada.published("box", "1.0.0")
    await grace.client.post("/designs/ada/box/versions/1.0.0/fork", json={"namespace": "grace", "name": "bin"})
    parents = [("revises", "grace/bin@1.0.0")]
    assert (await grace.publish("bin", "1.1.0", box_files("bin", note="x"), parents=parents)).status_code == 201
    offered = {"source": "grace/bin@1.1.0", "target": "ada/box", "title": "Better"}
    proposal = (await grace.client.post("/proposals", json=offered)).json()["card"]["id"]
    body = {"kind": "design", "subject": "grace/bin", "reason": "A weapon"}
    assert (await ada.client.post("/hidings", json=body)).status_code == 201
    sides = {"a": "ada/box@1.0.0", "b": "grace/bin@1.1.0"}
    order = {"version": "grace/bin@1.1.0", "material": "PLA"}
    wishes = {"a": {"version": sides["a"]}, "b": {"version": sides["b"]}}
    number = (await grace.client.get(f"/proposals/{proposal}")).json()["card"]["number"]
    page = f"http://registry.test/designs/ada/box/proposals/{number}"
    for method, path, more in (
        ("GET", "/compare", {"params": sides}),
        ("POST", "/compare", {"json": wishes}),
        ("GET", "http://registry.test/compare", {"params": sides}),
        ("GET", f"/proposals/{proposal}", {}),
        ("GET", f"/proposals/{proposal}/changes", {}),
        ("GET", page, {}),
        ("GET", f"{page}/changes", {}),
        ("POST", "/orders", {"json": order}),
        ("POST", "/builds", {"json": {"version": "grace/bin@1.1.0"}}),
        ("POST", "/orders/match", {"json": order}),
        ("POST", "/proposals", {"json": {"source": "ada/box@1.0.0", "target": "grace/bin", "title": "x"}}),
    ):
        answer = await hedy.client.request(method, path, **more)
        assert answer.status_code == 403, (method, path, answer.status_code, answer.text[:300])
    assert (await grace.client.get(f"/proposals/{proposal}")).status_code == 200


async def test_a_hidden_member_says_nothing_on_the_page_of_a_group(ada: Person, grace: Person):
    await grace.client.post("/groups", json={"name": "lab"})
    await grace.client.patch("/me", json={"display_name": "Buy here"})
    await ada.client.post("/hidings", json={"kind": "member", "subject": "grace", "reason": "Advertises"})
    (shown,) = (await ada.client.get("/groups/lab")).json()["members"]
    assert shown["display_name"] == "grace"


async def test_where_somebody_who_left_lived_is_forgotten(registry: Registry, ada: Person, grace: Person):
    await ada.published("box", "1.0.0")
    home = {"latitude": 52.125, "longitude": 11.625, "within_km": 40, "tolerance_mm": 0.25}
    order = await grace.client.post("/orders", json={"version": "ada/box@1.0.0", "material": "PLA", **home})
    assert order.status_code == 201, order.text
    assert (await grace.client.post(f"/orders/{order.json()['id']}/cancel")).is_success
    caller = await caller_of(registry, grace)
    await registry.parts.db.write(lambda connection: accounts.delete_account(connection, caller, now()))

    def kept(connection: sa.Connection) -> list[object]:
        return [row.asks for table in (orders, jobs) for row in connection.execute(sa.select(table.c.asks))]

    asked = await registry.parts.db.read(kept)
    assert "52.125" not in str(asked)
    assert "0.25" in str(asked)


@pytest.mark.parametrize(
    ("host", "known_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_household_has_one_address(host: str, known_as: str):
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == known_as


async def test_a_narrow_token_does_not_tell_the_address(registry: Registry, grace: Person):
    await grace.client.patch("/me", json={"email": "grace@example.org"})
    assert (await grace.client.get("/me")).json()["email"] == "grace@example.org"
    for scope, told in ((Scope.PUBLISH, None), (Scope.READ, "grace@example.org")):
        thief = await narrow(registry, grace, scope)
        assert (await thief.client.get("/me")).json()["email"] == told
