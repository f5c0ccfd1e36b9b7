"""Conditions of orders on the wire: what is taken, what is refused with the offending value, and what comes back."""

from typing import Any

import pytest

from tests.registry.harness import Person, Registry

BOX = {"version": "ada/box@1.0.0"}
LEEDS = {"latitude": 53.79, "longitude": -1.54}

REFUSED: tuple[tuple[dict[str, object], int, str], ...] = (
    ({"latitude": 53.79}, 422, "both its latitude and its longitude"),
    ({"within_km": 50}, 422, "within 50 km of where?"),
    ({**LEEDS, "within_km": 0}, 422, "within_km"),
    ({"most_cost": "20"}, 422, "needs its currency"),
    ({"most_cost": "20", "currency": "euro"}, 422, "currency"),
    ({"most_cost": "0.001", "currency": "EUR"}, 422, "most_cost"),
    ({"wanted_by": "2020-01-01T00:00:00Z"}, 422, "1 Jan 2020 00:00 UTC is past"),
    ({"wanted_by": "2099-01-01T00:00:00"}, 422, "wanted_by"),
    ({"tolerance_mm": 0}, 422, "tolerance_mm"),
    ({"priority": 3}, 403, "only those who run the facility"),
    ({"machine": "MK9"}, 404, "there is no machine 'MK9'"),
)


@pytest.fixture
async def box(ada: Person) -> Person:
    await ada.published("box")
    return ada


async def placed(person: Person, **wish: object) -> dict[str, Any]:
    answer = await person.client.post("/orders", json={**BOX, **wish})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_conditions_come_back_as_they_were_given(box: Person):
    asked = {
        **LEEDS, "within_km": 50.0, "wanted_by": "2099-12-01T18:00:00Z", "most_cost": "20.50", "currency": "EUR",
        "tolerance_mm": 0.2, "lay": True, "commercial": True,
    }  # fmt: skip
    order = await placed(box, quantity=2, **asked)
    assert order["asks"] == {**asked, "machine": None, "thickness_mm": None}
    assert order["priority"] == 0
    assert (await placed(box, most_cost=0.1, currency="EUR"))["asks"]["most_cost"] == "0.1", "money is exact"


@pytest.mark.usefixtures("box")
async def test_what_cannot_be_asked_is_said(grace: Person):
    for wish, status, said in REFUSED:
        answer = await grace.client.post("/orders", json={**BOX, **wish})
        assert (answer.status_code, said in answer.text) == (status, True), answer.text


async def test_who_can_make_an_order_is_told_to_its_parties_alone(box: Person, grace: Person, registry: Registry):
    order = (await placed(box))["id"]
    told = (await box.client.get(f"/orders/{order}/machines")).json()
    assert told == {"where": "no machine can make it yet: an order waits for one that can", "able": 0, "machines": []}
    assert (await grace.client.get(f"/orders/{order}/machines")).status_code == 404
    assert (await registry.visitor.get(f"/orders/{order}/machines")).status_code == 401


async def test_those_who_run_the_facility_set_its_priority(box: Person, grace: Person):
    made = await box.client.post("/facilities", json={"name": "Shed", "slug": "shed", "worker_owned": True})
    assert made.json()["worker_owned"] is True
    order = (await placed(grace, facility="shed"))["id"]
    assert (await grace.client.put(f"/orders/{order}/priority", json={"priority": 4})).status_code == 403
    assert (await box.client.put(f"/orders/{order}/priority", json={"priority": 10})).status_code == 422
    assert (await box.client.put(f"/orders/{order}/priority", json={"priority": 4})).json()["priority"] == 4


async def test_there_must_be_something_to_redo_or_to_cancel(box: Person):
    order = (await placed(box, quantity=2))["id"]
    redone = await box.client.post(f"/orders/{order}/redo")
    assert (redone.status_code, redone.json()["code"]) == (409, "nothing_to_redo")
    cancelled = await box.client.post(f"/orders/{order}/cancel-rest")
    assert (cancelled.status_code, cancelled.json()["copies"]["cancelled"]) == (200, 2)
    again = await box.client.post(f"/orders/{order}/cancel-rest")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_cancel")
