"""The board of needs, as members use it."""

from typing import Any

import pytest

from tests.registry.harness import Person, Registry

HINGE = {"title": "A hinge that prints flat", "words": "Without supports, for a box.", "tags": ["hinge"]}


async def opened(person: Person, **more: Any) -> dict[str, Any]:
    answer = await person.client.post("/needs", json={**HINGE, **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def titles(registry: Registry, **query: str) -> list[str]:
    found = await registry.visitor.get("/needs", params=query)
    assert found.status_code == 200, found.text
    return [need["title"] for need in found.json()["needs"]]


async def test_a_need_from_its_opening_to_its_answer(registry: Registry, ada: Person, grace: Person):
    await ada.published()
    need = await opened(ada, design="ada/box", note="for our kitchen")
    address = f"/needs/{need['id']}"
    assert (need["opener"], need["design"], need["voices"], need["demand"]) == ("ada", "ada/box", 1, 1.0)
    more = (await grace.client.put(f"{address}/voice", json={"note": "for the tool library"})).json()
    assert (more["voices"], more["demand"]) == (2, 2.0)
    assert {(one["who"], one["note"]) for one in more["supporters"]} == {
        ("ada", "for our kitchen"), ("grace", "for the tool library"),
    }  # fmt: skip
    again = (await grace.client.put(f"{address}/voice", json={})).json()
    assert again["demand"] == pytest.approx(2, abs=0.01), "a second click is no second voice"
    assert {one["note"] for one in again["supporters"]} == {"for our kitchen", "for the tool library"}
    taken = (await grace.client.put(f"{address}/claim", json={"note": "next week"})).json()
    assert taken["taken_up_by"] == ["grace"]
    assert (await ada.client.put(f"{address}/claim", json={})).json()["taken_up_by"] == ["grace", "ada"], "no lock"
    await grace.published("hinge", files=None)
    linked = await grace.client.post(f"{address}/links", json={"design": "grace/hinge"})
    assert linked.status_code == 201, linked.text
    assert [(one["kind"], one["target"]) for one in linked.json()["links"]] == [("design", "grace/hinge")]
    answered = await grace.client.post(f"{address}/answer", json={"version": "grace/hinge@1.0.0", "words": "flat"})
    told = answered.json()
    assert (told["state"], told["answer"], told["closer"]) == ("answered", "grace/hinge@1.0.0", "grace")
    assert await titles(registry) == []
    assert await titles(registry, state="closed") == [HINGE["title"]]
    back = await ada.client.post(f"{address}/reopen", json={"reason": "it breaks"})
    assert (back.json()["state"], back.json()["answer"]) == ("open", None)
    same = await grace.client.post(f"{address}/answer", json={"version": "grace/hinge@1.0.0"})
    assert (same.status_code, same.json()["code"]) == (403, "not_yours")
    log = (await registry.visitor.get("/log", params={"subject": need["id"]})).json()["entries"]
    assert [entry["kind"] for entry in log] == [
        "need.opened", "need.supported", "need.taken_up", "need.taken_up", "need.linked", "need.answered",
        "need.reopened",
    ]  # fmt: skip


async def test_the_board_is_searched_filtered_and_ranked(registry: Registry, ada: Person, grace: Person):
    await opened(ada)
    lamp = await opened(ada, title="A lamp that bends", tags=["lamp"], material="PETG", latitude=53.8, longitude=-1.5)
    await grace.client.put(f"/needs/{lamp['id']}/voice", json={})
    assert await titles(registry) == ["A lamp that bends", HINGE["title"]]
    assert await titles(registry, sort="newest") == ["A lamp that bends", HINGE["title"]]
    assert await titles(registry, q="HINGE flat") == [HINGE["title"]]
    assert await titles(registry, q="100%") == []
    assert await titles(registry, tag="lamp") == ["A lamp that bends"]
    assert await titles(registry, material="petg") == ["A lamp that bends"]
    assert await titles(registry, kind="build") == []
    assert await titles(registry, near="53.79,-1.54", within_km="20") == ["A lamp that bends"]
    assert await titles(registry, near="48,11") == []
    assert await titles(registry, member="grace") == ["A lamp that bends"]
    page = (await registry.visitor.get("/needs?limit=1")).json()
    rest = (await registry.visitor.get(f"/needs?limit=1&cursor={page['next_cursor']}")).json()
    assert [need["title"] for need in rest["needs"]] == [HINGE["title"]]
    assert rest["next_cursor"] is None


WRONG_QUERIES = [
    ("cursor=xyz", 422, "bad_cursor"),
    ("near=here", 422, "bad_place"),
    ("near=91,0", 422, "bad_place"),
    ("near=nan,0", 422, "bad_place"),
    ("design=ada/none", 404, "no_design"),
    ("member=nobody", 404, "not_found"),
    ("kind=none", 422, "invalid_request"),
]


async def test_what_cannot_be_looked_for(registry: Registry):
    for query, status, code in WRONG_QUERIES:
        answer = await registry.visitor.get(f"/needs?{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), query


async def test_who_may_do_what(registry: Registry, ada: Person, grace: Person):
    need = await opened(ada)
    address = f"/needs/{need['id']}"
    assert (await registry.visitor.post("/needs", json=HINGE)).status_code == 401
    assert (await grace.client.post(f"{address}/withdraw", json={"reason": "no"})).status_code == 403
    await grace.client.put(f"{address}/voice", json={})
    refused = await ada.client.post(f"{address}/withdraw", json={"reason": "done"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours"), "grace needs it too"
    assert (await grace.client.delete(f"{address}/voice")).json()["voices"] == 1
    assert (await grace.client.delete(f"{address}/voice")).json()["code"] == "no_voice"
    assert (await grace.client.delete(f"{address}/claim")).json()["code"] == "no_claim"
    assert (await ada.client.post(f"{address}/reopen", json={"reason": "x"})).json()["code"] == "need_open"
    gone = await ada.client.post(f"{address}/withdraw", json={"reason": "we moved"})
    assert (gone.json()["state"], gone.json()["closing"]) == ("withdrawn", "we moved")
    assert (await grace.client.put(f"{address}/voice", json={})).json()["code"] == "need_closed"
    assert (await grace.client.post(f"{address}/reopen", json={"reason": "x"})).status_code == 403
    assert (await ada.client.post(f"{address}/reopen", json={"reason": "after all"})).json()["state"] == "open"


WRONG_BODIES: list[tuple[str, dict[str, Any], int, str]] = [
    ("", {"title": "ab"}, 422, "invalid_request"),
    ("", {**HINGE, "title": "a\u202eb c"}, 422, "invalid_request"),
    ("", {**HINGE, "tags": ["two words"]}, 422, "invalid_request"),
    ("", {**HINGE, "latitude": 1}, 422, "bad_place"),
    ("", {**HINGE, "design": "ada/none"}, 404, "no_design"),
    ("", {**HINGE, "facility": "nowhere"}, 404, "not_found"),
    ("/nee_none/answer", {"version": "ada/box@1.0.0"}, 404, "no_need"),
    ("/nee_none/links", {"design": "ada/box", "proposal": "pro_1"}, 422, "bad_link"),
]


async def test_what_is_refused(ada: Person):
    for path, body, status, code in WRONG_BODIES:
        answer = await ada.client.post(f"/needs{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
