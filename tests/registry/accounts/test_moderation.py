"""Reports, hiding with a reason, and appeals: nothing is lost, and everybody sees what was done."""

import pytest

from tests.registry.harness import Person, Registry


@pytest.fixture
async def tray(grace: Person) -> str:
    await grace.published("tray", "1.0.0")
    return "grace/tray"


async def hide(moderator: Person, subject: str, kind: str = "design") -> str:
    body = {"kind": kind, "subject": subject, "reason": "A copy without licence"}
    made = await moderator.client.post("/hidings", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_report_is_seen_by_moderators_alone_and_answered(tray: str, registry: Registry, ada: Person):
    hedy = await registry.person("hedy")
    body = {"kind": "design", "subject": tray, "words": "Not theirs"}
    made = await hedy.client.post("/reports", json=body)
    assert made.status_code == 201
    assert (await hedy.client.post("/reports", json=body)).json()["code"] == "reported_already"
    assert (await hedy.client.get("/reports")).status_code == 403
    (seen,) = (await ada.client.get("/reports")).json()["reports"]
    assert (seen["subject"], seen["reported_by"]) == (tray, "hedy")
    assert (await ada.client.post(f"/reports/{seen['id']}/dismiss", json={"answer": "Fine"})).status_code == 204
    assert (await ada.client.get("/reports")).json()["reports"] == []


async def test_hiding_closes_its_reports_and_is_no_deletion(tray: str, registry: Registry, ada: Person, grace: Person):
    hedy = await registry.person("hedy")
    await hedy.client.post("/reports", json={"kind": "design", "subject": tray, "words": "Not theirs"})
    hiding = await hide(ada, tray)
    assert (await ada.client.get("/reports")).json()["reports"] == []
    for path in (f"/designs/{tray}", f"/designs/{tray}/versions/1.0.0/files/box.py", f"/designs/{tray}/lineage"):
        hidden = await hedy.client.get(path)
        assert (hidden.status_code, hidden.json()["code"]) == (403, "hidden")
        assert hidden.json()["reason"] == "A copy without licence"
        assert (await registry.visitor.get(path)).status_code == 403
        assert (await grace.client.get(path)).status_code == 200
        assert (await ada.client.get(path)).status_code == 200
    page = await registry.visitor.get(f"http://registry.test/designs/{tray}")
    assert page.status_code == 403
    assert "A copy without licence" in page.text
    found = (await hedy.client.get("/designs")).json()["designs"]
    assert [one["design"] for one in found] == []
    (shown,) = (await registry.visitor.get("/hidings")).json()["hidings"]
    assert (shown["id"], shown["subject"], shown["hidden_by"], shown["appeal"]) == (hiding, tray, "ada", None)


async def test_an_appeal_is_answered_by_somebody_else(tray: str, registry: Registry, ada: Person, grace: Person):
    for name in ("hedy", "joan"):
        await registry.person(name)
        await ada.client.put(f"/members/{name}/rights", json={"moderator": True})
    hedy, joan = await person(registry, ada, "mary"), await person(registry, ada, "rosa")
    hiding = await hide(hedy, tray)
    assert (await joan.client.post(f"/hidings/{hiding}/appeal", json={"words": "Mine"})).status_code == 403
    appealed = await grace.client.post(f"/hidings/{hiding}/appeal", json={"words": "I have leave"})
    assert (appealed.status_code, appealed.json()["appeal"]) == (200, "I have leave")
    assert (await grace.client.post(f"/hidings/{hiding}/appeal", json={"words": "x"})).status_code == 409
    decision = {"answer": "They have", "shown": True}
    own = await hedy.client.post(f"/hidings/{hiding}/decide", json=decision)
    assert (own.status_code, own.json()["code"]) == (403, "own_hiding")
    assert (await joan.client.post(f"/hidings/{hiding}/decide", json=decision)).status_code == 200
    assert (await registry.visitor.get(f"/designs/{tray}")).status_code == 200
    kinds = [entry["kind"] for entry in (await ada.client.get("/log", params={"subject": tray})).json()["entries"]]
    assert kinds == ["moderation.hidden", "moderation.appealed", "moderation.shown"]


async def person(registry: Registry, admin: Person, name: str) -> Person:
    found = await registry.person(name)
    assert (await admin.client.put(f"/members/{name}/rights", json={"moderator": True})).status_code == 204
    return found


async def test_what_a_hidden_member_writes_about_themselves_is_not_shown(ada: Person, grace: Person):
    await grace.client.patch("/me", json={"display_name": "Buy here"})
    await hide(ada, "grace", "member")
    shown = (await ada.client.get("/members/grace")).json()
    assert (shown["display_name"], shown["hidden"]) == ("grace", "A copy without licence")


async def test_only_moderators_hide(tray: str, grace: Person):
    body = {"kind": "member", "subject": "ada", "reason": "x"}
    assert (await grace.client.post("/hidings", json=body)).status_code == 403
    assert (await grace.client.post("/reports", json={"kind": "design", "subject": "no/one", "words": "x"})).json()[
        "code"
    ] == "no_subject"
