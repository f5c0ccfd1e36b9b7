"""Handing over: both sides agree, nothing is lost, and the old address leads on."""

import pytest

from tests.registry.harness import Person, Registry


@pytest.fixture
async def box(ada: Person) -> str:
    await ada.published("box", "1.0.0")
    await ada.client.post("/groups", json={"name": "lab"})
    return "ada/box"


async def test_a_design_moves_with_all_that_it_is(registry: Registry, box: str, ada: Person, grace: Person):
    fork = await grace.client.post(f"/designs/{box}/versions/1.0.0/fork", json={"namespace": "grace", "name": "bin"})
    assert fork.status_code == 201
    before = (await ada.client.get(f"/designs/{box}/versions/1.0.0")).json()
    offered = (await ada.client.post(f"/designs/{box}/transfer", json={"namespace": "grace", "name": "crate"})).json()
    assert (offered["what"], offered["to"], offered["yours_to_accept"]) == (box, "grace/crate", False)
    assert (await ada.client.post(f"/transfers/{offered['id']}/accept")).status_code == 403
    assert (await ada.client.get(f"/designs/{box}")).status_code == 200
    (waiting,) = (await grace.client.get("/transfers")).json()["transfers"]
    assert waiting["yours_to_accept"] is True
    assert (await grace.client.post(f"/transfers/{offered['id']}/accept")).status_code == 200
    after = (await grace.client.get("/designs/grace/crate/versions/1.0.0")).json()
    assert after["snapshot"] == before["snapshot"]
    assert (await grace.client.get("/designs/grace/bin")).json()["forked_from"] == "grace/crate@1.0.0"
    assert (await ada.client.get("/transfers")).json()["transfers"] == []
    found = (await ada.client.get("/designs", params={"q": "grace box"})).json()["designs"]
    assert "grace/crate" in [one["design"] for one in found]


async def test_the_old_address_leads_on_and_is_given_to_no_other(box: str, ada: Person, grace: Person):
    offer = (await ada.client.post(f"/designs/{box}/transfer", json={"namespace": "grace"})).json()
    await grace.client.post(f"/transfers/{offer['id']}/accept")
    old = await ada.client.get(f"/designs/{box}/versions/1.0.0?x=1")
    assert (old.status_code, old.headers["location"]) == (308, "/api/v1/designs/grace/box/versions/1.0.0?x=1")
    page = await ada.client.get("http://registry.test/designs/ada/box/versions")
    assert (page.status_code, page.headers["location"]) == (308, "/designs/grace/box/versions")
    refused = await ada.publish("box", "2.0.0")
    assert (refused.status_code, refused.json()["moved_to"]) == (409, "grace/box")
    named = await ada.client.post("/orders/match", json={"version": f"{box}@1.0.0", "material": "PLA"})
    assert (named.status_code, named.json()["code"], named.json()["moved_to"]) == (404, "moved", "grace/box")
    back = (await grace.client.post("/designs/grace/box/transfer", json={"namespace": "ada"})).json()
    assert (await ada.client.post(f"/transfers/{back['id']}/accept")).status_code == 200
    assert (await ada.client.get(f"/designs/{box}")).status_code == 200
    assert (await ada.client.get("/designs/grace/box")).headers["location"] == "/api/v1/designs/ada/box"


async def test_a_namespace_goes_to_a_group(registry: Registry, box: str, ada: Person, grace: Person):
    await grace.client.post("/namespaces", json={"name": "tools"})
    offer = await grace.client.post("/namespaces/tools/transfer", json={"to": "lab"})
    assert (offer.status_code, offer.json()["to"]) == (201, "lab")
    assert (await grace.client.post("/namespaces/tools/transfer", json={"to": "ada"})).json()["code"] == (
        "offered_already"
    )
    assert (await ada.client.post(f"/transfers/{offer.json()['id']}/accept")).status_code == 200
    assert (await ada.client.get("/groups/lab")).json()["namespaces"] == ["lab", "tools"]
    assert [one["name"] for one in (await grace.client.get("/namespaces")).json()["namespaces"]] == ["grace"]


async def test_what_cannot_be_handed_over(registry: Registry, box: str, ada: Person, grace: Person):
    assert (await grace.client.post(f"/designs/{box}/transfer", json={"namespace": "grace"})).status_code == 403
    assert (await ada.client.post("/namespaces/ada/transfer", json={"to": "grace"})).json()["code"] == "namesake"
    assert (await ada.client.post(f"/designs/{box}/transfer", json={"namespace": "none"})).status_code == 404
    assert (await ada.client.post(f"/designs/{box}/transfer", json={"namespace": "ada"})).status_code == 409


async def test_an_offer_lapses_with_the_right_to_make_it(registry: Registry, box: str, ada: Person, grace: Person):
    hedy = await registry.person("hedy")
    await ada.client.post("/groups/lab/invitations", json={"member": "grace", "role": "owner"})
    await grace.client.post("/groups/lab/accept")
    await grace.published("tray", "1.0.0")
    inside = (await grace.client.post("/designs/grace/tray/transfer", json={"namespace": "lab"})).json()
    assert (await ada.client.post(f"/transfers/{inside['id']}/accept")).status_code == 200
    offer = (await grace.client.post("/designs/lab/tray/transfer", json={"namespace": "hedy"})).json()
    await ada.client.delete("/groups/lab/members/grace")
    lapsed = await hedy.client.post(f"/transfers/{offer['id']}/accept")
    assert (lapsed.status_code, lapsed.json()["code"]) == (409, "offer_lapsed")
    assert (await ada.client.delete(f"/transfers/{offer['id']}")).status_code == 204
